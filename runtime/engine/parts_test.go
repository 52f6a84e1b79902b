package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/runtime/verdict"
)

// TestParts: what the detector says where the inpainter reaches α is the pixel
// score of the fused graph, with a floor, rows that differ and a state, at the
// calibration and at thresholds of one's own.
func TestParts(t *testing.T) {
	for _, least := range []int{0, 5} {
		t.Run(fmt.Sprintf("least %d", least), func(t *testing.T) { testParts(t, least) })
	}
}

func testParts(t *testing.T, least int) {
	const h, w = 32, 48
	b := testBundleLeast(t, h, w, least)
	rng := rand.New(rand.NewPCG(6, 6))
	c := &b.Manifest.Calibration
	c.Smoothing = 0.4
	for i := range c.RowShift {
		c.RowShift[i], c.RowScale[i] = 0.2*float64(i)-0.3, 1+0.1*float64(i)
	}
	b.Floor = make([]byte, h*w)
	for i := range b.Floor {
		b.Floor[i] = byte(rng.IntN(120))
	}
	inpainter, detector := make([]float32, h*w), make([]float32, h*w)
	first := open(t, b)
	r := first.NewVerdict()
	if err := first.Infer(t.Context(), randomFrames(rng, 6*h*w), verdict.Calibrated(), r); err != nil {
		t.Fatal(err)
	}
	first.Parts(r, inpainter, detector)
	sorted := slices.Sorted(slices.Values(inpainter))
	c.Alpha = float64(sorted[len(sorted)/2]) // so that pixels lie on both sides
	e := open(t, b)
	for _, th := range []verdict.Thresholds{verdict.Calibrated(), {Alpha: -1, Zeta: 0.4}, verdict.Calibrated()} {
		if err := e.Infer(t.Context(), randomFrames(rng, 6*h*w), th, r); err != nil {
			t.Fatal(err)
		}
		e.Parts(r, inpainter, detector)
		in, out, nowhere := 0, 0, 0
		for i, got := range detector {
			if want := overFloor(r.Error, b, i); inpainter[i] != want {
				t.Fatalf("pixel %d: error %g above the floor, want %g", i, inpainter[i], want)
			}
			if math.Abs(float64(inpainter[i])-c.Alpha) < 1e-6 {
				continue
			}
			switch {
			case math.IsInf(float64(got), -1):
				nowhere++
				if r.Pixel[i] != nets.Outside {
					t.Fatalf("pixel %d is in no region but scores %g", i, r.Pixel[i])
				}
			case float64(inpainter[i]) >= c.Alpha:
				in++
				if math.Abs(float64(got-r.Pixel[i])) > 1e-4 {
					t.Fatalf("pixel %d: %g, in the fused graph %g", i, got, r.Pixel[i])
				}
			default:
				out++
				if r.Pixel[i] != nets.Outside {
					t.Fatalf("pixel %d is below α but scores %g", i, r.Pixel[i])
				}
			}
		}
		if in == 0 || out == 0 {
			t.Errorf("%d pixels above α, %d below, %d in no region: the case tests nothing", in, out, nowhere)
		}
	}
	if n := testing.AllocsPerRun(20, func() { e.Parts(r, inpainter, detector) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// overFloor is the greatest error above the floor within reach of pixel i.
func overFloor(errors []float32, b *bundle.Bundle, i int) float32 {
	w, half := b.Manifest.Width, b.Manifest.Dilation/2
	most := float32(math.Inf(-1))
	for k := range errors {
		if dy, dx := k/w-i/w, k%w-i%w; max(dy, -dy) <= half && max(dx, -dx) <= half {
			most = max(most, errors[k]-float32(b.Floor[k])*bundle.FloorUnit)
		}
	}
	return most
}

// TestPartsAtTheEnds: O rounded to 0 and 1 gives no number that is none.
func TestPartsAtTheEnds(t *testing.T) {
	e := open(t, testBundle(t, 32, 48))
	r := e.NewVerdict()
	for i := range r.Regions {
		r.Regions[i] = float32(i % 2)
	}
	detector := make([]float32, 32*48)
	e.Parts(r, make([]float32, 32*48), detector)
	for i, s := range detector {
		if s != s {
			t.Fatalf("pixel %d is not a number", i)
		}
	}
}
