package steady

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"avid/models/degrade"
	"avid/models/synth"
	"avid/models/synth/synthtest"
)

const (
	h, w = 128, 192
	rate = 10
)

// degraded is a film degraded by a kind at a strength, and how far it moved.
func degraded(t testing.TB, frames [][]byte, name string, strength float64) (out [][]byte, moved [][2]float64) {
	t.Helper()
	k, err := degrade.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := degrade.New(k, strength, h, w, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		f = slices.Clone(f)
		right, down := d.Frame(f, time.Duration(i)*time.Second/rate)
		out, moved = append(out, f), append(moved, [2]float64{right, down})
	}
	return out, moved
}

// off is the mean difference of two frames, without a border.
func off(a, b []byte, border int) float64 {
	sum, n := 0, 0
	for y := border; y < h-border; y++ {
		for x := border; x < w-border; x++ {
			d := int(a[y*w+x]) - int(b[y*w+x])
			sum, n = sum+max(d, -d), n+1
		}
	}
	return float64(sum) / float64(n)
}

// TestClean: what a fixed camera sees in even light stays as it is, byte by byte.
func TestClean(t *testing.T) {
	frames := synthtest.Small(t, 120, h, w, synth.Cyclist)
	s := New(h, w, rate)
	changed := 0
	for _, f := range frames {
		now := slices.Clone(f)
		if seen := s.Take(now); seen.Taken || seen.Other > 0.2 {
			t.Errorf("%+v", seen)
		}
		if !bytes.Equal(now, f) {
			changed++
		}
	}
	if changed > 3 {
		t.Errorf("%d of %d frames are changed", changed, len(frames))
	}
}

// TestMount: a camera that trembles or sways is held still to a fraction of a pixel.
func TestMount(t *testing.T) {
	clean := synthtest.Small(t, 60, h, w, synth.Cyclist)
	for _, c := range []struct {
		name     string
		strength float64 // pixels of 240 rows: about twice those here
	}{{"shake", 1}, {"shake", 4}, {"shake", 9}, {"sway", 2}, {"sway", 8}} {
		frames, moved := degraded(t, clean, c.name, c.strength)
		s := New(h, w, rate)
		s.Anchor(clean[0])
		var before, after, worst float64
		for i, f := range frames {
			now := slices.Clone(f)
			seen := s.Take(now)
			before, after = before+off(f, clean[i], 8), after+off(now, clean[i], 8)
			if seen.Taken {
				worst = max(worst, math.Abs(seen.Right-moved[i][0]), math.Abs(seen.Down-moved[i][1]))
			}
		}
		t.Logf("%s=%g: %.2f grey levels off before, %.2f after; %.2f pixels wrong at most", c.name, c.strength, before/60, after/60, worst)
		if after > 0.8*before || worst > 0.25 {
			t.Errorf("%s=%g is not taken out", c.name, c.strength)
		}
	}
}

// TestTurned: a camera that is turned far is told of, and its frames stay as they are.
func TestTurned(t *testing.T) {
	clean := synthtest.Small(t, 60, h, w, synth.Cyclist)
	for _, far := range []float64{20, 60} {
		frames, moved := degraded(t, clean, "turned", far)
		s := New(h, w, rate)
		for i, f := range frames[:50] {
			now := slices.Clone(f)
			seen := s.Take(now)
			if i == 49 {
				if math.Abs(seen.Right-moved[i][0]) > 1 || math.Abs(seen.Down-moved[i][1]) > 1 || seen.Taken {
					t.Errorf("turned by %g: %+v, want %v", far, seen, moved[i])
				}
			}
		}
	}
}

// TestLight: light that changes at once, or in bands, is taken out.
func TestLight(t *testing.T) {
	clean := synthtest.Small(t, 100, h, w, synth.Cyclist)
	for _, c := range []struct {
		name     string
		strength float64
	}{{"exposure-step", 30}, {"flicker", 6}, {"flicker", 20}, {"exposure-ramp", 0.5}, {"fog", 0.5}} {
		frames, _ := degraded(t, clean, c.name, c.strength)
		s := New(h, w, rate)
		s.Anchor(clean[0])
		var is, was, still float64 // the most that two frames in a row differ by
		var last []byte
		for i, f := range frames {
			now := slices.Clone(f)
			s.Take(now)
			if i > 0 {
				is, was = max(is, off(now, last, 0)), max(was, off(f, frames[i-1], 0))
				still = max(still, off(clean[i], clean[i-1], 0))
			}
			last = now
		}
		t.Logf("%s=%g: steps of %.2f grey levels, %.2f before, %.2f in even light", c.name, c.strength, is, was, still)
		if is > 0.25*was+1.3*still {
			t.Errorf("%s=%g is not taken out", c.name, c.strength)
		}
	}
}

// TestFocus: edges that are less sharp are given back, for as long as that lasts, and other
// edges in a part of the picture, such as those of shadows, are no matter of focus.
func TestFocus(t *testing.T) {
	clean := synthtest.Small(t, 60, h, w, synth.Cyclist)
	for _, strength := range []float64{0.8, 1.2, 1.8} {
		blurred, _ := degraded(t, clean, "blur", strength)
		s := New(h, w, rate)
		s.Anchor(clean[0])
		amounts := make([]float32, 0, 5)
		for range 5 {
			var is, was float64
			for i, f := range blurred {
				now := slices.Clone(f)
				s.Take(now)
				is, was = is+off(now, clean[i], 8), was+off(f, clean[i], 8)
			}
			if is > 0.75*was {
				t.Fatalf("blur=%g: %.2f of %.2f grey levels are left", strength, is/60, was/60)
			}
			amounts = append(amounts, s.focus.amount)
		}
		t.Logf("blur=%g: sharpened by %v", strength, amounts)
		if first, last := amounts[0], amounts[len(amounts)-1]; last > 1.02*first || last < 0.95*first {
			t.Errorf("blur=%g: the mask goes from %.2f to %.2f", strength, first, last)
		}
	}

	s := New(h, w, rate)
	s.Anchor(clean[0])
	for _, f := range clean { // no edges in a third of the picture
		now := slices.Clone(f)
		for y := range h {
			for x := w / 3; x < 2*w/3; x++ {
				now[y*w+x] = 128
			}
		}
		s.Take(now)
	}
	if s.focus.amount >= leastAmount/2 {
		t.Errorf("what lies flat in front of a third of the picture has it sharpened by %.2f", s.focus.amount)
	}
}

// TestAllocations: nothing is allocated a frame.
func TestAllocations(t *testing.T) {
	frames := synthtest.Small(t, 2, h, w, synth.Cyclist)
	s := New(h, w, rate)
	s.Take(frames[0])
	if n := testing.AllocsPerRun(20, func() { s.Take(frames[1]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkTake: a camera that stands still, and such that do not.
func BenchmarkTake(b *testing.B) {
	clean := synthtest.Small(b, 60, h, w, synth.Cyclist)
	for _, kind := range []string{"still", "shake", "sway", "turned"} {
		frames := clean
		if kind != "still" {
			frames, _ = degraded(b, clean, kind, 8)
		}
		b.Run(kind, func(b *testing.B) {
			s := New(h, w, rate)
			s.Anchor(clean[0])
			now := make([]byte, h*w)
			for i := 0; b.Loop(); i++ {
				copy(now, frames[i%len(frames)])
				s.Take(now)
			}
		})
	}
}
