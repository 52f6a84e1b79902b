package plots

import (
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of legends in points.
const (
	thumbHeight = 10
	thumbGap    = 6
	rowHeight   = 24 // of a row above the data
	lineHeight  = 17 // of a row of a table
)

// entry is a thumbnail and its words.
type entry struct {
	thumb plot.Thumbnailer
	words []string
}

// draw draws the thumbnail with its middle at the height y, and gives where the
// words begin.
func (e *entry) draw(c draw.Canvas, x, y, width vg.Length) vg.Length {
	box := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
		Min: vg.Point{X: x, Y: y - thumbHeight/2}, Max: vg.Point{X: x + width, Y: y + thumbHeight/2}}}
	e.thumb.Thumbnail(&box)
	return x + width + thumbGap
}

// row is a legend of one row above the data, where it hides none.
type row struct{ entries []entry }

func (r *row) add(t plot.Thumbnailer, word string) {
	r.entries = append(r.entries, entry{t, []string{word}})
}

// Plot is as plot.Plotter has it.
func (r *row) Plot(c draw.Canvas, p *plot.Plot) {
	const thumb, space = 20, 18
	style := p.Legend.TextStyle
	style.YAlign = draw.YCenter
	x, y := c.Min.X, c.Max.Y+rowHeight/2
	for _, e := range r.entries {
		x = e.draw(c, x, y, thumb)
		c.FillText(style, vg.Point{X: x, Y: y + 1}, e.words[0])
		x += style.Width(e.words[0]) + space
	}
}

// table is a legend above the data, its words in columns. An entry of one word
// may be longer than the column.
type table struct{ entries []entry }

func (t *table) add(thumb plot.Thumbnailer, words ...string) {
	t.entries = append(t.entries, entry{thumb, words})
}

// Plot is as plot.Plotter has it.
func (t *table) Plot(c draw.Canvas, p *plot.Plot) {
	const thumb, space, below = 30, 16, 7
	style := p.Legend.TextStyle
	style.YAlign = draw.YCenter
	widths := t.widths(p)
	for i, e := range t.entries {
		y := c.Max.Y + below + (vg.Length(len(t.entries)-i)-0.5)*lineHeight
		x := e.draw(c, c.Min.X, y, thumb)
		for k, word := range e.words {
			style.XAlign = draw.XLeft
			to := x
			if k > 0 { // figures, below each other by their last digit
				style.XAlign, to = draw.XRight, x+widths[k]
			}
			c.FillText(style, vg.Point{X: to, Y: y + 1}, word)
			x += widths[k] + space
		}
	}
}

// widths are those of the columns.
func (t *table) widths(p *plot.Plot) []vg.Length {
	var widths []vg.Length
	for _, e := range t.entries {
		for k, word := range e.words {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			if len(e.words) > 1 {
				widths[k] = max(widths[k], p.Legend.TextStyle.Width(word))
			}
		}
	}
	return widths
}

// minus has the sign in place of the hyphen, which is shorter than a digit.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
