package analyze

import (
	"fmt"
	"time"

	"avid/models/average"
)

// State says how it is with a stream.
type State int

// The states.
const (
	Filling State = iota // the window is not full yet, or judging has just begun
	Judging
	Blind  // frames come, and none is judged
	Silent // no frames come
	Held   // frames come, and a Scene keeps them from being judged
)

// String is the state as users read it.
func (s State) String() string {
	return [...]string{"filling", "judging", "blind", "silent", "held"}[s]
}

// Patience is how long a stream may be without a verdict before it counts as
// blind, or without a frame before it counts as silent.
const Patience = 3 * time.Second

// Watch follows whether a stream is judged, so that a filter that judges nothing
// says so, and why. Times of the clock are its caller's. It allocates nothing
// until there is something to tell. Not safe for concurrent use.
type Watch struct {
	rate     float64 // samples/s of the model
	longest  time.Duration
	patience time.Duration
	state    State
	busy     bool                // a frame is being judged
	told     bool                // the present blindness or silence has been told
	scenes   [len(scenes)]Notice // that last; the others are zero

	seen             time.Time     // last frame, or the beginning
	judged           time.Time     // last verdict, or the beginning
	media            time.Duration // of the stream since the last verdict
	last             time.Duration
	since            tally // the last verdict
	frames, verdicts uint64

	run      int // samples of a scene in a row
	runFrom  time.Duration
	samples  float64 // a second, over the last slowRun; 0: not known
	slowTold bool

	crowd crowd
}

// tally counts what became of frames.
type tally struct {
	frames, sampled, fillers, damaged, notLater, repeats, ahead, back, restarts, tooLate uint64
	gap                                                                                  time.Duration // the longest between two samples of one try
}

// NewWatch returns a watch of a stream that begins at now, for a model of rate
// samples/s.
func NewWatch(rate float64, now time.Time) *Watch {
	w := &Watch{rate: rate, seen: now, judged: now}
	w.Interval(1)
	return w
}

// Begin starts anew at now, as where the stream goes on after a pause: the time
// of it does not count.
func (w *Watch) Begin(now time.Time) { w.seen, w.judged, w.media = now, now, 0 }

// Interval says on which sampled frames the model is run, so that a stream that
// is judged seldom on purpose is not called blind.
func (w *Watch) Interval(n uint) {
	w.patience = max(Patience, time.Duration(float64(average.Frames+2*max(n, 1))/w.rate*float64(time.Second)))
}

// Arrived says that a frame has come, before it is judged.
func (w *Watch) Arrived(now time.Time) {
	w.seen, w.busy = now, true
	if w.state == Silent {
		w.state, w.told, w.judged, w.media = Filling, false, now, 0
		w.since = tally{}
	}
}

// Restarted says that the caller began a new scene: other caps, a seek, a new
// segment.
func (w *Watch) Restarted() {
	w.run = 0 // times before and after have nothing to do with each other
	w.scenes = [len(scenes)]Notice{}
	if w.since.frames > 0 {
		w.since.restarts++
	}
}

// mostStep is the most that one step of the stream's own time counts for: a
// single jump, as after an outage, is no blindness.
const mostStep = time.Second

// Frame takes the outcome of a frame that has arrived; longest is Analyzer.Longest.
func (w *Watch) Frame(o *Outcome, longest time.Duration, now time.Time) {
	step := o.Time - w.last
	if w.frames > 0 && step > 0 {
		w.media += min(step, mostStep)
	}
	w.last, w.seen, w.longest, w.busy = o.Time, now, longest, false
	w.frames++
	w.pace(o)
	w.crowd.take(o)
	for _, n := range o.Notices {
		if !n.Begin {
			n = Notice{Scene: n.Scene}
		}
		w.scenes[indexOf(n.Scene)] = n
	}
	if o.Held != "" {
		w.hold(now)
		return
	}
	if o.Inferred {
		w.verdicts++
		w.state, w.told, w.judged, w.media = Judging, false, now, 0
		w.since = tally{}
		return
	}
	if w.state == Held && o.Sampled { // it is over, and the window fills again
		w.state = Filling
	}
	w.since.add(o)
}

// hold notes that a frame is not judged for a reason that is told of by itself.
func (w *Watch) hold(now time.Time) {
	w.state, w.told, w.judged, w.media = Held, false, now, 0
	w.since = tally{}
}

func (t *tally) add(o *Outcome) {
	t.frames++
	switch o.Skip {
	case FillsGap:
		t.fillers++
	case IsDamaged:
		t.damaged++
	case NotLater:
		t.notLater++
	case RepeatsImage:
		t.repeats++
	case NotSkipped, BetweenTwo:
	}
	switch o.Break {
	case JumpAhead:
		t.ahead++
		t.gap = max(t.gap, o.Since)
	case JumpBack:
		t.back++
	case Continues, NewStream:
	}
	if o.Sampled {
		t.sampled++
	}
	if o.TooLate {
		t.tooLate++
	}
}

