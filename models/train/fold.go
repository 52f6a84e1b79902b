package train

import (
	"context"
	"fmt"
	"math"

	"avid/models/average"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
)

// fold removes batch normalization from I: it averages each layer's mean and
// variance over clean batches and moves them into the convolution before it
// (Jacob et al., 2018, section 3.2). The result has the same layout, its gains
// and shifts unused.
func fold(c Config, theta []float32, batches []*batch, backend compute.Backend) ([]float32, error) {
	g := onnx.NewGraph("avid batch statistics")
	layout := c.Inpainter.Layout()
	flat := g.Input("inpainter", onnx.Float, layout.Len())
	x := g.Input("clean", onnx.Float, c.Batch, average.Channels, c.Height, c.Width)
	var names []string
	var stats []*onnx.Value
	inner := nets.BatchStatistics()
	c.Inpainter.Forward(g, layout.Split(g, flat), x, nil, func(g *onnx.Graph, name string, x, gain, bias *onnx.Value) *onnx.Value {
		m := g.ReduceMean(x, true, 0, 2, 3)
		d := g.Sub(x, m)
		names = append(names, name)
		stats = append(stats, g.Reshape(m, x.Shape[1]), g.ReduceMean(g.Mul(d, d), false, 0, 2, 3))
		return inner(g, name, x, gain, bias)
	})
	var outputs []string
	var out []*compute.Tensor
	for i, s := range stats {
		name := fmt.Sprintf("stat%d", i)
		g.Output(name, s)
		outputs, out = append(outputs, name), append(out, compute.Floats(s.Shape...))
	}
	model, err := g.Marshal()
	if err != nil {
		return nil, err
	}
	session, err := backend.Load(model, []string{"inpainter", "clean"}, outputs)
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }() // nothing is lost with it
	sums := make([][]float64, len(out))
	weights := &compute.Tensor{Shape: []int64{layout.Len()}, F32: theta}
	for _, b := range batches {
		if err := session.Run(context.Background(), []*compute.Tensor{weights, b.clean}, out); err != nil {
			return nil, err
		}
		for i, t := range out {
			if sums[i] == nil {
				sums[i] = make([]float64, len(t.F32))
			}
			for j, v := range t.F32 {
				sums[i][j] += float64(v) / float64(len(batches))
			}
		}
	}
	folded := append([]float32(nil), theta...)
	parts := map[string][]float32{}
	at := int64(0)
	for _, p := range layout {
		parts[p.Name] = folded[at : at+p.Len()]
		at += p.Len()
	}
	for i, name := range names {
		foldLayer(parts, name, sums[2*i], sums[2*i+1])
	}
	return folded, nil
}

// foldLayer: w ← w·g/σ, b ← (b − μ)·g/σ + s, channel by channel.
func foldLayer(parts map[string][]float32, name string, mean, variance []float64) {
	w, b := parts[name+".w"], parts[name+".b"]
	gain, shift := parts[name+".gain"], parts[name+".shift"]
	each := len(w) / len(b)
	for o := range b {
		k := float64(gain[o]) / math.Sqrt(variance[o]+nets.NormEpsilon)
		for i := o * each; i < (o+1)*each; i++ {
			w[i] = float32(float64(w[i]) * k)
		}
		b[o] = float32((float64(b[o])-mean[o])*k + float64(shift[o]))
		gain[o], shift[o] = 1, 0
	}
}
