package plots

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"

	"avid/models/eval"
)

var (
	nan   = float32(math.NaN())
	never = float32(math.Inf(-1))
)

// TestTimeline: two frames left out at the beginning and one in the middle, one
// that could not be marked at all, two stretches of truth.
func TestTimeline(t *testing.T) {
	p, err := Timeline(eval.Timeline{
		Clip: "03", Threshold: 1.5,
		Scores:    []float32{nan, nan, -2, 1, 3, nan, never, 2},
		Irregular: []bool{false, false, false, true, true, false, false, true},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := record(t, p, TimelineWidth, TimelineHeight)
	for _, want := range []string{"clip 03", "frame", "score (logits)", "irregular", "score", "threshold 1.50", "−∞", "−2", "7"} {
		if !slices.Contains(d.texts, want) {
			t.Errorf("no %q among %q", want, d.texts)
		}
	}
	low, high := p.Y.Min, p.Y.Max
	if low >= -2 || high <= 3 || p.X.Min != -0.5 || p.X.Max != 7.5 {
		t.Errorf("axes %v to %v and %v to %v", p.X.Min, p.X.Max, low, high)
	}
	lines := d.lines[blue] // and a thumbnail
	if len(lines) != 3 || !same(lines[0], plotter.XYs{{X: 2, Y: -2}, {X: 3, Y: 1}, {X: 4, Y: 3}}) ||
		!same(lines[1], plotter.XYs{{X: 6, Y: low}, {X: 7, Y: 2}}) {
		t.Errorf("scores are drawn as %v", lines)
	}
	if line := d.lines[vermillion]; len(line) != 2 || !same(line[0], plotter.XYs{{X: -0.5, Y: 1.5}, {X: 7.5, Y: 1.5}}) {
		t.Errorf("the threshold is drawn as %v", line)
	}
	shade := d.shades[paleOrange]
	if len(shade) != 2 || !same(shade[0], plotter.XYs{
		{X: 2.5, Y: low}, {X: 4.5, Y: low}, {X: 4.5, Y: high}, {X: 2.5, Y: high},
		{X: 6.5, Y: low}, {X: 7.5, Y: low}, {X: 7.5, Y: high}, {X: 6.5, Y: high},
	}) {
		t.Errorf("truth is shaded at %v", shade)
	}
}

// TestTimelinesOfLittle: what is missing is left out, and nothing fails.
func TestTimelinesOfLittle(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, c := range map[string]struct {
		scores    []float32
		threshold float32
		absent    string
	}{
		"all left out":      {[]float32{nan, nan}, 0, "score"},
		"never marked":      {[]float32{never, never}, never, "threshold −Inf"},
		"one alone":         {[]float32{nan, 1, nan}, 1, "−∞"},
		"beyond every axis": {[]float32{inf, 0}, inf, "−∞"},
		"one frame":         {[]float32{7}, 7, "irregular"},
	} {
		p, err := Timeline(eval.Timeline{Clip: name, Scores: c.scores, Irregular: make([]bool, len(c.scores)), Threshold: c.threshold})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d := record(t, p, TimelineWidth, TimelineHeight)
		if slices.Contains(d.texts, c.absent) || !slices.Contains(d.texts, "clip "+name) {
			t.Errorf("%s: %q among %q", name, c.absent, d.texts)
		}
		if p.Y.Min >= p.Y.Max || math.IsInf(p.Y.Max-p.Y.Min, 0) {
			t.Errorf("%s: scores from %v to %v", name, p.Y.Min, p.Y.Max)
		}
	}
}

func TestTimelineRefuses(t *testing.T) {
	if _, err := Timeline(eval.Timeline{Clip: "a"}); !errors.Is(err, ErrEmpty) {
		t.Errorf("no frames: %v", err)
	}
	if _, err := Timeline(eval.Timeline{Scores: []float32{1}}); !errors.Is(err, ErrSize) {
		t.Errorf("no labels: %v", err)
	}
}

func TestEvenTicks(t *testing.T) {
	for _, c := range []struct {
		ticks     evenTicks
		low, high float64
		want      []string
	}{
		{evenTicks{maxTicks: 12, minStep: 1}, -0.5, 3.5, []string{"0", "1", "2", "3"}},
		{evenTicks{maxTicks: 12, minStep: 1}, -0.5, 179.5, []string{"0", "20", "40", "60", "80", "100", "120", "140", "160"}},
		{evenTicks{maxTicks: 12, minStep: 1}, -0.5, 0.5, []string{"0"}},
		{evenTicks{maxTicks: 5}, -0.21, 0.3, []string{"−0.2", "0.0", "0.2"}},
		{evenTicks{maxTicks: 7}, -3, 4.2, []string{"−2", "0", "2", "4"}},
		{evenTicks{maxTicks: 7, never: true}, -2.1, 4.2, []string{"−∞", "−1", "0", "1", "2", "3", "4"}},
		{evenTicks{maxTicks: 7}, -1e30, 3, []string{"−1e+30", "−8e+29", "−6e+29", "−4e+29", "−2e+29", "0"}},
		{evenTicks{maxTicks: 7}, 1, 1, nil},
	} {
		var got []string
		for _, tick := range c.ticks.Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}
