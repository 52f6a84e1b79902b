package gstc

/*
#include "host.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"
)

// Sample is one picture of a stream, copied to Go memory. Its planes are
// packed: rows follow each other without padding.
type Sample struct {
	Format     string // as in "GRAY8"
	Area              // of the picture in its buffer
	Colour     Colour
	Interlace  string  // as in Format
	Rate       float64 // frames/s by the caps; 0: they say none
	Planes     [4][]byte
	Strides    [4]int        // bytes from row to row
	PTS        time.Duration // None: not known
	Duration   time.Duration // None: not known
	StreamTime time.Duration // None: not known
}

// Read copies the picture of a GstSample, which it borrows, into s, whose
// planes are reused where they are large enough. The error is ErrMap.
//
// It fills a gap of go-gst v0.0.2: its VideoFrame has no access to planes and
// strides, and its buffer maps know nothing of them.
func (s *Sample) Read(sample unsafe.Pointer) error {
	var why [160]C.char
	frame := C.avid_sample_open((*C.GstSample)(sample), &why[0], C.gsize(len(why)))
	if frame == nil {
		return fmt.Errorf("sample: %w: %s", ErrMap, C.GoString(&why[0]))
	}
	defer C.avid_sample_close(frame)
	format := formatOf(frame.info)
	s.Format, s.Colour, s.Interlace = format.Name, format.Colour, format.Interlace
	s.Rate = 0
	if format.RateN > 0 && format.RateD > 0 {
		s.Rate = float64(format.RateN) / float64(format.RateD)
	}
	s.Area = (&Frame{c: frame}).area()
	s.PTS = time.Duration(frame.pts)
	s.Duration = time.Duration(frame.duration)
	s.StreamTime = time.Duration(frame.stream_time)
	for i := range s.Planes {
		stride, row := int(frame.stride[i]), int(frame.row[i])
		src := unsafe.Slice((*byte)(frame.plane[i]), int(frame.size[i]))
		s.Strides[i] = row
		s.Planes[i] = pack(s.Planes[i], src, stride, row)
	}
	return nil
}

// pack copies rows of row bytes out of src into dst, without the padding.
func pack(dst, src []byte, stride, row int) []byte {
	if len(src) == 0 || row == 0 {
		return dst[:0]
	}
	n := (len(src)-row)/stride + 1
	if cap(dst) < n*row {
		dst = make([]byte, n*row)
	}
	dst = dst[:n*row]
	for y := range n {
		copy(dst[y*row:(y+1)*row], src[y*stride:])
	}
	return dst
}
