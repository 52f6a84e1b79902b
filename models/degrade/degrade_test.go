package degrade

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
	"time"
)

// picture is a chequered one with a gradient.
func picture(h, w int) []byte {
	p := make([]byte, h*w)
	for y := range h {
		for x := range w {
			p[y*w+x] = byte(60 + 100*x/w + 40*((x/6+y/6)%2))
		}
	}
	return p
}

// TestKinds: each kind changes something within ten seconds, is the same for the same
// seed and time in whatever order frames come, and bears its greatest strength.
func TestKinds(t *testing.T) {
	const h, w = 120, 90
	clean := picture(h, w)
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			if k.Coder {
				t.Skip("coded elsewhere")
			}
			run := func(strength float64, seed uint64, backwards bool) [][]byte {
				d, err := New(k, strength, h, w, seed)
				if err != nil {
					t.Fatal(err)
				}
				var frames [][]byte
				for i := range 100 {
					if backwards {
						i = 99 - i
					}
					f := slices.Clone(clean)
					d.Frame(f, time.Duration(i)*100*time.Millisecond)
					frames = append(frames, f)
				}
				if backwards {
					slices.Reverse(frames)
				}
				return frames
			}
			once, again := run(k.Usual, 1, false), run(k.Usual, 1, true)
			changed := 0
			for i := range once {
				if !bytes.Equal(once[i], again[i]) {
					t.Fatalf("frame %d depends on the frames before", i)
				}
				if !bytes.Equal(once[i], clean) {
					changed++
				}
			}
			if changed < 25 {
				t.Errorf("%d of 100 frames are changed", changed)
			}
			run(k.Most, 2, false)
		})
	}
}

// TestMoved: a picture has moved by what is told.
func TestMoved(t *testing.T) {
	const h, w = 240, 64
	k, err := Find("turned")
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(k, 8, h, w, 1)
	if err != nil {
		t.Fatal(err)
	}
	clean := picture(h, w)
	f := slices.Clone(clean)
	if right, down := d.Frame(f, 0); right != 0 || down != 0 || !bytes.Equal(f, clean) {
		t.Errorf("moved by %g, %g at once", right, down)
	}
	right, down := d.Frame(f, 10*time.Second)
	if right != 8 || down != 4 {
		t.Fatalf("moved by %g, %g", right, down)
	}
	for y := 10; y < h; y++ {
		for x := 10; x < w; x++ {
			if f[y*w+x] != clean[(y-4)*w+x-8] {
				t.Fatalf("at %d, %d: %d, want %d", x, y, f[y*w+x], clean[(y-4)*w+x-8])
			}
		}
	}
}

// TestLight: the effects on light do what their strengths say.
func TestLight(t *testing.T) {
	const h, w = 40, 40
	grey := bytes.Repeat([]byte{100}, h*w)
	extremes := func(name string, strength float64) (lo, hi float64) {
		k, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(k, strength, h, w, 1)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi = 255, 0
		for i := range 400 {
			f := slices.Clone(grey)
			d.Frame(f, time.Duration(i)*100*time.Millisecond)
			for _, v := range f {
				lo, hi = min(lo, float64(v)), max(hi, float64(v))
			}
		}
		return lo, hi
	}
	for _, c := range []struct {
		name             string
		strength, lo, hi float64
	}{
		{"exposure-step", 32, 75, 125}, {"exposure-ramp", 0.5, 75, 125}, {"flicker", 6, 94, 106}, {"fog", 0.5, 145, 145}, {"cloud", 30, 70, 100},
	} {
		if lo, hi := extremes(c.name, c.strength); math.Abs(lo-c.lo) > 1 || math.Abs(hi-c.hi) > 1 {
			t.Errorf("%s=%g: %g to %g, want %g to %g", c.name, c.strength, lo, hi, c.lo, c.hi)
		}
	}
}

func TestRefusals(t *testing.T) {
	if _, err := Find("hail"); !errors.Is(err, ErrKind) {
		t.Error(err)
	}
	k, err := Find("noise")
	if err != nil {
		t.Fatal(err)
	}
	for _, strength := range []float64{0, -1, 61, math.NaN(), math.Inf(1)} {
		if _, err := New(k, strength, 10, 10, 1); !errors.Is(err, ErrStrength) {
			t.Errorf("%g: %v", strength, err)
		}
	}
}
