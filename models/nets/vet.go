package nets

import (
	"fmt"

	"avid/models/bundle"
	"avid/models/onnx"
)

// What a bundle's graphs may have at most, for each pixel of the model. The
// largest of the recipes (the paper's, at 24 channels) has tensors of 48 elements a
// pixel, 680 in all its values together, and 210,000 operations; ten times as wide
// networks are let by.
const (
	tensorEach = 512
	sumEach    = 16384
	workEach   = 2e7

	maxNodes     = 4096    // the largest has 130
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
// need, weights that are not finite or elsewhere. It takes little memory, whatever
// the graph says. Errors wrap onnx.ErrRefused or onnx.ErrGraph.
func VetFused(fused []byte, m *bundle.Manifest) error {
	g, err := onnx.Vet(fused, limits(m))
	if err != nil {
		return fmt.Errorf("%s: %w", bundle.FusedPart, err)
	}
	for _, side := range []struct {
		what string
		have []*onnx.Value
		want []string
	}{{"inputs", g.Inputs, FusedInputs}, {"outputs", g.Outputs, FusedOutputs}} {
		names := make([]string, len(side.have))
		for i, v := range side.have {
			names[i] = v.Name
		}
		if fmt.Sprint(names) != fmt.Sprint(side.want) {
			return fmt.Errorf("%s: %w: its %s are %.200q, those of this avid are %q", bundle.FusedPart, onnx.ErrRefused, side.what, names, side.want)
		}
	}
	return nil
}

// Vet is VetFused for all three graphs of a bundle.
func Vet(b *bundle.Bundle) error {
	for _, part := range []struct {
		name  string
		model []byte
	}{{bundle.InpainterPart, b.Inpainter}, {bundle.DetectorPart, b.Detector}} {
		if _, err := onnx.Vet(part.model, limits(&b.Manifest)); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return VetFused(b.Fused, &b.Manifest)
}
