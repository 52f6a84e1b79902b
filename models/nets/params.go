// Package nets holds avid's two networks as code: the inpainter I, the
// detector D and the fused graph that runs per frame.
package nets

import (
	"fmt"
	"math"
	"math/rand/v2"

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
	return &bound{layout: l, get: func(i int, parts []*onnx.Value) *onnx.Value {
		return g.Reshape(parts[i], l[i].Shape...)
	}, parts: g.Split(flat, 0, sizes...), g: g}
}

// Constants makes the layout's tensors initializers with the values of flat.
func (l Layout) Constants(g *onnx.Graph, flat []float32) (Params, error) {
	if int64(len(flat)) != l.Len() {
		return nil, fmt.Errorf("nets: %d weights, want %d", len(flat), l.Len())
	}
	var at int64
	parts := make([]*onnx.Value, len(l))
	for i, p := range l {
		parts[i] = g.Floats(flat[at:at+p.Len()], p.Shape...)
		at += p.Len()
	}
	return &bound{layout: l, get: func(i int, parts []*onnx.Value) *onnx.Value { return parts[i] }, parts: parts, g: g}, nil
}

// bound serves the tensors of a layout in order. A network may be built
// several times on the same weights: after the last one it starts again.
type bound struct {
	layout Layout
	parts  []*onnx.Value
	cache  []*onnx.Value
	get    func(i int, parts []*onnx.Value) *onnx.Value
	g      *onnx.Graph
	at     int
}

func (b *bound) Get(p Param) *onnx.Value {
	if b.cache == nil {
		b.cache = make([]*onnx.Value, len(b.layout))
	}
	i := b.at % len(b.layout)
	b.at++
	if b.layout[i].Name != p.Name {
		panic(fmt.Sprintf("nets: asked for %s, laid out %s", p.Name, b.layout[i].Name)) // a bug of this package
	}
	if b.cache[i] == nil {
		b.cache[i] = b.get(i, b.parts)
	}
	return b.cache[i]
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
	in := x.Shape[1]
	std := math.Sqrt(2 / float64(in*int64(k*k)))
	w := b.p.Get(Param{Name: name + ".w", Shape: []int64{int64(out), in, int64(k), int64(k)}, Std: std})
	bias := b.p.Get(Param{Name: name + ".b", Shape: []int64{int64(out)}})
	return b.Conv(x, w, bias, o)
}
