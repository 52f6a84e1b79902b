package engine_test

import (
	"testing"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/synth"
	"avid/runtime/verdict"
	"avid/runtime/window"
)

// TestShadowsAreNotMarked: a bundle that knows how dark shadows are marks less of what is
// not the thing, hardly less of the thing, and nothing that it would not mark without.
func TestShadowsAreNotMarked(t *testing.T) {
	knows, err := bundle.Open("../../demo/walkway.avid")
	if err != nil {
		t.Fatal(err)
	}
	without := *knows
	if without.Manifest.Calibration.Shadow = nil; knows.Manifest.Calibration.Shadow == nil {
		t.Fatal("the demo's bundle knows no shadows")
	}
	cfg := synth.DefaultConfig()
	cfg.Seed, cfg.Frames, cfg.Irregular = 41, 60, []synth.Kind{synth.Cart}
	scene, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a, b := open(t, knows), open(t, &without)
	va, vb := a.NewVerdict(), b.NewVerdict()
	h, w := a.Size()
	scaler, err := luma.NewScaler(luma.Plane(), luma.Stored, cfg.Width, cfg.Height, w, h)
	if err != nil {
		t.Fatal(err)
	}
	win, buffer := window.New(h, w), make([]byte, average.Frames*h*w)
	var f synth.Frame
	var thing, beside [2]int // with and without
	for k := range cfg.Frames {
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
		for i, v := range []*verdict.Verdict{va, vb} {
			e := a
			if i == 1 {
				e = b
			}
			if err := e.Infer(t.Context(), buffer, verdict.Calibrated(), v); err != nil {
				t.Fatal(err)
			}
			for p, marked := range v.Mask {
				y, x := (2*(p/w)+1)*f.Height/(2*h), (2*(p%w)+1)*f.Width/(2*w)
				switch {
				case marked == 0:
				case f.Mask[y*f.Width+x] != 0:
					thing[i]++
				default:
					beside[i]++
				}
			}
		}
		for p := range va.Mask {
			if va.Mask[p] != 0 && vb.Mask[p] == 0 {
				t.Fatalf("frame %d: pixel %d is marked because of shadows", k, p)
			}
		}
	}
	t.Logf("with and without: the thing %d, beside it %d", thing, beside)
	if 10*beside[0] > 9*beside[1] || 20*thing[0] < 19*thing[1] || thing[1] == 0 {
		t.Errorf("with and without shadows %d pixels of the thing and %d beside it", thing, beside)
	}
}
