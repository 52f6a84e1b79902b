// Package analyze turns the frames of a camera into verdicts: it samples them at
// the bundle's rate, keeps the window of section 3.5 of the paper, runs the
// networks, labels the mask and follows the events. avidfilter, avid eval and
// avid bench have their verdicts from here; avid train and avid calibrate take
// its first half, the Intake, so that all of them see a camera the same.
package analyze

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/mask"
	"avid/runtime/verdict"
	"avid/runtime/window"
)

// ErrWarmUp says that the networks do not run at all.
var ErrWarmUp = errors.New("warming up")

// Model is a bundle ready to infer, as engine.Engine is. Not safe for concurrent
// use.
type Model interface {
	// Size is the model size in pixels.
	Size() (h, w int)
	// FrameRate is the rate in frames/s that windows are sampled at.
	FrameRate() float64
	// Luma is the range of the luma that the model wants to see.
	Luma() luma.Range
	// NewVerdict returns a verdict of the model's size for Infer to fill in.
	NewVerdict() *verdict.Verdict
	// Infer judges average.Frames frames of h·w bytes, oldest first. It gives up
	// with an error when ctx ends, and allocates nothing.
	Infer(ctx context.Context, frames []byte, t verdict.Thresholds, v *verdict.Verdict) error
	// Restart forgets the frames before.
	Restart()
	// Alone says after Restart that the next window is a scene of its own.
	Alone()
	// Passed says before Infer how many samples have come since the window before, 1 or
	// more: what is a mean over time follows as far as it would by each of them.
	Passed(samples int)
	// Learn is Restart at a place that looks like a picture, h·w grey bytes.
	Learn(picture []byte)
}

// Options of an Analyzer; the zero value is usable.
type Options struct {
	// Now is the clock for what takes how long; nil: time.Now.
	Now func() time.Time
	// Events are the settings of the tracker; the zero value: event.DefaultConfig.
	Events event.Config
	// Picture is what the bundle keeps of its place, grey, of the model's size; nil:
	// nothing.
	Picture []byte
	// Calibration is the bundle's; nil: whether scores drift from it is not watched.
	Calibration *bundle.Calibration
	// Ordinary is what the bundle holds of ordinary things; nil: nothing.
	Ordinary *ordinary.List
	// Zones are the parts of the picture that are judged apart or left out.
	Zones zones.Set
}

// Settings are in force for one frame.
type Settings struct {
	Thresholds verdict.Thresholds
	// Interval is on which sampled frames to infer: each, each second …; 0 and 1
	// mean each.
	Interval uint
}

// Outcome says what a frame led to.
type Outcome struct {
	Step
	Inferred bool          // there is a new verdict
	TooLate  bool          // an inference was left out to catch up
	Took     time.Duration // of the inference
	Events   []event.Event // that begin, change or end; they hold until the next call
	Notices  []Notice      // what begins and ends to keep the stream from being judged; they hold until the next call
	Held     Scene         // for which the frame is not judged; "": none
}

// Analyzer judges one stream. It allocates nothing a frame once it has seen the
// busiest mask. Not safe for concurrent use.
type Analyzer struct {
	intake   *Intake
	model    Model
	now      func() time.Time
	window   *window.Window
	frames   []byte // the window laid out for the model
	pace     pace
	loan     Loan // of the frame in work: here, since a local one would be garbage
	labeler  mask.Labeler
	watched  []watched     // at least one
	told     []event.Event // of the present call
	events   event.Config
	counts   []bool // which pixels of the model count; nil: all
	sized    bool   // parts must have a size in some zone
	place    *Place
	guard    *Guard
	drift    *Drift
	ordinary *ordinary.List // nil: nothing
	parts    []ordinary.Part
	held     bool
	verdict  *verdict.Verdict
	valid    bool // verdict is of the present scene
	restarts uint64
	picture  []byte                 // what the bundle keeps of its place; nil: nothing
	choose   func(Step) (hold bool) // nil: there is one bundle

	wall  time.Time              // clock time of the newest sample
	zero  time.Time              // clock time of stream time 0, where the source says none
	begun time.Duration          // stream time that it was taken at
	shown time.Duration          // and its time in events
	since [len(scenes)]time.Time // clock time at which each scene began last
}