// A stream counts as slow when slowRun samples in a row come at less than
// 1/slowFactor of the bundle's rate on average: a camera that drops a frame now
// and then is none.
const (
	slowRun    = 40
	slowFactor = 1.4
)

// pace follows how far apart the samples of a scene are.
func (w *Watch) pace(o *Outcome) {
	switch {
	case !o.Sampled:
	case o.Break != Continues || w.run == 0:
		w.run, w.runFrom = 1, o.Time
	default:
		if w.run++; w.run > slowRun {
			w.samples = slowRun / (o.Time - w.runFrom).Seconds()
			w.run, w.runFrom = 1, o.Time
		}
	}
}

// Slow tells, once, that the stream is judged with fewer samples/s than the
// bundle was trained at, so that everything seems to move faster than it does.
// It returns those samples/s.
func (w *Watch) Slow() (samples float64, tell bool) {
	if w.slowTold || w.samples == 0 || w.samples*slowFactor > w.rate {
		return 0, false
	}
	w.slowTold = true
	return w.samples, true
}

// Seen is when the last frame came.
func (w *Watch) Seen() time.Time { return w.seen }

// State is the state at the last call of Frame, Check or End.
func (w *Watch) State() State { return w.state }

// Reason says why nothing is judged, or not well: a sentence with what to do; "" while
// all is well.
func (w *Watch) Reason() string {
	switch w.state {
	case Silent:
		return "no frames come: check the camera and what is before the filter"
	case Blind:
		return w.since.why(w)
	case Held, Filling, Judging:
		if n, ok := w.lasting(); ok {
			return n.String()
		}
		if w.crowd.on {
			return tooSlow
		}
	}
	return ""
}

// lasting is the weightiest scene that lasts, one that is held before the others.
func (w *Watch) lasting() (n Notice, ok bool) {
	for _, s := range w.scenes {
		if s.Begin && (!ok || s.Held && !n.Held) {
			n, ok = s, true
		}
	}
	return n, ok
}

// Scene is the scene that lasts, the weightiest of them; "": there is none.
func (w *Watch) Scene() Scene {
	n, _ := w.lasting()
	return n.Scene
}

// Check looks at the stream at now and returns true where blindness or silence
// is to be told: once each time that it begins.
func (w *Watch) Check(now time.Time) bool {
	switch {
	case !w.busy && now.Sub(w.seen) >= w.patience:
		w.state = Silent
	case now.Sub(w.judged) >= w.patience || w.media >= w.patience:
		w.state = Blind
	default:
		return false
	}
	told := w.told
	w.told = true
	return !told
}

// End looks at a stream that has ended: one of which nothing was judged at all
// is blind, however short it was.
func (w *Watch) End() bool {
	if w.verdicts > 0 || w.told || w.frames == 0 {
		return false
	}
	w.state, w.told = Blind, true
	return true
}

// why is the reason for no verdict among the frames that were counted.
func (t *tally) why(w *Watch) string {
	most := func(n uint64) bool { return 2*n >= t.frames }
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.3g s", d.Seconds()) }
	switch {
	case w.busy && t.frames == 0:
		return "an inference takes longer than that: use a faster device or a smaller model"
	case most(t.notLater):
		return "the times of the frames do not go forward: have them stamped anew (videorate, do-timestamp=true), or play forwards"
	case most(t.damaged):
		return "most frames are damaged: look at the network or the disk (lost packets), and at the decoder"
	case t.tooLate > 0 && t.ahead+t.back+t.restarts == 0 && t.sampled >= average.Frames:
		return "the pipeline is too late to judge: use a faster device, a smaller picture, or sync=false"
	case t.back > 0 && 2*t.back >= t.ahead:
		return "the times of the frames keep jumping back: have them stamped anew (do-timestamp=true), or look for two sources in one stream"
	case t.ahead > 0:
		text := fmt.Sprintf("frames are up to %s apart, and a bundle of %g frames/s needs one each %s at least", seconds(t.gap), w.rate, seconds(w.longest))
		if most(t.fillers) {
			return text + "; those between are flagged as fillers (repeated by videorate, say) and show nothing new: have the camera send more, or train with a lower --rate"
		}
		return text + ": have the camera send more, or train with a lower --rate; where frames are dropped before the filter, this machine is too slow for the stream"
	case most(t.fillers):
		return "most frames are flagged as fillers of a gap (GAP), which show nothing new"
	case t.restarts > 1:
		return "the stream begins anew (seek, segment or caps) before six frames have come"
	}
	return fmt.Sprintf("%d frames were enough for %d samples, and a verdict needs %d samples, %g a second", t.frames, t.sampled, average.Frames, w.rate)
}
