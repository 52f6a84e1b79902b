// Package window holds the frames that one input of the networks is made of
// (section 3.5 of the paper): the last six grey frames of a camera, equally
// spaced in time. It also chooses them from a stream of any frame rate.
package window

import (
	"fmt"

	"avid/models/average"
)

// Window is a ring of the last average.Frames grey frames. It allocates only in New
// and is for one goroutine at a time.
type Window struct {
	size   int // bytes of a frame
	ring   []byte
	next   int // slot that is filled next, 0 to average.Frames-1
	filled int // slots that hold frames, 0 to average.Frames
}

// New returns an empty window of frames of h×w bytes.
func New(h, w int) *Window {
	if h < 1 || w < 1 {
		panic(fmt.Sprintf("window: frames of %d×%d pixels", h, w))
	}
	return &Window{size: h * w, ring: make([]byte, average.Frames*h*w)}
}

// Next is the slot of the frame that comes next, h·w bytes, to be filled and
// then committed. Its content until then is not defined, and it belongs to
// the window: nobody may keep it beyond Commit. From the first write into it
// until Commit, the oldest frame of a ready window is lost.
func (w *Window) Next() []byte {
	o := w.next * w.size
	return w.ring[o : o+w.size : o+w.size]
}

// Commit adds the frame in Next to the window and drops the oldest.
func (w *Window) Commit() {
	w.next = (w.next + 1) % average.Frames
	w.filled = min(w.filled+1, average.Frames)
}

// Push adds a copy of frame, which must have h·w bytes.
func (w *Window) Push(frame []byte) {
	if len(frame) != w.size {
		panic(fmt.Sprintf("window: frame of %d bytes, want %d", len(frame), w.size))
	}
	copy(w.Next(), frame)
	w.Commit()
}

// Ready tells whether the window is full.
func (w *Window) Ready() bool { return w.filled == average.Frames }

// Len is the number of frames held, 0 to average.Frames.
func (w *Window) Len() int { return w.filled }

// CopyTo fills dst, average.Frames·h·w bytes, with the frames of a ready window,
// oldest first.
func (w *Window) CopyTo(dst []byte) {
	if !w.Ready() || len(dst) != len(w.ring) {
		panic(fmt.Sprintf("window: copy of %d frames into %d bytes, want %d and %d", w.filled, len(dst), average.Frames, len(w.ring)))
	}
	n := copy(dst, w.ring[w.next*w.size:])
	copy(dst[n:], w.ring[:w.next*w.size])
}

// Reset empties the window.
func (w *Window) Reset() { w.next, w.filled = 0, 0 }
