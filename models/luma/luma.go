// Package luma takes the grey picture at model size out of a raw video frame.
// Training and inference use it alike, so that both see a camera the same.
//
// The picture is averaged over areas on an axis that shrinks, interpolated
// linearly on an axis that grows, and copied on one that stays. All weights
// are whole numbers whose sum is known, so each pixel is the exact average,
// rounded once.
package luma

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat means: the format or a size is out of range.
	ErrFormat = errors.New("luma: format or size not usable")
	// ErrBuffer means: a buffer is too small for the picture.
	ErrBuffer = errors.New("luma: buffer too small")
)

// MaxSide is the greatest width and height, pixels, of source and result:
// GStreamer's own elements go no further, and all sums stay in their types.
const MaxSide = 32767

// maxPixel is the greatest size of a pixel, bytes (RGBA with 16 bit).
const maxPixel = 8

// Weights of R, G and B in luma, in 1/256: ITU-R BT.601-7, 2.5.1 (0.299,
// 0.587, 0.114), rounded so that they sum to 256 and grey stays grey. The
// range is full: 0 to 255 on both sides.
const (
	weightR   = 77
	weightG   = 150
	weightB   = 29
	weightSum = weightR + weightG + weightB
)

// Format says where luma is in the rows of a picture. Planar and semi-planar
// YUV and GRAY8 give their plane 0, whose pixels are luma; packed RGB is
// weighted.
type Format struct {
	PixelStride int  // bytes from pixel to pixel, 1 to 8
	R, G, B     int  // byte offset of each in a pixel; of luma itself, R, when not Packed
	Packed      bool // weight R, G and B
}

// Plane is the format of a plane of 8 bit luma.
func Plane() Format { return Format{PixelStride: 1} }

// RGB is the format of packed pixels of the given size with R, G and B at
// the given byte offsets.
func RGB(pixelStride, r, g, b int) Format {
	return Format{PixelStride: pixelStride, R: r, G: g, B: b, Packed: true}
}

// validate tells whether all offsets lie in a pixel. The error is ErrFormat.
func (f Format) validate() error {
	if f.PixelStride < 1 || f.PixelStride > maxPixel {
		return fmt.Errorf("%w: %d bytes a pixel, allowed are 1 to %d", ErrFormat, f.PixelStride, maxPixel)
	}
	for _, o := range []int{f.R, f.G, f.B} {
		if o < 0 || o >= f.PixelStride {
			return fmt.Errorf("%w: byte %d of a pixel of %d bytes", ErrFormat, o, f.PixelStride)
		}
	}
	return nil
}

// Scaler makes grey pictures of one size from frames of one format and size.
// It holds scratch memory, so it is for one goroutine at a time.
type Scaler struct {
	format     Format
	srcH       int
	dstW, dstH int
	rowBytes   int // bytes of a source row that hold pixels
	rows, cols axis
	total      uint64   // sum of all weights of a result pixel
	raw        []uint32 // weighted column sums of the row's bytes
	lum        []uint32 // the same as luma, one a source pixel
}

// NewScaler returns a scaler from srcW×srcH pixels of format f to dstW×dstH.
// The error is ErrFormat.
func NewScaler(f Format, srcW, srcH, dstW, dstH int) (*Scaler, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	for _, n := range []int{srcW, srcH, dstW, dstH} {
		if n < 1 || n > MaxSide {
			return nil, fmt.Errorf("%w: %d×%d to %d×%d pixels, allowed are 1 to %d on each side", ErrFormat, srcW, srcH, dstW, dstH, MaxSide)
		}
	}
	s := &Scaler{
		format: f, srcH: srcH, dstW: dstW, dstH: dstH,
		rowBytes: srcW * f.PixelStride,
		rows:     newAxis(srcH, dstH),
		cols:     newAxis(srcW, dstW),
	}
	s.raw = make([]uint32, s.rowBytes)
	s.total = uint64(s.rows.total) * uint64(s.cols.total)
	switch {
	case f.Packed:
		s.lum = make([]uint32, srcW)
		s.total *= weightSum
	case f.PixelStride == 1:
		s.lum = s.raw
	default:
		s.lum = make([]uint32, srcW)
	}
	return s, nil
}

// Size is the size of the result, pixels.
func (s *Scaler) Size() (h, w int) { return s.dstH, s.dstW }

// Scale fills dst, dstH rows of dstW pixels without padding, from src, srcH
// rows that begin stride bytes apart. The last row needs no padding. It
// allocates nothing. The error is ErrBuffer.
func (s *Scaler) Scale(dst, src []byte, stride int) error {
	if stride < s.rowBytes {
		return fmt.Errorf("%w: stride of %d bytes, a row has %d", ErrBuffer, stride, s.rowBytes)
	}
	if need := stride*(s.srcH-1) + s.rowBytes; len(src) < need {
		return fmt.Errorf("%w: source of %d bytes, needed are %d", ErrBuffer, len(src), need)
	}
	if need := s.dstW * s.dstH; len(dst) < need {
		return fmt.Errorf("%w: result of %d bytes, needed are %d", ErrBuffer, len(dst), need)
	}
	if s.total == 1 && s.format.PixelStride == 1 {
		for y := range s.dstH {
			copy(dst[y*s.dstW:(y+1)*s.dstW], src[y*stride:])
		}
		return nil
	}
	for y := range s.dstH {
		sumRows(s.raw, src, stride, s.rows.spans[y])
		s.toLuma()
		s.sumCols(dst[y*s.dstW : (y+1)*s.dstW])
	}
	return nil
}
