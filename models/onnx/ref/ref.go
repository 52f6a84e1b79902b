// Package ref runs graphs in plain Go and float64, slowly: the yardstick for
// ONNX Runtime and for gradients. It is written from the operators'
// definitions (https://onnx.ai/onnx/operators) without any fast path. What a
// graph has in float16 is rounded to that, once an operator; what a Loop carries
// in float32, once a round, as if each round were a run of its own.
package ref

import (
	"fmt"
	"math"
	"slices"

	"avid/models/onnx"
)

// Tensor is a dense row-major array; integers and bools are held as float64
// too.
type Tensor struct {
	Shape []int64
	Data  []float64
}

// New returns zeros of a shape.
func New(shape ...int64) *Tensor {
	return &Tensor{Shape: shape, Data: make([]float64, onnx.Shape(shape).Len())}
}

// Run computes the graph's outputs by name from its inputs by name.
func Run(g *onnx.Graph, in map[string]*Tensor) (map[string]*Tensor, error) {
	if g.Err() != nil {
		return nil, g.Err()
	}
	values := map[*onnx.Value]*Tensor{}
	for _, v := range g.Inputs {
		t := in[v.Name]
		if t == nil || len(t.Shape) != len(v.Shape) {
			return nil, fmt.Errorf("ref: input %s is missing or has the wrong rank", v.Name)
		}
		values[v] = t
	}
	if err := nodes(g, values); err != nil {
		return nil, err
	}
	out := map[string]*Tensor{}
	for _, v := range g.Outputs {
		out[v.Name] = values[v]
	}
	return out, nil
}

// nodes adds the values of the constants and nodes of g to those that are
// known; a body's nodes find there what they read of the graphs around it.
func nodes(g *onnx.Graph, values map[*onnx.Value]*Tensor) error {
	for _, v := range g.Consts {
		values[v] = constant(v)
	}
	for _, n := range g.Nodes {
		args := make([]*Tensor, len(n.In))
		for i, v := range n.In {
			args[i] = values[v]
		}
		var out []*Tensor
		if op, ok := ops[n.Op]; ok {
			out = op(n, args)
		} else if n.Op == "Loop" {
			var err error
			if out, err = loop(n, args, values); err != nil {
				return err
			}
		} else {
			return fmt.Errorf("ref: no operator %s", n.Op)
		}
		for i, t := range out {
			if n.Out[i].Type == onnx.Float16 {
				t = each(onnx.RoundHalf)(n, []*Tensor{t})[0]
			}
			values[n.Out[i]] = t
		}
	}
	return nil
}

func constant(v *onnx.Value) *Tensor {
	t := New(v.Shape...)
	for i, x := range v.Const.F32 {
		t.Data[i] = float64(x)
	}
	for i, x := range v.Const.I64 {
		t.Data[i] = float64(x)
	}
	return t
}

type op func(n *onnx.Node, in []*Tensor) []*Tensor

