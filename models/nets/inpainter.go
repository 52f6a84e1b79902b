package nets

import (
	"fmt"

	"avid/models/autodiff"
	"avid/models/average"
	"avid/models/onnx"
)

// Inpainter are the settings of I, a U-Net: double 3×3 convolutions, skips from
// each level of the contracting to the expanding path (Ronneberger et al.,
// 2015). Pooling and up-convolution are space-to-depth and depth-to-space with
// 1×1 convolutions, the same maps as 2×2 strided ones.
type Inpainter struct {
	BaseWidth int    `json:"base_width"` // channels of the first level, doubled at each below
	Depth     int    `json:"depth"`      // levels below the first
	Stem      int    `json:"stem"`       // side of the pixel block that is one position of the first level
	Norm      string `json:"norm"`       // "none" or "batch"
	// Ground is what I returns: "" is X without noise and irregularity, as the paper
	// has it; else the ground, one channel: what the place looks like now without what
	// passes there, so that I(t) − I(X) is what stands in front of it.
	Ground Ground `json:"ground,omitempty"`
}

// Ground says what I knows of the ground.
type Ground string

// The kinds of I that return the ground.
const (
	Taught Ground = "taught" // X alone
	Given  Ground = "given"  // X, and the ground as it was of late
)

// DefaultInpainter is small enough to learn on two CPU cores. Where it is given the
// ground it has little to paint: it brings that into the light of X.
func DefaultInpainter(g Ground) Inpainter {
	if g == Given {
		return Inpainter{BaseWidth: 24, Depth: 2, Stem: 4, Norm: "none", Ground: g}
	}
	return Inpainter{BaseWidth: 24, Depth: 3, Stem: 2, Norm: "none", Ground: g}
}

// Channels is how many channels I returns: those of X, or the ground.
func (c Inpainter) Channels() int {
	if c.Ground == "" {
		return average.Channels
	}
	return 1
}

// Validate checks ranges.
func (c Inpainter) Validate() error {
	switch {
	case c.BaseWidth < 4 || c.BaseWidth > 256:
		return fmt.Errorf("nets: inpainter base width %d, want 4 to 256", c.BaseWidth)
	case c.Depth < 1 || c.Depth > 6:
		return fmt.Errorf("nets: inpainter depth %d, want 1 to 6", c.Depth)
	case c.Stem != 1 && c.Stem != 2 && c.Stem != 4:
		return fmt.Errorf("nets: inpainter stem %d, want 1, 2 or 4", c.Stem)
	case c.Norm != "none" && c.Norm != "batch":
		return fmt.Errorf("nets: inpainter norm %q, want none or batch", c.Norm)
	case c.Ground != "" && c.Ground != Taught && c.Ground != Given:
		return fmt.Errorf("nets: inpainter ground %q, want %s, %s or nothing", c.Ground, Taught, Given)
	}
	return nil
}

// Multiple is what height and width of the input must be multiples of; 0 for
// settings out of range.
func (c Inpainter) Multiple() int {
	if c.Validate() != nil {
		return 0
	}
	if c.Ground == Given {
		return max(c.Stem<<c.Depth, lightBlock)
	}
	return c.Stem << c.Depth
}

// Layout lists the weights of I.
func (c Inpainter) Layout() Layout {
	g := onnx.NewGraph("layout")
	r := &recorder{g: g}
	m := int64(c.Multiple())
	c.Forward(g, r, g.Input("x", onnx.Float, 1, average.Channels, m, m), g.Input("ground", onnx.Float, 1, 1, m, m), nil)
	return r.list
}

// BatchNorm tells how batch normalization is written: over the batch while
// training, nothing once folded.
type BatchNorm func(b *onnx.Graph, name string, x, gain, bias *onnx.Value) *onnx.Value

