package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrHalf says that a graph cannot be had in float16.
var ErrHalf = errors.New("onnx: not possible in float16")

// heavy are the operators worth doing in float16, and carried those that only
// hand on what they are given: no sum grows long there, and no small difference
// decides anything.
var (
	heavy   = []string{"Conv", "ConvTranspose", "MatMul"}
	carried = []string{"Relu", "Concat", "SpaceToDepth", "DepthToSpace"}
)

// Half returns a copy of g with its convolutions and matrix products, their
// weights, and what lies between them in float16. Inputs and outputs keep their
// types and names: values are cast where float16 begins and where it ends, so
// that all that follows the last convolution (differences, means, thresholds,
// state) is computed in float32 as before. Also in float32 stays a convolution
// that reads what was cast from whole numbers, since it brings them into range.
//
// Weights are rounded as RoundHalf does. g must be all float32 and is not
// changed. The error wraps ErrHalf and names the weights when some are out of
// the range of float16, when nothing is there to convert or when g has a loop,
// else ErrGraph.
func Half(g *Graph) (*Graph, error) {
	if g.err != nil {
		return nil, g.err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(g.Nodes, func(n *Node) bool { return n.Body() != nil }) {
		return nil, fmt.Errorf("%w: %s has a loop", ErrHalf, g.Name)
	}
	chosen := halved(g)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: %s has no convolution in float32", ErrHalf, g.Name)
	}
	h := &halver{to: NewGraph(g.Name), full: map[*Value]*Value{}, half: map[*Value]*Value{}}
	for _, v := range g.Inputs {
		in := &Value{Name: v.Name, Shape: v.Shape, Type: v.Type}
		h.to.Inputs = append(h.to.Inputs, in)
		h.to.DimNames[in] = g.DimNames[v]
		h.full[v] = in
	}
	for _, n := range g.Nodes {
		if err := h.copy(n, chosen[n]); err != nil {
			return nil, err
		}
	}
	for _, v := range g.Outputs {
		h.to.Outputs = append(h.to.Outputs, h.inFull(v))
	}
	if h.err != nil {
		return nil, h.err
	}
	return h.to, h.to.check()
}

// halved chooses the nodes to do in float16: heavy ones, and the carried ones
// that nothing but chosen ones read.
func halved(g *Graph) map[*Node]bool {
	chosen, read, wide := map[*Node]bool{}, map[*Value]bool{}, map[*Value]bool{}
	for _, v := range g.Outputs {
		wide[v] = true
	}
	for _, n := range slices.Backward(g.Nodes) {
		out := n.Out[0]
		if out.Type == Float {
			chosen[n] = slices.Contains(heavy, n.Op) && !readsWhole(n) ||
				slices.Contains(carried, n.Op) && read[out] && !wide[out]
		}
		for _, v := range n.In {
			read[v] = true
			wide[v] = wide[v] || !chosen[n]
		}
	}
	maps.DeleteFunc(chosen, func(_ *Node, in bool) bool { return !in })
	return chosen
}

// readsWhole tells whether a node's input was cast from whole numbers.
func readsWhole(n *Node) bool {
	from := n.In[0].Node
	return from != nil && from.Op == "Cast" && from.In[0].Type != Float
}

// halver copies a graph; each of its values has a form in float32, one in
// float16, or both.
type halver struct {
	to         *Graph
	full, half map[*Value]*Value
	err        error // the first
}

// copy adds a node in one of the two types.
func (h *halver) copy(n *Node, half bool) error {
	c := &Node{Op: n.Op, Domain: n.Domain, Attrs: n.Attrs}
	for _, v := range n.In {
		if half && v.Type == Float {
			c.In = append(c.In, h.inHalf(v))
		} else {
			c.In = append(c.In, h.inFull(v))
		}
	}
	for _, v := range n.Out {
		out := &Value{Name: v.Name, Node: c}
		if half {
			out.Name += ".half"
			h.half[v] = out
		} else {
			h.full[v] = out
		}
		c.Out = append(c.Out, out)
	}
	if h.err != nil {
		return h.err
	}
	h.to.Nodes = append(h.to.Nodes, c)
	if err := infer(c); err != nil {
		return fmt.Errorf("%w: %s(%s): %w", ErrGraph, n.Op, describe(c.In), err)
	}
	return nil
}

// inFull is the copy of v as it was.
func (h *halver) inFull(v *Value) *Value {
	switch {
	case h.full[v] != nil:
	case v.Const != nil:
		c := &Value{Name: v.Name, Shape: v.Shape, Type: v.Type, Const: v.Const}
		h.to.Consts, h.full[v] = append(h.to.Consts, c), c
	default:
		h.full[v] = h.cast(h.half[v], v.Name, Float)
	}
	return h.full[v]
}

// inHalf is the copy of v in float16.
func (h *halver) inHalf(v *Value) *Value {
	switch {
	case h.half[v] != nil:
	case v.Const != nil:
		c := &Value{Name: v.Name + ".half", Shape: v.Shape, Type: Float16, Const: &Const{F32: h.round(v)}}
		h.to.Consts, h.half[v] = append(h.to.Consts, c), c
	default:
		h.half[v] = h.cast(h.inFull(v), v.Name+".half", Float16)
	}
	return h.half[v]
}

func (h *halver) cast(v *Value, name string, t Type) *Value {
	out := h.to.Cast(v, t)
	out.Name = name
	return out
}

// round is the weights of a constant as float16 has them.
func (h *halver) round(v *Value) []float32 {
	out := make([]float32, len(v.Const.F32))
	for i, x := range v.Const.F32 {
		out[i] = float32(RoundHalf(float64(x)))
		// Not a number, or beyond the range: x−x is 0 for finite numbers alone.
		if out[i]-out[i] != 0 && h.err == nil {
			h.err = fmt.Errorf("%w: weight %d of %s is %g, the range is ±%d", ErrHalf, i, v.Name, x, maxHalf)
		}
	}
	return out
}
