package nets

import (
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
)

// FusedTensors are what a run of the fused graph reads and writes; FusedInputs
// and FusedOutputs say what each is. Balance, Ground, Kept and Where are nil where the
// bundle's graph has none.
type FusedTensors struct {
	Frames, State, Smoothing, Alpha, Shift, Scale, Threshold, Balance, Ground *compute.Tensor

	Mask, Score, Error, Regions, Next, Pixel, Kept, Where *compute.Tensor

	m *bundle.Manifest
}

// NewFusedTensors makes those of n windows of a bundle's size, all zero but
// Scale and the second of Balance, which are 1.
func NewFusedTensors(m bundle.Manifest, n int) *FusedTensors {
	k, h, w, n1, n2 := int64(n), int64(m.Height), int64(m.Width), int64(m.Regions.Rows), int64(m.Regions.Cols)
	t := &FusedTensors{
		Frames: compute.Bytes(k, average.Frames, h, w), State: compute.Floats(k, n1, n2), Smoothing: compute.Floats(k, 1, 1),
		Alpha: compute.Floats(h, w), Shift: compute.Floats(n1, 1), Scale: compute.Floats(n1, 1), Threshold: compute.Floats(1),
		Mask: compute.Bytes(k, h, w), Score: compute.Floats(k), Error: compute.Floats(k, h, w),
		Regions: compute.Floats(k, n1, n2), Next: compute.Floats(k, n1, n2), Pixel: compute.Floats(k, h, w), m: &m,
	}
	if m.Ground {
		t.Ground, t.Kept = compute.Floats(k, h, w), compute.Floats(k, h, w)
	}
	if m.Where {
		t.Where, t.Balance = compute.Floats(k, h, w), compute.Floats(2)
		t.Balance.F32[1] = 1
	}
	for i := range t.Scale.F32 {
		t.Scale.F32[i] = 1
	}
	return t
}

// Inputs are in the order of FusedInputs.
func (t *FusedTensors) Inputs() []*compute.Tensor { return tensors(t.inputs()) }

// Outputs are in the order of FusedOutputs.
func (t *FusedTensors) Outputs() []*compute.Tensor { return tensors(t.outputs()) }

// SetGround makes grey levels the ground of each window.
func (t *FusedTensors) SetGround(grey []byte) {
	if t.Ground == nil {
		return
	}
	for i := range t.Ground.F32 {
		t.Ground.F32[i] = float32(grey[i%len(grey)]) / average.White
	}
}

// Begin makes the state what normal footage leaves it at: the location of normal logits of
// each row of regions. So the first frame is marked no sooner than any other.
func (t *FusedTensors) Begin(rows []float64) {
	cols := t.m.Regions.Cols
	for i := range t.State.F32 {
		t.State.F32[i] = float32(rows[i/cols%len(rows)])
	}
}

// Advance makes what the last run left for the next frame what the next run reads.
func (t *FusedTensors) Advance() {
	copy(t.State.F32, t.Next.F32)
	if t.Ground != nil {
		copy(t.Ground.F32, t.Kept.F32)
	}
}

// named is a tensor and the name of the graph's input or output.
type named struct {
	name string
	of   *compute.Tensor
}

func (t *FusedTensors) inputs() []named {
	in := []named{{"frames", t.Frames}, {"state", t.State}, {"smoothing", t.Smoothing}, {"alpha", t.Alpha},
		{"shift", t.Shift}, {"scale", t.Scale}, {"threshold", t.Threshold}}
	if t.m.Where {
		in = append(in, named{"balance", t.Balance})
	}
	if t.m.Ground {
		in = append(in, named{"ground", t.Ground})
	}
	return in
}

func (t *FusedTensors) outputs() []named {
	out := []named{{"mask", t.Mask}, {"score", t.Score}, {"error", t.Error}, {"regions", t.Regions}, {"next", t.Next}, {"pixel", t.Pixel}}
	if t.m.Ground {
		out = append(out, named{"kept", t.Kept})
	}
	if t.m.Where {
		out = append(out, named{"where", t.Where})
	}
	return out
}

func names(list []named) (all []string) {
	for _, n := range list {
		all = append(all, n.name)
	}
	return all
}

func tensors(list []named) (all []*compute.Tensor) {
	for _, n := range list {
		all = append(all, n.of)
	}
	return all
}
