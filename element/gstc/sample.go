package gstc

/*
#include "pipeline.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"time"
	"unsafe"
)

// ErrTimeout says that no sample came in time.
var ErrTimeout = errors.New("no picture in time")

// Sample is one picture from an appsink, copied to Go memory. Its planes are
// packed: rows follow each other without padding.
type Sample struct {
	Format        string // as in "GRAY8"
	Width, Height int    // pixels
	Planes        [4][]byte
	Strides       [4]int        // bytes from row to row
	PTS           time.Duration // None: not known
	Duration      time.Duration // None: not known
	StreamTime    time.Duration // None: not known
}

// Pull waits for the next sample of the named appsink and copies it into s,
// whose planes are reused where they are large enough. Errors: io.EOF at the
// end of the stream, ErrTimeout after timeout (negative: none), ErrElement,
// ErrMap. An error of the pipeline is on its bus.
func (p *Pipeline) Pull(sink string, timeout time.Duration, s *Sample) error {
	el, err := p.element(sink)
	if err != nil {
		return err
	}
	defer unref(el)
	var sample *C.GstSample
	switch C.avid_pull(el, clockTime(timeout), &sample) {
	case 0:
		return ErrTimeout
	case -1:
		return io.EOF
	}
	defer C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(sample)))
	return s.copyFrom(sample)
}

// copyFrom maps the sample, copies its planes row by row and unmaps it.
func (s *Sample) copyFrom(sample *C.GstSample) error {
	frame := C.avid_sample_open(sample)
	if frame == nil {
		return fmt.Errorf("appsink: %w", ErrMap)
	}
	defer C.avid_sample_close(frame)
	s.Format = C.GoString(C.avid_frame_format(frame))
	s.Width, s.Height = int(frame.info.width), int(frame.info.height)
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
