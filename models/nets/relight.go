package nets

import (
	"avid/models/average"
	"avid/models/onnx"
)

// How the ground is brought into the light of a picture. The gain of a place is that of
// the blocks about it, as far as they show the ground: a pixel that differs from the
// ground by more than a bound, grey levels of [0,1], does not count. Where nothing
// counts, the gain is that of the whole picture.
const (
	lightBlock = 8    // side of a block, pixels
	lightReach = 5    // blocks, odd: side of the square whose pixels a gain is of
	lightSmear = 9    // pixels, odd: gains go over into each other
	lightFirst = 0.15 // bound of the first round
	lightLast  = 0.06 // of the second, which knows the gain roughly
	lightPrior = 0.01 // weight of the whole picture's gain, grey levels
)

// Relight is ground [N,1,H,W] in the light of x [N,3,H,W], its newest channel, both in
// [0,1]: times a gain that changes slowly from place to place, as exposure, a cloud's
// shadow and fog do, and that what stands in front of the ground has little part in.
// H and W are multiples of 8.
func Relight(g *onnx.Graph, x, ground *onnx.Value) *onnx.Value {
	now := g.Slice(x, []int64{average.Channels - 1}, []int64{average.Channels}, []int64{1}, []int64{1})
	mean := func(v *onnx.Value) *onnx.Value { return g.ReduceMean(v, true, 1, 2, 3) }
	prior := g.Scalar(lightPrior)
	whole := g.Div(g.Add(mean(now), prior), g.Add(mean(ground), prior))
	gain := whole
	for _, bound := range []float32{lightFirst, lightLast} {
		counts := g.GreaterOrEqual(g.Scalar(bound), g.Abs(g.Sub(now, g.Mul(ground, gain))))
		about := func(v *onnx.Value) *onnx.Value {
			v = g.ReduceMean(g.SpaceToDepth(g.Where(counts, v, g.Scalar(0)), lightBlock), true, 1)
			return g.AveragePool(v, lightReach)
		}
		coarse := g.Div(g.Add(about(now), g.Mul(whole, prior)), g.Add(about(ground), prior))
		blocks := make([]*onnx.Value, lightBlock*lightBlock)
		for i := range blocks {
			blocks[i] = coarse
		}
		gain = g.AveragePool(g.DepthToSpace(g.Concat(1, blocks...), lightBlock), lightSmear)
	}
	return g.Mul(ground, gain)
}
