package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/draw"
	"gonum.org/v1/plot"

	"avid/models/bundle"
	"avid/models/eval/plots"
	"avid/models/train"
)

// Colours of what is drawn over pictures.
var (
	markColour   = color.RGBA{0xff, 0x3b, 0x30, 0xff}
	drawnColour  = color.RGBA{0xff, 0xd6, 0x0a, 0xff}
	foundColour  = color.RGBA{0x34, 0xc7, 0x59, 0xff}
	missedColour = color.RGBA{0xff, 0x3b, 0x30, 0xff}
	stillColour  = color.NRGBA{0x1e, 0x5a, 0xc8, 0x70}
)

// widest is about how wide a picture of the page is, pixels.
const widest = 576

// scale is by how much pictures of a width are enlarged.
func scale(w int) int { return max(widest/max(w, 1), 1) }

// drawing is a plot as an address.
func drawing(p *plot.Plot) (template.URL, error) {
	var text bytes.Buffer
	if err := plots.Write(&text, p, ".svg", plots.LinesWidth, plots.LinesHeight); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return embedded("image/svg+xml", text.Bytes()), nil
}

// encoded is a picture as an address.
func encoded(img image.Image) (template.URL, error) {
	var text bytes.Buffer
	if err := png.Encode(&text, img); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return embedded("image/png", text.Bytes()), nil
}

// decode reads a PNG of a bundle, whose size ParseEvidence has checked.
func decode(text []byte) (image.Image, error) {
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: a picture: %w", train.ErrEvidence, err)
	}
	return img, nil
}

// picture is a PNG of a bundle encoded anew.
func picture(text []byte) (template.URL, error) {
	img, err := decode(text)
	if err != nil {
		return "", err
	}
	return encoded(img)
}

// enlarged is a picture in colour, k times as large.
func enlarged(img image.Image, k int) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, k*b.Dx(), k*b.Dy()))
	draw.BiLinear.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	return out
}

// frame draws the border of a box.
func frame(img *image.RGBA, box image.Rectangle, c color.RGBA) {
	const thick = 2
	for _, side := range []image.Rectangle{
		{box.Min, image.Pt(box.Max.X, box.Min.Y+thick)}, {image.Pt(box.Min.X, box.Max.Y-thick), box.Max},
		{box.Min, image.Pt(box.Min.X+thick, box.Max.Y)}, {image.Pt(box.Max.X-thick, box.Min.Y), box.Max},
	} {
		draw.Draw(img, side, image.NewUniform(c), image.Point{}, draw.Src)
	}
}

// box is that of a drawn irregularity, enlarged.
func box(d train.Drawn, k int) image.Rectangle {
	return image.Rect(k*d.X, k*d.Y, k*(d.X+d.W), k*(d.Y+d.H))
}

// scene shows the place, and over it where nothing moved and what was found.
func (v *view) scene(b *bundle.Bundle, e *train.Evidence) error {
	img, err := b.Picture()
	if err != nil || img == nil {
		return err
	}
	if v.Scene, err = encoded(enlarged(img, scale(b.Manifest.Width))); err != nil {
		return err
	}
	if e.Motion == nil {
		return nil
	}
	k, r := scale(b.Manifest.Width), b.Manifest.Regions
	out := enlarged(img, k)
	veil := image.NewUniform(stillColour)
	for i, share := range e.Motion.Share {
		if share > 0 {
			continue
		}
		draw.Draw(out, cell(r, i/r.Cols, i%r.Cols, b.Manifest.Height, b.Manifest.Width, k), veil, image.Point{}, draw.Over)
	}
	if e.Held != nil {
		for _, d := range e.Held.Drawn {
			c := missedColour
			if d.Found {
				c = foundColour
			}
			frame(out, box(d, k), c)
		}
	}
	v.Map, err = encoded(out)
	return err
}

// cell is the part of the enlarged picture that is nearest to a region.
func cell(r bundle.Regions, row, col, h, w, k int) image.Rectangle {
	side := func(at, n, size int) (lo, hi int) {
		lo, hi = int(r.Center)+r.Stride*at-r.Stride/2, int(r.Center)+r.Stride*at-r.Stride/2+r.Stride
		if at == 0 {
			lo = 0
		}
		if at == n-1 {
			hi = size
		}
		return max(lo, 0), min(hi, size)
	}
	y0, y1 := side(row, r.Rows, h)
	x0, x1 := side(col, r.Cols, w)
	return image.Rect(k*x0, k*y0, k*x1, k*y1)
}

// examples shows drawn irregularities and what the bundle marked.
func (v *view) examples(b *bundle.Bundle, h *train.Held) error {
	if h == nil {
		return nil
	}
	for _, d := range h.Drawn {
		v.Tested++
		if d.Found {
			v.Found++
		}
	}
	for _, x := range h.Examples {
		img, err := decode(x.Picture)
		if err != nil {
			return err
		}
		mask, err := decode(x.Mask)
		if err != nil {
			return err
		}
		k := max(scale(b.Manifest.Width)*2/3, 1)
		out := enlarged(img, k)
		outline(out, mask, k)
		frame(out, box(x.Drawn, k).Inset(-3), drawnColour)
		u, err := encoded(out)
		if err != nil {
			return err
		}
		v.Examples = append(v.Examples, example{x.Found, fmt.Sprintf("%.1f", x.Score), u})
	}
	return nil
}

// outline draws the border of what a mask marks.
func outline(out *image.RGBA, mask image.Image, k int) {
	b := mask.Bounds()
	marked := func(x, y int) bool {
		if !image.Pt(x, y).In(b) {
			return false
		}
		return color.GrayModel.Convert(mask.At(x, y)).(color.Gray).Y > 127
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			if !marked(x/k, y/k) {
				continue
			}
			if !marked((x-1)/k, y/k) || !marked((x+1)/k, y/k) || !marked(x/k, (y-1)/k) || !marked(x/k, (y+1)/k) || x == 0 || y == 0 {
				out.SetRGBA(x, y, markColour)
			}
		}
	}
}
