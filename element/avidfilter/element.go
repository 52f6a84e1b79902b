package avidfilter

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
)

// filter is the body of one avidfilter. The stream's side (Start, Stop,
// Negotiate, Process, Handle) comes one call at a time; properties and queries
// come from any thread.
type filter struct {
	el   *gstc.Element
	open opener
	now  func() time.Time

	mu    sync.Mutex // guards set, stats and meter; a leaf, held for no call out
	set   settings
	stats stats
	meter meter

	// Between start and stop, and of the stream's side only.
	run *session
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
	return gstc.Value{Record: f.stats.record()}
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

// Start opens the bundle and warms it up.
func (f *filter) Start() error {
	set := f.settings()
	run, err := f.openSession(set)
	if err != nil {
		return failure(err, set)
	}
	f.mu.Lock()
	f.stats = stats{device: run.model.Device(), note: run.model.Why()}
	f.meter.reset(run.warm)
	f.mu.Unlock()
	f.run = run
	f.el.Logf(gstc.LogInfo, "%s: inference takes %v on %s", set.Model, run.warm, run.model.Device())
	if why := run.model.Why(); why != "" {
		f.el.Logf(gstc.LogInfo, "%s", why)
	}
	return nil
}

// Stop frees the bundle. The collector runs twice, so that what hangs on
// finalizers (ONNX Runtime's wrappers) is gone when the element is.
func (f *filter) Stop() {
	run := f.run
	if run == nil {
		return
	}
	f.run = nil
	f.tell(run, run.reporter.end)
	if err := run.close(); err != nil {
		f.el.Logf(gstc.LogWarning, "closing the model: %v", err)
	}
	runtime.GC()
	runtime.GC()
}

// Negotiate takes a new format and restarts the window.
func (f *filter) Negotiate(format gstc.Format) error {
	if f.run == nil {
		return gstc.ErrFlushing
	}
	if err := f.run.negotiate(format); err != nil {
		return failure(err, f.settings())
	}
	f.warnSlow(format)
	return nil
}

// Handle restarts the window and ends an open event: at each of the events the
// stream breaks, ends or jumps.
func (f *filter) Handle(gstc.Event) {
	run := f.run
	if run == nil {
		return
	}
	f.tell(run, run.reporter.end)
	run.analyzer.restart()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.restarts = run.analyzer.restarts
}

// Process works on one buffer.
func (f *filter) Process(frame *gstc.Frame) error {
	run := f.run
	if run == nil {
		return gstc.ErrFlushing
	}
	run.set = f.settings()
	if frame.Gap() {
		f.tell(run, run.reporter.end)
		run.analyzer.restart()
		f.count(outcome{}, run)
		return nil
	}
	o, err := run.look(frame)
	if err != nil {
		return failure(err, run.set)
	}
	if f.count(o, run) {
		f.el.PostLatency()
	}
	if o.blind {
		f.el.PostWarning(tooSlowText, fmt.Sprintf("%d gaps in a row; the bundle was trained at %g frames/s", maxGaps, run.model.FrameRate()))
	}
	if o.inferred {
		if e, ok := run.judge(frame, o); ok {
			f.report(run, e)
		}
	}
	if err := run.mark(frame); err != nil {
		return failure(err, run.set)
	}
	return nil
}

// count adds one frame to the stats and says whether the latency has changed.
func (f *filter) count(o outcome, run *session) (latency bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.frames++
	f.stats.restarts = run.analyzer.restarts
	if o.sampled {
		f.stats.sampled++
	}
	if o.skipped {
		f.stats.skipped++
	}
	if !o.inferred {
		return false
	}
	f.stats.inferences++
	f.stats.inferring += o.took
	f.stats.together += uint64(run.model.Together())
	f.stats.score = run.analyzer.result.Score
	f.stats.threshold = run.analyzer.result.Threshold
	f.stats.verdict = true
	return f.meter.add(o.took)
}

// tell reports what end gives, if anything.
func (f *filter) tell(run *session, end func() (event.Event, bool)) {
	if e, ok := end(); ok {
		f.report(run, e)
	}
}

// report counts an event and posts its message.
func (f *filter) report(run *session, e event.Event) {
	f.mu.Lock()
	if e.Kind == event.Begin {
		f.stats.events++
	}
	post := f.set.PostMessages
	f.mu.Unlock()
	if post {
		f.el.Post(message(e, run.analyzer.w, run.analyzer.h, run.format.Width, run.format.Height))
	}
}

// tooSlowText is the warning that a stream cannot fill the window.
const tooSlowText = "This stream has too few frames a second for the bundle: nothing will be judged."

// warnSlow warns of a stream too slow for the bundle's window ever to fill.
func (f *filter) warnSlow(format gstc.Format) {
	if rate := f.run.model.FrameRate(); tooSlow(format, rate) {
		f.el.PostWarning(tooSlowText,
			fmt.Sprintf("the stream has %d/%d frames/s, the bundle was trained at %g", format.RateN, format.RateD, rate))
	}
}
