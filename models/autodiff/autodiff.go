// Package autodiff adds the reverse-mode derivative of a graph to the graph
// itself, so that one ordinary inference session runs a whole training step.
// See Griewank and Walther, "Evaluating Derivatives", 2nd ed. 2008, ch. 3.
package autodiff

import (
	"errors"
	"fmt"
	"slices"

	"avid/models/onnx"
)

var (
	errGroups = errors.New("autodiff: grouped convolutions have no gradient rule")
	errSlice  = errors.New("autodiff: only slices of step 1 have a gradient rule")
)

// WeightGradient selects how the gradient of a convolution's kernel is
// written; the results are equal up to rounding.
type WeightGradient int

const (
	// Slices multiplies dY with k·k shifted views of X: plain bandwidth and
	// batched matrix products, good on every device.
	Slices WeightGradient = iota
	// Im2col unfolds X by a grouped convolution with one-hot kernels and does
	// one batched product: fastest on the CPU, k·k times the memory of X.
	Im2col
)

// Tape records how values that are more than one node get their gradients.
type Tape struct {
	Graph  *onnx.Graph
	Form   WeightGradient
	custom map[*onnx.Value]customRule
}

type customRule struct {
	in   []*onnx.Value
	back func(dy *onnx.Value) []*onnx.Value
}

// NewTape returns a tape for g.
func NewTape(g *onnx.Graph, form WeightGradient) *Tape {
	return &Tape{Graph: g, Form: form, custom: map[*onnx.Value]customRule{}}
}

// Custom replaces the gradient of out, made from in by any nodes, with back:
// it gets dL/d(out) and returns dL/d(in[i]), nil for none.
func (t *Tape) Custom(out *onnx.Value, in []*onnx.Value, back func(dy *onnx.Value) []*onnx.Value) {
	t.custom[out] = customRule{in, back}
}

// Gradients returns dL/dw for each w of wrt, where L is a value of one
// element. Nothing is computed for values that no w reaches.
func (t *Tape) Gradients(loss *onnx.Value, wrt ...*onnx.Value) ([]*onnx.Value, error) {
	g := t.Graph
	if g.Err() != nil {
		return nil, g.Err()
	}
	if !loss.Shape.Static() || loss.Shape.Len() != 1 {
		return nil, fmt.Errorf("autodiff: loss has shape %v, want one element", loss.Shape)
	}
	b := &backward{Tape: t, needs: map[*onnx.Value]bool{}, grad: map[*onnx.Value]*onnx.Value{}}
	for _, w := range wrt {
		b.needs[w] = true
	}
	nodes := slices.Clone(g.Nodes)
	for _, n := range nodes {
		for _, out := range n.Out {
			in := n.In
			if c, ok := t.custom[out]; ok {
				in = c.in
			}
			if slices.ContainsFunc(in, func(v *onnx.Value) bool { return b.needs[v] }) {
				b.needs[out] = true
			}
		}
	}
	b.grad[loss] = g.Floats([]float32{1}, loss.Shape...)
	g.Scope("grad", func() {
		for _, n := range slices.Backward(nodes) {
			if err := b.node(n); err != nil && b.err == nil {
				b.err = err
			}
		}
	})
	out := make([]*onnx.Value, len(wrt))
	for i, w := range wrt {
		if out[i] = b.grad[w]; out[i] == nil && b.err == nil {
			b.err = fmt.Errorf("autodiff: %s does not reach the loss", w.Name)
		}
	}
	if b.err == nil {
		b.err = g.Err()
	}
	return out, b.err
}

type backward struct {
	*Tape
	needs map[*onnx.Value]bool
	grad  map[*onnx.Value]*onnx.Value
	err   error
}

// add accumulates d into the gradient of v.
func (b *backward) add(v, d *onnx.Value) {
	if d == nil || !b.needs[v] {
		return
	}
	if old := b.grad[v]; old != nil {
		d = b.Graph.Add(old, d)
	}
	b.grad[v] = d
}

func (b *backward) node(n *onnx.Node) error {
	if n.Op == "Split" {
		return b.split(n)
	}
	y := n.Out[0]
	dy := b.grad[y]
	if dy == nil || !b.needs[y] {
		return nil
	}
	if c, ok := b.custom[y]; ok {
		for i, d := range c.back(dy) {
			b.add(c.in[i], d)
		}
		return nil
	}
	rule, ok := rules[n.Op]
	if !ok {
		return fmt.Errorf("autodiff: %s has no gradient rule", n.Op)
	}
	for i, d := range rule(b, n, dy) {
		b.add(n.In[i], d)
	}
	return nil
}

// split gathers the gradients of the parts; parts that reach nothing count
// zero.
func (b *backward) split(n *onnx.Node) error {
	parts, any := make([]*onnx.Value, len(n.Out)), false
	for i, v := range n.Out {
		if parts[i] = b.grad[v]; parts[i] != nil {
			any = true
			continue
		}
		if !v.Shape.Static() {
			return fmt.Errorf("autodiff: unused part %s of unknown size", v.Name)
		}
		parts[i] = b.Graph.Floats(make([]float32, v.Shape.Len()), v.Shape...)
	}
	if any {
		b.add(n.In[0], b.Graph.Concat(int(n.Attrs.Int("axis", 0)), parts...))
	}
	return nil
}
