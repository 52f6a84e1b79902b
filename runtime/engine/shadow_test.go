package engine_test

import (
	"testing"

	"avid/models/bundle"
	"avid/models/synth"
	"avid/runtime/verdict"
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
	var thing, beside [2]int // with and without
	sideBySide(t, knows, &without, 41, synth.Cart, 60, func(f *synth.Frame, va, vb *verdict.Verdict) {
		for i, v := range []*verdict.Verdict{va, vb} {
			for p, marked := range v.Mask {
				y, x := (2*(p/v.W)+1)*f.Height/(2*v.H), (2*(p%v.W)+1)*f.Width/(2*v.W)
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
				t.Fatalf("pixel %d is marked because of shadows", p)
			}
		}
	})
	t.Logf("with and without: the thing %d, beside it %d", thing, beside)
	if 10*beside[0] > 9*beside[1] || 20*thing[0] < 19*thing[1] || thing[1] == 0 {
		t.Errorf("with and without shadows %d pixels of the thing and %d beside it", thing, beside)
	}
}
