package avidfilter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"avid/element/gstc"
	"avid/models/zones"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/event"
	"avid/runtime/overlay"
	"avid/runtime/pixel"
	"avid/runtime/verdict"
)

// errOpen says that a bundle could not be opened, errFields that the two fields of
// an interlaced picture do not lie line by line in one.
var (
	errOpen   = errors.New("opening the bundle")
	errFields = errors.New("fields lie apart")
)

// session is what exists between start and stop. The func fields are made once,
// since a closure a frame would be garbage a frame.
type session struct {
	model  model
	bundle file            // that it was opened from
	warm   time.Duration   // of an inference
	ctx    context.Context // of the session
	cancel context.CancelFunc

	// stream is the context of the frames, which an interruption ends.
	stream atomic.Pointer[running]

	// mu is held by whoever uses what follows: the stream's side for each frame and
	// event, and the watching goroutine to end the event of a silent camera. It
	// comes before filter.mu.
	mu       sync.Mutex
	analyzer *analyze.Analyzer
	format   gstc.Format
	info     pixel.Info // of format
	area     gstc.Area  // of the picture in its buffers
	marks    marks
	numbers  gstc.Verdict // as the frame in work is to carry them

	zones  zones.Set     // in force
	hidden []overlay.Run // of the picture, painted black
	still  int           // how many of them are where the camera usually sees them
	moved  [2]int        // by how many pixels, right and down, the others lie elsewhere

	frame     *gstc.Frame // in work
	set       settings    // in force for it
	readFrame func(*analyze.Loan) error
	takeLuma  func(*gstc.Picture) error
	drawFrame func(*gstc.Picture) error
	hideFrame func(*gstc.Picture) error
	zoneOf    func(verdict.Box) string
	loan      *analyze.Loan
}

// running is the context of the frames up to the next flush.
type running struct {
	context.Context
	cancel context.CancelFunc
}

// resume gives the frames that come a context: at the start, and after a flush.
func (s *session) resume() {
	r := new(running)
	r.Context, r.cancel = context.WithCancel(s.ctx)
	if before := s.stream.Swap(r); before != nil {
		before.cancel()
	}
}

// interrupt ends, from any thread, what a frame waits for, and what those wait for
// that come before resume; with stop there is none after it.
func (s *session) interrupt(stop bool) {
	if stop {
		s.cancel()
	}
	s.stream.Load().cancel()
}

// openSession opens the bundle of the settings, unless ctx ends before.
func (f *filter) openSession(ctx context.Context, set settings) (*session, error) {
	if set.Model == "" {
		return nil, errNoModel
	}
	if err := set.Validate(); err != nil {
		return nil, err
	}
	bundle := fileOf(set.Model)
	m, err := f.open(ctx, set, func(s string) { f.el.Logf(gstc.LogInfo, "%s", s) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOpen, err)
	}
	s := &session{model: m, bundle: bundle, zones: zones.Set{Own: m.Zones(), Added: set.Zones}, set: set}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.resume()
	if err := s.prepare(set, f.now, f.choose); err != nil {
		s.cancel()
		return nil, errors.Join(err, m.Close())
	}
	return s, nil
}

// warmUpWithin is how long one inference may take as the element starts; the bundle
// has been run before, so that nothing is chosen or built any more.
const warmUpWithin = time.Minute

// prepare makes what is needed for frames, and warms the model up.
func (s *session) prepare(set settings, now func() time.Time, choose func(*session, analyze.Step) bool) (err error) {
	if s.analyzer, err = analyze.New(s.model, analyze.Options{Now: now, Picture: s.model.Picture(), Calibration: s.model.Calibration(), Ordinary: s.model.Ordinary(), Zones: s.zones}); err != nil {
		return err
	}
	s.analyzer.Choose(func(o analyze.Step) bool { return choose(s, o) })
	ctx, cancel := context.WithTimeoutCause(s.ctx, warmUpWithin, engine.ErrPatience)
	defer cancel()
	if s.warm, err = s.analyzer.WarmUp(ctx, set.thresholds()); err != nil {
		return err
	}
	s.marks.init(s.analyzer.Size())
	s.readFrame = func(l *analyze.Loan) error {
		s.loan = l
		return s.frame.WithRead(s.takeLuma)
	}
	s.takeLuma = func(p *gstc.Picture) error { return s.loan.Scale(p.Planes[0], p.Strides[0]) }
	s.zoneOf = s.analyzer.ZoneOf
	s.hideFrame = func(p *gstc.Picture) error { return s.marks.hide(p, s.info, s.hidden) }
	s.drawFrame = func(p *gstc.Picture) error { return s.marks.draw(p, s.info, s.set.style()) }
	return nil
}

// close frees the model and the mask.
func (s *session) close() error {
	s.interrupt(true)
	s.marks.close()
	return s.model.Close()
}

