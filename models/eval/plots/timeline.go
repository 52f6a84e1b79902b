package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"avid/models/eval"
)

// Size of a plot of scores over time.
const (
	TimelineWidth  vg.Length = 600
	TimelineHeight vg.Length = 235
)

// Timeline plots the scores of a clip over its frames, counted from 0, with the
// irregular frames shaded and the threshold. NaN is a gap; -Inf lies at the
// bottom, which is then named so. The error wraps ErrEmpty or ErrSize.
func Timeline(t eval.Timeline) (*plot.Plot, error) {
	if len(t.Scores) == 0 {
		return nil, fmt.Errorf("%w: clip %q has no frames", ErrEmpty, t.Clip)
	}
	if len(t.Irregular) != len(t.Scores) {
		return nil, fmt.Errorf("%w: clip %q has %d scores and %d labels", ErrSize, t.Clip, len(t.Scores), len(t.Irregular))
	}
	p := newPlot("clip "+t.Clip, "frame", "score (logits)")
	p.Title.Padding = rowHeight
	d := timeline{Timeline: t, plot: p, right: float64(len(t.Scores)) - 0.5}
	d.measure()
	for _, add := range []func() error{d.addTruth, d.addGrid, d.addThreshold, d.addScores} {
		if err := add(); err != nil {
			return nil, fmt.Errorf("clip %q: %w", t.Clip, err)
		}
	}
	p.Add(&d.key)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = left, d.right, d.low, d.high
	p.X.Tick.Marker, p.Y.Tick.Marker = evenTicks{maxTicks: 12, minStep: 1}, evenTicks{maxTicks: 7, never: d.never}
	return p, nil
}

// left is where frame 0 begins on the axis of frames.
const left = -0.5

// timeline is a plot in the making.
type timeline struct {
	eval.Timeline
	plot      *plot.Plot
	key       row
	low, high float64 // ends of the axis of scores
	never     bool    // low stands for -Inf
	right     float64
}

// measure finds the range of the finite scores and the threshold.
func (d *timeline) measure() {
	d.low, d.high = math.Inf(1), math.Inf(-1)
	for _, s := range append([]float32{d.Threshold}, d.Scores...) {
		v := float64(s)
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			d.low, d.high = min(d.low, v), max(d.high, v)
		}
		d.never = d.never || math.IsInf(v, -1)
	}
	if d.low > d.high {
		d.low, d.high = 0, 0
	}
	room := max((d.high-d.low)*0.06, 0.5)
	if d.never {
		d.low -= room
	}
	d.low, d.high = d.low-room, d.high+room
}

func (d *timeline) addGrid() error {
	d.plot.Add(grid())
	return nil
}

// addTruth shades the irregular frames.
func (d *timeline) addTruth() error {
	var rings []plotter.XYer
	for i := 0; i < len(d.Irregular); i++ {
		if !d.Irregular[i] {
			continue
		}
		from := float64(i) - 0.5
		for i+1 < len(d.Irregular) && d.Irregular[i+1] {
			i++
		}
		to := float64(i) + 0.5
		rings = append(rings, plotter.XYs{{X: from, Y: d.low}, {X: to, Y: d.low}, {X: to, Y: d.high}, {X: from, Y: d.high}})
	}
	if rings == nil {
		return nil
	}
	truth, err := plotter.NewPolygon(rings...)
	if err != nil {
		return err
	}
	truth.Color, truth.Width = paleOrange, 0
	d.plot.Add(truth)
	d.key.add(truth, "irregular")
	return nil
}

// addThreshold draws the working threshold.
func (d *timeline) addThreshold() error {
	at := float64(d.Threshold)
	if math.IsInf(at, 0) || math.IsNaN(at) {
		return nil
	}
	line, err := plotter.NewLine(plotter.XYs{{X: left, Y: at}, {X: d.right, Y: at}})
	if err != nil {
		return err
	}
	line.LineStyle = draw.LineStyle{Color: vermillion, Width: 1.2, Dashes: []vg.Length{5, 3}}
	d.plot.Add(line)
	d.key.add(line, minus(fmt.Sprintf("threshold %.2f", at)))
	return nil
}

// addScores draws a line for each run of frames that have a score, a dot for a
// run of one.
func (d *timeline) addScores() error {
	style := draw.LineStyle{Color: blue, Width: 1.5}
	for i, run := range d.runs() {
		line, err := plotter.NewLine(run)
		if err != nil {
			return err
		}
		line.LineStyle = style
		if len(run) > 1 {
			d.plot.Add(line)
		} else {
			d.plot.Add(&plotter.Scatter{XYs: run, GlyphStyle: draw.GlyphStyle{Color: blue, Radius: 1.5, Shape: draw.CircleGlyph{}}})
		}
		if i == 0 {
			d.key.add(line, "score")
		}
	}
	return nil
}

// runs are the frames that have a score, cut where frames were left out.
func (d *timeline) runs() []plotter.XYs {
	var all []plotter.XYs
	gap := true
	for i, s := range d.Scores {
		v := float64(s)
		if math.IsNaN(v) {
			gap = true
			continue
		}
		if gap {
			all, gap = append(all, nil), false
		}
		last := &all[len(all)-1]
		*last = append(*last, plotter.XY{X: float64(i), Y: max(d.low, min(v, d.high))})
	}
	return all
}
