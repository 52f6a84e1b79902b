package synth

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func small() Config {
	c := DefaultConfig()
	c.Height, c.Width, c.Frames = 120, 180, 100
	return c
}

func scene(t *testing.T, c Config) *Scene {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func render(t *testing.T, s *Scene, k int) *Frame {
	t.Helper()
	var f Frame
	if err := s.Render(k, &f); err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"height":      func(c *Config) { c.Height = 47 },
		"width":       func(c *Config) { c.Width = 4000 },
		"frames":      func(c *Config) { c.Frames = 0 },
		"rate":        func(c *Config) { c.Rate = 0 },
		"rate NaN":    func(c *Config) { c.Rate = math.NaN() },
		"pedestrians": func(c *Config) { c.Pedestrians = -1 },
		"noise":       func(c *Config) { c.Noise = 33 },
		"kind":        func(c *Config) { c.Irregular = []Kind{Pedestrian} },
	} {
		c := DefaultConfig()
		change(&c)
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v, want ErrConfig", name, err)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestParseKinds(t *testing.T) {
	for _, c := range []struct {
		text string
		want []Kind
		bad  bool
	}{
		{text: ""}, {text: "none"},
		{text: "cyclist, Cart", want: []Kind{Cyclist, Cart}},
		{text: "all", want: Irregulars()},
		{text: "runner,runner", want: []Kind{Runner, Runner}},
		{text: "pedestrian", bad: true}, {text: "dog", bad: true},
	} {
		got, err := ParseKinds(c.text)
		if c.bad != (err != nil) || !slices.Equal(got, c.want) && !c.bad {
			t.Errorf("ParseKinds(%q) = %v, %v; want %v, bad %v", c.text, got, err, c.want, c.bad)
		}
	}
	if got := Kind(9).String(); got != "kind(9)" {
		t.Errorf("unknown kind is named %q", got)
	}
}

func TestSameSeedSamePictures(t *testing.T) {
	c := small()
	c.Irregular = []Kind{Cyclist, Bag}
	a, b := scene(t, c), scene(t, c)
	// b is drawn backwards into one frame: the order must not matter.
	var back Frame
	for _, k := range []int{90, 41, 40, 0} {
		if err := b.Render(k, &back); err != nil {
			t.Fatal(err)
		}
		f := render(t, a, k)
		if !bytes.Equal(f.RGB, back.RGB) || !bytes.Equal(f.Mask, back.Mask) || !bytes.Equal(f.Gray, back.Gray) {
			t.Errorf("frame %d differs between two scenes of one configuration", k)
		}
		if want := time.Duration(k) * 100 * time.Millisecond; f.Time != want {
			t.Errorf("frame %d is at %v, want %v", k, f.Time, want)
		}
	}
}

func TestSeedsAndClipsDiffer(t *testing.T) {
	c := small()
	c.Noise = 0
	s := scene(t, c)
	first := render(t, s, 50)
	other := c
	other.Seed = 7
	o, err := s.Another(other)
	if err != nil {
		t.Fatal(err)
	}
	clip := render(t, o, 50)
	if bytes.Equal(first.Gray, clip.Gray) {
		t.Error("another clip shows the same people")
	}
	same := 0
	for i := range clip.Gray {
		if d := int(clip.Gray[i]) - int(first.Gray[i]); d >= -2 && d <= 2 {
			same++
		}
	}
	if share := float64(same) / float64(len(clip.Gray)); share < 0.7 {
		t.Errorf("another clip of the camera keeps only %.2f of the background", share)
	}
	other.Place = 2
	if _, err := s.Another(other); !errors.Is(err, ErrConfig) {
		t.Errorf("another place as a clip: error %v, want ErrConfig", err)
	}
}

func TestNormalClipHasNoMask(t *testing.T) {
	s := scene(t, small())
	walkers := 0
	for k := 0; k < 100; k += 7 {
		f := render(t, s, k)
		if f.Irregular || slices.Contains(f.Mask, 255) {
			t.Errorf("frame %d of a normal clip has a mask", k)
		}
		walkers += len(f.Objects)
	}
	if mean := float64(walkers) / 15; mean < 4 || mean > 15 {
		t.Errorf("%.1f pedestrians a frame, asked for 9", mean)
	}
}

func TestEachIrregularKindIsMasked(t *testing.T) {
	for _, kind := range Irregulars() {
		t.Run(kind.String(), func(t *testing.T) {
			c := small()
			c.Irregular, c.Pedestrians = []Kind{kind}, 0
			s := scene(t, c)
			if f := render(t, s, 0); f.Irregular {
				t.Error("irregular from the first frame on")
			}
			seen := 0
			for k := 0; k < c.Frames; k += 3 {
				f := render(t, s, k)
				if !f.Irregular {
					continue
				}
				seen++
				checkMask(t, f, kind, k)
			}
			if seen < 4 {
				t.Errorf("seen in %d of 34 frames", seen)
			}
		})
	}
}

// checkMask: all mask pixels lie in the box of the one irregular object, and
// fill a fair part of a box that is not cut by the border.
func checkMask(t *testing.T, f *Frame, kind Kind, k int) {
	t.Helper()
	i := slices.IndexFunc(f.Objects, func(o Object) bool { return o.Kind == kind })
	if i < 0 {
		t.Fatalf("frame %d has a mask and no %v", k, kind)
	}
	o, area := f.Objects[i], 0
	for p, m := range f.Mask {
		if m == 0 {
			continue
		}
		area++
		if x, y := p%f.Width, p/f.Width; x < o.X || x >= o.X+o.W || y < o.Y || y >= o.Y+o.H {
			t.Fatalf("frame %d: mask pixel %d,%d outside the box %+v", k, x, y, o)
		}
	}
	inside := o.X > 0 && o.Y > 0 && o.X+o.W < f.Width && o.Y+o.H < f.Height
	if fill := float64(area) / float64(o.W*o.H); inside && (fill < 0.1 || fill > 0.98) {
		t.Errorf("frame %d: mask fills %.2f of its box %+v", k, fill, o)
	}
}

// TestMaskMatchesPicture: without noise, what the irregular object changes in
// the picture is its mask and its shadow, and the mask is truly changed.
func TestMaskMatchesPicture(t *testing.T) {
	c := small()
	c.Noise, c.Pedestrians = 0, 0
	empty := scene(t, c)
	c.Irregular = []Kind{Cart}
	with, err := empty.Another(c)
	if err != nil {
		t.Fatal(err)
	}
	for k := 40; k < 100; k += 6 {
		a, b := render(t, empty, k), render(t, with, k)
		masked, changed := 0, 0
		for i, m := range b.Mask {
			if m != 0 {
				masked++
				if a.RGB[3*i] != b.RGB[3*i] || a.RGB[3*i+1] != b.RGB[3*i+1] || a.RGB[3*i+2] != b.RGB[3*i+2] {
					changed++
				}
			}
		}
		if float64(changed) < 0.97*float64(masked) {
			t.Errorf("frame %d: %d of %d mask pixels show something", k, changed, masked)
		}
	}
}

func TestRenderRange(t *testing.T) {
	s := scene(t, small())
	for _, k := range []int{-1, 100} {
		if err := s.Render(k, &Frame{}); !errors.Is(err, ErrConfig) {
			t.Errorf("Render(%d) = %v, want ErrConfig", k, err)
		}
	}
}

func TestColoursAreNearGrey(t *testing.T) {
	f := render(t, scene(t, small()), 10)
	var mean [3]float64
	for i, v := range f.RGB {
		mean[i%3] += float64(v) / float64(len(f.Gray))
	}
	lo, hi := slices.Min(mean[:]), slices.Max(mean[:])
	if hi-lo > 20 || lo < 80 || hi > 160 {
		t.Errorf("mean colour %.0f: want near grey and near the middle", mean)
	}
}

// TestNoiseDeviation: the grey levels of a still place vary by the deviation
// asked for, within the tolerance of rounding and of channels' own noise.
func TestNoiseDeviation(t *testing.T) {
	c := small()
	c.Pedestrians, c.Noise = 0, 4
	s := scene(t, c)
	var sum, sum2, n float64
	a, b := render(t, s, 0), render(t, s, 1)
	for i := range a.Gray {
		d := float64(a.Gray[i]) - float64(b.Gray[i])
		sum, sum2, n = sum+d, sum2+d*d, n+1
	}
	got := math.Sqrt((sum2/n - sum/n*sum/n) / 2)
	if got < 3.2 || got > 4.4 {
		t.Errorf("deviation %.2f grey levels, want about 4", got)
	}
}

func ExampleKind_Irregular() {
	fmt.Println(Pedestrian.Irregular(), Cart.Irregular())
	// Output: false true
}
