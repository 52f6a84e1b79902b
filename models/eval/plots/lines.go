package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Size of a plot of lines.
const (
	LinesWidth  vg.Length = 520
	LinesHeight vg.Length = 220
)

// Line is one line of a plot; a pair that is not finite is left out.
type Line struct {
	Name string
	X, Y []float64
}

// Lines plots lines over a common axis, with a legend above them. Y, if not nil,
// bounds the axis of values. The error wraps ErrEmpty or ErrSize.
func Lines(title, x, y string, bounds *[2]float64, lines ...Line) (*plot.Plot, error) {
	p := newPlot(title, x, y)
	p.Title.Padding = rowHeight
	var key row
	layers := []plot.Plotter{grid(), &key}
	for i, l := range lines {
		if len(l.X) != len(l.Y) {
			return nil, fmt.Errorf("%w: %q has %d places and %d values", ErrSize, l.Name, len(l.X), len(l.Y))
		}
		var points plotter.XYs
		for k, v := range l.Y {
			if !math.IsNaN(v) && !math.IsInf(v, 0) && !math.IsNaN(l.X[k]) && !math.IsInf(l.X[k], 0) {
				points = append(points, plotter.XY{X: l.X[k], Y: v})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", l.Name, err)
		}
		line.LineStyle = rocLines[i%len(rocLines)]
		line.Width = 1.6
		key.add(line, clean(l.Name))
		layers = append(layers, line)
	}
	if len(layers) == 2 {
		return nil, fmt.Errorf("%w: no point for %q", ErrEmpty, title)
	}
	p.Add(layers...)
	if bounds != nil {
		p.Y.Min, p.Y.Max = bounds[0], bounds[1]
	}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		if a.Min >= a.Max { // of one point
			a.Min, a.Max = a.Min-0.5, a.Max+0.5
		}
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = evenTicks{maxTicks: 8}, evenTicks{maxTicks: 6}
	return p, nil
}
