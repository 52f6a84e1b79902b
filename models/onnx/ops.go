package onnx

import "math"

// Add is a + b; like the other operators of two values it broadcasts as numpy
// does.
func (g *Graph) Add(a, b *Value) *Value { return g.Op("Add", nil, a, b) }

// Sub is a − b.
func (g *Graph) Sub(a, b *Value) *Value { return g.Op("Sub", nil, a, b) }

// Mul is a·b, element by element.
func (g *Graph) Mul(a, b *Value) *Value { return g.Op("Mul", nil, a, b) }

// Div is a/b, element by element.
func (g *Graph) Div(a, b *Value) *Value { return g.Op("Div", nil, a, b) }

// Scale is c·a for a constant c.
func (g *Graph) Scale(a *Value, c float32) *Value { return g.Mul(a, g.Scalar(c)) }

// Max is the larger of a and b, element by element.
func (g *Graph) Max(a, b *Value) *Value { return g.Op("Max", nil, a, b) }

// Relu is max(a, 0).
func (g *Graph) Relu(a *Value) *Value { return g.Op("Relu", nil, a) }

// Sigmoid is 1/(1+e^−a).
func (g *Graph) Sigmoid(a *Value) *Value { return g.Op("Sigmoid", nil, a) }

// Softplus is ln(1+e^a).
func (g *Graph) Softplus(a *Value) *Value { return g.Op("Softplus", nil, a) }

// Abs is |a|.
func (g *Graph) Abs(a *Value) *Value { return g.Op("Abs", nil, a) }

// Sqrt is the square root.
func (g *Graph) Sqrt(a *Value) *Value { return g.Op("Sqrt", nil, a) }

// Neg is −a.
func (g *Graph) Neg(a *Value) *Value { return g.Op("Neg", nil, a) }

// Step is 1 where a > 0, else 0: HardSigmoid with a slope that no positive
// normal float escapes; on the CPU cheaper than Greater and Cast.
func (g *Graph) Step(a *Value) *Value {
	return g.Op("HardSigmoid", Attrs{"alpha": float32(1e30), "beta": float32(0)}, a)
}

// Cast converts to t.
func (g *Graph) Cast(a *Value, t Type) *Value { return g.Op("Cast", Attrs{"to": int64(t)}, a) }

// GreaterOrEqual is a ≥ b as bool.
func (g *Graph) GreaterOrEqual(a, b *Value) *Value { return g.Op("GreaterOrEqual", nil, a, b) }

// Where is a where cond holds, else b.
func (g *Graph) Where(cond, a, b *Value) *Value { return g.Op("Where", nil, cond, a, b) }

// ConvOptions place a convolution: the same stride and padding on all sides.
type ConvOptions struct {
	Stride, Pad, Group int // 0 means stride 1, no padding, one group
}

// Conv is the 2-D cross-correlation of x [N,C,H,W] with w [O,C/group,kh,kw];
// bias [O] may be nil.
func (g *Graph) Conv(x, w, bias *Value, o ConvOptions) *Value {
	in := []*Value{x, w}
	if bias != nil {
		in = append(in, bias)
	}
	s, p := int64(max(o.Stride, 1)), int64(o.Pad)
	return g.Op("Conv", Attrs{"strides": []int64{s, s}, "pads": []int64{p, p, p, p}, "group": int64(max(o.Group, 1))}, in...)
}

// ConvTranspose is the adjoint of Conv with the same w and options; outPad
// rows and columns are added at the bottom and right.
func (g *Graph) ConvTranspose(y, w *Value, o ConvOptions, outPad [2]int64) *Value {
	s, p := int64(max(o.Stride, 1)), int64(o.Pad)
	return g.Op("ConvTranspose", Attrs{"strides": []int64{s, s}, "pads": []int64{p, p, p, p},
		"output_padding": []int64{outPad[0], outPad[1]}}, y, w)
}

// MatMul multiplies the last two axes, broadcasting the others.
func (g *Graph) MatMul(a, b *Value) *Value { return g.Op("MatMul", nil, a, b) }

// Transpose reorders the axes.
func (g *Graph) Transpose(a *Value, perm ...int64) *Value {
	return g.Op("Transpose", Attrs{"perm": perm}, a)
}

// Reshape gives a another shape of as many elements; one dimension may be −1.
func (g *Graph) Reshape(a *Value, shape ...int64) *Value {
	return g.Op("Reshape", nil, a, g.Ints(shape...))
}