// Forward adds I(x) [N,Channels,H,W] for x [N,3,H,W] in [0,1]; H and W are multiples
// of Multiple. Where Ground is Given, ground [N,1,H,W] is the ground as it was of
// late, in [0,1]; else it is not looked at. With Norm "batch", bn writes the normalization; nil omits it
// (its gain and bias are still asked for).
func (c Inpainter) Forward(g *onnx.Graph, p Params, x, ground *onnx.Value, bn BatchNorm) *onnx.Value {
	b := &builder{Graph: g, p: p}
	if c.Norm == "batch" {
		b.norm = func(name string, x *onnx.Value, channels int) *onnx.Value {
			gain := p.Get(Param{Name: name + ".gain", Shape: []int64{int64(channels)}, Fill: 1})
			bias := p.Get(Param{Name: name + ".shift", Shape: []int64{int64(channels)}})
			if bn == nil {
				return x
			}
			return bn(g, name, x, gain, bias)
		}
	}
	h := x
	if c.Ground == Given {
		ground = Relight(g, x, ground)
		h = g.Concat(1, x, ground)
	}
	if c.Stem > 1 {
		h = g.SpaceToDepth(h, c.Stem)
	}
	skips := make([]*onnx.Value, c.Depth)
	for i := range c.Depth {
		skips[i] = b.double(fmt.Sprintf("down%d", i), h, c.BaseWidth<<i)
		h = b.conv(fmt.Sprintf("pool%d", i), g.SpaceToDepth(skips[i], 2), c.BaseWidth<<(i+1), 1, onnx.ConvOptions{})
	}
	h = b.double("bottom", h, c.BaseWidth<<c.Depth)
	for i := c.Depth - 1; i >= 0; i-- {
		w := c.BaseWidth << i
		up := g.DepthToSpace(b.conv(fmt.Sprintf("grow%d", i), h, 4*w, 1, onnx.ConvOptions{}), 2)
		h = b.double(fmt.Sprintf("up%d", i), g.Concat(1, skips[i], up), w)
	}
	out := b.conv
	if c.Ground == Given { // it begins as the ground in the present light
		out = b.zeroConv
	}
	h = out("out", h, c.Channels()*c.Stem*c.Stem, 1, onnx.ConvOptions{})
	if c.Stem > 1 {
		h = g.DepthToSpace(h, c.Stem)
	}
	if c.Ground == Given {
		h = g.Add(ground, h)
	}
	return h
}

// double is conv, norm, ReLU, twice.
func (b *builder) double(name string, x *onnx.Value, out int) *onnx.Value {
	for i := range 2 {
		layer := fmt.Sprintf("%s.%d", name, i)
		x = b.conv(layer, x, out, 3, onnx.ConvOptions{Pad: 1})
		if b.norm != nil {
			x = b.norm(layer, x, out)
		}
		x = b.Relu(x)
	}
	return x
}

// NormEpsilon keeps the division away from zero (Ioffe and Szegedy, 2015, Alg. 1).
const NormEpsilon = 1e-5

// TrainNorm normalizes over the batch (Ioffe and Szegedy, 2015, Alg. 1), with
// its gradient in the closed form of section 3 there.
func TrainNorm(t *autodiff.Tape) BatchNorm {
	return func(g *onnx.Graph, _ string, x, gain, bias *onnx.Value) *onnx.Value {
		c := x.Shape[1]
		plane := func(v *onnx.Value) *onnx.Value { return g.Reshape(v, 1, c, 1, 1) }
		mean := func(v *onnx.Value) *onnx.Value { return g.ReduceMean(v, true, 0, 2, 3) }
		centred := g.Sub(x, mean(x))
		deviation := g.Sqrt(g.Add(mean(g.Mul(centred, centred)), g.Scalar(NormEpsilon)))
		xhat := g.Div(centred, deviation)
		y := g.Add(g.Mul(xhat, plane(gain)), plane(bias))
		t.Custom(y, []*onnx.Value{x, gain, bias}, func(dy *onnx.Value) []*onnx.Value {
			slope := mean(g.Mul(dy, xhat))
			inner := g.Sub(g.Sub(dy, mean(dy)), g.Mul(xhat, slope))
			count := float32(x.Shape.Len() / c)
			return []*onnx.Value{
				g.Mul(inner, g.Div(plane(gain), deviation)),
				g.Scale(g.Reshape(slope, c), count),
				g.ReduceSum(dy, false, 0, 2, 3),
			}
		})
		return y
	}
}

// BatchStatistics normalizes over the batch, without a gradient.
func BatchStatistics() BatchNorm { return TrainNorm(autodiff.NewTape(nil, 0)) }
