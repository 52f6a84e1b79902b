package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Int adds an int64 scalar constant, such as the count of a Loop.
func (g *Graph) Int(x int64) *Value {
	v := g.Ints(x)
	v.Shape = Shape{}
	return v
}

// Pick is a[i] along the first axis, for an int64 scalar i that may be known
// only at run time.
func (g *Graph) Pick(a, i *Value) *Value { return g.Op("Gather", Attrs{"axis": int64(0)}, a, i) }

// Loop runs a body count times, an int64 scalar. carried are handed from one
// round to the next, of the same type and shape each time; last is what the
// last round made of them, or they themselves after no round. What body returns
// beside them in each round comes out stacked on a new first axis, whose length
// is the number of rounds.
//
// body is called once, to write the nodes of a round into b: i is the number of
// the round from 0, an int64 scalar, now what is carried into it. It may read
// any value of g, and of the graphs around g, that was made before: outer-scope
// values of ONNX, which are not copied (give what a round needs of them with
// Pick). Nodes that read them belong into b, and nothing of b may be read
// outside. Names are unique over a graph and its bodies, so that none hides
// another.
func (g *Graph) Loop(name string, count *Value, carried []*Value, body func(b *Graph, i *Value, now []*Value) (next, each []*Value)) (last, stacked []*Value) {
	b := NewGraph(strings.Join(append(slices.Clone(g.scope), name), "/"))
	b.outer, b.scope, b.err = g, append(slices.Clone(g.scope), name), g.err
	input := func(name string, t Type, s Shape) *Value {
		v := &Value{Name: b.fresh(name), Type: t, Shape: slices.Clone(s)}
		b.Inputs = append(b.Inputs, v)
		return v
	}
	i, running := input("round", Int64, Shape{}), input("running", Bool, Shape{})
	now := make([]*Value, len(carried))
	for k, v := range carried {
		now[k] = input("now", v.Type, v.Shape)
	}
	next, each := body(b, i, now)
	b.result(running)
	for _, v := range slices.Concat(next, each) {
		b.result(v)
	}
	g.err = b.err
	if len(next) != len(carried) || len(next)+len(each) == 0 {
		g.fail("loop %s makes %d values of the %d carried, and %d more", name, len(next), len(carried), len(each))
	}
	// No condition: the loop ends by its count alone.
	out := g.node("Loop", "", len(next)+len(each), Attrs{"body": b}, append([]*Value{count, nil}, carried...))
	return out[:len(next)], out[len(next):]
}

// result adds an output of a body. A node of the body itself must make it.
func (g *Graph) result(v *Value) {
	if v.Node == nil || !slices.Contains(g.Nodes, v.Node) || slices.Contains(g.Outputs, v) {
		v = g.Op("Identity", nil, v)
	}
	g.Outputs = append(g.Outputs, v)
}

// inferLoop is for Loop: inputs count, condition (may be missing) and what is
// carried; body inputs round, condition, carried; body outputs condition,
// carried, stacked.
func inferLoop(n *Node) error {
	b, carried := n.Body(), n.In[2:]
	if b == nil {
		return errors.New("has no body")
	}
	if len(b.Inputs) != 2+len(carried) || len(b.Outputs) != 1+len(n.Out) || len(n.Out) < len(carried) {
		return fmt.Errorf("carries %d values and has %d outputs, with a body of %d inputs and %d outputs", len(carried), len(n.Out), len(b.Inputs), len(b.Outputs))
	}
	if !scalar(n.In[0], Int64) || !scalar(b.Inputs[0], Int64) || n.In[1] != nil && !scalar(n.In[1], Bool) || !scalar(b.Inputs[1], Bool) || !scalar(b.Outputs[0], Bool) {
		return errors.New("wants scalars: count and round of int64, conditions of bool")
	}
	for k, v := range carried {
		for _, w := range []*Value{b.Inputs[2+k], b.Outputs[1+k]} {
			if w.Type != v.Type || !slices.Equal(w.Shape, v.Shape) {
				return fmt.Errorf("%.60q is carried as %v %v and becomes %v %v", v.Name, v.Type, v.Shape, w.Type, w.Shape)
			}
		}
	}
	for k, v := range n.Out {
		from := b.Outputs[1+k]
		v.Type, v.Shape = from.Type, slices.Clone(from.Shape)
		if k >= len(carried) {
			v.Shape = slices.Insert(v.Shape, 0, Dyn)
		}
	}
	return nil
}

func scalar(v *Value, t Type) bool { return v.Type == t && len(v.Shape) == 0 }
