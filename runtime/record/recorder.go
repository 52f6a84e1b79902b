package record

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"avid/runtime/event"
)

// Recorder records a camera. Its methods may be called from any goroutine; Write and
// Report wait for the disk, Offer does not.
type Recorder struct {
	store    *Store
	camera   string
	settings map[string]float64
	journal  *journal

	mu      sync.Mutex
	stream  stream
	ring    ring
	segment sink
	clips   []*clip // of events that are not over, or whose post-roll is not
	state   State
	closed  bool

	seen  atomic.Pointer[State] // as State saw it last
	queue queue
}

// State is how it is with a Recorder.
type State struct {
	Camera   string
	Codec    Codec // empty: nothing has come yet
	Bytes    int64 // written so far
	Segments int   // begun so far
	Clips    int   // begun so far
	// Dropped are the units that are in no file: they came before the first key frame,
	// faster than the disk writes, or while it could not be written to.
	Dropped uint64
	Failed  bool    // the disk cannot be written to at present
	Last    string  // the last failure, in words; empty: there was none
	Free    float64 // share of the disk that is free
}

// Recorder begins to record a camera; settings are the Sidecar's. The error wraps
// ErrStore where another one does. Close it.
func (s *Store) Recorder(camera string, settings map[string]float64) (*Recorder, error) {
	if camera == "" {
		return nil, fmt.Errorf("%w: a camera without a name", ErrStore)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.cameras[camera] {
		return nil, fmt.Errorf("%w: camera %s is recorded already, or the folder is closed", ErrStore, camera)
	}
	s.cameras[camera] = true
	r := &Recorder{store: s, camera: camera, settings: settings, journal: newJournal(s, camera), state: State{Camera: camera}}
	r.seen.Store(&State{Camera: camera})
	r.ring.keep = s.config.PreRoll + lateReport
	r.segment = sink{r: r, long: s.config.Segment}
	s.journals[camera] = r.journal
	r.queue.start(r)
	return r, nil
}

// Write records a unit. What fails is in State, as recording goes on by itself when it
// can; the error is ErrFormat where the stream can never be recorded as it is.
func (r *Recorder) Write(u Unit) error {
	if err := u.check(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	parts, lost := r.stream.add(u)
	r.state.Dropped += uint64(lost)
	r.state.Codec = u.Codec
	for _, p := range parts {
		r.take(p)
	}
	return nil
}

// take puts a whole part where it belongs.
func (r *Recorder) take(p *flow) {
	if p.cut {
		r.breakOff()
	}
	if p.part == nil {
		return
	}
	mode := r.store.config.Mode
	r.clips = keep(r.clips, func(c *clip) bool { return r.extend(c, p) })
	if mode == Continuous {
		frames := len(p.part.frames)
		if !r.segment.add(p.part, &p.coding) {
			r.state.Dropped += uint64(frames)
		}
	}
	if mode != Nothing {
		r.ring.add(p)
	}
	r.store.sweepIfDue()
}

// extend adds a part to a clip, and tells whether the clip goes on.
func (r *Recorder) extend(c *clip, p *flow) bool {
	if c.over(p.part.wall) {
		r.finishClip(c)
		return false
	}
	if r.store.config.Mode != Nothing {
		c.sink.add(p.part, &p.coding)
	}
	return true
}

// keep is the elements for which is.
func keep[T any](all []T, is func(T) bool) []T {
	left := all[:0]
	for _, v := range all {
		if is(v) {
			left = append(left, v)
		}
	}
	clear(all[len(left):])
	return left
}

// end ends files at what has come.
func (r *Recorder) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.stream.cut(nil) {
		r.take(p)
	}
	r.breakOff()
}

// breakOff ends files: what comes does not follow what was.
func (r *Recorder) breakOff() {
	r.segment.finish()
	for _, c := range r.clips {
		c.sink.finish()
	}
	r.ring.clear()
}

// fail notes a failure of the disk. It is told once, until it is over.
func (r *Recorder) fail(err error) {
	r.state.Last = err.Error()
	if !r.state.Failed {
		r.state.Failed = true
		r.store.options.Note(fmt.Sprintf("%s is not recorded at present: %v", r.camera, err))
	}
	r.store.retainSoon()
}

// works notes that the disk can be written to.
func (r *Recorder) works() {
	if r.state.Failed {
		r.state.Failed = false
		r.store.options.Note(r.camera + " is recorded again")
	}
}

// Report takes a record of an event of the camera: when it returns without an error, the
// record is on the disk. Of scenes there is no film; they are kept as Conditions.
func (r *Recorder) Report(rec event.Record) error {
	if rec.Type == event.SceneBegin || rec.Type == event.SceneEnd {
		r.journal.scene(rec)
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noteVerdicts() // those before it lie in what it ends
	if r.closed {
		return fmt.Errorf("%w: the recorder of %s is closed", ErrEvent, r.camera)
	}
	c := r.clipOf(rec.ID)
	if c == nil {
		c = r.begin(rec)
	}
	if err := c.report(rec); err != nil {
		r.fail(err)
		return fmt.Errorf("event %s of %s: %w", rec.ID, r.camera, err)
	}
	if r.store.config.Mode == Nothing && c.side.State == StateEnded { // no film is to come
		r.clips = keep(r.clips, func(other *clip) bool { return other != c })
		r.finishClip(c)
	}
	return nil
}

// Verdict notes the verdict on a frame, which Flush writes. It never waits for the disk.
func (r *Recorder) Verdict(v Verdict) { r.journal.verdict(v) }

// Frame notes that a frame has come, and why it is not judged; "": it is. It never waits
// for the disk.
func (r *Recorder) Frame(at time.Time, blind string) { r.journal.frame(at, blind) }

// Away notes that the camera cannot be reached, until a frame comes, and writes that; the
// files end.
func (r *Recorder) Away(at time.Time, why string) {
	r.Break()
	r.journal.away(at, why)
	r.Flush()
}

// Flush writes what has been judged since: the scores of the camera, and the verdicts of
// events that go on. Call it every Step or sooner, and with Away when the camera fails.
func (r *Recorder) Flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.noteVerdicts()
	r.journal.flush(r.store.options.Now())
}

// noteVerdicts writes the verdicts since with the events that they lie in.
func (r *Recorder) noteVerdicts() {
	for _, v := range r.journal.taken() {
		r.noteVerdict(v)
	}
}

func (r *Recorder) noteVerdict(v Verdict) {
	for _, c := range r.clips {
		if c.side.State == StateOpen && v.Time >= c.side.Begin.StartTime {
			if err := c.lines.add(Line{Verdict: &v}, false); err != nil {
				r.fail(err)
			}
			if c.lines.size >= c.lines.told+tellLines || c.lines.size < c.lines.told {
				c.row()
			}
		}
	}
}

func (r *Recorder) clipOf(id string) *clip {
	for _, c := range r.clips {
		if c.side.ID == id {
			return c
		}
	}
	return nil
}

// State returns how it is with the recorder, or was when it last could be seen: it does
// not wait for the disk, as who asks looks at many recorders.
func (r *Recorder) State() State {
	if r.mu.TryLock() {
		s := r.state
		r.mu.Unlock()
		r.seen.Store(&s)
	}
	s := *r.seen.Load()
	s.Dropped += r.queue.lost.Load()
	s.Free = r.store.freeShare()
	return s
}

// Close writes what it has and ends. It may be called twice.
func (r *Recorder) Close() error {
	r.queue.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	if p := r.stream.rest(); p != nil {
		r.take(p)
	}
	r.noteVerdicts()
	r.journal.flush(r.store.options.Now())
	r.closed = true
	r.breakOff()
	for _, c := range r.clips {
		r.finishClip(c)
	}
	r.clips = nil
	r.store.mu.Lock()
	delete(r.store.cameras, r.camera)
	delete(r.store.journals, r.camera)
	r.store.mu.Unlock()
	if r.state.Failed {
		return errors.New(r.state.Last)
	}
	return nil
}

// lateReport is how long after the first irregular frame its event may be reported: two
// more verdicts, behind a source's latency and a machine at its limit.
const lateReport = 10 * time.Second
