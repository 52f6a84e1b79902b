package ref

import (
	"cmp"
	"math"
	"slices"

	"avid/models/onnx"
)

func slice(_ *onnx.Node, in []*Tensor) []*Tensor {
	starts, ends, axes, steps := list(in[1]), list(in[2]), list(in[3]), list(in[4])
	shape := slices.Clone(in[0].Shape)
	for k, a := range axes {
		starts[k], shape[a] = taken(starts[k], ends[k], steps[k], shape[a])
	}
	out, from := New(shape...), make([]int64, len(shape))
	walk(shape, func(at int, i []int64) {
		copy(from, i)
		for k, a := range axes {
			from[a] = starts[k] + i[a]*steps[k]
		}
		out.Data[at] = in[0].at(from)
	})
	return []*Tensor{out}
}

// taken walks from start to end as the operator's text says and counts.
func taken(start, end, step, size int64) (first, count int64) {
	if start < 0 {
		start += size
	}
	if end < 0 && end >= -size {
		end += size
	}
	if step > 0 {
		start, end = min(max(start, 0), size), min(end, size)
	} else {
		start, end = min(max(start, 0), size-1), max(end, -1)
	}
	for i := start; step > 0 && i < end || step < 0 && i > end; i += step {
		count++
	}
	return start, count
}

func concat(n *onnx.Node, in []*Tensor) []*Tensor {
	axis := n.Attrs.Int("axis", 0)
	shape := slices.Clone(in[0].Shape)
	for _, t := range in[1:] {
		shape[axis] += t.Shape[axis]
	}
	out := New(shape...)
	walk(shape, func(at int, i []int64) {
		j := slices.Clone(i)
		k := 0
		for j[axis] >= in[k].Shape[axis] {
			j[axis] -= in[k].Shape[axis]
			k++
		}
		out.Data[at] = in[k].at(j)
	})
	return []*Tensor{out}
}

func split(n *onnx.Node, in []*Tensor) []*Tensor {
	axis := n.Attrs.Int("axis", 0)
	var out []*Tensor
	var offset int64
	for _, size := range list(in[1]) {
		shape := slices.Clone(in[0].Shape)
		shape[axis] = size
		t := New(shape...)
		walk(shape, func(at int, i []int64) {
			j := slices.Clone(i)
			j[axis] += offset
			t.Data[at] = in[0].at(j)
		})
		out, offset = append(out, t), offset+size
	}
	return out
}

func pad(_ *onnx.Node, in []*Tensor) []*Tensor {
	pads, k := list(in[1]), len(in[0].Shape)
	shape := slices.Clone(in[0].Shape)
	for i := range shape {
		shape[i] += pads[i] + pads[k+i]
	}
	out := New(shape...)
	walk(shape, func(at int, i []int64) {
		j := slices.Clone(i)
		out.Data[at] = in[2].Data[0]
		for a := range j {
			if j[a] -= pads[a]; j[a] < 0 || j[a] >= in[0].Shape[a] {
				return
			}
		}
		out.Data[at] = in[0].at(j)
	})
	return []*Tensor{out}
}

func gather(n *onnx.Node, in []*Tensor) []*Tensor {
	axis := int(n.Attrs.Int("axis", 0))
	index, picked := in[1], len(in[1].Shape)
	out := New(slices.Concat(in[0].Shape[:axis], index.Shape, in[0].Shape[axis+1:])...)
	walk(out.Shape, func(at int, i []int64) {
		j := slices.Concat(i[:axis], []int64{int64(index.at(i[axis : axis+picked]))}, i[axis+picked:])
		out.Data[at] = in[0].at(j)
	})
	return []*Tensor{out}
}

func topK(_ *onnx.Node, in []*Tensor) []*Tensor {
	shape := slices.Clone(in[0].Shape)
	n, k := int(shape[len(shape)-1]), int(list(in[1])[0])
	shape[len(shape)-1] = int64(k)
	values, places := New(shape...), New(shape...)
	for row := range len(in[0].Data) / n {
		line := in[0].Data[row*n : (row+1)*n]
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(line[b], line[a]) })
		for i, at := range order[:k] {
			values.Data[row*k+i], places.Data[row*k+i] = line[at], float64(at)
		}
	}
	return []*Tensor{values, places}
}

func reduce(n *onnx.Node, in []*Tensor) []*Tensor {
	axes := n.Attrs.Ints("axes")
	if n.Op == "ReduceSum" {
		axes = list(in[1])
	}
	kept, dropped, count := slices.Clone(in[0].Shape), []int64{}, 1.0
	for i, d := range in[0].Shape {
		if slices.Contains(axes, int64(i)) {
			kept[i] = 1
			count *= float64(d)
		} else {
			dropped = append(dropped, d)
		}
	}
	out := New(kept...)
	if n.Op == "ReduceMax" {
		for i := range out.Data {
			out.Data[i] = math.Inf(-1)
		}
	}
	walk(in[0].Shape, func(at int, i []int64) {
		var o int64
		for k, d := range kept {
			j := i[k]
			if d == 1 {
				j = 0
			}
			o = o*d + j
		}
		if n.Op == "ReduceMax" {
			out.Data[o] = max(out.Data[o], in[0].Data[at])
		} else {
			out.Data[o] += in[0].Data[at]
		}
	})
	if n.Op == "ReduceMean" {
		for i := range out.Data {
			out.Data[i] /= count
		}
	}
	if n.Attrs.Int("keepdims", 1) == 0 {
		out.Shape = dropped
	}
	return []*Tensor{out}
}

func spaceToDepth(n *onnx.Node, in []*Tensor) []*Tensor {
	b, s := n.Attrs.Int("blocksize", 1), in[0].Shape
	out := New(s[0], s[1]*b*b, s[2]/b, s[3]/b)
	walk(out.Shape, func(at int, i []int64) {
		block, c := i[1]/s[1], i[1]%s[1]
		out.Data[at] = in[0].at([]int64{i[0], c, i[2]*b + block/b, i[3]*b + block%b})
	})
	return []*Tensor{out}
}

func depthToSpace(n *onnx.Node, in []*Tensor) []*Tensor {
	b, s := n.Attrs.Int("blocksize", 1), in[0].Shape
	c := s[1] / (b * b)
	out := New(s[0], c, s[2]*b, s[3]*b)
	walk(out.Shape, func(at int, i []int64) {
		out.Data[at] = in[0].at([]int64{i[0], ((i[2]%b)*b+i[3]%b)*c + i[1], i[2] / b, i[3] / b})
	})
	return []*Tensor{out}
}
