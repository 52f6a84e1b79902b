package main

import (
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font/liberation"

	"avid/runtime/overlay"
	"avid/runtime/pixel"
)

// Sizes in pixels.
const (
	textSize = 14
	lineStep = 19
	swatch   = 13
)

// truthColor outlines the truth: far from the marks' red, and lighter, for eyes
// that do not see red.
const truthColor = 0xff00e5ff

var (
	inkColor   = color.RGBA{0x22, 0x22, 0x22, 0xff}
	blankColor = color.RGBA{0xf1, 0xf1, 0xf1, 0xff}
	faintColor = color.RGBA{0x77, 0x77, 0x77, 0xff}
)

// easel makes pictures of shots with masks of h x w pixels.
type easel struct {
	h, w          int
	regular, bold font.Face
}

// newEasel has the fonts of the plots.
func newEasel(h, w int) (*easel, error) {
	e := &easel{h: h, w: w}
	for _, f := range liberation.Collection() {
		if f.Font.Variant != "Sans" || f.Font.Style != font.StyleNormal {
			continue
		}
		face, err := opentype.NewFace(f.Face, &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return nil, fmt.Errorf("font: %w", err)
		}
		if f.Font.Weight == font.WeightBold {
			e.bold = face
		} else {
			e.regular = face
		}
	}
	return e, nil
}

// canvas is a picture in the making, and what went wrong.
type canvas struct {
	*easel
	img *image.RGBA
	err error
}

func (e *easel) canvas(w, h int) *canvas {
	c := &canvas{easel: e, img: image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(c.img, c.img.Rect, image.White, image.Point{}, draw.Src)
	return c
}

// frame draws the shot's picture at a place, with its mask as the filter shows
// it, and the outline of the truth.
func (c *canvas) frame(s *shot, at image.Rectangle) {
	if c.err != nil {
		return
	}
	gray := &image.Gray{Pix: s.gray, Stride: s.w, Rect: image.Rect(0, 0, s.w, s.h)}
	draw.CatmullRom.Scale(c.img, at, gray, gray.Rect, draw.Src, nil)
	part := c.img.SubImage(at).(*image.RGBA)
	p := &overlay.Picture{Info: pixel.Info{Format: pixel.RGBA, Width: at.Dx(), Height: at.Dy()}}
	p.Planes[0], p.Strides[0] = part.Pix, part.Stride
	style := overlay.DefaultStyle()
	style.Flags = overlay.Mask | overlay.Outline
	if c.err = overlay.New(c.h, c.w).Draw(p, &overlay.Input{Mask: s.mask}, style); c.err == nil && s.truth != nil {
		c.err = overlay.New(s.h, s.w).Draw(p, &overlay.Input{Mask: widened(s.truth, s.w)}, overlay.Style{Flags: overlay.Outline, Color: truthColor})
	}
}

// widened is a mask of rows of w pixels with a pixel more all around, so that
// its outline hides nothing of what is in it.
func widened(mask []byte, w int) []byte {
	out := make([]byte, len(mask))
	for i, m := range mask {
		if m == 0 {
			continue
		}
		x := i % w
		for y := i - x - w; y <= i-x+w; y += w {
			if y >= 0 && y < len(mask) {
				for at := y + max(0, x-1); at <= y+min(x+1, w-1); at++ {
					out[at] = m
				}
			}
		}
	}
	return out
}

// key explains the colours that are there, to the left of right, and gives where
// it begins.
func (c *canvas) key(right, y int, marks, truth bool) int {
	for _, k := range []struct {
		there bool
		name  string
		argb  uint32
		tint  float64
	}{{truth, "truth", truthColor, 0}, {marks, "marked", overlay.DefaultStyle().Color, overlay.DefaultStyle().Opacity}} {
		if !k.there {
			continue
		}
		right -= font.MeasureString(c.regular, k.name).Ceil()
		c.text(c.regular, inkColor, right, y, c.img.Rect.Dx(), k.name)
		right -= 6 + swatch
		box := image.Rect(right, y-swatch+2, right+swatch, y+2)
		pure := color.RGBA{uint8(k.argb >> 16), uint8(k.argb >> 8), uint8(k.argb), 0xff}
		draw.Draw(c.img, box, image.NewUniform(pure), image.Point{}, draw.Src)
		inside := color.RGBA{A: 0xff}
		for i, p := range []*uint8{&inside.R, &inside.G, &inside.B} {
			*p = uint8((1-k.tint)*0x70 + k.tint*float64([]uint8{pure.R, pure.G, pure.B}[i]))
		}
		draw.Draw(c.img, box.Inset(2), image.NewUniform(inside), image.Point{}, draw.Src)
		right -= gap
	}
	return right
}

// text writes words from x to right, shortened when they are too long, with y as
// the base line.
func (c *canvas) text(face font.Face, ink color.Color, x, y, right int, words string) {
	width := fixed.I(right - x)
	if font.MeasureString(face, words) > width {
		runes := []rune(words)
		for len(runes) > 0 && font.MeasureString(face, string(runes)+"…") > width {
			runes = runes[:len(runes)-1]
		}
		words = string(runes) + "…"
	}
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(words)
}