// New returns an analyzer of a model, which is not closed with it. The error is
// event.ErrConfig.
func New(m Model, o Options) (*Analyzer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Events == (event.Config{}) {
		o.Events = event.DefaultConfig()
	}
	h, w := m.Size()
	a := &Analyzer{intake: NewIntake(h, w, m.FrameRate(), m.Luma()), model: m, now: o.Now, window: window.New(h, w),
		frames: make([]byte, average.Frames*h*w), events: o.Events, place: NewPlace(o.Picture, h, w),
		guard: NewGuard(o.Picture, h, w, m.FrameRate()), drift: NewDrift(o.Calibration), ordinary: o.Ordinary, verdict: m.NewVerdict()}
	a.verdict.H, a.verdict.W = h, w
	a.intake.Anchor(o.Picture)
	a.picture = o.Picture
	_, err := a.Zones(o.Zones)
	return a, err
}

// Succeed goes on with the numbers of another analyzer, whose stream this one takes
// over: of verdicts, of events and of restarts; and with its clock.
func (a *Analyzer) Succeed(before *Analyzer) {
	a.watched[0].tracker.Continue(before.watched[0].tracker.Last())
	a.verdict.Serial, a.restarts = before.verdict.Serial, before.restarts
	a.zero, a.begun, a.shown, a.wall = before.zero, before.begun, before.shown, before.wall
}

// WarmUp runs the model once on an empty window, and returns how long that
// takes. Opening the model has run it before, which allocates and lets the device
// choose its kernels; this run is the first by the memory plan that the other
// made. The error wraps ErrWarmUp.
func (a *Analyzer) WarmUp(ctx context.Context, t verdict.Thresholds) (time.Duration, error) {
	begin := a.now()
	if err := a.model.Infer(ctx, a.frames, t, a.verdict); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrWarmUp, err)
	}
	took := a.now().Sub(begin)
	a.model.Restart()
	return took, nil
}

// Format prepares for pictures of a new format and size; rate is the stream's
// frames/s for frames without times, 0: not known. A new picture is a new scene:
// call Restart. The error is luma.ErrFormat.
func (a *Analyzer) Format(layout luma.Format, w, h int, rate float64) error {
	changed, err := a.intake.Format(layout, w, h)
	if changed {
		a.place.Restart()
	}
	a.intake.Rate(rate)
	return err
}

// Guard says what keeps the stream from being judged.
func (a *Analyzer) Guard() *Guard { return a.guard }

// Place says whether the stream shows the bundle's place.
func (a *Analyzer) Place() *Place { return a.place }

// Size is the model size in pixels.
func (a *Analyzer) Size() (h, w int) { return a.intake.Size() }

// Longest is the longest time that may pass between two samples of a scene.
func (a *Analyzer) Longest() time.Duration { return a.intake.Longest() }

// Verdict is the last verdict; false where the present scene has none yet. It
// holds until the next Take.
func (a *Analyzer) Verdict() (*verdict.Verdict, bool) { return a.verdict, a.valid }

// Restarts is how often a window was emptied that held something.
func (a *Analyzer) Restarts() uint64 { return a.restarts }

// Filling is how many frames the window holds, 0 to average.Frames.
func (a *Analyzer) Filling() int { return a.window.Len() }

// Restart forgets the stream: what follows is another scene. Open events end at their
// last irregular frame; the ends hold until the next call.
func (a *Analyzer) Restart() []event.Event {
	a.intake.Restart()
	a.guard.Restart()
	a.drift.Restart()
	a.held = false
	return a.newScene()
}

// newScene empties all that a scene has.
func (a *Analyzer) newScene() []event.Event {
	a.forget()
	return a.End()
}

// forget empties the window and all that is of its scene.
func (a *Analyzer) forget() {
	if a.window.Len() > 0 {
		a.restarts++
	}
	a.window.Reset()
	a.pace.reset()
	a.model.Restart()
	a.valid = false
}

// bridge empties the window after a time without samples that is no longer than events are
// held: what moves has jumped, but the place is the same, and so is what goes on in it. So
// it is where this machine is too slow, which loses frames at each verdict.
func (a *Analyzer) bridge(gap time.Duration) {
	if a.window.Len() > 0 {
		a.restarts++
	}
	a.window.Reset()
	// The next verdict comes with the last of the window's samples, which begins after the gap.
	a.pace.since += uint(gap.Seconds()*a.model.FrameRate()+0.5) + average.Frames - 2
}

// End ends open events at their last irregular frame, as when the stream ends or is
// silent; the ends hold until the next call.
func (a *Analyzer) End() []event.Event {
	a.told = a.told[:0]
	a.endAll()
	return a.told
}

