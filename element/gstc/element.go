package gstc

/*
#include "gstc.h"
*/
import "C"

import (
	"fmt"

	"avid/models/redact"
)

// Element is the GStreamer side of a Body. Its verbs may be called from any
// thread between the Body's making and its last callback.
type Element struct{ ptr *C.GstElement }

// PostError posts an error message; err is a *BusError or becomes LIBRARY
// FAILED. As with all that these verbs send, secrets in the text are taken out.
func (e *Element) PostError(err error) {
	f := failureOf(err)
	domain, code := f.Code.native()
	debug := f.Text
	if f.Err != nil {
		debug = f.Err.Error()
	}
	withString(redact.Text(f.Text), func(text *C.char) {
		withString(redact.Text(debug), func(d *C.char) {
			C.avid_post_error(e.ptr, domain, code, text, d)
		})
	})
}

// PostWarning posts a warning of LIBRARY SETTINGS: the stream goes on, but not
// as the user wants.
func (e *Element) PostWarning(text, debug string) {
	withString(redact.Text(text), func(t *C.char) {
		withString(redact.Text(debug), func(d *C.char) { C.avid_post_warning(e.ptr, t, d) })
	})
}

// Post posts an element message with the given structure.
func (e *Element) Post(s *Structure) { C.avid_post_structure(e.ptr, s.native()) }

// Emit emits a signal of the class, in this thread. The structure is only made where
// somebody hears the signal, who borrows it.
func (e *Element) Emit(signal string, s func() *Structure) {
	withString(signal, func(name *C.char) {
		if goBool(C.avid_has_handler(e.ptr, name)) {
			C.avid_emit_structure(e.ptr, name, s().native())
		}
	})
}

// PushEvent sends a structure downstream as a custom event, serialized with the
// frames, and says whether it was taken; nobody needs to. It is for what no frame
// carries, since none comes.
//
// It may come from another thread than the stream's: pads downstream take their
// stream lock for it, so that it waits while a frame is under way there, and while
// an element holds frames back (a paused sink, a full queue). So call it without a
// lock that a frame or a change of state needs; a flush or the end of the elements
// downstream lets it go. An encoder keeps it until its next frame.
func (e *Element) PushEvent(s *Structure) bool {
	return goBool(C.avid_push_structure(e.ptr, s.native()))
}

// Playing says whether the element is in the state PLAYING.
func (e *Element) Playing() bool { return goBool(C.avid_is_playing(e.ptr)) }

// Guard calls fn, which others than GStreamer call for, and posts its panic as
// callbacks' panics are.
func (e *Element) Guard(what string, fn func()) {
	defer guard(e.ptr, what, nil)
	fn()
}

// PostLatency asks the pipeline to query latencies again.
func (e *Element) PostLatency() { C.avid_post_latency(e.ptr) }

// Level is a level of GStreamer's debug log.
type Level int

// The levels of GST_DEBUG=avid:N.
const (
	LogError Level = iota + 1
	LogWarning
	LogFixme
	LogInfo
	LogDebug
	LogLog
)

// Logf writes to GStreamer's debug log, category "avid".
func (e *Element) Logf(level Level, format string, args ...any) {
	if C.GstDebugLevel(level) > C.avid_threshold() {
		return
	}
	withString(redact.Text(fmt.Sprintf(format, args...)), func(text *C.char) {
		C.avid_log(e.ptr, C.int(level), text)
	})
}
