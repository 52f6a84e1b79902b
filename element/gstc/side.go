package gstc

/*
#include "reader.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// SideBody is the behaviour of a reader with a side: a second source pad, meta, on which
// it pushes what it makes of the stream. Frame and Handle come from the stream's thread.
type SideBody interface {
	ReaderBody
	// Frame sees a frame before it goes on, if that has a time.
	Frame(*Passing)
	// Handle hears of an event, before the side does: StreamStart, FlushStop,
	// EndOfStream.
	Handle(Event)
}

// Passing is a frame as it passes, lent to SideBody.Frame, with what avidfilter wrote on
// it. The times of Marks are not set.
type Passing struct {
	Marks
	At            time.Duration // as the buffer has it
	Shown         time.Duration // stream time, or None
	Running       time.Duration // running time, or None
	Now           time.Duration // running time of the pipeline's clock, or None where it does not run
	Base          time.Duration // time of that clock at running time 0
	Reference     time.Time     // when it was taken, as the source says; zero: it does not
	Width, Height int           // of the caps, pixels; 0: they do not say
}

// read takes the frame.
func (p *Passing) read(c *C.AvidSide) {
	ns := func(t C.gint64) time.Duration { return time.Duration(t) }
	p.c = &c.marks
	p.At, p.Shown, p.Running, p.Now, p.Base = ns(c.pts), ns(c.stream_time), ns(c.running_time), ns(c.now), ns(c.base)
	p.Reference = time.Time{}
	if c.reference >= 0 {
		p.Reference = time.Unix(0, int64(c.reference))
	}
	p.Width, p.Height = int(c.width), int(c.height)
}

func (r *Reader) self() *C.AvidReader { return (*C.AvidReader)(unsafe.Pointer(r.ptr)) }

// PushSide pushes data on the side, with a time of the stream's and, as a
// GstReferenceTimestampMeta, a clock time, and says whether it was taken. It may have to wait for the elements there, so call it from Frame, Report or
// Handle alone, and without a lock that a change of state needs.
func (r *Reader) PushSide(data []byte, at time.Duration, clock time.Time) bool {
	if len(data) == 0 || at < 0 {
		return false
	}
	return goBool(C.avid_side_push(r.self(), (*C.guint8)(&data[0]), C.gsize(len(data)), C.gint64(at), C.gint64(clock.UnixNano())))
}

// SideLinked says whether anything is linked to the side.
func (r *Reader) SideLinked() bool { return goBool(C.avid_side_is_linked(r.self())) }

// SideAsked says whether what is behind the side has asked for all anew, as for a key
// frame, since the last call.
func (r *Reader) SideAsked() bool { return goBool(C.avid_side_asked(r.self())) }

//export avidGoReaderFrame
func avidGoReaderFrame(h C.guintptr, el *C.GstElement, reader *C.AvidReader) {
	defer guard(el, "a frame's metadata", nil)
	if i := instances.get(uintptr(h)); i != nil && i.side != nil {
		i.passing.read(&reader.side)
		i.side.Frame(&i.passing)
	}
}

//export avidGoReaderEvent
func avidGoReaderEvent(h C.guintptr, el *C.GstElement, kind C.int) {
	defer guard(el, "an event", nil)
	if i := instances.get(uintptr(h)); i != nil && i.side != nil {
		i.side.Handle(Event(kind))
	}
}
