package avidfilter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"avid/element/gstc"
	"avid/runtime/analyze"
	"avid/runtime/event"
)

// filter is the body of one avidfilter. The stream's side (Start, Stop,
// Negotiate, Process, Handle) comes one call at a time; properties and queries
// come from any thread.
type filter struct {
	el   *gstc.Element
	open opener
	now  func() time.Time

	mu    sync.Mutex // guards set, stats, meter and watch; a leaf, held for no call out
	set   settings
	stats stats
	meter meter
	watch *analyze.Watch // nil before the first start
	idle  bool           // no frame is to be expected: before the stream, and after its end

	// Between start and stop. The stream's side alone sets it.
	run atomic.Pointer[session]
	// crew has run and the other bundles of the stream, and next is what takes its place
	// before the next frame; nil: nothing. swapping is held while one becomes the other; it
	// comes before the session's mu.
	crew, next atomic.Pointer[crew]
	swapping   sync.Mutex
	turn       *session // of crew, that takes run's place before the next frame; nil: none
	// shadow judges beside run, and nextShadow is what takes its place: nothing, where it is
	// to go.
	shadow, nextShadow atomic.Pointer[session]
	// trail is what goes downstream beside the frames.
	trail trail
	// retired waits for sessions whose place another one has taken.
	retired sync.WaitGroup
	// tending ends, and waits for, what looks after the stream between start and stop.
	tending struct {
		stop context.CancelFunc
		sync.WaitGroup
	}
}

// newFilter makes the body of an element; it does nothing yet.
func newFilter(el *gstc.Element, open opener) *filter {
	return &filter{el: el, open: open, now: time.Now, set: defaultSettings()}
}

// Set stores a property; the stream takes it from its next frame on.
func (f *filter) Set(row int, v gstc.Value) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if set := table[row].set; set != nil {
		set(&f.set, v)
	}
}

// Get reads a property; the one without a getter is stats.
func (f *filter) Get(row int) gstc.Value {
	f.mu.Lock()
	defer f.mu.Unlock()
	if get := table[row].get; get != nil {
		return get(&f.set)
	}
	return gstc.Value{Record: f.stats.record(f.watch, f.now())}
}

// Latency is the time of an inference; the filter holds no frame back.
func (f *filter) Latency() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.meter.reported
}

// settings is a copy of the present settings.
func (f *filter) settings() settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

// Start opens the bundles and warms them up.
func (f *filter) Start() error {
	c, err := f.openCrew(context.Background(), f.settings(), func(string) *session { return nil })
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.stats = stats{}
	f.mu.Unlock()
	f.enlist(c)
	for _, s := range c.sessions {
		f.welcome(s)
	}
	f.begin(c.sessions[0]) // the first frame says whether it is another one's
	var ctx context.Context
	ctx, f.tending.stop = context.WithCancel(context.Background())
	f.tending.Go(func() { f.attend(ctx) })
	f.tending.Go(func() { f.renew(ctx) })
	return nil
}

// welcome says what is to be known of a bundle.
func (f *filter) welcome(s *session) {
	path, quality := s.bundle.path, s.model.Quality()
	f.el.Logf(gstc.LogInfo, "%s: inference takes %v on %s; %s", path, s.warm, s.model.Device(), quality)
	if !quality.Trusted() {
		f.el.PostWarning(fmt.Sprintf("The bundle \"%s\" is not to be trusted (%s): %s.", path, quality, quality.Advice()), "")
	}
	if why := s.model.FallbackReason(); why != "" {
		f.el.Logf(gstc.LogInfo, "%s", why)
	}
}

// begin makes a session the one that judges the stream.
func (f *filter) begin(run *session) {
	f.mu.Lock()
	f.stats.model, f.stats.device, f.stats.note, f.stats.quality = run.bundle.path, run.model.Device(), run.model.FallbackReason(), run.model.Quality()
	f.stats.placeKnown, f.stats.zones = false, run.judgedZones()
	f.meter.reset(run.warm)
	f.watch, f.idle = analyze.NewWatch(run.model.FrameRate(), f.now()), false
	f.mu.Unlock()
	f.run.Store(run)
}

// Stop frees the bundles.
func (f *filter) Stop() {
	run := f.run.Load()
	if run == nil {
		return
	}
	f.run.Store(nil)
	run.mu.Lock()
	f.tell(run, run.analyzer.End(), false)
	run.mu.Unlock()
	f.trail.take() // nothing is taken downstream any more
	f.tending.stop()
	f.tending.Wait()
	c := f.crew.Swap(nil)
	f.dismiss(f.next.Swap(nil), c)
	f.dismiss(c)
	f.turn = nil
	for _, place := range []*atomic.Pointer[session]{&f.shadow, &f.nextShadow} {
		f.retire(place.Swap(nil))
	}
	f.retired.Wait()
}

