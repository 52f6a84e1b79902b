package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// infer sets shape and type of a node's outputs from its inputs, and is at the
// same time the list of operators that this package knows.
func infer(n *Node) error {
	if n.Domain != "" {
		return fmt.Errorf("unknown domain %.40q", n.Domain)
	}
	rule, ok := rules[n.Op]
	if !ok {
		return errors.New("unknown operator")
	}
	if len(n.In) < rule.min || len(n.In) > rule.max {
		return fmt.Errorf("%d inputs, want %d to %d", len(n.In), rule.min, rule.max)
	}
	for i, v := range n.In {
		if v == nil && (n.Op != "Loop" || i != 1) {
			return fmt.Errorf("input %d is missing", i)
		}
	}
	if len(n.Out) != 1 && n.Op != "Split" && n.Op != "TopK" && n.Op != "Loop" {
		return fmt.Errorf("%d outputs, want 1", len(n.Out))
	}
	n.Out[0].Type = n.In[0].Type
	if err := rule.f(n); err != nil {
		return err
	}
	for _, v := range n.Out {
		if err := v.Shape.inRange(); err != nil {
			return err
		}
	}
	return nil
}

// maxRank is above that of any graph of ours: training's have 5.
const maxRank = 16

// inRange tells whether a shape can be: sizes that are below 2³¹, so that
// products of two do not overflow, and few of them.
func (s Shape) inRange() error {
	if len(s) > maxRank {
		return fmt.Errorf("rank %d, at most %d is possible", len(s), maxRank)
	}
	for _, d := range s {
		if d < Dyn || d > math.MaxInt32 {
			return fmt.Errorf("size %d in %v, 0 to %d is possible", d, []int64(s), math.MaxInt32)
		}
	}
	return nil
}

type rule struct {
	min, max int
	f        func(*Node) error
}

// rules is filled here, not in init, and never changed.
var rules = map[string]rule{
	"Identity": {1, 1, same}, "Relu": {1, 1, same}, "Sigmoid": {1, 1, same}, "Softplus": {1, 1, same},
	"Abs": {1, 1, same}, "Sqrt": {1, 1, same}, "Neg": {1, 1, same},
	"HardSigmoid": {1, 1, same}, "Clip": {3, 3, inferClip}, "Cast": {1, 1, inferCast},
	"Add": {2, 2, broadcast}, "Sub": {2, 2, broadcast}, "Mul": {2, 2, broadcast}, "Div": {2, 2, broadcast},
	"Max": {2, 2, broadcast}, "Min": {2, 2, broadcast},
	"GreaterOrEqual": {2, 2, compare},
	"Where":          {3, 3, inferWhere}, "Conv": {2, 3, inferConv}, "ConvTranspose": {2, 3, inferConvTranspose},
	"MatMul": {2, 2, inferMatMul}, "Transpose": {1, 1, inferTranspose}, "Reshape": {2, 2, inferReshape},
	"Slice": {5, 5, inferSlice}, "Concat": {1, 1 << 20, inferConcat}, "Split": {2, 2, inferSplit},
	"Pad": {3, 3, inferPad}, "Gather": {2, 2, inferGather}, "Expand": {2, 2, inferExpand},
	"TopK": {2, 2, inferTopK}, "Loop": {2, 1 << 20, inferLoop},
	"ReduceMean": {1, 1, reduceAttr}, "ReduceMax": {1, 1, reduceAttr}, "ReduceSum": {2, 2, reduceInput},
	"SpaceToDepth": {1, 1, spaceToDepth}, "DepthToSpace": {1, 1, depthToSpace}, "AveragePool": {1, 1, inferPool}, "MaxPool": {1, 1, inferPool},
}

func same(n *Node) error { n.Out[0].Shape = slices.Clone(n.In[0].Shape); return nil }

// inferClip wants bounds that are one number each.
func inferClip(n *Node) error {
	if len(n.In[1].Shape) != 0 || len(n.In[2].Shape) != 0 {
		return errors.New("wants a number for each bound")
	}
	n.Out[0].Shape = slices.Clone(n.In[0].Shape)
	return oneType(n.In...)
}

func inferCast(n *Node) error {
	to := Type(n.Attrs.Int("to", 0))
	if !slices.Contains([]Type{Float, Uint8, Int64, Bool, Float16}, to) {
		return fmt.Errorf("cast to %v, which is not known", to)
	}
	n.Out[0].Type = to
	return same(n)
}

// joinDims is the broadcast of two dimensions.
func joinDims(a, b int64) (int64, error) {
	switch {
	case a == b || b == 1:
		return a, nil
	case a == 1:
		return b, nil
	case a == Dyn:
		return b, nil
	case b == Dyn:
		return a, nil
	}
	return 0, fmt.Errorf("sizes %d and %d do not broadcast", a, b)
}

