package autodiff

import (
	"slices"

	"avid/models/onnx"
)

// rule returns dL/d(input i) for each input of n, nil for none, from
// dy = dL/d(output).
type rule func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value

var rules = map[string]rule{
	"Identity": func(_ *backward, _ *onnx.Node, dy *onnx.Value) []*onnx.Value { return []*onnx.Value{dy} },
	"Neg":      unary(func(g *onnx.Graph, _, _, dy *onnx.Value) *onnx.Value { return g.Neg(dy) }),
	"Relu":     unary(func(g *onnx.Graph, _, y, dy *onnx.Value) *onnx.Value { return g.Mul(dy, g.Step(y)) }),
	// dσ/dx = σ(1−σ)
	"Sigmoid": unary(func(g *onnx.Graph, _, y, dy *onnx.Value) *onnx.Value {
		return g.Mul(dy, g.Mul(y, g.Sub(g.Scalar(1), y)))
	}),
	"Softplus": unary(func(g *onnx.Graph, x, _, dy *onnx.Value) *onnx.Value { return g.Mul(dy, g.Sigmoid(x)) }),
	"Sqrt":     unary(func(g *onnx.Graph, _, y, dy *onnx.Value) *onnx.Value { return g.Div(g.Scale(dy, 0.5), y) }),
	// The subgradient at 0 is 0, as |x| has none there.
	"Abs": unary(func(g *onnx.Graph, x, _, dy *onnx.Value) *onnx.Value {
		return g.Mul(dy, g.Sub(g.Step(x), g.Step(g.Neg(x))))
	}),
	"Add": func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		return []*onnx.Value{b.unbroadcast(dy, n.In[0]), b.unbroadcast(dy, n.In[1])}
	},
	"Sub": func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		d := make([]*onnx.Value, 2)
		d[0] = b.unbroadcast(dy, n.In[0])
		if b.needs[n.In[1]] {
			d[1] = b.unbroadcast(b.Graph.Neg(dy), n.In[1])
		}
		return d
	},
	"Mul": func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		d := make([]*onnx.Value, 2)
		for i := range d {
			if b.needs[n.In[i]] {
				d[i] = b.unbroadcast(b.Graph.Mul(dy, n.In[1-i]), n.In[i])
			}
		}
		return d
	},
	"Div": func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		g, d := b.Graph, make([]*onnx.Value, 2)
		d[0] = b.unbroadcast(g.Div(dy, n.In[1]), n.In[0])
		if b.needs[n.In[1]] {
			d[1] = b.unbroadcast(g.Neg(g.Div(g.Mul(dy, n.Out[0]), n.In[1])), n.In[1])
		}
		return d
	},
	"Concat":       concatBack,
	"Transpose":    transposeBack,
	"MatMul":       matMulBack,
	"Conv":         convBack,
	"Slice":        sliceBack,
	"ReduceSum":    reduceBack(false),
	"ReduceMean":   reduceBack(true),
	"SpaceToDepth": reblock(func(g *onnx.Graph, dy *onnx.Value, k int) *onnx.Value { return g.DepthToSpace(dy, k) }),
	"DepthToSpace": reblock(func(g *onnx.Graph, dy *onnx.Value, k int) *onnx.Value { return g.SpaceToDepth(dy, k) }),
	"Reshape": func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		return []*onnx.Value{b.Graph.Reshape(dy, n.In[0].Shape...), nil}
	},
}

func unary(f func(g *onnx.Graph, x, y, dy *onnx.Value) *onnx.Value) rule {
	return func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		return []*onnx.Value{f(b.Graph, n.In[0], n.Out[0], dy)}
	}
}

func reblock(f func(g *onnx.Graph, dy *onnx.Value, k int) *onnx.Value) rule {
	return func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		return []*onnx.Value{f(b.Graph, dy, int(n.Attrs.Int("blocksize", 1)))}
	}
}

// unbroadcast sums d over the axes on which like was stretched.
func (b *backward) unbroadcast(d, like *onnx.Value) *onnx.Value {
	if !b.needs[like] || slices.Equal(d.Shape, like.Shape) {
		return d
	}
	var axes []int64
	lead := len(d.Shape) - len(like.Shape)
	for i, size := range d.Shape {
		if i < lead || like.Shape[i-lead] == 1 && size != 1 {
			axes = append(axes, int64(i))
		}
	}
	d = b.Graph.ReduceSum(d, true, axes...)
	if lead > 0 {
		d = b.Graph.Reshape(d, like.Shape...)
	}
	return d
}

func concatBack(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
	axis := n.Attrs.Int("axis", 0)
	out := make([]*onnx.Value, len(n.In))
	var at int64
	for i, v := range n.In {
		size := v.Shape[axis]
		if b.needs[v] {
			out[i] = b.Graph.Slice(dy, []int64{at}, []int64{at + size}, []int64{axis}, []int64{1})
		}
		at += size
	}
	return out
}

// sliceBack pads dy back to the input; only slices of step 1 have a gradient.
func sliceBack(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
	out, in := make([]*onnx.Value, len(n.In)), n.In[0].Shape
	starts, axes, steps := n.In[1].Const.I64, n.In[3].Const.I64, n.In[4].Const.I64
	pads := make([]int64, 2*len(in))
	for i, a := range axes {
		if steps[i] != 1 || starts[i] < 0 {
			b.err = errSlice
			return out
		}
		pads[a] = starts[i]
		pads[int(a)+len(in)] = in[a] - starts[i] - dy.Shape[a]
	}
	out[0] = b.Graph.Pad(dy, 0, pads...)
	return out
}

func transposeBack(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
	perm := n.Attrs.Ints("perm")
	inverse := make([]int64, len(perm))
	for i, p := range perm {
		inverse[p] = int64(i)
	}
	return []*onnx.Value{b.Graph.Transpose(dy, inverse...)}
}

// swap transposes the last two axes.
func swap(g *onnx.Graph, v *onnx.Value) *onnx.Value {
	perm := make([]int64, len(v.Shape))
	for i := range perm {
		perm[i] = int64(i)
	}
	k := len(perm)
	perm[k-1], perm[k-2] = perm[k-2], perm[k-1]
	return g.Transpose(v, perm...)
}

func matMulBack(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
	g, d := b.Graph, make([]*onnx.Value, 2)
	if b.needs[n.In[0]] {
		d[0] = b.unbroadcast(g.MatMul(dy, swap(g, n.In[1])), n.In[0])
	}
	if b.needs[n.In[1]] {
		d[1] = b.unbroadcast(g.MatMul(swap(g, n.In[0]), dy), n.In[1])
	}
	return d
}

// reduceBack spreads dy over the axes that were summed; a mean divides.
func reduceBack(mean bool) rule {
	return func(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
		g, x := b.Graph, n.In[0]
		axes := n.Attrs.Ints("axes")
		if !mean {
			axes = n.In[1].Const.I64
		}
		kept, count := slices.Clone(x.Shape), int64(1)
		for _, a := range axes {
			count *= kept[a]
			kept[a] = 1
		}
		d := g.Reshape(dy, kept...)
		if mean {
			d = g.Scale(d, 1/float32(count))
		}
		out := make([]*onnx.Value, len(n.In))
		out[0] = g.Op("Expand", nil, d, g.Ints(x.Shape...))
		return out
	}
}
