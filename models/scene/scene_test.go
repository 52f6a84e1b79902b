package scene

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const h, w = 96, 144

// wide is a made-up place twice as wide as a camera sees: boxes of one grey over
// others, as houses and roads are.
func wide(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]byte, h*2*w)
	for range 120 {
		y, x, bh, bw, v := rng.IntN(h), rng.IntN(2*w), 4+rng.IntN(h/3), 4+rng.IntN(w/3), byte(30+rng.IntN(200))
		for dy := range min(bh, h-y) {
			for dx := range min(bw, 2*w-x) {
				out[(y+dy)*2*w+x+dx] = v
			}
		}
	}
	return out
}

// view is what a camera turned by pan pixels sees of a place, with a walker and the
// noise of its sensor, in light of gain.
func view(place []byte, pan int, gain float64, rng *rand.Rand) []byte {
	out := make([]byte, h*w)
	for y := range h {
		for x := range w {
			out[y*w+x] = byte(min(max(gain*float64(place[y*2*w+x+pan])+2*rng.NormFloat64(), 0), 255))
		}
	}
	if gain > 0 {
		y, x := rng.IntN(h-20), rng.IntN(w-8)
		for dy := range 20 {
			for dx := range 8 {
				out[(y+dy)*w+x+dx] = 240
			}
		}
	}
	return out
}

// film is a recording of n frames; turn and light say how the camera is turned and
// the gain of frame i.
func film(name string, n int, place func(i int) []byte, turn func(i int) int, light func(i int) float64) File {
	rng := rand.New(rand.NewPCG(uint64(n), 11))
	f := File{Name: name, Width: 2 * w, Height: 2 * h}
	for i := range n {
		f.Samples = append(f.Samples, view(place(i), turn(i), light(i), rng))
		f.Times = append(f.Times, time.Duration(i)*time.Second)
	}
	return f
}

var (
	yard, gate = wide(1), wide(2)
	atYard     = func(int) []byte { return yard }
	atGate     = func(int) []byte { return gate }
	still      = func(int) int { return 0 }
	day        = func(int) float64 { return 1 }
)

func TestLikeness(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	same := NewShape(view(yard, 0, 1, rng), h, w)
	for name, c := range map[string]struct {
		other    []byte
		from, to float64
	}{
		"the same":          {view(yard, 0, 1, rng), Same, 1},
		"in half the light": {view(yard, 0, 0.5, rng), Same, 1},
		"two pixels aside":  {view(yard, 2, 1, rng), Same, 1},
		"turned away":       {view(yard, 60, 1, rng), 0, Other},
		"another place":     {view(gate, 0, 1, rng), 0, Other},
		"black":             {make([]byte, h*w), 0, 0},
	} {
		if got := same.Likeness(NewShape(c.other, h, w)); !(got >= c.from && got <= c.to) {
			t.Errorf("%s: likeness %.2f, want %g to %g", name, got, c.from, c.to)
		}
	}
	large, small := make([]byte, 16*h*w), NewShape(yard[:h*w], h, w)
	if got := NewShape(large, 4*h, 4*w); got.h > side || got.w > side || got.Likeness(small) != 0 {
		t.Errorf("a large picture is compared at %dx%d", got.w, got.h)
	}
}

func TestMedianForgetsWhatPasses(t *testing.T) {
	f := film("f", 21, atYard, still, day)
	m := Median(f.Samples)
	worst := 0.0
	for y := range h {
		for x := range w {
			worst = max(worst, math.Abs(float64(m[y*w+x])-float64(yard[y*2*w+x])))
		}
	}
	if worst > 8 {
		t.Errorf("a pixel of the background is %g off", worst)
	}
	if Median(nil) != nil {
		t.Error("no frames have a background")
	}
}

