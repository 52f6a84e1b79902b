// Package luma takes the grey picture at model size out of a raw video frame.
// Training and inference use it alike, so that both see a camera the same.
//
// The picture is averaged over areas on an axis that shrinks, interpolated
// linearly on an axis that grows, and copied on one that stays. All weights
// are whole numbers whose sum is known, and so is the mapping from the range of
// the source to that of the result: each pixel is the exact average, rounded
// once.
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

// Scaler makes grey pictures of one size and range from frames of one format
// and size. It holds scratch memory, so it is for one goroutine at a time.
type Scaler struct {
	format     Format
	srcH       int
	dstW, dstH int
	rowBytes   int // bytes of a source row that hold pixels
	rows, cols axis
	level      levels
	table      *[256]byte // the result of each byte where no pixel is averaged; nil: the byte itself
	whole      bool       // no pixel is averaged, and each is a byte
	columns    columns
	weights    [maxPixel]uint64 // of each byte of a pixel in its luma
	sums       []uint32         // weighted sums over rows, of each pixel or, where pixels are no whole part of a word, of each byte
	more       []uint32         // scratch for sums, where spans have more rows than a lane sums
	lum        []uint32         // those of each pixel
}

// NewScaler returns a scaler from srcW×srcH pixels of format f to dstW×dstH of
// range to. The error is ErrFormat.
func NewScaler(f Format, to Range, srcW, srcH, dstW, dstH int) (*Scaler, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	if to > Stored {
		return nil, fmt.Errorf("%w: %v", ErrFormat, to)
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
		whole:    srcW == dstW && srcH == dstH && f.PixelStride == 1,
	}
	s.level = f.levels(to, int64(s.rows.total)*int64(s.cols.total))
	if s.whole {
		s.table = s.level.table()
	}
	for i, at := range f.at[:f.parts] {
		s.weights[at] += uint64(f.weights[i])
	}
	s.columns = newColumns(s.rowBytes)
	each := 1 // how many bytes a sum is of
	if f.PixelStride == 2 || f.PixelStride == 4 {
		each = f.PixelStride
	}
	s.sums = make([]uint32, len(s.columns.all)*8/each)
	if srcH > laneRows*dstH {
		s.more = make([]uint32, len(s.sums))
	}
	s.lum = s.sums
	if f.PixelStride != each {
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
	if s.whole {
		s.copyRows(dst, src, stride)
		return nil
	}
	for y := range s.dstH {
		s.sumRows(src, stride, &s.rows.spans[y])
		s.sumCols(dst[y*s.dstW : (y+1)*s.dstW])
	}
	return nil
}

// copyRows is Scale where no pixel is averaged.
func (s *Scaler) copyRows(dst, src []byte, stride int) {
	for y := range s.dstH {
		to, from := dst[y*s.dstW:(y+1)*s.dstW], src[y*stride:]
		if s.table == nil {
			copy(to, from)
			continue
		}
		for x := range to {
			to[x] = s.table[from[x]]
		}
	}
}
