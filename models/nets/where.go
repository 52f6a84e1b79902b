package nets

import (
	"errors"
	"fmt"

	"avid/models/onnx"
)

// Where is D's second head. A region is as wide as a person, and what is irregular in
// it may have passed: the head looks at the same features, and at what stands in front
// of the ground in the newest frame, and says of each pixel whether something
// irregular is there now. It trims what the regions found and finds nothing itself.
type Where struct {
	Width int `json:"width"` // channels of its layers; 0: there is no such head
	// EnsembleSize is how many of D's networks it looks at the features of, the first ones;
	// 0: all.
	EnsembleSize int `json:"members,omitempty"`
}

// There tells whether there is such a head.
func (w Where) There() bool { return w.Width != 0 }

// whereStride is the side in pixels of the blocks that the head works on.
const whereStride = 4

// whereFits checks ranges, and that a layer of D has the head's stride.
func (d ConvDetector) whereFits() error {
	w := d.Where
	_, stride, _ := d.field()
	switch {
	case !w.There():
		return nil
	case w.Width < 4 || w.Width > 1024:
		return fmt.Errorf("nets: second head of %d channels, want 4 to 1024", w.Width)
	case w.EnsembleSize < 0 || w.EnsembleSize > max(d.EnsembleSize, 1):
		return fmt.Errorf("nets: second head on %d of %d detectors", w.EnsembleSize, max(d.EnsembleSize, 1))
	case d.fine() < 0:
		return fmt.Errorf("nets: a second head needs a layer of the detector with stride %d", whereStride)
	case stride != 2*whereStride:
		return errors.New("nets: a second head needs a detector with a region every 8 pixels")
	}
	return nil
}

// fine is the last layer whose stride is whereStride and that is not D's output; -1:
// there is none.
func (d ConvDetector) fine() int {
	at, stride := -1, 1
	for i, l := range d.Layers[:len(d.Layers)-1] {
		if stride *= l.Stride; stride == whereStride {
			at = i
		}
	}
	return at
}

// memberWeights is how many weights D has without its second head.
func (d ConvDetector) memberWeights() int64 {
	d.Where = Where{}
	return d.Layout().Len()
}

// ForwardWhere adds the logits of O as Forward does, and those of the second head
// [N,1,H,W]: above 0 something irregular is at that pixel in the newest frame. front
// [N,1,H,W] is the newest frame less the ground, grey levels of [0,1]; H and W are
// multiples of a region's stride.
func (d ConvDetector) ForwardWhere(g *onnx.Graph, p Params, x, front *onnx.Value) (logits, where *onnx.Value) {
	b := &builder{Graph: g, p: p}
	logits, layers := d.networks(b, x)
	one := func(name string, h *onnx.Value, out, kernel int) *onnx.Value {
		return b.conv("where."+name, h, out, kernel, onnx.ConvOptions{Pad: kernel / 2})
	}
	var fine, wide []*onnx.Value
	if n := d.Where.EnsembleSize; n > 0 {
		layers = layers[:n]
	}
	for _, l := range layers {
		fine, wide = append(fine, l[d.fine()]), append(wide, l[len(l)-1])
	}
	w := d.Where.Width
	// What the members see about a block, at its stride and at that of the regions.
	near := one("near", g.Concat(1, fine...), w, 1)
	far := g.DepthToSpace(one("far", g.Concat(1, wide...), w/2*4, 1), 2)
	// Differences from the ground are small numbers beside features.
	shown := g.SpaceToDepth(g.Scale(front, 4), whereStride)
	h := b.Relu(one("mixed", g.Concat(1, near, far, shown), w, 3))
	h = b.Relu(one("about", h, w, 3))
	return logits, g.DepthToSpace(one("pixels", h, whereStride*whereStride, 1), whereStride)
}