// endAll adds the ends of open events to those that are told.
func (a *Analyzer) endAll() {
	for i := range a.watched {
		if e, told := a.watched[i].tracker.Flush(); told {
			a.tell(e, &a.watched[i])
		}
	}
}

// Event is the open event as it stands, without a kind, of the first zone that has one;
// false where none is open.
func (a *Analyzer) Event() (event.Event, bool) {
	for i := range a.watched {
		if e, open := a.watched[i].tracker.Present(); open {
			return a.stamp(e, &a.watched[i]), true
		}
	}
	return event.Event{}, false
}

// tell adds a report of a zone's tracker to those that are told.
func (a *Analyzer) tell(e event.Event, w *watched) { a.told = append(a.told, a.stamp(e, w)) }

// stamp adds to an event what the tracker does not know: clock time, size and zone.
func (a *Analyzer) stamp(e event.Event, w *watched) event.Event {
	e.Wall, e.W, e.H, e.Zone = a.wall.Add(e.Time-a.shown), a.verdict.W, a.verdict.H, w.zone.Name
	return e
}

// clock is the clock time of a sample: what the source says, else what it would be if
// the medium had been played since its first sample, so that the times of an event fit
// each other however fast it is read.
func (a *Analyzer) clock(said time.Time, shown time.Duration) time.Time {
	if !said.IsZero() {
		return said
	}
	if a.zero.IsZero() || shown < a.begun {
		a.zero, a.begun = a.now().Add(-shown), shown
	}
	return a.zero.Add(shown)
}

// Take looks at the next frame of the stream. read is called where the frame is
// a sample, and must give its luma plane to Scale. Where a new scene begins, the
// outcome may report the ends of the last one's events. Errors are those of read
// and of the model, and verdict.ErrNotFinite.
func (a *Analyzer) Take(ctx context.Context, f Frame, s Settings, read func(*Loan) error) (Outcome, error) {
	a.told = a.told[:0]
	o, err := a.take(ctx, f, s, read)
	o.Events = a.told
	return o, err
}

// take is Take, but for the events, which are in told.
func (a *Analyzer) take(ctx context.Context, f Frame, s Settings, read func(*Loan) error) (o Outcome, err error) {
	o.Step = a.intake.Offer(f)
	switch {
	case o.Break == JumpAhead && o.Since <= a.events.Hold:
		a.bridge(o.Since)
	case o.Break != Continues:
		a.forget()
		a.endAll()
	}
	if !o.Sampled {
		return o, nil
	}
	a.loan = Loan{in: a.intake, dst: a.window.Next()}
	if err := read(&a.loan); err != nil {
		return o, err
	}
	if !a.loan.kept {
		o.Sampled, o.Skip = false, RepeatsImage
		return o, nil
	}
	a.window.Commit()
	shown := f.Shown
	if shown < 0 {
		shown = o.Time
	}
	a.shown, a.wall = shown, a.clock(f.Wall, shown)
	a.place.take(o.Time, a.loan.dst)
	if a.watch(&o); o.Held != "" {
		return o, nil
	}
	if !a.window.Ready() {
		return o, nil
	}
	if o.Inferred, o.TooLate = a.pace.due(s.Interval, f.Late); !o.Inferred {
		return o, nil
	}
	a.model.Passed(int(a.pace.passed))
	return o, a.infer(ctx, shown, s.Thresholds, &o)
}

// watch looks whether the sample can be judged. Where that ends, so does an open event;
// what comes after it is another scene.
func (a *Analyzer) watch(o *Outcome) {
	seen := a.intake.steady.Seen()
	o.Notices = a.guard.take(o.Age, a.intake.sample, seen, a.place.Lost())
	if a.choose != nil {
		o.Notices = a.guard.await(o.Age, a.choose(o.Step))
	}
	for i := range o.Notices {
		a.date(&o.Notices[i])
	}
	if seen.Learnt {
		a.model.Learn(a.loan.dst)
	}
	o.Held = a.guard.Held()
	if held := o.Held != ""; held != a.held {
		a.held = held
		a.window.Reset()
		a.pace.reset()
		if a.valid = false; held {
			a.endAll()
		}
	}
}

