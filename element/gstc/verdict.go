package gstc

/*
#include "bin.h"
#include "verdict.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// ReportName is the name of a report on an event, on the bus and as a GStreamer
// event.
const ReportName = C.AVID_REPORT

// ReportFramed is a boolean of a report that goes downstream: the frame that follows
// carries it too.
const ReportFramed = C.AVID_REPORT_FRAMED

// SceneName is the name of a report on what keeps a stream from being judged.
const SceneName = C.AVID_SCENE

// State says how it is with a stream, in the order of states in verdict.c.
type State int

// The states.
const (
	Filling State = iota
	Judging
	Blind
	Silent
	Held
)

// String is the state as the metadata has it.
func (s State) String() string {
	return [...]string{"filling", "judging", "blind", "silent", "held"}[s]
}

// EventKind says what happens to an event with a frame, in the order of kinds in
// verdict.c.
type EventKind int

// The kinds.
const (
	EventOpen EventKind = iota // it goes on
	EventBegin
	EventChange
	EventEnd
)

// String is the kind as the metadata has it.
func (k EventKind) String() string { return [...]string{"", "begin", "change", "end"}[k] }

// FrameEvent is an event as it stands with a frame, or as the frame reports it.
type FrameEvent struct {
	Kind                  EventKind
	ID                    uint64        // 0: there is none
	Start, Time, Duration time.Duration // stream time
	Score, Peak           float64       // logits
}

// Verdict is what avidfilter says of a frame in numbers: the metadata
// "AvidVerdict". Its mask and boxes are on the buffer too, in GstAnalytics' form.
type Verdict struct {
	Serial           uint64  // another one is another verdict; 0: there is none yet
	Score, Threshold float64 // logits
	State            State
	Reason           string // why nothing is judged, or not well; at most 511 bytes go along
	Scene            string // what keeps the stream from being judged well, in one word; at most 31 bytes
	Event            FrameEvent
}

// AttachVerdict puts a verdict on the buffer. Pixels are neither read nor copied.
func (f *Frame) AttachVerdict(v *Verdict) error {
	C.avid_frame_make_writable(f.c)
	c := &f.verdict
	c.serial, c.score, c.threshold, c.state = C.guint64(v.Serial), C.double(v.Score), C.double(v.Threshold), C.guint(v.State)
	write(c.reason[:], v.Reason)
	write(c.scene[:], v.Scene)
	e := &v.Event
	c.event = C.AvidEvent{kind: C.guint(e.Kind), id: C.guint64(e.ID), start: C.gint64(e.Start), time: C.gint64(e.Time),
		duration: C.gint64(e.Duration), score: C.double(e.Score), peak: C.double(e.Peak)}
	if !goBool(C.avid_verdict_attach(f.c.buffer, c)) {
		return ErrMeta
	}
	return nil
}

// write fills a text of C, cut to what it holds.
func write(dst []C.char, text string) {
	n := copy(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), len(dst)-1), text)
	dst[n] = 0
}

// Verdict is the verdict on the frame; false where no avidfilter was before, or
// one that writes none.
func (m *Marks) Verdict() (Verdict, bool) {
	if !goBool(m.c.spoken) {
		return Verdict{}, false
	}
	return verdictOf(&m.c.verdict), true
}

// verdictOf is C's verdict.
func verdictOf(c *C.AvidVerdict) Verdict {
	v := Verdict{Serial: uint64(c.serial), Score: float64(c.score), Threshold: float64(c.threshold), State: State(c.state),
		Event: FrameEvent{Kind: EventKind(c.event.kind), ID: uint64(c.event.id), Start: time.Duration(c.event.start), Time: time.Duration(c.event.time),
			Duration: time.Duration(c.event.duration), Score: float64(c.event.score), Peak: float64(c.event.peak)}}
	if c.reason[0] != 0 {
		v.Reason = C.GoString(&c.reason[0])
	}
	if c.scene[0] != 0 {
		v.Scene = C.GoString(&c.scene[0])
	}
	return v
}
