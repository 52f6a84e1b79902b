package plots

import (
	"image/color"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// drawn is what a plot draws, in the units of its axes.
type drawn struct {
	texts  []string
	lines  map[color.Color][]plotter.XYs // stroked, by colour
	shades map[color.Color][]plotter.XYs // filled
}

// record draws a plot of the given size onto a canvas that takes notes.
func record(t *testing.T, p *plot.Plot, w, h vg.Length) drawn {
	t.Helper()
	var notes recorder.Canvas
	c := draw.NewCanvas(&notes, w, h)
	data := p.DataCanvas(c)
	p.Draw(c)
	d := drawn{lines: map[color.Color][]plotter.XYs{}, shades: map[color.Color][]plotter.XYs{}}
	var now color.Color
	unit := func(path vg.Path) (out plotter.XYs) {
		for _, s := range path {
			if s.Type == vg.MoveComp || s.Type == vg.LineComp {
				x := float64((s.Pos.X - data.Min.X) / data.Size().X)
				y := float64((s.Pos.Y - data.Min.Y) / data.Size().Y)
				out = append(out, plotter.XY{X: p.X.Min + x*(p.X.Max-p.X.Min), Y: p.Y.Min + y*(p.Y.Max-p.Y.Min)})
			}
		}
		return out
	}
	for _, a := range notes.Actions {
		switch a := a.(type) {
		case *recorder.SetColor:
			now = a.Color
		case *recorder.Stroke:
			d.lines[now] = append(d.lines[now], unit(a.Path))
		case *recorder.Fill:
			d.shades[now] = append(d.shades[now], unit(a.Path))
		case *recorder.FillString:
			d.texts = append(d.texts, a.String)
		}
	}
	return d
}

// same tells whether the points are those wanted, but for rounding.
func same(got, want plotter.XYs) bool {
	return slices.EqualFunc(got, want, func(a, b plotter.XY) bool {
		return math.Abs(a.X-b.X) < 1e-9 && math.Abs(a.Y-b.Y) < 1e-9
	})
}