// Slice takes [start, end) with a step on each given axis; a negative step
// walks backwards (use math.MinInt64 as end to include index 0).
func (g *Graph) Slice(a *Value, starts, ends, axes, steps []int64) *Value {
	return g.Op("Slice", nil, a, g.Ints(starts...), g.Ints(ends...), g.Ints(axes...), g.Ints(steps...))
}

// Flip reverses the given axes.
func (g *Graph) Flip(a *Value, axes ...int64) *Value {
	starts, ends, steps := make([]int64, len(axes)), make([]int64, len(axes)), make([]int64, len(axes))
	for i := range axes {
		starts[i], ends[i], steps[i] = -1, math.MinInt64, -1
	}
	return g.Slice(a, starts, ends, axes, steps)
}

// Concat joins values along an axis.
func (g *Graph) Concat(axis int, v ...*Value) *Value {
	if len(v) == 1 {
		return v[0]
	}
	return g.Op("Concat", Attrs{"axis": int64(axis)}, v...)
}

// Split cuts a along an axis into parts of the given sizes.
func (g *Graph) Split(a *Value, axis int, sizes ...int64) []*Value {
	return g.node("Split", "", len(sizes), Attrs{"axis": int64(axis)}, []*Value{a, g.Ints(sizes...)})
}

// Pad adds c around a; pads lists the amounts before each axis, then after.
func (g *Graph) Pad(a *Value, c float32, pads ...int64) *Value {
	return g.Op("Pad", Attrs{"mode": "constant"}, a, g.Ints(pads...), g.Scalar(c))
}

// Gather picks indices along an axis.
func (g *Graph) Gather(a *Value, axis int, indices ...int64) *Value {
	return g.Op("Gather", Attrs{"axis": int64(axis)}, a, g.Ints(indices...))
}

// ReduceMean averages over axes, which stay with size 1 when keep is set.
func (g *Graph) ReduceMean(a *Value, keep bool, axes ...int64) *Value {
	return g.Op("ReduceMean", Attrs{"axes": axes, "keepdims": b2i(keep)}, a)
}

// ReduceMax is the largest over axes.
func (g *Graph) ReduceMax(a *Value, keep bool, axes ...int64) *Value {
	return g.Op("ReduceMax", Attrs{"axes": axes, "keepdims": b2i(keep)}, a)
}

// ReduceSum sums over axes.
func (g *Graph) ReduceSum(a *Value, keep bool, axes ...int64) *Value {
	return g.Op("ReduceSum", Attrs{"keepdims": b2i(keep)}, a, g.Ints(axes...))
}

// Clip bounds values to lo and hi.
func (g *Graph) Clip(a *Value, lo, hi float32) *Value {
	return g.Op("Clip", nil, a, g.Scalar(lo), g.Scalar(hi))
}

// Top are the k largest values along the last axis, the largest first.
func (g *Graph) Top(a *Value, k int) *Value {
	return g.node("TopK", "", 2, nil, []*Value{a, g.Ints(int64(k))})[0]
}

// Largest is the k-th largest value along the last axis, which keeps size 1.
func (g *Graph) Largest(a *Value, k int) *Value {
	at := int64(k)
	return g.Slice(g.Top(a, k), []int64{at - 1}, []int64{at}, []int64{int64(len(a.Shape)) - 1}, []int64{1})
}

// SpaceToDepth moves b×b blocks of pixels into channels:
// [N,C,H,W] → [N,C·b²,H/b,W/b].
func (g *Graph) SpaceToDepth(a *Value, b int) *Value {
	return g.Op("SpaceToDepth", Attrs{"blocksize": int64(b)}, a)
}

// DepthToSpace undoes SpaceToDepth (mode DCR).
func (g *Graph) DepthToSpace(a *Value, b int) *Value {
	return g.Op("DepthToSpace", Attrs{"blocksize": int64(b), "mode": "DCR"}, a)
}

// AveragePool is the mean over k×k windows (k odd), same size, the border
// averaging only what lies inside.
func (g *Graph) AveragePool(a *Value, k int) *Value {
	p := int64(k / 2)
	return g.Op("AveragePool", Attrs{"kernel_shape": []int64{int64(k), int64(k)}, "strides": []int64{1, 1},
		"pads": []int64{p, p, p, p}, "count_include_pad": int64(0)}, a)
}

// MaxPool is the greatest of k×k windows (k odd), same size.
func (g *Graph) MaxPool(a *Value, k int) *Value {
	p := int64(k / 2)
	return g.Op("MaxPool", Attrs{"kernel_shape": []int64{int64(k), int64(k)}, "strides": []int64{1, 1},
		"pads": []int64{p, p, p, p}}, a)
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
