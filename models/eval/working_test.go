package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestMarks: each kind of pixel, at a mask of half the truth's size.
func TestMarks(t *testing.T) {
	// 2×8 truth pixels, 1×4 mask pixels, each of them 2×2.
	row := func(v ...byte) []byte { return slices.Concat(v, v) }
	ground := row(10, 10, 10, 10, 10, 10, 10, 10)
	now := row(90, 90, 10, 10, 90, 10, 10, 10)
	var m Marks
	if err := m.Add(0, []byte{0, 0, 0, 0}, 1, 4, now, ground, row(0, 0, 1, 1, 0, 0, 0, 0), 2, 8); err != nil {
		t.Fatal(err)
	}
	if m.Missed != 4 || m.Thing != 0 {
		t.Errorf("%+v, want 4 missed", m)
	}
	if err := m.Add(Trail, []byte{255, 255, 255, 0}, 1, 4, now, ground, row(1, 1, 0, 0, 0, 0, 0, 0), 2, 8); err != nil {
		t.Fatal(err)
	}
	if m.Thing != 4 || m.Trail != 4 || m.Movers != 2 || m.Ground != 2 || m.Missed != 4 {
		t.Errorf("%+v", m)
	}
	r := m.report(nil)
	if *r.Precision != 4.0/12 || *r.Recall != 0.5 || *r.IoU != 4.0/16 || math.Abs(*r.Thing+*r.Trail+*r.Movers+*r.Ground-1) > 1e-9 {
		t.Errorf("precision %g, recall %g, IoU %g", *r.Precision, *r.Recall, *r.IoU)
	}
	m = Marks{}
	m.Cut()
	if err := m.Add(2*Trail+1, []byte{0, 255, 0, 0}, 1, 4, ground, ground, nil, 2, 8); err != nil || m.Ground != 4 {
		t.Errorf("%+v, %v: a cut ends the trail", m, err)
	}
	if err := m.Add(0, []byte{0}, 1, 4, now, ground, nil, 2, 8); err == nil {
		t.Error("a mask of the wrong size is taken")
	}
	if r := (&Marks{}).report(nil); r.Precision != nil || r.Recall != nil {
		t.Errorf("%+v of nothing", r)
	}
}

// TestAveragePrecision against the sum over every pixel by itself, and the known ends.
func TestAveragePrecision(t *testing.T) {
	const h, w = 16, 32
	rng := rand.New(rand.NewPCG(1, 2))
	var c Collector
	var scores []float64
	var truths []bool
	for range 3 {
		f := Frame{H: h, W: w, Masked: true, Irregular: true, Truth: make([]byte, h*w), TH: h, TW: w}
		f.Maps[Both] = make([]float32, h*w)
		for i := range f.Truth {
			f.Truth[i] = byte(rng.IntN(2))
			s := rng.NormFloat64() + float64(f.Truth[i])
			f.Maps[Both][i] = float32(s)
			scores, truths = append(scores, float64(float32(s))), append(truths, f.Truth[i] != 0)
		}
		if err := c.Frame(f); err != nil {
			t.Fatal(err)
		}
	}
	order := make([]int, len(scores))
	total := 0
	for i := range order {
		order[i] = i
		if truths[i] {
			total++
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if scores[a] > scores[b] {
			return -1
		}
		return 1
	})
	want, on := 0.0, 0
	for n, i := range order {
		if truths[i] {
			on++
			want += float64(on) / float64(n+1) / float64(total)
		}
	}
	got, ok := c.judges[Both].average.Value()
	if !ok || math.Abs(got-want) > 1e-3 {
		t.Errorf("average precision %g, want %g", got, want)
	}
	if _, ok := new(AveragePrecision).Value(); ok {
		t.Error("a figure of nothing")
	}
}

// frames makes judged frames of ten a second: i irregular, m marked, x both.
func frames(word string) (all []judged) {
	for k, r := range word {
		all = append(all, judged{time.Duration(k) * time.Second / 10, r == 'i' || r == 'x', r == 'm' || r == 'x'})
	}
	return all
}

func TestFalseAlarms(t *testing.T) {
	for word, want := range map[string]int{
		"":                       0,
		"....":                   0,
		"m.m.m":                  1, // pauses are bridged
		"m...........m":          2, // of more than a second not
		"iixxmmm":                0, // its end lingers
		"xx.......mm":            0, // within a second
		"xx............mm":       1,
		"mmxx":                   0, // it began too early
		"m...xx":                 0,
		"m............xx":        1,
		"mm............xxmm":     1,
		"m............m...ixx..": 1,
	} {
		if got := falseAlarms(frames(word)); got != want {
			t.Errorf("%s: %d false alarms, want %d", word, got, want)
		}
	}
}

func TestWorking(t *testing.T) {
	c := Collector{clips: []clipFrames{{frames: frames("..iixx....mm")}, {frames: frames("xi.ii.")}, {frames: []judged{{irregular: true}}}}}
	r := c.working()
	if r == nil || *r.Recall != 3.0/8 || r.Onsets != 3 || r.Found != 2 || math.Abs(*r.Delay-0.1) > 1e-9 || r.FalseAlarms != 0 {
		t.Fatalf("%+v", r)
	}
	if math.Abs(r.Hours-1.0/3600) > 1e-9 || r.Interval[0] != 0 || math.Abs(r.Interval[1]/3600-3.689) > 0.001 {
		t.Errorf("%g hours, interval %v: none in a time is up to 3.69 with 95 %%", r.Hours, r.Interval)
	}
	if lo, hi := Poisson(10); math.Abs(lo-4.795) > 0.001 || math.Abs(hi-18.39) > 0.01 {
		t.Errorf("of 10: %g to %g", lo, hi)
	}
	if c := (Collector{clips: []clipFrames{{frames: make([]judged, 5)}}}); c.working() != nil {
		t.Error("pictures that stand alone have no time")
	}
}
