// Package nets holds avid's two networks as code: the inpainter I, the
// detector D and the fused graph that runs per frame.
package nets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"avid/models/onnx"
)

// Param is one weight tensor of a network.
type Param struct {
	Name  string
	Shape []int64
	// Std is the standard deviation of its first values; Fill their mean.
	Std, Fill float64
}

// Len is the number of values.
func (p Param) Len() int64 { return onnx.Shape(p.Shape).Len() }

// Params hands a network its weights, in the order in which it asks for them.
type Params interface {
	Get(p Param) *onnx.Value
}

// recorder collects what a network asks for.
type recorder struct {
	g    *onnx.Graph
	list []Param
}

func (r *recorder) Get(p Param) *onnx.Value {
	r.list = append(r.list, p)
	return r.g.Floats(make([]float32, p.Len()), p.Shape...)
}

// Layout describes how a network's weights lie in one flat vector.
type Layout []Param

// Len is the length of the flat vector.
func (l Layout) Len() int64 {
	var n int64
	for _, p := range l {
		n += p.Len()
	}
	return n
}

// Init draws first weights: He et al., "Delving Deep into Rectifiers", 2015,
// Eq. 10, for kernels; constants for the rest.
func (l Layout) Init(rng *rand.Rand) []float32 {
	out := make([]float32, 0, l.Len())
	for _, p := range l {
		for range p.Len() {
			out = append(out, float32(p.Fill+p.Std*rng.NormFloat64()))
		}
	}
	return out
}

// Split cuts the flat vector value into the layout's tensors.
func (l Layout) Split(g *onnx.Graph, flat *onnx.Value) Params {
	sizes := make([]int64, len(l))
	for i, p := range l {
		sizes[i] = p.Len()
	}
	parts := g.Split(flat, 0, sizes...)
	return l.bind(func(i int) *onnx.Value { return g.Reshape(parts[i], l[i].Shape...) })
}

// Constants makes those of the layout's tensors that are asked for initializers with
// the values of flat.
func (l Layout) Constants(g *onnx.Graph, flat []float32) (Params, error) {
	if int64(len(flat)) != l.Len() {
		return nil, fmt.Errorf("nets: %d weights, want %d", len(flat), l.Len())
	}
	var at int64
	parts := make([][]float32, len(l))
	for i, p := range l {
		parts[i] = flat[at : at+p.Len()]
		at += p.Len()
	}
	return l.bind(func(i int) *onnx.Value { return g.Floats(parts[i], l[i].Shape...) }), nil
}

// bind serves the layout's tensors by their names, each made by get when it is asked
// for first: a network may be built several times on the same weights.
func (l Layout) bind(get func(i int) *onnx.Value) Params {
	b := bound{}
	for i, p := range l {
		b[p.Name] = sync.OnceValue(func() *onnx.Value { return get(i) })
	}
	return b
}

// bound makes the tensors of a layout.
type bound map[string]func() *onnx.Value

func (b bound) Get(p Param) *onnx.Value {
	if b[p.Name] == nil {
		panic(fmt.Sprintf("nets: asked for %s, which is not laid out", p.Name)) // a bug of this package
	}
	return b[p.Name]()
}

// builder joins a graph with the weights of one network.
type builder struct {
	*onnx.Graph
	p Params
	// norm, when set, normalizes a convolution's output (batch norm).
	norm func(name string, x *onnx.Value, channels int) *onnx.Value
}

// conv is a convolution with bias.
func (b *builder) conv(name string, x *onnx.Value, out, k int, o onnx.ConvOptions) *onnx.Value {
	return b.drawnConv(name, x, out, k, o, math.Sqrt(2/float64(x.Shape[1]*int64(k*k))))
}

// zeroConv is a convolution with bias that gives 0 at first.
func (b *builder) zeroConv(name string, x *onnx.Value, out, k int, o onnx.ConvOptions) *onnx.Value {
	return b.drawnConv(name, x, out, k, o, 0)
}

func (b *builder) drawnConv(name string, x *onnx.Value, out, k int, o onnx.ConvOptions, std float64) *onnx.Value {
	in := x.Shape[1]
	w := b.p.Get(Param{Name: name + ".w", Shape: []int64{int64(out), in, int64(k), int64(k)}, Std: std})
	bias := b.p.Get(Param{Name: name + ".b", Shape: []int64{int64(out)}})
	return b.Conv(x, w, bias, o)
}
