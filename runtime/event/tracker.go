package event

import (
	"math/bits"
	"time"

	"avid/runtime/verdict"
)

// Tracker follows one stream. It is for one goroutine at a time and
// allocates nothing once it has seen the most boxes.
type Tracker struct {
	config  Config
	history uint64           // bit i: the frame i before this one was irregular
	past    [maxWithin]frame // the last frames, the newest at now
	now     int
	ids     *uint64 // number of the last event of all who share them
	id      uint64  // of the last event of this one
	open    bool
	lasts   bool          // enough of the last frames have been irregular since begun
	begun   time.Duration // first irregular frame of those

	first   time.Duration // irregular frame that the event starts at
	seen    time.Duration // last irregular frame
	score   float32       // of the last irregular frame
	limit   float32       // threshold of the last frame
	peak    float32       // of the event
	changed time.Duration // last report
	shown   float32       // peak at the last report
	boxes   []verdict.Box // of the last irregular frame
	known   int           // how many of them the last report had
}

// frame is what is remembered of a frame.
type frame struct {
	pts   time.Duration
	score float32
}

// NewTracker returns a tracker. The error is ErrConfig.
func NewTracker(c Config) (*Tracker, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Tracker{config: c, ids: new(uint64)}, nil
}

// Update takes the verdict on the frame at pts: its score, the threshold it
// is held against, both in logit units, and its irregular parts, which are
// copied. A frame is irregular when score ≥ threshold; a score that is no
// number never is. It returns true and one report, or false. Times must not
// go back: call Flush before.
func (t *Tracker) Update(pts time.Duration, score, threshold float32, boxes []verdict.Box) (Event, bool) {
	positive := score >= threshold
	t.now = (t.now + 1) % maxWithin
	t.past[t.now], t.limit = frame{pts, score}, threshold
	t.history <<= 1
	if positive {
		t.history |= 1
		t.seen, t.score, t.peak = pts, score, max(t.peak, score)
		t.boxes = append(t.boxes[:0], boxes...)
	}
	switch {
	case !t.open && t.lasted(pts) && positive:
		t.begin()
		return t.report(Begin, pts, score), true
	case !t.open:
		return Event{}, false
	case !positive && pts-t.seen >= t.config.Hold:
		return t.end(pts, score), true
	case positive && t.differs() && pts-t.changed >= t.config.Between:
		return t.report(Change, pts, score), true
	}
	return Event{}, false
}

// Flush ends an open event at its last irregular frame and forgets the frames
// before: at the end of the stream, where a new scene begins, and where no frames
// come. It returns true and the end, or false.
func (t *Tracker) Flush() (Event, bool) {
	t.history, t.lasts = 0, false
	if !t.open {
		return Event{}, false
	}
	return t.end(t.seen, t.score), true
}

// Present is the open event as it stands, without a kind; false where none is
// open. Its boxes hold until the next call.
func (t *Tracker) Present() (Event, bool) {
	if !t.open {
		return Event{}, false
	}
	return Event{ID: t.id, Start: t.first, Time: t.seen, Duration: t.seen - t.first, Score: t.score, Peak: t.peak, Threshold: t.limit, Boxes: t.boxes}, true
}

// Last is the number of the last event that has begun, 0: none. Continue has the next
// event follow such a number.
func (t *Tracker) Last() uint64 { return *t.ids }

// Continue has the next event be the one after id.
func (t *Tracker) Continue(id uint64) { *t.ids = id }

// Share has two trackers number their events together: no two have the same number.
func (t *Tracker) Share(with *Tracker) { t.ids = with.ids }

// Open tells whether an event has begun and not ended.
func (t *Tracker) Open() bool { return t.open }

// confirmed tells whether enough of the last frames were irregular.
func (t *Tracker) confirmed() bool {
	t.history &= ^uint64(0) >> (maxWithin - t.config.Within)
	return bits.OnesCount64(t.history) >= t.config.Confirm
}

// lasted tells whether enough of the last frames have been irregular for long enough.
func (t *Tracker) lasted(pts time.Duration) bool {
	if !t.confirmed() {
		t.lasts = false
		return false
	}
	if !t.lasts {
		t.lasts, t.peak = true, t.score
		for h := t.history; h != 0; h &= h - 1 {
			f := t.past[(t.now-bits.TrailingZeros64(h)+maxWithin)%maxWithin]
			t.begun, t.peak = f.pts, max(t.peak, f.score)
		}
	}
	return pts-t.begun >= t.config.MinDuration
}

// begin opens an event that starts at the oldest of the irregular frames
// that confirmed it.
func (t *Tracker) begin() {
	t.open = true
	*t.ids++
	t.id, t.first = *t.ids, t.begun
}

// differs tells whether there is news since the last report.
func (t *Tracker) differs() bool {
	return len(t.boxes) != t.known || float64(t.peak)-float64(t.shown) >= t.config.Rise
}

// report is a report on the open event.
func (t *Tracker) report(k Kind, pts time.Duration, score float32) Event {
	t.changed, t.shown, t.known = pts, t.peak, len(t.boxes)
	return Event{
		Kind: k, ID: t.id, Start: t.first, Time: pts, Duration: t.seen - t.first,
		Score: score, Peak: t.peak, Threshold: t.limit, Boxes: t.boxes,
	}
}

// end closes the open event.
func (t *Tracker) end(pts time.Duration, score float32) Event {
	e := t.report(End, pts, score)
	t.open = false
	t.history, t.lasts = 0, false
	return e
}
