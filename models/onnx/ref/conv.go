package ref

import (
	"math"

	"avid/models/onnx"
)

// conv is cross-correlation with zero padding, group by group.
func conv(n *onnx.Node, in []*Tensor) []*Tensor {
	x, w := in[0], in[1]
	s, p, groups := n.Attrs.Ints("strides"), n.Attrs.Ints("pads"), n.Attrs.Int("group", 1)
	o, c, kh, kw := w.Shape[0], w.Shape[1], w.Shape[2], w.Shape[3]
	h, wd := x.Shape[2], x.Shape[3]
	out := New(x.Shape[0], o, (h+p[0]+p[2]-kh)/s[0]+1, (wd+p[1]+p[3]-kw)/s[1]+1)
	walk(out.Shape, func(at int, i []int64) {
		var sum float64
		if len(in) == 3 {
			sum = in[2].Data[i[1]]
		}
		first := i[1] / (o / groups) * c
		for ch := range c {
			for u := range kh {
				for v := range kw {
					y, z := i[2]*s[0]+u-p[0], i[3]*s[1]+v-p[1]
					if y < 0 || z < 0 || y >= h || z >= wd {
						continue
					}
					sum += w.at([]int64{i[1], ch, u, v}) * x.at([]int64{i[0], first + ch, y, z})
				}
			}
		}
		out.Data[at] = sum
	})
	return []*Tensor{out}
}

// convTranspose scatters each input element over its window.
func convTranspose(n *onnx.Node, in []*Tensor) []*Tensor {
	y, w := in[0], in[1]
	s, p, extra := n.Attrs.Ints("strides"), n.Attrs.Ints("pads"), n.Attrs.Ints("output_padding")
	c, kh, kw := w.Shape[1], w.Shape[2], w.Shape[3]
	out := New(y.Shape[0], c, (y.Shape[2]-1)*s[0]-p[0]-p[2]+kh+extra[0], (y.Shape[3]-1)*s[1]-p[1]-p[3]+kw+extra[1])
	h, wd := out.Shape[2], out.Shape[3]
	walk(y.Shape, func(at int, i []int64) {
		for ch := range c {
			for u := range kh {
				for v := range kw {
					r, q := i[2]*s[0]+u-p[0], i[3]*s[1]+v-p[1]
					if r < 0 || q < 0 || r >= h || q >= wd {
						continue
					}
					out.Data[((i[0]*c+ch)*h+r)*wd+q] += y.Data[at] * w.at([]int64{i[1], ch, u, v})
				}
			}
		}
	})
	return []*Tensor{out}
}

// averagePool averages what lies inside the picture.
func averagePool(n *onnx.Node, in []*Tensor) []*Tensor {
	return pool(n, in[0], func(sum, count, _ float64) float64 { return sum / count })
}

func maxPool(n *onnx.Node, in []*Tensor) []*Tensor {
	return pool(n, in[0], func(_, _, most float64) float64 { return most })
}

// pool sums up the part of each window that lies inside: its sum, its size, its
// greatest value.
func pool(n *onnx.Node, x *Tensor, of func(sum, count, most float64) float64) []*Tensor {
	k, p := n.Attrs.Ints("kernel_shape"), n.Attrs.Ints("pads")
	out := New(x.Shape...)
	walk(out.Shape, func(at int, i []int64) {
		var sum, count float64
		most := math.Inf(-1)
		for u := range k[0] {
			for v := range k[1] {
				y, z := i[2]+u-p[0], i[3]+v-p[1]
				if y < 0 || z < 0 || y >= x.Shape[2] || z >= x.Shape[3] {
					continue
				}
				v := x.at([]int64{i[0], i[1], y, z})
				sum, most = sum+v, max(most, v)
				count++
			}
		}
		out.Data[at] = of(sum, count, most)
	})
	return []*Tensor{out}
}