// negotiate prepares for a new format, with which a new scene begins. It reports
// the ends of open events.
func (s *session) negotiate(format gstc.Format) (ended []event.Event, err error) {
	if format.Interlace == "fields" || format.Interlace == "alternate" {
		return nil, fmt.Errorf("%w: interlace-mode %s", errFields, format.Interlace)
	}
	info, err := pixel.InfoOf(format.Name, format.Width, format.Height, format.Colour.Range, format.Colour.Matrix)
	if err != nil {
		return nil, err
	}
	if c := format.Colour; c.White > c.Black && c.Black >= 0 && c.White <= 255 {
		info.Black, info.White = uint8(c.Black), uint8(c.White)
	}
	before := s.format
	s.format, s.info = format, info
	if err := s.shape(gstc.Area{Width: format.Width, Height: format.Height}); err != nil {
		return nil, err
	}
	if before != format {
		ended = s.analyzer.Restart()
	}
	return ended, nil
}

// shape prepares for pictures of the present format that lie so in their buffers.
func (s *session) shape(area gstc.Area) error {
	rate := 0.0
	if s.format.RateD > 0 {
		rate = float64(s.format.RateN) / float64(s.format.RateD)
	}
	layout, err := s.info.Luma()
	if err != nil {
		return err
	}
	s.area = area
	s.hide()
	return s.analyzer.Format(layout, area.Width, area.Height, rate)
}

// crop looks where the picture lies in the buffer: another part of it is another
// scene, as another size is. It reports the ends of open events.
func (s *session) crop(frame *gstc.Frame) (ended []event.Event, err error) {
	area, err := frame.Area()
	if err != nil || area == s.area {
		return nil, err
	}
	if err := s.shape(area); err != nil {
		return nil, err
	}
	return s.analyzer.Restart(), nil
}

// look takes one frame into the window and infers where it is due.
func (s *session) look(frame *gstc.Frame) (analyze.Outcome, error) {
	if s.format.Name == "" {
		return analyze.Outcome{}, gstc.ErrMap // no caps yet: the base class lets none through
	}
	ended, err := s.crop(frame)
	if err != nil {
		return analyze.Outcome{}, err
	}
	s.frame = frame
	o, err := s.analyzer.Take(s.stream.Load(),
		analyze.Frame{PTS: frame.PTS(), Shown: frame.StreamTime(), Wall: wall(frame), Filler: frame.Gap(), Damaged: frame.Corrupted(), Late: frame.Late()},
		analyze.Settings{Thresholds: s.set.thresholds(), Interval: s.set.Interval}, s.readFrame)
	s.frame, s.loan = nil, nil
	if len(ended) > 0 {
		o.Events = ended // a new scene begins with no event of its own
	}
	if err != nil || !o.Inferred {
		return o, err
	}
	v, _ := s.analyzer.Verdict()
	return o, s.marks.update(v)
}

// wall is the clock time at which a live source gave the frame, zero of other sources:
// what it waited for since is no part of it, so that an event lies where a recording of
// the same source has it.
func wall(frame *gstc.Frame) (t time.Time) {
	if lag, ok := frame.Lag(); ok {
		t = time.Now().Add(-lag)
	}
	return t
}

// mark draws on the buffer and hangs the verdict on it, where there is one; how it
// is with the stream goes on each frame.
func (s *session) mark(frame *gstc.Frame) error {
	if len(s.hidden) > 0 {
		s.hideMoved()
		if err := frame.WithWrite(s.hideFrame); err != nil {
			return err
		}
	}
	v, ok := s.analyzer.Verdict()
	if ok && s.marks.visible(s.set.Overlay, len(v.Boxes) > 0) {
		if err := frame.WithWrite(s.drawFrame); err != nil {
			return err
		}
	}
	if !s.set.AttachMeta {
		return nil
	}
	if err := frame.AttachVerdict(&s.numbers); err != nil || !ok {
		return err
	}
	s.marks.fit(v, s.format.Width, s.format.Height, s.zoneOf)
	return frame.Attach(&s.marks.mask, v.Confidence(), s.marks.boxes)
}

// count makes the numbers of a frame: its verdict, and the event that it reports
// or that is open.
func (s *session) count(o *analyze.Outcome) {
	n := &s.numbers
	n.Serial, n.Score, n.Threshold, n.Event = 0, 0, 0, gstc.FrameEvent{}
	if v, ok := s.analyzer.Verdict(); ok {
		n.Serial, n.Score, n.Threshold = v.Serial, float64(v.Score), float64(v.Threshold)
	}
	e, open := s.analyzer.Event()
	if len(o.Events) > 0 {
		e, open = o.Events[0], true
	}
	if open {
		n.Event = gstc.FrameEvent{Kind: eventKinds[e.Kind], ID: e.ID, Start: e.Start, Time: e.Time, Duration: e.Duration,
			Score: float64(e.Score), Peak: float64(e.Peak)}
	}
}

// eventKinds are the kinds of reports as the metadata has them.
var eventKinds = map[event.Kind]gstc.EventKind{"": gstc.EventOpen, event.Begin: gstc.EventBegin, event.Change: gstc.EventChange, event.End: gstc.EventEnd}
