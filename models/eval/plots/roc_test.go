package plots

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"avid/models/eval"
)

// curve is the ROC curve of scores 4, 3, 2, 1 with labels.
func curve(t *testing.T, name string, positive ...bool) eval.NamedCurve {
	t.Helper()
	c, err := eval.ROC([]float32{4, 3, 2, 1}, positive)
	if err != nil {
		t.Fatal(err)
	}
	return eval.NamedCurve{Name: name, Curve: c}
}

// TestROC: by hand, + - + - has the area 3/4 and equal errors of 1/2, and
// + + - - is perfect.
func TestROC(t *testing.T) {
	p, err := ROC([]eval.NamedCurve{curve(t, "I ∩ D", true, true, false, false), curve(t, "D alone", true, false, true, false)}, "frame level")
	if err != nil {
		t.Fatal(err)
	}
	d := record(t, p, ROCWidth, ROCHeight(2))
	for _, want := range []string{"frame level", "false positive rate", "true positive rate",
		"I ∩ D", "AUC 1.000", "EER 0.0 %", "D alone", "AUC 0.750", "EER 50.0 %", "equal errors (EER)"} {
		if !slices.Contains(d.texts, want) {
			t.Errorf("no %q among %q", want, d.texts)
		}
	}
	// The thumbnails of the legend are lines, too; the curves come after them.
	both, alone, equal := d.lines[blue], d.lines[vermillion], d.lines[faint]
	if n := len(both); n != 2 || !same(both[1], plotter.XYs{{X: 0, Y: 0}, {X: 0, Y: 1}, {X: 1, Y: 1}}) {
		t.Errorf("I ∩ D is drawn as %v", both)
	}
	if n := len(alone); n != 2 || !same(alone[1], plotter.XYs{{X: 0, Y: 0}, {X: 0, Y: 0.5}, {X: 0.5, Y: 0.5}, {X: 0.5, Y: 1}, {X: 1, Y: 1}}) {
		t.Errorf("D alone is drawn as %v", alone)
	}
	if n := len(equal); n != 2 || !same(equal[0], plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 0}}) {
		t.Errorf("equal errors are drawn as %v", equal)
	}
	if p.X.Min != 0 || p.X.Max != 1 || p.Y.Min != 0 || p.Y.Max != 1 {
		t.Errorf("axes %v to %v and %v to %v", p.X.Min, p.X.Max, p.Y.Min, p.Y.Max)
	}
}

func TestROCIsSquare(t *testing.T) {
	for n := 1; n <= 4; n++ {
		p, err := ROC(slices.Repeat([]eval.NamedCurve{curve(t, "a", true, false, true, false)}, n), "title")
		if err != nil {
			t.Fatal(err)
		}
		c := draw.NewCanvas(&recorder.Canvas{}, ROCWidth, ROCHeight(n))
		size := p.DataCanvas(draw.Crop(c, margin, -margin, margin, -margin)).Size()
		if r := float64(size.X / size.Y); math.Abs(r-1) > 0.01 {
			t.Errorf("%d curves on %v x %v points", n, size.X, size.Y)
		}
	}
}

// TestCornersLoseNothing: the points left out lie on lines between the others.
func TestCornersLoseNothing(t *testing.T) {
	c := eval.Curve{{FalsePositive: 0, TruePositive: 0}, {FalsePositive: 0, TruePositive: 0.25}, {FalsePositive: 0, TruePositive: 0.5},
		{FalsePositive: 0.25, TruePositive: 0.5}, {FalsePositive: 0.5, TruePositive: 0.5}, {FalsePositive: 0.75, TruePositive: 0.75}, {FalsePositive: 1, TruePositive: 1}}
	want := plotter.XYs{{X: 0, Y: 0}, {X: 0, Y: 0.5}, {X: 0.5, Y: 0.5}, {X: 0.75, Y: 0.75}, {X: 1, Y: 1}}
	if got := corners(c); !same(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestROCRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		curves []eval.NamedCurve
		want   error
	}{
		"no curve":  {nil, ErrEmpty},
		"no points": {[]eval.NamedCurve{{Name: "a"}}, ErrEmpty},
		"NaN":       {[]eval.NamedCurve{{Name: "a", Curve: eval.Curve{{TruePositive: math.NaN()}}}}, plotter.ErrNaN},
	} {
		if _, err := ROC(c.curves, "title"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestManyCurves: more curves than strokes start with the first again.
func TestManyCurves(t *testing.T) {
	var curves []eval.NamedCurve
	for range len(rocLines) + 1 {
		curves = append(curves, curve(t, "a", true, false, true, false))
	}
	p, err := ROC(curves, "title")
	if err != nil {
		t.Fatal(err)
	}
	d := record(t, p, ROCWidth, ROCHeight(2))
	if len(d.lines[blue]) != 4 || len(d.lines[sky]) != 2 {
		t.Errorf("%d blue and %d sky blue lines, want 4 and 2", len(d.lines[blue]), len(d.lines[sky]))
	}
}
