package plots

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"avid/models/eval"
)

// ROCWidth is the width of an ROC plot.
const ROCWidth vg.Length = 450

// ROCHeight is the height of an ROC plot of so many curves at which the area of
// the curves is square.
func ROCHeight(curves int) vg.Length {
	return ROCWidth + 17 + vg.Length(curves+1)*lineHeight
}

// rocLines are the strokes of the curves, one after the other and then again:
// each has a colour and a dash of its own, and the first shows below the others.
var rocLines = []draw.LineStyle{
	{Color: blue, Width: 2.6},
	{Color: vermillion, Width: 1.7, Dashes: []vg.Length{7, 4}},
	{Color: green, Width: 1.7, Dashes: []vg.Length{1.8, 2.2}},
	{Color: purple, Width: 1.7, Dashes: []vg.Length{7, 2.5, 1.8, 2.5}},
	{Color: sky, Width: 1.7, Dashes: []vg.Length{12, 4}},
}

// ROC plots curves over 0 to 1 on both axes, each over those before it. On a
// thin line the shares of false positives and of misses are equal; a dot marks
// where each curve meets it, at its EER. The error wraps ErrEmpty.
func ROC(curves []eval.NamedCurve, title string) (*plot.Plot, error) {
	if len(curves) == 0 {
		return nil, fmt.Errorf("%w: no curve for %q", ErrEmpty, title)
	}
	p := newPlot(title, "false positive rate", "true positive rate")
	p.X.Tick.Marker, p.Y.Tick.Marker = fifths, fifths
	equal, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 0}})
	if err != nil {
		return nil, err
	}
	equal.LineStyle = draw.LineStyle{Color: faint, Width: 0.7, Dashes: []vg.Length{4, 3}}
	p.Title.Padding = 8 + vg.Length(len(curves)+1)*lineHeight
	var k table
	layers := []plot.Plotter{grid(), equal, &k}
	for i, c := range curves {
		line, dot, err := rocCurve(c.Curve, rocLines[i%len(rocLines)])
		if err != nil {
			return nil, fmt.Errorf("curve %q: %w", c.Name, err)
		}
		dot.Radius = 2 + 2.5/vg.Length(i+1) // those below show around it
		layers = append(layers, line, dot)
		k.add(line, rocWords(c)...)
	}
	k.add(equal, "equal errors (EER)")
	p.Add(layers...)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	return p, nil
}

func rocCurve(c eval.Curve, style draw.LineStyle) (*plotter.Line, *plotter.Scatter, error) {
	if len(c) == 0 {
		return nil, nil, fmt.Errorf("%w: it has no points", ErrEmpty)
	}
	line, err := plotter.NewLine(corners(c))
	if err != nil {
		return nil, nil, err
	}
	line.LineStyle = style
	eer := c.EER()
	dot, err := plotter.NewScatter(plotter.XYs{{X: eer, Y: 1 - eer}})
	if err != nil {
		return nil, nil, err
	}
	dot.GlyphStyle = draw.GlyphStyle{Color: style.Color, Shape: draw.CircleGlyph{}}
	return line, dot, nil
}

// rocWords is a curve's row of the legend.
func rocWords(c eval.NamedCurve) []string {
	return []string{clean(c.Name), fmt.Sprintf("AUC %.3f", c.Curve.AUC()), fmt.Sprintf("EER %.1f %%", 100*c.Curve.EER())}
}

// corners are the points of a curve without those in the middle of a level or
// upright stretch: a curve has a point a frame, its picture needs fewer.
func corners(c eval.Curve) plotter.XYs {
	var out plotter.XYs
	for i, p := range c {
		if i > 0 && i+1 < len(c) {
			a, b := c[i-1], c[i+1]
			if a.FalsePositive == p.FalsePositive && p.FalsePositive == b.FalsePositive ||
				a.TruePositive == p.TruePositive && p.TruePositive == b.TruePositive {
				continue
			}
		}
		out = append(out, plotter.XY{X: p.FalsePositive, Y: p.TruePositive})
	}
	return out
}