func join(a, b Shape) (Shape, error) {
	n := max(len(a), len(b))
	out := make(Shape, n)
	for i := range n {
		x, y := int64(1), int64(1)
		if j := i - n + len(a); j >= 0 {
			x = a[j]
		}
		if j := i - n + len(b); j >= 0 {
			y = b[j]
		}
		d, err := joinDims(x, y)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// oneType tells whether all values have the type of the first.
func oneType(v ...*Value) error {
	for _, other := range v[1:] {
		if other.Type != v[0].Type {
			return fmt.Errorf("types %v and %v differ", v[0].Type, other.Type)
		}
	}
	return nil
}

func broadcast(n *Node) error {
	if err := oneType(n.In...); err != nil {
		return err
	}
	s, err := join(n.In[0].Shape, n.In[1].Shape)
	n.Out[0].Shape = s
	return err
}

func compare(n *Node) error {
	err := broadcast(n)
	n.Out[0].Type = Bool
	return err
}

func inferWhere(n *Node) error {
	if n.In[0].Type != Bool || n.In[1].Type != n.In[2].Type {
		return errors.New("wants a bool condition and two branches of one type")
	}
	s, err := join(n.In[1].Shape, n.In[2].Shape)
	if err != nil {
		return err
	}
	n.Out[0].Type = n.In[1].Type
	n.Out[0].Shape, err = join(n.In[0].Shape, s)
	return err
}

// window is the output size of a sliding window.
func window(in, k, stride, before, after int64) (int64, error) {
	if k < 1 || stride < 1 || before < 0 || after < 0 || max(k, stride, before, after) > math.MaxInt32 {
		return 0, fmt.Errorf("kernel %d, stride %d or pads %d and %d are out of range", k, stride, before, after)
	}
	if in == Dyn {
		return Dyn, nil
	}
	if in+before+after < k {
		return 0, fmt.Errorf("kernel of %d does not fit into %d", k, in+before+after)
	}
	return (in+before+after-k)/stride + 1, nil
}

func inferConv(n *Node) error {
	x, w := n.In[0].Shape, n.In[1].Shape
	if len(x) != 4 || len(w) != 4 || !w.Static() {
		return errors.New("wants an image of rank 4 and a static kernel of rank 4")
	}
	if err := oneType(n.In...); err != nil {
		return err
	}
	g := n.Attrs.Int("group", 1)
	if g < 1 || g > math.MaxInt32 || x[1] != w[1]*g || w[0]%g != 0 {
		return fmt.Errorf("%d channels into a kernel of %v in %d groups", x[1], w, g)
	}
	if len(n.In) == 3 && !slices.Equal(n.In[2].Shape, Shape{w[0]}) {
		return fmt.Errorf("bias of shape %v for %d channels", n.In[2].Shape, w[0])
	}
	s, p := n.Attrs.Ints("strides"), n.Attrs.Ints("pads")
	if len(s) != 2 || len(p) != 4 {
		return errors.New("wants 2 strides and 4 pads")
	}
	h, err := window(x[2], w[2], s[0], p[0], p[2])
	if err != nil {
		return err
	}
	wd, err := window(x[3], w[3], s[1], p[1], p[3])
	n.Out[0].Shape = Shape{x[0], w[0], h, wd}
	return err
}

func inferConvTranspose(n *Node) error {
	y, w := n.In[0].Shape, n.In[1].Shape
	s, p, o := n.Attrs.Ints("strides"), n.Attrs.Ints("pads"), n.Attrs.Ints("output_padding")
	if len(y) != 4 || len(w) != 4 || y[1] != w[0] || len(s) != 2 || len(p) != 4 || len(o) != 2 {
		return errors.New("wants an image and a kernel of rank 4 that fit, 2 strides, 4 pads, 2 output pads")
	}
	if err := oneType(n.In...); err != nil {
		return err
	}
	out := Shape{y[0], w[1], Dyn, Dyn}
	for i := range 2 {
		if y[2+i] != Dyn {
			out[2+i] = (y[2+i]-1)*s[i] - p[i] - p[2+i] + w[2+i] + o[i]
		}
	}
	n.Out[0].Shape = out
	return nil
}

func inferMatMul(n *Node) error {
	a, b := n.In[0].Shape, n.In[1].Shape
	if len(a) < 2 || len(b) < 2 {
		return errors.New("wants matrices")
	}
	if err := oneType(n.In...); err != nil {
		return err
	}
	if k, l := a[len(a)-1], b[len(b)-2]; k != l && k != Dyn && l != Dyn {
		return fmt.Errorf("inner sizes %d and %d differ", k, l)
	}
	batch, err := join(a[:len(a)-2], b[:len(b)-2])
	n.Out[0].Shape = append(batch, a[len(a)-2], b[len(b)-1])
	return err
}

func inferTranspose(n *Node) error {
	in, perm := n.In[0].Shape, n.Attrs.Ints("perm")
	if len(perm) != len(in) {
		return fmt.Errorf("permutation %v of rank %d", perm, len(in))
	}
	seen := make([]bool, len(in))
	out := make(Shape, len(in))
	for i, p := range perm {
		if p < 0 || p >= int64(len(in)) || seen[p] {
			return fmt.Errorf("%v is no permutation", perm)
		}
		seen[p] = true
		out[i] = in[p]
	}
	n.Out[0].Shape = out
	return nil
}

// ints returns the constant of an integer input.
func ints(v *Value) ([]int64, error) {
	if v.Const == nil || v.Const.I64 == nil {
		return nil, fmt.Errorf("%.60q must be a constant of int64", v.Name)
	}
	return v.Const.I64, nil
}
