package engine_test

import (
	"math"
	"testing"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/synth"
	"avid/runtime/engine"
	"avid/runtime/verdict"
	"avid/runtime/window"
)

// TestHalfPrecision runs the demo's bundle and its float16 form side by side
// over synthetic clips that it never saw. ONNX Runtime has no float16
// convolution for every processor: it then computes in float32 between the
// first and the last cast, so that the weights alone are rounded. What a device
// with float16 gives is measured as well, by rounding after every operator.
func TestHalfPrecision(t *testing.T) {
	full, err := bundle.Open("../../demo/walkway.avid")
	if err != nil {
		t.Fatal(err)
	}
	half, err := nets.InPrecision(full, bundle.FP16)
	if err != nil {
		t.Fatal(err)
	}
	if size, before := len(half.Fused), len(full.Fused); size > before*52/100 {
		t.Errorf("the graph has %d bytes, %d before", size, before)
	}
	rounded := *half
	rounded.Fused = roundEach(t, half.Fused)
	for name, b := range map[string]*bundle.Bundle{"as it runs here": half, "rounded after every operator": &rounded} {
		t.Run(name, func(t *testing.T) {
			d := compareOver(t, full, b, 60)
			of := func(n int) float64 { return 100 * float64(d.differ) / float64(n) }
			t.Logf("of %d pixels %d have another mask, %.3f %%; of the %d marked in either %.3f %%", d.pixels, d.differ, of(d.pixels), d.either, of(d.either))
			t.Logf("E off by %.2g RMS, %.2g grey levels at most; O by %.2g RMS, %.2g at most; the score by %.2g at most",
				d.e.rms(), d.e.worst, d.o.rms(), d.o.worst, d.score.worst)
			if d.either < 30000 || d.score.sum == 0 {
				t.Fatalf("only %d pixels are marked: the clips test nothing", d.either)
			}
			// About five times what was measured; E's worst is two steps of float16 below 1.
			if of(d.pixels) > 0.05 || of(d.either) > 1 {
				t.Error("the masks differ")
			}
			if d.e.rms() > 0.005 || d.e.worst > 2*bundle.FloorUnit || d.o.rms() > 3e-4 || d.o.worst > 0.005 || d.score.worst > 0.05 {
				t.Error("the networks' outputs differ")
			}
		})
	}
}

// difference sums up how far b is from a.
type difference struct{ worst, squares, sum float64 }

func (d *difference) add(a, b float32) {
	diff := math.Abs(float64(a) - float64(b))
	d.worst, d.squares, d.sum = max(d.worst, diff), d.squares+diff*diff, d.sum+float64(a)*float64(a)
}

// rms is the difference's share of the whole, both as root mean squares.
func (d *difference) rms() float64 { return math.Sqrt(d.squares / d.sum) }

// differences are those of masks, error maps, regions and scores.
type differences struct {
	pixels, differ, either int
	e, o, score            difference
}

// compareOver judges the windows of three clips with both bundles.
func compareOver(t *testing.T, a, b *bundle.Bundle, frames int) differences {
	t.Helper()
	var d differences
	for i, kind := range []synth.Kind{synth.Cyclist, synth.Cart, synth.Runner} {
		sideBySide(t, a, b, uint64(40+i), kind, frames, func(_ *synth.Frame, va, vb *verdict.Verdict) { d.note(va, vb) })
	}
	return d
}

// sideBySide judges the windows of a synthetic clip with both bundles; each is told of the
// newest frame of a window and of both verdicts.
func sideBySide(t *testing.T, a, b *bundle.Bundle, seed uint64, kind synth.Kind, frames int, each func(f *synth.Frame, va, vb *verdict.Verdict)) {
	t.Helper()
	cfg := synth.DefaultConfig()
	cfg.Seed, cfg.Frames, cfg.Irregular = seed, frames, []synth.Kind{kind}
	scene, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ea, eb := open(t, a), open(t, b)
	ra, rb := ea.NewVerdict(), eb.NewVerdict()
	h, w := ea.Size()
	scaler, err := luma.NewScaler(luma.Plane(), luma.Stored, cfg.Width, cfg.Height, w, h)
	if err != nil {
		t.Fatal(err)
	}
	win, buffer := window.New(h, w), make([]byte, average.Frames*h*w)
	var f synth.Frame
	for k := range frames {
		if err := scene.Render(k, &f); err != nil {
			t.Fatal(err)
		}
		if err := scaler.Scale(win.Next(), f.Gray, f.Width); err != nil {
			t.Fatal(err)
		}
		if win.Commit(); !win.Ready() {
			continue
		}
		win.CopyTo(buffer)
		for _, run := range []struct {
			e *engine.Engine
			r *verdict.Verdict
		}{{ea, ra}, {eb, rb}} {
			if err := run.e.Infer(t.Context(), buffer, verdict.Calibrated(), run.r); err != nil {
				t.Fatal(err)
			}
		}
		each(&f, ra, rb)
	}
}

func (d *differences) note(a, b *verdict.Verdict) {
	for i := range a.Mask {
		d.pixels++
		if a.Mask[i] != b.Mask[i] {
			d.differ++
		}
		if a.Mask[i]|b.Mask[i] != 0 {
			d.either++
		}
		d.e.add(a.Error[i], b.Error[i])
	}
	for i := range a.Regions {
		d.o.add(a.Regions[i], b.Regions[i])
	}
	if a.Score != nets.Outside && b.Score != nets.Outside {
		d.score.add(a.Score, b.Score)
	}
}
