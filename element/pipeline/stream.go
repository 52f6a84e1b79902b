package pipeline

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"
	"github.com/go-gst/go-gst/pkg/gstapp"

	"avid/element/gstc"
)

// None stands for a time that is not known.
const None = gstc.None

// Sample is one picture, copied to Go memory.
type Sample = gstc.Sample

// Pull waits for the next sample of the named appsink and copies it into s,
// whose planes are reused where they are large enough. Errors: io.EOF at the
// end of the stream, ErrTimeout after timeout (negative: none), ErrElement,
// gstc.ErrMap. An error of the pipeline is on its bus.
func (p *Pipeline) Pull(sink string, timeout time.Duration, s *Sample) error {
	el, err := p.element(sink)
	if err != nil {
		return err
	}
	defer release(el)
	app, ok := el.(gstapp.AppSink)
	if !ok {
		return fmt.Errorf("%w: %s is no appsink", ErrElement, sink)
	}
	sample := app.TryPullSample(clockTime(timeout))
	if sample == nil && app.IsEOS() {
		return io.EOF
	}
	if sample == nil {
		return ErrTimeout
	}
	defer gst.UnsafeSampleUnref(sample)
	if err := s.Read(gst.UnsafeSampleToGlibNone(sample)); err != nil {
		return fmt.Errorf("%s: %w", sink, err)
	}
	return nil
}

// Recorded is when the recording that arrives at a named sink began, by what its
// container says; false where that says nothing. Call it after the first sample. The
// error is ErrElement or ErrClosed.
func (p *Pipeline) Recorded(sink string) (time.Time, bool, error) {
	el, err := p.element(sink)
	if err != nil {
		return time.Time{}, false, err
	}
	defer release(el)
	defer runtime.KeepAlive(el)
	begun, ok := gstc.Recorded(gst.UnsafeElementToGlibNone(el))
	return begun, ok, nil
}

// SendEOS ends the stream at its sources, so that files are closed properly.
func (p *Pipeline) SendEOS() {
	if top := p.borrow(); top != nil {
		top.SendEvent(gst.NewEventEOS())
	}
}

// Seek goes to a position, flushing.
func (p *Pipeline) Seek(position time.Duration) error {
	top := p.borrow()
	if top == nil {
		return ErrClosed
	}
	if !top.SeekSimple(gst.FormatTime, gst.SeekFlagFlush|gst.SeekFlagAccurate, int64(position)) {
		return fmt.Errorf("%w to %v", ErrSeek, position)
	}
	return nil
}

// Again plays from the beginning, as a segment of the stream (GStreamer's seeking
// design): at its end there is a MessageSegmentDone in place of an end of stream, and
// when Again is then called with flush false the running time goes on without a break,
// so that sinks notice nothing but a new segment. Call it with flush true first, in
// PLAYING or PAUSED. The error wraps ErrSeek.
func (p *Pipeline) Again(flush bool) error {
	top := p.borrow()
	if top == nil {
		return ErrClosed
	}
	flags := gst.SeekFlagSegment
	if flush {
		flags |= gst.SeekFlagFlush
	}
	if !top.Seek(1, gst.FormatTime, flags, gst.SeekTypeSet, 0, gst.SeekTypeNone, -1) {
		return fmt.Errorf("%w to the beginning, again", ErrSeek)
	}
	return nil
}

// Position is where the stream is; None: not known.
func (p *Pipeline) Position() time.Duration {
	if top := p.borrow(); top != nil {
		return clock(top.QueryPosition(gst.FormatTime))
	}
	return None
}

// Length is how long the stream is; None: not known.
func (p *Pipeline) Length() time.Duration {
	if top := p.borrow(); top != nil {
		return clock(top.QueryDuration(gst.FormatTime))
	}
	return None
}

// clock is the answer to a query for a time.
func clock(ns int64, ok bool) time.Duration {
	if !ok {
		return None
	}
	return time.Duration(ns)
}

// Latency asks the pipeline for its latency; most is None when unbounded.
func (p *Pipeline) Latency() (live bool, least, most time.Duration, ok bool) {
	top := p.borrow()
	if top == nil {
		return false, 0, 0, false
	}
	query := gst.NewQueryLatency()
	defer gst.UnsafeQueryUnref(query)
	if !top.Query(query) {
		return false, 0, 0, false
	}
	live, low, high := query.ParseLatency()
	most = None
	if high != gst.ClockTimeNone {
		most = time.Duration(high)
	}
	return live, time.Duration(low), most, true
}
