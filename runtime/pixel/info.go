package pixel

import (
	"fmt"

	"avid/models/luma"
)

// Info describes the pictures of a stream, as its caps do.
type Info struct {
	Format        Format
	Width, Height int         // pixels
	Range         luma.Range  // of its values; Stored: the usual one of the format
	Matrix        luma.Matrix // between its RGB and its YUV; zero: the usual one of the height
	// Black and White are what a conversion has made of black and white of video, of
	// 0 to 255, where that is known not to be what Range says; both 0: as Range says.
	Black, White uint8
}

// Resolve fills in what is not known, as GStreamer would take it: YUV is of
// limited range, RGB and grey are of full range, and the matrix is BT.601 up to 576
// lines and BT.709 above. The error is luma.ErrFormat.
func (i Info) Resolve() (Info, error) {
	if !i.Format.Valid() {
		return i, fmt.Errorf("%w: %v", luma.ErrFormat, i.Format)
	}
	if i.Range == luma.Stored {
		i.Range = luma.Full
		if i.Format.Model() == YUV {
			i.Range = luma.Limited
		}
	}
	if i.Matrix == (luma.Matrix{}) {
		i.Matrix = luma.MatrixFor(i.Height)
	}
	return i, nil
}

// Luma is where the luma of the pictures lies: in plane 0, in every format. The
// error is luma.ErrFormat.
func (i Info) Luma() (luma.Format, error) {
	i, err := i.Resolve()
	if err != nil {
		return luma.Format{}, err
	}
	c := i.Format.Components()
	y := c[0]
	bits, shift := i.Format.Depth()
	var f luma.Format
	switch {
	case i.Format.Model() == Red:
		f = luma.RGB(y.Stride, y.Offset, c[1].Offset, c[2].Offset, i.Matrix)
	case bits > 8:
		f = luma.Deep(bits, shift)
	default:
		f = luma.Interleaved(y.Stride, y.Offset)
	}
	f = f.In(i.Range)
	if i.White > i.Black {
		f = f.Between(int(i.Black), int(i.White))
	}
	return f, nil
}

// matrices are the matrices by GStreamer's names.
var matrices = map[string]luma.Matrix{
	"bt601": luma.BT601, "bt709": luma.BT709, "bt2020": luma.BT2020, "smpte240m": luma.SMPTE240M, "fcc": luma.FCC,
}

// ParseMatrix is the matrix of a name: bt601, bt709, bt2020, smpte240m or fcc.
// Others, such as that of RGB, which says nothing of luma, give the zero value.
func ParseMatrix(name string) luma.Matrix { return matrices[name] }

// InfoOf describes pictures in GStreamer's words: the format's name, pixels, the
// range "full", "limited" or "", and the matrix as for ParseMatrix. The error is
// luma.ErrFormat.
func InfoOf(format string, w, h int, values, matrix string) (Info, error) {
	f, err := Parse(format)
	if err != nil {
		return Info{}, err
	}
	r, err := luma.ParseRange(values)
	if err != nil {
		return Info{}, err
	}
	return Info{Format: f, Width: w, Height: h, Range: r, Matrix: ParseMatrix(matrix)}.Resolve()
}
