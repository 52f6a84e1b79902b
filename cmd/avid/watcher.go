//go:build !nogst

package main

import (
	"strings"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/event"
)

// watcher takes the filter's messages: it writes the events down and
// remembers the highest.
type watcher struct {
	events event.Sink
	also   event.Sink // told of events too, if set
	warn   func(text string)
	began  int
	err    error // the first that happened
	peak   event.Event
	seen   bool // peak is set
}

// note is told of each element message and warning.
func (w *watcher) note(m pipeline.Message) {
	if m.Kind == pipeline.MessageWarning {
		w.warn("warning: " + strings.TrimSpace(m.Text))
		return
	}
	if s, ok, err := avidfilter.SceneOf(m.Structure); ok && w.err == nil {
		if err == nil {
			err = w.events.Scene(s)
		}
		w.err = err
		return
	}
	e, ok, err := avidfilter.EventOf(m.Structure)
	if !ok || w.err != nil {
		return
	}
	if err == nil {
		err = w.events.Report(e)
	}
	if err != nil {
		w.err = err
		return
	}
	if w.also != nil {
		if err := w.also.Report(e); err != nil {
			w.warn("warning: " + err.Error())
		}
	}
	if e.Kind == event.Begin {
		w.began++
	}
	// The end of an event reports the peak of it, but a later frame.
	if e.Kind != event.End && (!w.seen || e.Score > w.peak.Score) {
		w.peak, w.seen = e, true
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
