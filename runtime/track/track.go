// Package track tells from frame to frame which box is the same thing, by how much boxes
// overlap. It knows nothing of looks: two things that cross may change their numbers.
package track

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"avid/runtime/verdict"
)

// ErrConfig means: a setting is out of range.
var ErrConfig = errors.New("track: setting out of range")

// Config are the settings of a Tracker.
type Config struct {
	// Overlap is the least intersection over union of two boxes of one thing, above 0
	// and at most 1.
	Overlap float64
	// Hold is for how long a thing is remembered that has no box, ≥ 0.
	Hold time.Duration
}

// DefaultConfig is: a fifth, since a walker of 20 pixels moves by up to half of that
// between two verdicts, which leaves a third; and a second, since a thing is often missed
// for some frames.
func DefaultConfig() Config { return Config{Overlap: 0.2, Hold: time.Second} }

// Validate tells whether every setting is in its range. The error is ErrConfig.
func (c Config) Validate() error {
	switch {
	case !(c.Overlap > 0 && c.Overlap <= 1):
		return fmt.Errorf("%w: overlap is %v, allowed is above 0 to 1", ErrConfig, c.Overlap)
	case c.Hold < 0:
		return fmt.Errorf("%w: hold is %v, allowed is 0 or more", ErrConfig, c.Hold)
	}
	return nil
}

// Tracker gives things their numbers. It is for one stream and one goroutine.
type Tracker struct {
	config Config
	things []thing
	last   uint64 // number given last
}

// thing is what had a box lately.
type thing struct {
	id   uint64
	box  verdict.Box
	seen time.Duration
}

// New makes a Tracker. The error is ErrConfig.
func New(c Config) (*Tracker, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Tracker{config: c}, nil
}

// Update returns a number for each box of the frame at pts: that of the thing whose last
// box it overlaps most, each thing having one box, or a new one from 1 on. A time that
// goes back forgets all things, since the stream has jumped.
func (t *Tracker) Update(pts time.Duration, boxes []verdict.Box) []uint64 {
	t.things = slices.DeleteFunc(t.things, func(o thing) bool { return pts < o.seen || pts-o.seen > t.config.Hold })
	ids := make([]uint64, len(boxes))
	for _, p := range t.pairs(boxes) {
		o := &t.things[p.thing]
		if ids[p.box] == 0 && o.seen != pts {
			ids[p.box], o.box, o.seen = o.id, boxes[p.box], pts
		}
	}
	for i, id := range ids {
		if id == 0 {
			t.last++
			ids[i] = t.last
			t.things = append(t.things, thing{t.last, boxes[i], pts})
		}
	}
	return ids
}

// Forget forgets all things, since the stream has jumped; numbers go on.
func (t *Tracker) Forget() { t.things = nil }

// pair is a box of this frame and a thing that it may be.
type pair struct {
	box, thing int
	overlap    float64
}

// pairs are those that overlap enough, the best ones first.
func (t *Tracker) pairs(boxes []verdict.Box) []pair {
	var all []pair
	for i, b := range boxes {
		for k, o := range t.things {
			if v := overlap(b, o.box); v >= t.config.Overlap {
				all = append(all, pair{i, k, v})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(b.overlap, a.overlap) })
	return all
}

// overlap is the intersection over union of two boxes, 0 to 1.
func overlap(a, b verdict.Box) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X)
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	both := float64(w) * float64(h)
	return both / (float64(a.W)*float64(a.H) + float64(b.W)*float64(b.H) - both)
}
