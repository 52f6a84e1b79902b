package avidfilter

import (
	"errors"
	"fmt"
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/overlay"
	"avid/runtime/window"
)

// errOpen and errWarmUp say at which step a bundle failed.
var (
	errOpen   = errors.New("opening the bundle")
	errWarmUp = errors.New("warming up")
)

// session is what exists between start and stop. Its functions come one at a
// time. The func fields are made once, since a closure a frame would be
// garbage a frame.
type session struct {
	model    model
	analyzer *analyzer
	warm     time.Duration // of an inference
	format   gstc.Format
	drawing  overlay.Format // of format
	marks    marks
	reporter reporter

	frame     *gstc.Frame // in work
	set       settings    // in force for it
	readFrame func() error
	takeLuma  func(*gstc.Picture) error
	drawFrame func(*gstc.Picture) error
}

// openSession opens the bundle of the settings.
func (f *filter) openSession(set settings) (*session, error) {
	if set.Model == "" {
		return nil, errNoModel
	}
	if err := set.Validate(); err != nil {
		return nil, err
	}
	tracker, err := event.NewTracker(event.DefaultConfig())
	if err != nil {
		return nil, err
	}
	m, err := f.open(set, func(s string) { f.el.Logf(gstc.LogInfo, "%s", s) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOpen, err)
	}
	a, warm, err := newAnalyzer(m, set.thresholds(), f.now)
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	s := &session{model: m, analyzer: a, warm: warm, reporter: reporter{tracker: tracker}}
	s.marks.init(a.h, a.w)
	s.readFrame = func() error { return s.frame.WithRead(s.takeLuma) }
	s.takeLuma = func(p *gstc.Picture) error { return s.analyzer.scale(p.Planes[0], p.Strides[0]) }
	s.drawFrame = func(p *gstc.Picture) error { return s.marks.draw(p, s.drawing, s.set.style()) }
	return s, nil
}

// close frees the model and the mask.
func (s *session) close() error {
	s.marks.close()
	return s.model.Close()
}

// negotiate prepares for a new format.
func (s *session) negotiate(format gstc.Format) (err error) {
	rate := 0.0
	if format.RateD > 0 {
		rate = float64(format.RateN) / float64(format.RateD)
	}
	if err := s.analyzer.format(format.Name, format.Width, format.Height, rate); err != nil {
		return err
	}
	s.format = format
	s.drawing, err = overlay.ParseFormat(format.Name)
	return err
}

// look takes one frame into the window and infers where it is due.
func (s *session) look(frame *gstc.Frame) (outcome, error) {
	if s.analyzer.scaler == nil {
		return outcome{}, gstc.ErrMap // no caps yet: the base class lets none through
	}
	s.frame = frame
	o, err := s.analyzer.take(shot{pts: frame.PTS(), late: frame.Late(), cut: frame.Discont()},
		s.set.Interval, s.set.thresholds(), s.readFrame)
	s.frame = nil
	if err != nil || !o.inferred {
		return o, err
	}
	return o, s.marks.update(s.analyzer.result)
}

// judge tells the reporter of a new verdict.
func (s *session) judge(frame *gstc.Frame, o outcome) (event.Event, bool) {
	t := frame.StreamTime()
	if t < 0 {
		t = o.pts
	}
	r := s.analyzer.result
	return s.reporter.update(t, r.Score, r.Threshold, s.marks.found)
}

// mark draws on the buffer and hangs the verdict on it, where there is one.
func (s *session) mark(frame *gstc.Frame) error {
	if !s.analyzer.valid {
		return nil
	}
	if s.marks.visible(s.set.Overlay) {
		if err := frame.WithWrite(s.drawFrame); err != nil {
			return err
		}
	}
	if !s.set.AttachMeta {
		return nil
	}
	s.marks.fit(s.format.Width, s.format.Height)
	return frame.Attach(&s.marks.mask, s.marks.confidence, s.marks.boxes)
}

// tooSlow says that a stream of the given rate never fills the window of a
// bundle, as each of its frames is a gap.
func tooSlow(stream gstc.Format, bundleRate float64) bool {
	if stream.RateN <= 0 || stream.RateD <= 0 {
		return false
	}
	s := window.NewSampler(bundleRate)
	s.Take(0)
	return s.Gap(time.Second * time.Duration(stream.RateD) / time.Duration(stream.RateN))
}
