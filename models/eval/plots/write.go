package plots

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	dpi               = 192             // of PNG: twice that of a screen, for sharp screens
	margin  vg.Length = 8               // around a plot, points
	longest           = vg.Length(7200) // side of a plot, points
)

// Write writes a plot of the given size, in points (1/72 inch, or 2.67 pixels of
// PNG), as ending says: .png or .svg. The error wraps ErrFormat or ErrSize.
func Write(w io.Writer, p *plot.Plot, ending string, width, height vg.Length) error {
	if !(min(width, height) >= 1 && max(width, height) <= longest) {
		return fmt.Errorf("%w: %.4g x %.4g points, allowed are 1 to %g each", ErrSize, width.Points(), height.Points(), longest.Points())
	}
	switch strings.ToLower(ending) {
	case ".png":
		c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
		paint(p, draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
		return err
	case ".svg":
		c := vgsvg.New(width, height)
		paint(p, draw.New(c))
		var b bytes.Buffer
		if _, err := c.WriteTo(&b); err != nil {
			return err
		}
		_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte(fontOf), []byte(fontsOf)))
		return err
	}
	return fmt.Errorf("%w: ending %q", ErrFormat, ending)
}

// The fonts are not in an SVG: where the named one is missing, one of the same
// widths must do, and after it the reader's own.
const (
	fontOf  = "font-family:Liberation Sans;"
	fontsOf = "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"
)

func paint(p *plot.Plot, c draw.Canvas) {
	c.SetColor(p.BackgroundColor)
	c.Fill(c.Path())
	p.Draw(draw.Crop(c, margin, -margin, margin, -margin))
}