// kinds are the findings as "file:kind", with ! where they are fatal.
func kinds(files ...File) string {
	var out []string
	for _, f := range Examine(files, h, w) {
		text := f.File + ":" + string(f.Kind)
		if f.Fatal {
			text += "!"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestExamine(t *testing.T) {
	night := func(int) float64 { return 0.3 }
	off := func(int) float64 { return 0 }
	ordinary := film("a", 30, atYard, still, day)
	portrait := film("p", 30, atGate, still, day)
	portrait.Width, portrait.Height = h, w
	again := film("again", 30, atYard, still, day)
	for i, s := range again.Samples {
		again.Samples[i] = slices.Clone(s)
		for k := range again.Samples[i] {
			again.Samples[i][k] ^= 1 // as another encoder might have it
		}
	}
	stuck := film("stuck", 30, atYard, still, day)
	stuck.Repeats = 0.95
	halting := film("halting", 30, atYard, still, day)
	halting.Repeats = 0.6
	empty := film("empty", 30, atYard, still, day)
	for i := range empty.Samples {
		empty.Samples[i] = empty.Samples[0]
	}
	fog := film("fog", 30, atYard, still, day)
	for i := range fog.Samples {
		fog.Samples[i] = []byte(strings.Repeat("\x80", h*w))
	}
	for name, c := range map[string]struct {
		files []File
		want  string
	}{
		"one camera":           {[]File{ordinary}, ""},
		"two days of it":       {[]File{ordinary, film("b", 25, atYard, still, day)}, ""},
		"day and dusk":         {[]File{ordinary, film("b", 25, atYard, still, night)}, ""},
		"nothing in it":        {[]File{{Name: "x"}, ordinary}, ""},
		"two cameras":          {[]File{ordinary, film("b", 20, atGate, still, day)}, "b:other place!"},
		"the first is odd":     {[]File{film("b", 20, atGate, still, day), ordinary, film("c", 21, atYard, still, day)}, "b:other place!"},
		"a phone among them":   {[]File{ordinary, portrait}, "p:other shape!"},
		"turned between":       {[]File{ordinary, film("b", 20, atYard, func(int) int { return 70 }, day)}, "b:other place!"},
		"black":                {[]File{film("a", 30, atYard, still, off)}, "a:dark! :lifeless!"},
		"mostly black":         {[]File{film("a", 30, atYard, still, func(i int) float64 { return float64(i / 20) })}, "a:dark!"},
		"black at times":       {[]File{film("a", 30, atYard, still, func(i int) float64 { return min(float64(i/6), 1) })}, "a:dark"},
		"fog":                  {[]File{fog}, "fog:blank! :lifeless!"},
		"pans":                 {[]File{film("a", 30, atYard, func(i int) int { return 4 * i }, day)}, "a:moving!"},
		"pans fast":            {[]File{film("a", 30, func(i int) []byte { return wide(uint64(i)) }, still, day)}, "a:moving!"},
		"pans slowly":          {[]File{film("a", 30, atYard, func(i int) int { return i }, day)}, "a:moving!"},
		"a cut":                {[]File{film("a", 30, func(i int) []byte { return [][]byte{yard, gate}[i/15] }, still, day)}, "a:cut!"},
		"a cut near its end":   {[]File{film("a", 30, func(i int) []byte { return [][]byte{yard, gate}[i/28] }, still, day)}, "a:cut"},
		"frozen":               {[]File{stuck}, "stuck:frozen!"},
		"halting":              {[]File{halting}, "halting:frozen"},
		"nothing moves":        {[]File{empty}, ":lifeless!"},
		"one of them is empty": {[]File{empty, ordinary}, ""},
		"twice":                {[]File{ordinary, ordinary}, "a:copy"},
		"encoded twice":        {[]File{ordinary, again}, "again:copy"},
	} {
		if got := kinds(c.files...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestExamineSays: a finding names the file, the other file, both sizes, and the
// place in time.
func TestExamineSays(t *testing.T) {
	portrait := film("phone.mp4", 30, atGate, still, day)
	portrait.Width, portrait.Height = 1080, 1920
	var all []string
	for _, f := range append(Examine([]File{film("cam.mp4", 30, atYard, still, day), film("x.mp4", 31, atYard, still, day), portrait}, h, w),
		Examine([]File{film("cut.mp4", 30, func(i int) []byte { return [][]byte{yard, gate}[i/15] }, still, day)}, h, w)...) {
		all = append(all, f.String())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"phone.mp4: ", "1080x1920 (width × height)", "cam.mp4 288x192", "cut.mp4: ", "0:15", "2 places"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
