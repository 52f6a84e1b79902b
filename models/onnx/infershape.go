package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

func inferReshape(n *Node) error {
	in := n.In[0].Shape
	want, err := ints(n.In[1])
	if err != nil {
		return err
	}
	out := Shape(slices.Clone(want))
	hole, known := -1, int64(1)
	for i, d := range out {
		switch {
		case d == -1 && hole >= 0:
			return errors.New("two dimensions of −1")
		case d == -1:
			hole = i
		case d == 0 && i < len(in): // ONNX: keep this dimension
			out[i] = in[i]
		}
		if i != hole {
			known = Shape{known, out[i]}.Len()
		}
	}
	if !in.Static() || known < 0 {
		n.Out[0].Shape = out
		return nil
	}
	switch {
	case hole >= 0 && known > 0 && in.Len()%known == 0:
		out[hole] = in.Len() / known
	case hole >= 0 || known != in.Len():
		return fmt.Errorf("%v does not hold the elements of %v", want, in)
	}
	n.Out[0].Shape = out
	return nil
}

// bounds resolves start and end of a Slice on an axis of the given size, and
// counts the elements taken.
func bounds(size, start, end, step int64) (first, count int64) {
	if start < 0 {
		start += size
	}
	if end < 0 && end >= -size {
		end += size
	}
	if step > 0 {
		start, end = min(max(start, 0), size), min(max(end, 0), size)
		return start, max((end-start+step-1)/step, 0)
	}
	start, end = min(max(start, 0), size-1), min(max(end, -1), size-1)
	return start, max((start-end-step-1)/-step, 0)
}

func inferSlice(n *Node) error {
	out := slices.Clone(n.In[0].Shape)
	var p [4][]int64
	for i := range p {
		v, err := ints(n.In[1+i])
		if err != nil {
			return err
		}
		p[i] = v
		if len(v) != len(p[0]) {
			return errors.New("starts, ends, axes and steps differ in length")
		}
	}
	for i, axis := range p[2] {
		if axis < 0 || axis >= int64(len(out)) || p[3][i] == 0 {
			return fmt.Errorf("axis %d or step %d is out of range", axis, p[3][i])
		}
		if out[axis] != Dyn {
			_, out[axis] = bounds(out[axis], p[0][i], p[1][i], p[3][i])
		}
	}
	n.Out[0].Shape = out
	return nil
}

func inferConcat(n *Node) error {
	out := slices.Clone(n.In[0].Shape)
	axis := int(n.Attrs.Int("axis", 0))
	if axis < 0 || axis >= len(out) {
		return fmt.Errorf("axis %d of rank %d", axis, len(out))
	}
	for _, v := range n.In[1:] {
		if len(v.Shape) != len(out) || v.Type != n.In[0].Type {
			return errors.New("ranks or types differ")
		}
		for i, d := range v.Shape {
			switch {
			case i == axis && (d == Dyn || out[i] == Dyn):
				out[i] = Dyn
			case i == axis:
				out[i] += d
			case out[i] == Dyn:
				out[i] = d
			case d != Dyn && d != out[i]:
				return fmt.Errorf("sizes %d and %d differ on axis %d", out[i], d, i)
			}
		}
	}
	n.Out[0].Shape = out
	return nil
}

func inferSplit(n *Node) error {
	in := n.In[0]
	sizes, err := ints(n.In[1])
	if err != nil {
		return err
	}
	axis := int(n.Attrs.Int("axis", 0))
	if axis < 0 || axis >= len(in.Shape) || len(sizes) != len(n.Out) {
		return errors.New("axis or count is off")
	}
	var sum int64
	for i, s := range sizes {
		n.Out[i].Shape, n.Out[i].Type = slices.Clone(in.Shape), in.Type
		if s < 0 {
			return fmt.Errorf("a part of size %d", s)
		}
		n.Out[i].Shape[axis] = s
		sum += s
	}
	if in.Shape[axis] != Dyn && sum != in.Shape[axis] {
		return fmt.Errorf("parts sum to %d, not %d", sum, in.Shape[axis])
	}
	return nil
}

// inferTopK is for the k largest along the last axis, in falling order.
func inferTopK(n *Node) error {
	in := n.In[0]
	k, err := ints(n.In[1])
	switch last := len(in.Shape) - 1; {
	case err != nil:
		return err
	case len(n.Out) != 2 || last < 0 || len(k) != 1 || len(n.Attrs) > 0:
		return errors.New("want two outputs, one count and no attributes")
	case k[0] < 1 || in.Shape[last] != Dyn && k[0] > in.Shape[last]:
		return fmt.Errorf("the %d largest of %d", k[0], in.Shape[last])
	default:
		for i, t := range []Type{in.Type, Int64} {
			n.Out[i].Shape, n.Out[i].Type = slices.Clone(in.Shape), t
			n.Out[i].Shape[last] = k[0]
		}
		return nil
	}
}

