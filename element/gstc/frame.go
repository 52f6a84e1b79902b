package gstc

/*
#include "gstc.h"
#include "verdict.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"
)

// None stands for a time that is not known.
const None = time.Duration(-1)

// Area is where the picture lies in what a buffer holds, pixels. Its size is that
// of the caps but for buffers with a GstVideoCropMeta of another one.
type Area struct{ X, Y, Width, Height int }

// Picture is the raw picture of a Frame: up to four planes of bytes, each from
// the first byte of its first row to the last byte of its last row. It is
// valid only inside the callback it is given to. Half planes of a picture that
// begins at an odd row or column begin at the one that has it too.
type Picture struct {
	Format string // GStreamer's name, as in "I420"
	Area
	Planes  [4][]byte
	Strides [4]int // bytes from row to row
}

// Frame is the buffer in work, lent to Body.Process. Not safe for concurrent
// use.
type Frame struct {
	c       *C.AvidFrame
	picture Picture
	verdict C.AvidVerdict // here, since a local one would be garbage
}

// PTS is the presentation time in the stream's own units, or None.
func (f *Frame) PTS() time.Duration { return time.Duration(f.c.pts) }

// Duration is the buffer's duration, or None.
func (f *Frame) Duration() time.Duration { return time.Duration(f.c.duration) }

// StreamTime is the position in the medium, or None.
func (f *Frame) StreamTime() time.Duration { return time.Duration(f.c.stream_time) }

// Late says that downstream has asked for buffers later than this one (QoS)
// and the element's qos property is on.
func (f *Frame) Late() bool {
	return f.c.earliest >= 0 && f.c.running_time >= 0 && f.c.running_time <= f.c.earliest
}

// Lag is how far the buffer is behind its live source at the moment of the call:
// the running time of the pipeline's clock less that of the buffer, never below
// 0. All that came between is in it: what the source itself holds back (the
// latency of an RTSP source, the frame that a capture device exposes), decoding,
// queues, and what the Body has done with the buffer so far. It is false where
// the source is not live, the buffer has no time, or the pipeline does not play.
func (f *Frame) Lag() (time.Duration, bool) {
	lag := int64(C.avid_frame_lag(f.c))
	return time.Duration(max(lag, 0)), lag >= 0
}

// Discont says that the buffer does not follow the one before.
func (f *Frame) Discont() bool { return goBool(f.c.discont) }

// Gap says that the buffer only fills a gap of the stream.
func (f *Frame) Gap() bool { return goBool(f.c.gap) }

// Corrupted says that the picture is incomplete, as after lost packets.
func (f *Frame) Corrupted() bool { return goBool(f.c.corrupted) }

// Writable says whether the buffer can be changed without a copy.
func (f *Frame) Writable() bool { return goBool(C.avid_frame_is_writable(f.c)) }

// Area is where the picture lies. It returns ErrMap where the buffer's metas do not
// fit each other or the caps.
func (f *Frame) Area() (Area, error) {
	if !goBool(C.avid_frame_area(f.c)) {
		return Area{}, f.refused()
	}
	return f.area(), nil
}

func (f *Frame) area() Area {
	return Area{int(f.c.x), int(f.c.y), int(f.c.width), int(f.c.height)}
}

// refused is ErrMap with the reason.
func (f *Frame) refused() error { return fmt.Errorf("%w: %s", ErrMap, C.GoString(&f.c.why[0])) }

// WithRead lends the picture to fn, which must not write to it. It returns
// ErrMap or what fn returns.
func (f *Frame) WithRead(fn func(*Picture) error) error { return f.with(false, fn) }

// WithWrite makes the buffer ours alone, copying only if it is shared, and
// lends the picture to fn, which may write to it.
func (f *Frame) WithWrite(fn func(*Picture) error) error {
	C.avid_frame_make_writable(f.c)
	return f.with(true, fn)
}

// with maps, lends and unmaps.
func (f *Frame) with(write bool, fn func(*Picture) error) error {
	if !goBool(C.avid_frame_map(f.c, cBool(write))) {
		return f.refused()
	}
	defer f.unmap()
	f.picture.Area = f.area()
	for i := range f.picture.Planes {
		f.picture.Strides[i] = int(f.c.stride[i])
		f.picture.Planes[i] = unsafe.Slice((*byte)(f.c.plane[i]), int(f.c.size[i]))
	}
	return fn(&f.picture)
}

// unmap ends a loan; the slices over C memory go with it.
func (f *Frame) unmap() {
	f.picture.Planes = [4][]byte{}
	C.avid_frame_unmap(f.c)
}

// Mask is a segmentation mask ready to be attached, shared by all the frames
// that hold it. Close frees it; it may be called twice and on nil.
type Mask struct{ buffer *C.GstBuffer }

// NewMask copies a mask of h*w bytes, 0 or 255. Close it.
func NewMask(mask []byte, h, w int) (*Mask, error) {
	m := new(Mask)
	return m, m.Fill(mask, h, w)
}

// Fill replaces the mask. Frames that hold the old one keep it.
func (m *Mask) Fill(mask []byte, h, w int) error {
	m.Close()
	if h < 1 || w < 1 || len(mask) != h*w {
		return ErrMeta
	}
	m.buffer = C.avid_mask_new((*C.guint8)(&mask[0]), C.guint(w), C.guint(h))
	if m.buffer == nil {
		return ErrMeta
	}
	return nil
}

// Close gives the mask back.
func (m *Mask) Close() {
	if m == nil || m.buffer == nil {
		return
	}
	C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(m.buffer)))
	m.buffer = nil
}

// Box is a connected region in pixels of the picture.
type Box struct {
	ID         int
	X, Y, W, H int
	Score      float64 // how irregular, [0,1]; 0.5 at the threshold
	Zone       string  // that it lies in; "": none
}

// Attach puts the mask, the frame's verdict (confidence in [0,1]) and the
// boxes on the buffer. Pixels are neither read nor copied.
func (f *Frame) Attach(m *Mask, confidence float64, boxes []Box) error {
	if m == nil || m.buffer == nil {
		return ErrMeta
	}
	C.avid_frame_make_writable(f.c)
	if !goBool(C.avid_frame_add_mask(f.c, m.buffer, C.double(confidence))) {
		return ErrMeta
	}
	for i := range boxes {
		b := &boxes[i]
		if !goBool(C.avid_frame_add_box(f.c, C.int(b.ID), C.int(b.X), C.int(b.Y),
			C.int(b.W), C.int(b.H), C.double(b.Score), (*C.char)(unsafe.Pointer(unsafe.StringData(b.Zone))), C.int(len(b.Zone)))) {
			return ErrMeta
		}
	}
	return nil
}
