package overlay

import "fmt"

// Format is a raw video format, with 8 bits a component.
type Format int

// The formats, named as GStreamer does.
const (
	I420 Format = iota + 1 // planes Y, U, V; U and V at half size
	YV12                   // planes Y, V, U; U and V at half size
	NV12                   // planes Y and, at half size, pairs of U and V
	GRAY8
	RGB
	BGR
	RGBx
	BGRx
	RGBA
	BGRA
)

// String is GStreamer's name of the format.
func (f Format) String() string {
	names := [...]string{"I420", "YV12", "NV12", "GRAY8", "RGB", "BGR", "RGBx", "BGRx", "RGBA", "BGRA"}
	if f < I420 || f > BGRA {
		return fmt.Sprintf("format %d", int(f))
	}
	return names[f-I420]
}

// ParseFormat is the format of a GStreamer name. The error is ErrPicture.
func ParseFormat(name string) (Format, error) {
	for f := I420; f <= BGRA; f++ {
		if f.String() == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("%w: format %.20q", ErrPicture, name)
}

// MaxSide is the greatest width and height of a picture, pixels.
const MaxSide = 32767

// Picture is a raw picture whose planes belong to someone else. Planes are in
// the order of memory; rows of a plane begin Strides bytes apart, and the
// last one needs no padding. Half sizes are rounded up.
type Picture struct {
	Format        Format
	Width, Height int
	Planes        [3][]byte
	Strides       [3]int
}

// channel is what a byte of a pixel holds.
type channel uint8

// The channels. Those of RGB and YUV are never in one picture.
const (
	keep channel = iota // alpha or padding: left alone
	luma
	chromaU
	chromaV
	red
	green
	blue
	gray // full range luma
)

// layout says what the planes of a format are.
type layout struct {
	planes [3][4]channel // channels of a pixel of each plane
	sizes  [3]int        // bytes of a pixel of each plane, 0 for no plane
}

// layoutOf is the layout of a valid format.
func layoutOf(f Format) layout {
	one := func(n int, c ...channel) (l layout) {
		copy(l.planes[0][:], c)
		l.sizes[0] = n
		return l
	}
	switch f {
	case I420:
		return layout{[3][4]channel{{luma}, {chromaU}, {chromaV}}, [3]int{1, 1, 1}}
	case YV12:
		return layout{[3][4]channel{{luma}, {chromaV}, {chromaU}}, [3]int{1, 1, 1}}
	case NV12:
		return layout{[3][4]channel{{luma}, {chromaU, chromaV}}, [3]int{1, 2}}
	case GRAY8:
		return one(1, gray)
	case RGB:
		return one(3, red, green, blue)
	case BGR:
		return one(3, blue, green, red)
	case RGBx, RGBA:
		return one(4, red, green, blue, keep)
	default: // BGRx, BGRA
		return one(4, blue, green, red, keep)
	}
}

// layer is one plane as a grid of w×h pixels.
type layer struct {
	data     []byte
	stride   int
	w, h     int
	size     int        // bytes of a pixel, 1 to 4
	channels [4]channel // of its bytes
	half     bool       // it has half the picture's size
}

// row is the bytes of the pixels [lo, hi) of row y.
func (l *layer) row(y, lo, hi int) []byte {
	o := y * l.stride
	return l.data[o+lo*l.size : o+hi*l.size]
}

// layers fills out with the planes of a valid picture and returns their
// number.
func (p *Picture) layers(out *[3]layer) int {
	l := layoutOf(p.Format)
	n := 0
	for i, size := range l.sizes {
		if size == 0 {
			break
		}
		out[i] = layer{data: p.Planes[i], stride: p.Strides[i], w: p.Width, h: p.Height, size: size, channels: l.planes[i]}
		if i > 0 {
			out[i].w, out[i].h, out[i].half = (p.Width+1)/2, (p.Height+1)/2, true
		}
		n++
	}
	return n
}

// Validate tells whether the planes hold a picture of the format and size.
// The error is ErrPicture.
func (p *Picture) Validate() error {
	if p.Format < I420 || p.Format > BGRA {
		return fmt.Errorf("%w: %v", ErrPicture, p.Format)
	}
	if p.Width < 1 || p.Width > MaxSide || p.Height < 1 || p.Height > MaxSide {
		return fmt.Errorf("%w: %d×%d pixels, allowed are 1 to %d on each side", ErrPicture, p.Width, p.Height, MaxSide)
	}
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		if l.stride < l.w*l.size {
			return fmt.Errorf("%w: plane %d has a stride of %d bytes, a row has %d", ErrPicture, i, l.stride, l.w*l.size)
		}
		if need := l.stride*(l.h-1) + l.w*l.size; len(l.data) < need {
			return fmt.Errorf("%w: plane %d has %d bytes, needed are %d", ErrPicture, i, len(l.data), need)
		}
	}
	return nil
}
