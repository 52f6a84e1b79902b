package gstc

/*
#include "bin.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Marks are what avidfilter wrote on a frame, lent to BinBody.Mark.
type Marks struct {
	c     *C.AvidMarks
	boxes []Box
}

// PTS is the frame's running time, or None.
func (m *Marks) PTS() time.Duration { return time.Duration(m.c.pts) }

// Lag is how far the frame is behind a live source at the chain's entry, as
// Frame.Lag; false where that is not known.
func (m *Marks) Lag() (time.Duration, bool) {
	return max(time.Duration(m.c.lag), 0), m.c.lag >= 0
}

// Confidence is the verdict on the frame, [0,1] and 0.5 at the threshold; false
// where there is none.
func (m *Marks) Confidence() (float64, bool) { return float64(m.c.confidence), goBool(m.c.judged) }

// Fresh says that the verdict is a new one, and not that of the frame before
// held for longer.
func (m *Marks) Fresh() bool { return goBool(m.c.fresh) }

// Boxes are the connected regions, in pixels of the picture. They hold until
// the next call.
func (m *Marks) Boxes() []Box {
	m.boxes = m.boxes[:0]
	for i := range int(m.c.n_boxes) {
		b := &m.c.boxes[i]
		m.boxes = append(m.boxes, Box{ID: i, X: int(b.x), Y: int(b.y), W: int(b.w), H: int(b.h), Score: float64(b.score)})
	}
	return m.boxes
}

// Mask copies the mask of h*w bytes over the whole picture, 0 or 255, into buf,
// which grows where it must. It is empty where the frame has none.
func (m *Marks) Mask(buf []byte) (mask []byte, h, w int) {
	if !goBool(m.c.masked) {
		return buf[:0], 0, 0
	}
	h, w = int(m.c.mask_h), int(m.c.mask_w)
	buf = grown(buf, h*w)
	if len(buf) == 0 || !goBool(C.avid_marks_copy_mask(m.c, (*C.guint8)(&buf[0]), C.gsize(len(buf)))) {
		return buf[:0], 0, 0
	}
	return buf, h, w
}

// Coded is an encoded frame, lent to BinBody.Write.
type Coded struct {
	PTS  time.Duration // running time, or None
	Key  bool          // it can be decoded by itself
	Data []byte        // a copy, which the next frame overwrites
}

// read copies the frame.
func (f *Coded) read(c *C.AvidCoded) {
	f.PTS, f.Key = time.Duration(c.pts), goBool(c.key)
	f.Data = grown(f.Data, int(c.size))
	copy(f.Data, unsafe.Slice((*byte)(c.data), int(c.size)))
}

// grown is buf with n bytes.
func grown(buf []byte, n int) []byte {
	if cap(buf) < n {
		buf = make([]byte, n, n+n/2)
	}
	return buf[:n]
}
