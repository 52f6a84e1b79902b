// Package plots draws what package eval measures: ROC curves and the scores of
// a clip over its frames, as PNG or SVG.
package plots

import (
	"errors"
	"image/color"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Errors that callers tell apart.
var (
	ErrEmpty  = errors.New("plots: nothing to draw")
	ErrFormat = errors.New("plots: neither PNG nor SVG")
	ErrSize   = errors.New("plots: bad size")
)

// Colours that eyes blind to red or green tell apart, too: Okabe and Ito, Color
// Universal Design, 2008; and greys.
var (
	blue       = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	vermillion = color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	green      = color.RGBA{0x00, 0x9e, 0x73, 0xff}
	purple     = color.RGBA{0xcc, 0x79, 0xa7, 0xff}
	sky        = color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	paleOrange = color.RGBA{0xfa, 0xe7, 0xbf, 0xff} // their orange, e69f00, a quarter of it on white
	ink        = color.RGBA{0x22, 0x22, 0x22, 0xff}
	faint      = color.RGBA{0x77, 0x77, 0x77, 0xff}
	veil       = color.RGBA{A: 0x1c} // of the grid, over white and shade alike
)

// Sizes of text in points. The family is Liberation Sans, which has ∩ and −.
const (
	titleSize vg.Length = 13
	labelSize vg.Length = 12
	smallSize vg.Length = 11
)

// newPlot is a plot without data or grid.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text = clean(title)
	setFont(&p.Title.TextStyle, titleSize)
	p.Title.TextStyle.Font.Weight = font.WeightBold
	p.Title.Padding = 8
	for _, a := range []struct {
		*plot.Axis
		label string
	}{{&p.X, x}, {&p.Y, y}} {
		a.Label.Text = a.label
		a.Label.Padding = 4
		setFont(&a.Label.TextStyle, labelSize)
		setFont(&a.Tick.Label, smallSize)
		a.Padding = 0
		a.LineStyle = draw.LineStyle{Color: ink, Width: 0.75}
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = 5
	}
	setFont(&p.Legend.TextStyle, smallSize)
	return p
}

func setFont(s *text.Style, size vg.Length) {
	s.Font.Variant, s.Font.Size, s.Color = "Sans", size, ink
}

// clean is a name, as users give them, without what XML does not allow.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xfffe || r == 0xffff {
			return utf8.RuneError
		}
		return r
	}, name)
}

func grid() *plotter.Grid {
	style := draw.LineStyle{Color: veil, Width: 0.6}
	return &plotter.Grid{Vertical: style, Horizontal: style}
}
