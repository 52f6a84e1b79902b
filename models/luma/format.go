package luma

import "fmt"

// maxPixel is the greatest size of a pixel, bytes (RGBA with 16 bit).
const maxPixel = 8

// weightSum is what the weights of R, G and B in a Matrix sum to.
const weightSum = 256

// Matrix is the weights of R, G and B in luma, in 1/256: their sum is 256, so
// that grey stays grey.
type Matrix [3]uint32

// The matrices of the standards, rounded to 1/256.
var (
	BT601     = Matrix{77, 150, 29} // ITU-R BT.601-7, 2.5.1: 0.299, 0.587, 0.114
	BT709     = Matrix{54, 183, 19} // ITU-R BT.709-6, 3.2: 0.2126, 0.7152, 0.0722
	BT2020    = Matrix{67, 174, 15} // ITU-R BT.2020-2, table 4: 0.2627, 0.6780, 0.0593
	SMPTE240M = Matrix{54, 180, 22} // SMPTE 240M-1999, 4.2: 0.212, 0.701, 0.087
	FCC       = Matrix{77, 151, 28} // 47 CFR 73.682 (a)(20): 0.30, 0.59, 0.11
)

// Exact is the weights of R and B before they are rounded; that of G is what is
// left of 1.
func (m Matrix) Exact() (r, b float64) {
	switch m {
	case BT601:
		return 0.299, 0.114
	case BT709:
		return 0.2126, 0.0722
	case BT2020:
		return 0.2627, 0.0593
	case SMPTE240M:
		return 0.212, 0.087
	case FCC:
		return 0.30, 0.11
	}
	return float64(m[0]) / weightSum, float64(m[2]) / weightSum
}

// hdLines is the height above which GStreamer takes video whose matrix nobody
// tells as HD (BT.709), and up to it as SD (BT.601).
const hdLines = 576

// MatrixFor is the matrix of a picture of the given height, pixels, whose own is
// not known, as GStreamer's conversions choose it.
func MatrixFor(height int) Matrix {
	if height > hdLines {
		return BT709
	}
	return BT601
}

// Format says where luma is in the rows of a picture, and which values are black
// and white. Planar and semi-planar YUV and GRAY8 give their plane 0, whose
// pixels are luma; packed RGB is weighted. Formats can be compared.
type Format struct {
	PixelStride  int // bytes from pixel to pixel, 1 to 8
	parts        int // how many bytes of a pixel count
	at           [3]int
	weights      [3]uint32
	one, top     int64 // weighted sums of a step of 8 bits, and of the greatest value
	limited      bool
	black, white int64 // weighted sums
}

// Plane is the format of a plane of 8 bit luma of full range.
func Plane() Format { return Interleaved(1, 0) }

// Interleaved is the format of 8 bit luma of full range at the given byte of
// pixels of the given size, as where chroma lies in between.
func Interleaved(pixelStride, at int) Format {
	return Format{PixelStride: pixelStride, parts: 1, at: [3]int{at}, weights: [3]uint32{1}, one: 1, top: 255}.In(Full)
}

// Deep is the format of a plane of full range luma of the given number of bits, 9
// to 16, in words of 16 bits, little endian, whose lowest shift bits are zero.
func Deep(bits, shift int) Format {
	return Format{PixelStride: 2, parts: 2, at: [3]int{0, 1}, weights: [3]uint32{1, 256}, one: 1 << (bits + shift) >> 8, top: (1<<bits - 1) << shift}.In(Full)
}

// RGB is the format of packed pixels of the given size, 8 bits a channel, with R,
// G and B of full range at the given byte offsets.
func RGB(pixelStride, r, g, b int, m Matrix) Format {
	return Format{PixelStride: pixelStride, parts: 3, at: [3]int{r, g, b}, weights: m, one: weightSum, top: weightSum * 255}.In(Full)
}

// In returns the format with values of the given range; Stored stands for Full.
// Limited values are 16 and 235 of 256 steps, so 64 and 940 in 10 bits.
func (f Format) In(r Range) Format {
	f.limited = r == Limited
	f.black, f.white = f.ends()
	return f
}

// ends are black and white of the format's range.
func (f Format) ends() (black, white int64) {
	if f.limited {
		return limitedBlack * f.one, limitedWhite * f.one
	}
	return 0, f.top
}

// Between returns the format with values of which the given are black and white,
// of 0 to 255, though its range says otherwise: what a conversion left. Scaling to
// Stored still goes by the range.
func (f Format) Between(black, white int) Format {
	f.black, f.white = int64(black)*f.one, int64(white)*f.one
	return f
}

// Range is the range of the values.
func (f Format) Range() Range {
	if f.limited {
		return Limited
	}
	return Full
}

// validate tells whether all offsets lie in a pixel. The error is ErrFormat.
func (f Format) validate() error {
	if f.PixelStride < 1 || f.PixelStride > maxPixel {
		return fmt.Errorf("%w: %d bytes a pixel, allowed are 1 to %d", ErrFormat, f.PixelStride, maxPixel)
	}
	if f.parts < 1 || f.parts > len(f.at) || f.white <= f.black {
		return fmt.Errorf("%w: made by hand", ErrFormat)
	}
	var sum uint32
	for i, o := range f.at[:f.parts] {
		if o < 0 || o >= f.PixelStride {
			return fmt.Errorf("%w: byte %d of a pixel of %d bytes", ErrFormat, o, f.PixelStride)
		}
		sum += f.weights[i]
	}
	if f.parts == 3 && sum != weightSum {
		return fmt.Errorf("%w: weights of R, G and B sum to %d, want %d", ErrFormat, sum, weightSum)
	}
	if f.parts == 2 && (f.top > 1<<16-1 || f.top < 1<<8) {
		return fmt.Errorf("%w: the greatest value is %d of 16 bits", ErrFormat, f.top)
	}
	return nil
}
