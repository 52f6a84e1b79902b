//go:build !nogst

package main

import (
	"strings"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/event"
)

// watcher takes the filter's messages: it hands the events on and
// remembers the highest.
type watcher struct {
	camera *camera           // that makes records of them; nil: none are made
	report func(event.Event) // told of events too, if set
	warn   func(text string)
	began  int
	err    error // the first that happened
	peak   event.Event
	seen   bool // peak is set

	part, peakPart int // of the video: in work, and with the peak
}

// note is told of each element message and warning.
func (w *watcher) note(m pipeline.Message) {
	if m.Kind == pipeline.MessageWarning {
		w.warn("warning: " + strings.TrimSpace(m.Text))
		return
	}
	if w.err != nil {
		return
	}
	if w.camera != nil {
		if w.err = w.camera.note(m.Structure); w.err != nil {
			return
		}
	}
	e, ok, err := avidfilter.EventOf(m.Structure)
	if !ok || err != nil {
		return
	}
	if w.report != nil {
		w.report(e)
	}
	if e.Kind == event.Begin {
		w.began++
	}
	// The end of an event reports the peak of it, but a later frame.
	if e.Kind != event.End && (!w.seen || e.Score > w.peak.Score) {
		w.peak, w.seen, w.peakPart = e, true, w.part
	}
}

// when is the time of the frame that shows the highest score that was
// reported; negative when there was no event.
func (w *watcher) when() time.Duration {
	if !w.seen {
		return -1
	}
	return w.peak.Time
}
