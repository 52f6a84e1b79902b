package autodiff

import (
	"avid/models/onnx"
)

// convBack is the gradient of a convolution with equal strides and equal pads.
func convBack(b *backward, n *onnx.Node, dy *onnx.Value) []*onnx.Value {
	g, x, w := b.Graph, n.In[0], n.In[1]
	out := make([]*onnx.Value, len(n.In))
	if n.Attrs.Int("group", 1) != 1 {
		b.err = errGroups
		return out
	}
	c := conv{
		stride: n.Attrs.Ints("strides")[0], pad: n.Attrs.Ints("pads")[0],
		o: w.Shape[0], c: w.Shape[1], k: w.Shape[2], n: x.Shape[0], oh: dy.Shape[2], ow: dy.Shape[3],
	}
	if b.Form == Im2col && c.stride == 1 && c.k > 1 && c.o < c.c && b.needs[w] {
		cols := c.unfold(g, dy, c.o, c.k-1-c.pad, true)
		out[1] = c.narrow(g, cols, x)
		if b.needs[x] {
			out[0] = c.dataFrom(g, cols, x, w)
		}
		b.needsBias(n, out, dy)
		return out
	}
	if b.needs[x] {
		out[0] = c.data(g, x, w, dy)
	}
	if b.needs[w] {
		switch {
		case c.k == 1 && c.stride == 1 && c.pad == 0:
			out[1] = c.product(g, g.Reshape(x, c.n, c.c, c.oh*c.ow), dy)
		case b.Form == Im2col:
			out[1] = c.product(g, c.unfold(g, x, c.c, c.pad, false), dy)
		default:
			out[1] = c.slices(g, x, dy)
		}
	}
	b.needsBias(n, out, dy)
	return out
}

func (b *backward) needsBias(n *onnx.Node, out []*onnx.Value, dy *onnx.Value) {
	if len(n.In) == 3 && b.needs[n.In[2]] {
		out[2] = b.Graph.ReduceSum(dy, false, 0, 2, 3)
	}
}

type conv struct{ stride, pad, o, c, k, n, oh, ow int64 }

// data is dL/dX. At stride 1 it is a convolution with the flipped kernel, its
// channels swapped, which is faster than ConvTranspose.
func (c conv) data(g *onnx.Graph, x, w, dy *onnx.Value) *onnx.Value {
	if c.stride == 1 && c.k-1-c.pad >= 0 {
		flipped := w
		if c.k > 1 {
			flipped = g.Flip(w, 2, 3)
		}
		return g.Conv(dy, g.Transpose(flipped, 1, 0, 2, 3), nil, onnx.ConvOptions{Pad: int(c.k - 1 - c.pad)})
	}
	if c.k%c.stride == 0 {
		return c.dataBlocks(g, x, w, dy)
	}
	var rest [2]int64
	for i := range rest {
		rest[i] = x.Shape[2+i] - ((dy.Shape[2+i]-1)*c.stride - 2*c.pad + c.k)
	}
	return g.ConvTranspose(dy, w, onnx.ConvOptions{Stride: int(c.stride), Pad: int(c.pad)}, rest)
}

// dataBlocks is dL/dX at stride s where s divides k: a strided convolution is
// space-to-depth and a convolution of k/s at stride 1, whose gradient is a
// convolution again.
func (c conv) dataBlocks(g *onnx.Graph, x, w, dy *onnx.Value) *onnx.Value {
	s, ks := c.stride, c.k/c.stride
	blocks := g.Transpose(g.Reshape(w, c.o, c.c, ks, s, ks, s), 3, 5, 1, 0, 2, 4)
	kernel := g.Flip(g.Reshape(blocks, s*s*c.c, c.o, ks, ks), 2, 3)
	d := g.DepthToSpace(g.Conv(dy, kernel, nil, onnx.ConvOptions{Pad: int(ks - 1)}), int(s))
	h, wd := x.Shape[2], x.Shape[3]
	// What the last window does not reach has no gradient.
	if down, right := h+c.pad-d.Shape[2], wd+c.pad-d.Shape[3]; down > 0 || right > 0 {
		d = g.Pad(d, 0, 0, 0, 0, 0, 0, 0, max(down, 0), max(right, 0))
	}
	return g.Slice(d, []int64{c.pad, c.pad}, []int64{c.pad + h, c.pad + wd}, []int64{2, 3}, []int64{1, 1})
}

// unfold is im2col: v [N,C,h,w] becomes [N, C·k·k, P] by a grouped convolution
// with one-hot kernels; flip reverses the order of the kernel's elements.
func (c conv) unfold(g *onnx.Graph, v *onnx.Value, channels, pad int64, flip bool) *onnx.Value {
	kk := c.k * c.k
	hot := make([]float32, channels*kk*kk)
	for i := range channels * kk {
		at := i % kk
		if flip {
			at = kk - 1 - at
		}
		hot[i*kk+at] = 1
	}
	cols := g.Conv(v, g.Floats(hot, channels*kk, 1, c.k, c.k), nil,
		onnx.ConvOptions{Stride: int(c.stride), Pad: int(pad), Group: int(channels)})
	return g.Reshape(cols, c.n, channels*kk, cols.Shape[2]*cols.Shape[3])
}

// narrow is dL/dW from the columns of dY [N, O·k·k, H·W] and X: where dY has
// fewer channels than X, unfolding it instead moves less memory.
func (c conv) narrow(g *onnx.Graph, cols, x *onnx.Value) *onnx.Value {
	d := g.MatMul(cols, swap(g, g.Reshape(x, c.n, c.c, x.Shape[2]*x.Shape[3])))
	return g.Transpose(g.Reshape(g.ReduceSum(d, false, 0), c.o, c.k, c.k, c.c), 0, 3, 1, 2)
}

// dataFrom is dL/dX as one product of the kernel with the same columns.
func (c conv) dataFrom(g *onnx.Graph, cols, x, w *onnx.Value) *onnx.Value {
	kernel := g.Reshape(g.Transpose(w, 1, 0, 2, 3), c.c, c.o*c.k*c.k)
	return g.Reshape(g.MatMul(kernel, cols), x.Shape...)
}

// product is Σₙ dY·colsᵀ as a kernel [O,C,k,k], for cols [N, C·k·k, P].
func (c conv) product(g *onnx.Graph, cols, dy *onnx.Value) *onnx.Value {
	d := g.MatMul(g.Reshape(dy, c.n, c.o, c.oh*c.ow), swap(g, cols))
	return g.Reshape(g.ReduceSum(d, false, 0), c.o, c.c, c.k, c.k)
}

// slices is the same without unfolding: one product for each kernel element.
func (c conv) slices(g *onnx.Graph, x, dy *onnx.Value) *onnx.Value {
	if c.pad > 0 {
		x = g.Pad(x, 0, 0, 0, c.pad, c.pad, 0, 0, c.pad, c.pad)
	}
	d := g.Reshape(dy, c.n, c.o, c.oh*c.ow)
	parts := make([]*onnx.Value, 0, c.k*c.k)
	for i := range c.k {
		for j := range c.k {
			v := g.Slice(x, []int64{i, j}, []int64{i + (c.oh-1)*c.stride + 1, j + (c.ow-1)*c.stride + 1},
				[]int64{2, 3}, []int64{c.stride, c.stride})
			p := g.MatMul(d, swap(g, g.Reshape(v, c.n, c.c, c.oh*c.ow)))
			parts = append(parts, g.Reshape(g.ReduceSum(p, false, 0), c.o, c.c, 1))
		}
	}
	return g.Reshape(g.Concat(2, parts...), c.o, c.c, c.k, c.k)
}