var ops = map[string]op{
	"Identity": each(func(x float64) float64 { return x }), "Relu": each(func(x float64) float64 { return max(x, 0) }),
	"Sigmoid": each(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"Softplus": each(func(x float64) float64 {
		return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}),
	"Abs": each(math.Abs), "Sqrt": each(math.Sqrt), "Neg": each(func(x float64) float64 { return -x }),
	"HardSigmoid": func(n *onnx.Node, in []*Tensor) []*Tensor {
		a, b := float64(n.Attrs.Float("alpha", 0.2)), float64(n.Attrs.Float("beta", 0.5))
		return each(func(x float64) float64 { return max(0, min(1, a*x+b)) })(n, in)
	},
	"Cast": func(n *onnx.Node, in []*Tensor) []*Tensor {
		if t := onnx.Type(n.Attrs.Int("to", 0)); t == onnx.Uint8 || t == onnx.Int64 {
			return each(math.Trunc)(n, in)
		}
		return in[:1]
	},
	"Add": both(func(a, b float64) float64 { return a + b }), "Sub": both(func(a, b float64) float64 { return a - b }),
	"Mul": both(func(a, b float64) float64 { return a * b }), "Div": both(func(a, b float64) float64 { return a / b }),
	"Max": both(func(a, b float64) float64 { return max(a, b) }), "Min": both(func(a, b float64) float64 { return min(a, b) }),
	"GreaterOrEqual": both(func(a, b float64) float64 { return truth(a >= b) }),
	"Clip":           clip,
	"Where":          where, "Conv": conv, "ConvTranspose": convTranspose, "MatMul": matMul, "Transpose": transpose,
	"Reshape": reshape, "Expand": expand, "Slice": slice, "Concat": concat, "Split": split, "Pad": pad, "TopK": topK, "Gather": gather,
	"ReduceMean": reduce, "ReduceSum": reduce, "ReduceMax": reduce,
	"SpaceToDepth": spaceToDepth, "DepthToSpace": depthToSpace, "AveragePool": averagePool, "MaxPool": maxPool,
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func each(f func(float64) float64) op {
	return func(_ *onnx.Node, in []*Tensor) []*Tensor {
		out := New(in[0].Shape...)
		for i, x := range in[0].Data {
			out.Data[i] = f(x)
		}
		return []*Tensor{out}
	}
}

func clip(_ *onnx.Node, in []*Tensor) []*Tensor {
	out := New(in[0].Shape...)
	for i, x := range in[0].Data {
		out.Data[i] = min(max(x, in[1].Data[0]), in[2].Data[0])
	}
	return []*Tensor{out}
}

// walk calls f with every index of a shape, in row-major order.
func walk(shape []int64, f func(at int, index []int64)) {
	index := make([]int64, len(shape))
	for at := range int(onnx.Shape(shape).Len()) {
		f(at, index)
		for k := len(shape) - 1; k >= 0; k-- {
			if index[k]++; index[k] < shape[k] {
				break
			}
			index[k] = 0
		}
	}
}

// at reads t at an index of a shape it broadcasts to.
func (t *Tensor) at(index []int64) float64 {
	var i int64
	lead := len(index) - len(t.Shape)
	for k, d := range t.Shape {
		j := index[lead+k]
		if d == 1 {
			j = 0
		}
		i = i*d + j
	}
	return t.Data[i]
}

func joined(ts ...*Tensor) []int64 {
	var out []int64
	for _, t := range ts {
		for len(out) < len(t.Shape) {
			out = append([]int64{1}, out...)
		}
		for k, d := range t.Shape {
			i := len(out) - len(t.Shape) + k
			out[i] = max(out[i], d)
		}
	}
	return out
}

func both(f func(a, b float64) float64) op {
	return func(_ *onnx.Node, in []*Tensor) []*Tensor {
		out := New(joined(in[0], in[1])...)
		walk(out.Shape, func(at int, i []int64) { out.Data[at] = f(in[0].at(i), in[1].at(i)) })
		return []*Tensor{out}
	}
}

func where(_ *onnx.Node, in []*Tensor) []*Tensor {
	out := New(joined(in...)...)
	walk(out.Shape, func(at int, i []int64) {
		if in[0].at(i) != 0 {
			out.Data[at] = in[1].at(i)
		} else {
			out.Data[at] = in[2].at(i)
		}
	})
	return []*Tensor{out}
}

func matMul(_ *onnx.Node, in []*Tensor) []*Tensor {
	a, b := in[0], in[1]
	ka, kb := len(a.Shape), len(b.Shape)
	batch := joined(&Tensor{Shape: a.Shape[:ka-2]}, &Tensor{Shape: b.Shape[:kb-2]})
	out := New(append(slices.Clone(batch), a.Shape[ka-2], b.Shape[kb-1])...)
	walk(out.Shape, func(at int, i []int64) {
		n := len(i)
		left, right := slices.Clone(i), slices.Clone(i)
		for k := range a.Shape[ka-1] {
			left[n-1], right[n-2] = k, k
			out.Data[at] += a.at(left) * b.at(right)
		}
	})
	return []*Tensor{out}
}

func transpose(n *onnx.Node, in []*Tensor) []*Tensor {
	perm := n.Attrs.Ints("perm")
	shape := make([]int64, len(perm))
	for i, p := range perm {
		shape[i] = in[0].Shape[p]
	}
	out, from := New(shape...), make([]int64, len(perm))
	walk(shape, func(at int, i []int64) {
		for k, p := range perm {
			from[p] = i[k]
		}
		out.Data[at] = in[0].at(from)
	})
	return []*Tensor{out}
}

func reshape(_ *onnx.Node, in []*Tensor) []*Tensor {
	shape, known, hole := list(in[1]), int64(1), -1
	for i, d := range shape {
		switch d {
		case -1:
			hole = i
			continue
		case 0:
			shape[i] = in[0].Shape[i]
		}
		known *= shape[i]
	}
	if hole >= 0 {
		shape[hole] = int64(len(in[0].Data)) / known
	}
	return []*Tensor{{Shape: shape, Data: in[0].Data}}
}

func list(t *Tensor) []int64 {
	out := make([]int64, len(t.Data))
	for i, v := range t.Data {
		out[i] = int64(v)
	}
	return out
}

func expand(_ *onnx.Node, in []*Tensor) []*Tensor {
	out := New(joined(in[0], &Tensor{Shape: list(in[1])})...)
	walk(out.Shape, func(at int, i []int64) { out.Data[at] = in[0].at(i) })
	return []*Tensor{out}
}