// spare takes from a verdict what is ordinary: its parts are not marked, and the score is
// that of what is left.
func (a *Analyzer) spare(v *verdict.Verdict) {
	if a.ordinary == nil || len(a.ordinary.Things) == 0 || !v.Irregular() {
		return
	}
	a.parts = Parts(&a.labeler, v, a.parts)
	spared := a.ordinary.Spare(a.parts, v.H, v.W)
	if !slices.Contains(spared, true) {
		return
	}
	for i, p := range a.parts {
		if !spared[i] {
			continue
		}
		p.Pixels(func(first, end int) {
			clear(v.Mask[first:end])
			for k := first; k < end; k++ {
				v.Pixel[k], v.Heat[k] = nets.Outside, min(v.Heat[k], 127)
			}
		})
	}
	v.Score = slices.Max(v.Pixel)
}

// Parts are the parts of a verdict's mask, as the list of ordinary things takes them, in
// dst[:0]; they hold until the labeler is used again.
func Parts(l *mask.Labeler, v *verdict.Verdict, dst []ordinary.Part) []ordinary.Part {
	dst = dst[:0]
	l.Each(v.Mask, v.H, v.W, func(box verdict.Box, pixels func(func(first, end int))) {
		p := ordinary.Part{X: box.X, Y: box.Y, W: box.W, H: box.H, Area: box.Area, Peak: math.Inf(-1), Pixels: pixels}
		pixels(func(first, end int) { p.Peak = max(p.Peak, float64(slices.Max(v.Pixel[first:end]))) })
		dst = append(dst, p)
	})
	return dst
}

// drifts tells where the scores leave what the calibration has of them.
func (a *Analyzer) drifts(shown time.Duration, t verdict.Thresholds, o *Outcome) {
	a.drift.take(o.Time, float64(a.verdict.Score))
	var usual float64
	if a.drift.c != nil {
		usual = a.drift.c.FalseAlarmsPerDay
	}
	if n, tell := a.drift.look(shown, float64(a.verdict.Threshold), t.PerDay(usual)); tell {
		a.date(&n)
		o.Notices = append(o.Notices, n)
	}
}

// date gives a notice the times of the newest sample, and remembers when its scene began.
func (a *Analyzer) date(n *Notice) {
	n.Time, n.Wall = a.shown, a.wall
	if i := indexOf(n.Scene); n.Begin {
		a.since[i] = a.wall
	} else {
		n.Since = a.since[i]
	}
}

// Loan lends the place in the window that a sampled frame is scaled into.
type Loan struct {
	in   *Intake
	dst  []byte
	kept bool
}

// Scale takes the luma plane of the frame, rows stride bytes apart. The error is
// luma.ErrBuffer.
func (l *Loan) Scale(plane []byte, stride int) (err error) {
	l.kept, err = l.in.Scale(l.dst, plane, stride)
	return err
}

// Still judges a picture that stands alone: it fills the window and knows no
// other. Errors are those of Take.
func (a *Analyzer) Still(ctx context.Context, plane []byte, stride int, t verdict.Thresholds) error {
	a.Restart()
	a.model.Alone()
	for range average.Frames {
		next := a.window.Next()
		if err := a.intake.still(next, plane, stride); err != nil {
			return err
		}
		a.intake.leave(next)
		a.window.Commit()
	}
	var o Outcome
	return a.infer(ctx, 0, t, &o)
}

// infer judges the window.
func (a *Analyzer) infer(ctx context.Context, shown time.Duration, t verdict.Thresholds, o *Outcome) error {
	a.window.CopyTo(a.frames)
	begin := a.now()
	if err := a.model.Infer(ctx, a.frames, t, a.verdict); err != nil {
		return err
	}
	v := a.verdict
	if math.IsNaN(float64(v.Score)) || math.IsNaN(float64(v.Threshold)) {
		return fmt.Errorf("%w: score %v, threshold %v", verdict.ErrNotFinite, v.Score, v.Threshold)
	}
	v.Wall = a.now()
	o.Took = v.Wall.Sub(begin)
	v.Serial++
	v.Time = shown
	a.cut(v)
	a.spare(v)
	for i := range a.watched {
		a.watched[i].rate(v)
	}
	v.Right, v.Down = a.intake.moved()
	v.Follow()
	v.Boxes = a.labeler.Parts(v.Mask, v.Heat, v.H, v.W, v.Boxes)
	a.valid = true
	if t.Zeta < 0 && t.Alpha < 0 { // the calibration speaks of its own thresholds
		a.drifts(shown, t, o)
	}
	for i := range a.watched {
		a.follow(&a.watched[i], shown, v)
	}
	return nil
}
