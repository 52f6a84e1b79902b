package nets

import (
	"encoding/json"
	"fmt"
	"slices"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/onnx"
)

// What a bundle's graphs may have at most, for each pixel of the model. The
// largest of the recipes (the paper's, at 24 channels) has tensors of 48 elements a
// pixel, 680 in all its values together, and 210,000 operations (TestLimits); ten
// times as wide networks are let by.
const (
	tensorEach = 512
	sumEach    = 16384
	workEach   = 2e7

	maxNodes     = 4096    // the largest has 233
	maxStructure = 1 << 20 // bytes; the largest has 30 kB, and decoded they are a hundred times as many at worst
)

// What a graph may have at most, however large its pictures: the recipes reach
// these at pictures of 20 million pixels and more.
const (
	maxTensor = 1 << 30 // elements: 4 GiB of float32
	maxSum    = 1 << 34
	maxWork   = 1e13 // some minutes of a processor; a run can be interrupted between its nodes alone
)

// limits are those of a bundle's graphs.
func limits(m *bundle.Manifest) onnx.Limits {
	pixels := int64(m.Height) * int64(m.Width)
	return onnx.Limits{
		Dims:   map[string]int64{"n": 1, "h": int64(m.Height), "w": int64(m.Width)},
		Tensor: min(tensorEach*pixels, maxTensor), Sum: min(sumEach*pixels, maxSum), Work: min(workEach*float64(pixels), maxWork),
		Integers: int64(max(m.Height, m.Width)), Nodes: maxNodes, Structure: maxStructure,
	}
}

// VetFused refuses a fused graph that is none that avid writes for a bundle with
// this manifest: other operators, graphs within it, sizes beyond what such pictures
// need, weights that are not finite or elsewhere, other inputs and outputs. It takes
// little memory, whatever the graph says. Errors wrap onnx.ErrRefused or
// onnx.ErrGraph.
func VetFused(fused []byte, m *bundle.Manifest) error {
	h, w := int64(m.Height), int64(m.Width)
	n1, n2 := int64(m.Regions.Rows), int64(m.Regions.Cols)
	f, u := onnx.Float, onnx.Uint8
	inputs := []Port{{"frames", u, onnx.Shape{1, average.Frames, h, w}}, {"state", f, onnx.Shape{1, n1, n2}}, {"smoothing", f, onnx.Shape{1, 1, 1}},
		{"alpha", f, onnx.Shape{h, w}}, {"shift", f, onnx.Shape{n1, 1}}, {"scale", f, onnx.Shape{n1, 1}}, {"threshold", f, onnx.Shape{1}}}
	outputs := []Port{{"mask", u, onnx.Shape{1, h, w}}, {"score", f, onnx.Shape{1}}, {"error", f, onnx.Shape{1, h, w}},
		{"regions", f, onnx.Shape{1, n1, n2}}, {"next", f, onnx.Shape{1, n1, n2}}, {"pixel", f, onnx.Shape{1, h, w}}}
	if m.Where {
		inputs = append(inputs, Port{"balance", f, onnx.Shape{2}})
	}
	if m.Ground {
		inputs, outputs = append(inputs, Port{"ground", f, onnx.Shape{1, h, w}}), append(outputs, Port{"kept", f, onnx.Shape{1, h, w}})
	}
	if m.Where {
		outputs = append(outputs, Port{"where", f, onnx.Shape{1, h, w}})
	}
	return VetGraph(bundle.FusedPart, fused, m, inputs, outputs)
}

// Vet is VetFused for all three graphs of a bundle.
func Vet(b *bundle.Bundle) error {
	m := &b.Manifest
	x := Port{"x", onnx.Float, onnx.Shape{1, average.Channels, int64(m.Height), int64(m.Width)}}
	inputs, inpainted := []Port{x}, Port{"inpainted", onnx.Float, x.Shape}
	plane := onnx.Shape{1, 1, int64(m.Height), int64(m.Width)}
	if m.Ground {
		inputs = append(inputs, Port{"ground", onnx.Float, plane})
	}
	if i := (Inpainter{}); m.Ground || json.Unmarshal(m.Inpainter, &i) == nil && i.Ground != "" {
		inpainted.Shape = plane
	}
	regions := Port{"regions", onnx.Float, onnx.Shape{1, 1, int64(m.Regions.Rows), int64(m.Regions.Cols)}}
	if err := VetGraph(bundle.InpainterPart, b.Inpainter, m, inputs, []Port{inpainted}); err != nil {
		return err
	}
	if err := VetGraph(bundle.DetectorPart, b.Detector, m, []Port{x}, []Port{regions}); err != nil {
		return err
	}
	return VetFused(b.Fused, m)
}

// Port is an input or output that a graph must have, for one window.
type Port struct {
	Name  string
	Type  onnx.Type
	Shape onnx.Shape
}

// VetGraph is VetFused for one part, which must have exactly these inputs and outputs.
func VetGraph(part string, model []byte, m *bundle.Manifest, inputs, outputs []Port) error {
	g, err := onnx.Vet(model, limits(m))
	if err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	for _, side := range []struct {
		what string
		have []*onnx.Value
		want []Port
	}{{"inputs", g.Inputs, inputs}, {"outputs", g.Outputs, outputs}} {
		if len(side.have) != len(side.want) {
			return fmt.Errorf("%s: %w: it has %d %s, avid's have %d", part, onnx.ErrRefused, len(side.have), side.what, len(side.want))
		}
		for i, want := range side.want {
			if have := side.have[i]; have.Name != want.Name || have.Type != want.Type || !slices.Equal(have.Shape, want.Shape) {
				return fmt.Errorf("%s: %w: number %d of its %s is %.60q, %v %v; the manifest's sizes make it %q, %v %v", part, onnx.ErrRefused,
					i+1, side.what, have.Name, have.Type, []int64(have.Shape), want.Name, want.Type, []int64(want.Shape))
			}
		}
	}
	return nil
}
