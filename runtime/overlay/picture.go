package overlay

import (
	"fmt"

	"avid/runtime/pixel"
)

// MaxSide is the greatest width and height of a picture, pixels.
const MaxSide = 32767

// Picture is a raw picture whose planes belong to someone else. Planes are in
// the order of memory; rows of a plane begin Strides bytes apart, and the
// last one needs no padding. Half sizes are rounded up.
type Picture struct {
	pixel.Info
	Planes  [3][]byte
	Strides [3]int
}

// channel is what a component of a pixel is.
type channel uint8

// The channels. Those of RGB and YUV are never in one picture.
const (
	keep   channel = iota // alpha, padding or what another layer draws: left alone
	bright                // luma
	chromaU
	chromaV
	red
	green
	blue
)

// layer is the components of a picture that lie together, as a grid of w×h
// pixels.
type layer struct {
	data         []byte
	stride       int
	w, h         int
	size         int        // bytes of a pixel, 1 to 4
	channels     [4]channel // of its bytes, or of its words
	deep         bool       // components are words of 16 bits, little endian
	shift        int        // by which they are shifted up in them
	xHalf, yHalf bool       // it has half the picture's width, height
}

// row is the bytes of the pixels [lo, hi) of row y.
func (l *layer) row(y, lo, hi int) []byte {
	o := y * l.stride
	return l.data[o+lo*l.size : o+hi*l.size]
}

// layers fills out with the layers of a picture of a valid format and returns
// their number. Components of one plane are one layer where their pixels are of
// one size; where pairs of pixels share their chroma, luma and chroma are two
// layers over the same bytes.
func (p *Picture) layers(out *[3]layer) int {
	first := bright
	if p.Format.Model() == pixel.Red {
		first = red
	}
	bits, shift := p.Format.Depth()
	word := 1
	if bits > 8 {
		word = 2
	}
	n := 0
	var made [3]pixel.Component
	for i, c := range p.Format.Components() {
		at := 0
		for at < n && (made[at].Plane != c.Plane || made[at].Stride != c.Stride || made[at].XSub != c.XSub) {
			at++
		}
		l := &out[at]
		if at == n {
			n++
			made[at] = c
			*l = layer{data: p.Planes[c.Plane], stride: p.Strides[c.Plane], size: c.Stride, deep: word > 1, shift: shift,
				w: p.Width, h: p.Height, xHalf: c.XSub != 0, yHalf: c.YSub != 0}
			if l.xHalf {
				l.w = (p.Width + 1) / 2
			}
			if l.yHalf {
				l.h = (p.Height + 1) / 2
			}
			// A picture that begins or ends within a pair has one half of it.
			if l.xHalf && c.Plane == 0 {
				l.w = min(l.w, max(0, len(l.data)-l.stride*(l.h-1))/l.size)
			}
		}
		l.channels[c.Offset/word] = first + channel(i)
	}
	return n
}

// Validate tells whether the planes hold a picture of the format and size.
// The error is ErrPicture.
func (p *Picture) Validate() error {
	if !p.Format.Valid() {
		return fmt.Errorf("%w: %v", ErrPicture, p.Format)
	}
	if p.Width < 1 || p.Width > MaxSide || p.Height < 1 || p.Height > MaxSide {
		return fmt.Errorf("%w: %d×%d pixels, allowed are 1 to %d on each side", ErrPicture, p.Width, p.Height, MaxSide)
	}
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		if l.stride < l.w*l.size {
			return fmt.Errorf("%w: layer %d has a stride of %d bytes, a row has %d", ErrPicture, i, l.stride, l.w*l.size)
		}
		if need := l.stride*(l.h-1) + l.w*l.size; len(l.data) < need {
			return fmt.Errorf("%w: layer %d has %d bytes, needed are %d", ErrPicture, i, len(l.data), need)
		}
	}
	return nil
}
