package nets

import (
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
)

// FusedTensors are what a run of the fused graph reads and writes; FusedInputs
// and FusedOutputs say what each is.
type FusedTensors struct {
	Frames, State, Smoothing, Alpha, Shift, Scale, Threshold *compute.Tensor

	Mask, Score, Error, Regions, Next, Pixel *compute.Tensor
}

// NewFusedTensors makes those of n windows of a bundle's size, all zero but
// Scale, which is 1.
func NewFusedTensors(m bundle.Manifest, n int) *FusedTensors {
	k, h, w, n1, n2 := int64(n), int64(m.Height), int64(m.Width), int64(m.Regions.Rows), int64(m.Regions.Cols)
	t := &FusedTensors{
		Frames: compute.Bytes(k, average.Frames, h, w), State: compute.Floats(k, n1, n2), Smoothing: compute.Floats(k, 1, 1),
		Alpha: compute.Floats(h, w), Shift: compute.Floats(n1, 1), Scale: compute.Floats(n1, 1), Threshold: compute.Floats(1),
		Mask: compute.Bytes(k, h, w), Score: compute.Floats(k), Error: compute.Floats(k, h, w),
		Regions: compute.Floats(k, n1, n2), Next: compute.Floats(k, n1, n2), Pixel: compute.Floats(k, h, w),
	}
	for i := range t.Scale.F32 {
		t.Scale.F32[i] = 1
	}
	return t
}

// Inputs are in the order of FusedInputs.
func (t *FusedTensors) Inputs() []*compute.Tensor {
	return []*compute.Tensor{t.Frames, t.State, t.Smoothing, t.Alpha, t.Shift, t.Scale, t.Threshold}
}

// Outputs are in the order of FusedOutputs.
func (t *FusedTensors) Outputs() []*compute.Tensor {
	return []*compute.Tensor{t.Mask, t.Score, t.Error, t.Regions, t.Next, t.Pixel}
}