// Negotiate takes a new format; another picture is another scene.
func (f *filter) Negotiate(format gstc.Format) error {
	run := f.run.Load()
	if run == nil {
		return gstc.ErrFlushing
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	f.restartChoice()
	ended, err := run.negotiate(format)
	f.tell(run, ended, false)
	if err != nil {
		return failure(err, f.settings())
	}
	f.mu.Lock()
	f.stats.width, f.stats.height = format.Width, format.Height
	f.mu.Unlock()
	if min(format.Width, format.Height) < LeastSide {
		f.el.PostWarning(fmt.Sprintf("In pictures of %dx%d pixels (width × height) nothing can be seen, and its verdicts mean nothing.", format.Width, format.Height), "")
	}
	return nil
}

// LeastSide is the shortest side of pictures in which something can be seen, pixels.
const LeastSide = 8

// Handle hears where the stream breaks, ends or jumps. A gap event is none of
// these: it says that nothing comes for a while, and the times of the frames
// around it say whether the scene goes on.
func (f *filter) Handle(e gstc.Event) {
	run := f.run.Load()
	if run == nil || e == gstc.GapEvent {
		return
	}
	if e == gstc.FlushStop {
		run.resume()
	}
	run.mu.Lock()
	f.tell(run, run.analyzer.Restart(), false)
	f.restartChoice()
	f.restartBeside(e == gstc.FlushStop)
	restarts := run.analyzer.Restarts()
	if e == gstc.EndOfStream {
		run.analyzer.Place().End()
		f.warnPlace(run)
	}
	run.mu.Unlock()
	if e != gstc.FlushStop { // elements downstream take nothing before it: the next frame does it
		f.trail.send(f.el)
	}
	f.mu.Lock()
	f.stats.restarts = restarts
	f.watch.Begin(f.now())
	blind := false
	if f.idle = e == gstc.EndOfStream; f.idle {
		blind = f.watch.End()
	} else {
		f.watch.Restarted()
	}
	f.mu.Unlock()
	if blind {
		f.warnBlind()
	}
}

// Interrupt ends an inference under way, and those that begin before the flush ends
// or, with stop, ever.
func (f *filter) Interrupt(stop bool) {
	for _, run := range []*session{f.run.Load(), f.shadow.Load()} {
		if run != nil {
			run.interrupt(stop)
		}
	}
}

// Process works on one buffer.
func (f *filter) Process(frame *gstc.Frame) error {
	err := f.process(frame)
	f.trail.send(f.el)
	return err
}

// process does so, but for what goes downstream beside the buffer.
func (f *filter) process(frame *gstc.Frame) error {
	run := f.run.Load()
	if run == nil {
		return gstc.ErrFlushing
	}
	run, ended := f.exchange(run)
	run.mu.Lock()
	defer run.mu.Unlock()
	set := f.settings()
	ended = append(ended, f.zone(run, &set)...)
	run.set = set
	f.arrived(run.set.Interval)
	o, err := run.look(frame)
	if err != nil {
		return failure(err, run.set)
	}
	f.judgeBeside(run, frame, &o)
	o.Events = run.events(ended, o.Events)
	lag, live := frame.Lag()
	if !live {
		lag = gstc.None
	}
	if f.count(&o, lag, run) {
		f.el.PostLatency()
	}
	f.warn()
	f.warnPlace(run)
	f.announce(run, o.Notices)
	run.count(&o)
	f.condition(&run.numbers)
	f.tell(run, o.Events, true)
	if err := run.mark(frame); err != nil {
		return failure(err, run.set)
	}
	return nil
}

// arrived notes that a frame has come.
func (f *filter) arrived(interval uint) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = false
	f.watch.Interval(interval)
	f.watch.Arrived(f.now())
}

// count adds one frame to the stats, and how late it is, and says whether the
// latency has changed.
func (f *filter) count(o *analyze.Outcome, lag time.Duration, run *session) (latency bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch.Frame(o, run.analyzer.Longest(), f.now())
	f.stats.restarts = run.analyzer.Restarts()
	f.stats.add(o)
	f.stats.lag = lag
	if !o.Inferred {
		return false
	}
	v, _ := run.analyzer.Verdict()
	f.stats.judged(v, o.Took, run.model.BatchSize())
	return f.meter.add(o.Took)
}

// condition writes how it is with the stream.
func (f *filter) condition(n *gstc.Verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state, scene := states[f.watch.State()], string(f.watch.Scene())
	// While nothing is judged the reason may become another one.
	if state != n.State || scene != n.Scene || state == gstc.Filling || state == gstc.Blind {
		n.State, n.Scene, n.Reason = state, scene, f.watch.Reason()
	}
}

// states are those of a stream as the metadata has them.
var states = map[analyze.State]gstc.State{analyze.Filling: gstc.Filling, analyze.Judging: gstc.Judging, analyze.Blind: gstc.Blind, analyze.Silent: gstc.Silent, analyze.Held: gstc.Held}

// tell counts events, posts their messages, emits their signals, and has them go
// downstream; framed: the frame in work carries them too. It needs run.mu.
func (f *filter) tell(run *session, events []event.Event, framed bool) {
	for i := range events {
		e := events[i]
		f.mu.Lock()
		if e.Kind == event.Begin {
			f.stats.events++
		}
		post, attach := f.set.PostMessages, f.set.AttachMeta
		f.mu.Unlock()
		if attach {
			m := run.message(e)
			m.Fields = append(m.Fields, gstc.Field{Name: gstc.ReportFramed, Value: framed})
			f.trail.add(m)
		}
		if post {
			f.el.Post(run.message(e))
		}
		f.el.Emit(eventSignal, func() *gstc.Structure { return run.message(e) })
	}
}