func inferPad(n *Node) error {
	if err := oneType(n.In[0], n.In[2]); err != nil {
		return err
	}
	out := slices.Clone(n.In[0].Shape)
	pads, err := ints(n.In[1])
	if err != nil {
		return err
	}
	if len(pads) != 2*len(out) {
		return fmt.Errorf("%d pads for rank %d", len(pads), len(out))
	}
	for i := range out {
		if out[i] != Dyn {
			before, after := pads[i], pads[i+len(out)]
			if max(before, after) > math.MaxInt32 || min(before, after) < -out[i] || out[i]+before+after < 0 {
				return fmt.Errorf("pads %d and %d of size %d", before, after, out[i])
			}
			out[i] += before + after
		}
	}
	n.Out[0].Shape = out
	return nil
}

func inferGather(n *Node) error {
	in, idx := n.In[0].Shape, n.In[1].Shape
	axis := int(n.Attrs.Int("axis", 0))
	if axis < 0 || axis >= len(in) {
		return fmt.Errorf("axis %d of rank %d", axis, len(in))
	}
	if n.In[1].Type != Int64 {
		return fmt.Errorf("indices of %v", n.In[1].Type)
	}
	if c := n.In[1].Const; c != nil && in[axis] != Dyn {
		for _, i := range c.I64 {
			if i < 0 || i >= in[axis] {
				return fmt.Errorf("index %d of %d", i, in[axis])
			}
		}
	}
	n.Out[0].Shape = slices.Concat(in[:axis], idx, in[axis+1:])
	return nil
}

func reduceAttr(n *Node) error { return reduce(n, n.Attrs.Ints("axes")) }

func reduceInput(n *Node) error {
	axes, err := ints(n.In[1])
	if err != nil {
		return err
	}
	return reduce(n, axes)
}

func reduce(n *Node, axes []int64) error {
	keep := n.Attrs.Int("keepdims", 1) == 1
	out := Shape{}
	for i, d := range n.In[0].Shape {
		switch {
		case !slices.Contains(axes, int64(i)):
			out = append(out, d)
		case keep:
			out = append(out, 1)
		}
	}
	for _, a := range axes {
		if a < 0 || a >= int64(len(n.In[0].Shape)) {
			return fmt.Errorf("axis %d of rank %d", a, len(n.In[0].Shape))
		}
	}
	n.Out[0].Shape = out
	return nil
}

// maxBlock bounds block sizes: far above any use, far below where squares
// overflow.
const maxBlock = 64

func spaceToDepth(n *Node) error {
	in, b := n.In[0].Shape, n.Attrs.Int("blocksize", 0)
	if len(in) != 4 || b < 1 || b > maxBlock || in[2] != Dyn && in[2]%b != 0 || in[3] != Dyn && in[3]%b != 0 {
		return fmt.Errorf("blocks of %d do not tile %v", b, in)
	}
	n.Out[0].Shape = Shape{in[0], in[1] * b * b, over(in[2], b), over(in[3], b)}
	return nil
}

func depthToSpace(n *Node) error {
	in, b := n.In[0].Shape, n.Attrs.Int("blocksize", 0)
	if len(in) != 4 || b < 1 || b > maxBlock || in[1]%(b*b) != 0 {
		return fmt.Errorf("%v has no blocks of %d", in, b)
	}
	n.Out[0].Shape = Shape{in[0], in[1] / (b * b), times(in[2], b), times(in[3], b)}
	return nil
}

func inferPool(n *Node) error {
	in := n.In[0].Shape
	k, s, p := n.Attrs.Ints("kernel_shape"), n.Attrs.Ints("strides"), n.Attrs.Ints("pads")
	if len(in) != 4 || len(k) != 2 || len(s) != 2 || len(p) != 4 {
		return errors.New("wants an image, 2 kernel sizes, 2 strides, 4 pads")
	}
	h, err := window(in[2], k[0], s[0], p[0], p[2])
	if err != nil {
		return err
	}
	w, err := window(in[3], k[1], s[1], p[1], p[3])
	n.Out[0].Shape = Shape{in[0], in[1], h, w}
	return err
}

func over(d, b int64) int64 {
	if d == Dyn {
		return Dyn
	}
	return d / b
}

func times(d, b int64) int64 {
	if d == Dyn {
		return Dyn
	}
	return d * b
}

func inferExpand(n *Node) error {
	want, err := ints(n.In[1])
	if err != nil {
		return err
	}
	if slices.ContainsFunc(want, func(d int64) bool { return d < 0 }) {
		return fmt.Errorf("to %v", want)
	}
	n.Out[0].Shape, err = join(n.In[0].Shape, want)
	return err
}
