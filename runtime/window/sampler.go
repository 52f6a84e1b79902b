package window

import (
	"fmt"
	"math"
	"time"
)

// The sampler's constants, chosen on the streams of its tests.
const (
	// gapPeriods is how many sample periods may pass after a taken frame
	// before what follows counts as another scene: one sample may be lost,
	// two may not.
	gapPeriods = 2.5
	// pull is the part of each miss by which the grid follows the stream. A
	// camera whose clock is off by some tenths of a percent (29.97 for 30,
	// 10.01 for 10) is so followed, where a stiff grid would have to skip or
	// repeat a frame now and then, and motion would seem to jump.
	pull = 0.02
	// ease is the weight of the newest interval in the mean interval of the
	// stream.
	ease = 0.1
	// early is how far before its point a frame may be taken, in intervals of
	// the stream: a half, where the next frame is as near, and a little for
	// what jitter does to the grid and to the mean interval.
	early = 0.6
)

// Sampler chooses, from the presentation times of a stream, the frames that
// a window is made of: as nearly as the stream has them, 1/rate apart. It
// lays a grid through the first frame and takes for each of its points the
// frame nearest to it. The grid does not move with a frame's jitter, so that
// jitter does not add up. A stream no faster than the rate is taken whole. It
// allocates nothing and is for one goroutine at a time.
type Sampler struct {
	period float64       // ns between samples
	step   float64       // mean ns between frames of the stream; 0 unknown
	due    float64       // next point of the grid, ns
	last   time.Duration // frame last taken
	seen   time.Duration // frame last offered
	begun  bool
}

// NewSampler returns a sampler of rate frames/s, which must be above zero.
func NewSampler(rate float64) *Sampler {
	if !(rate > 0) || math.IsInf(rate, 1) {
		panic(fmt.Sprintf("window: sample rate of %v frames/s", rate))
	}
	return &Sampler{period: float64(time.Second) / rate}
}

// Take tells whether the frame at presentation time pts is a sample. Offer
// every frame once, in order. The first one after Reset is a sample, and so
// is one whose time went back; a second one of the same time is not.
func (s *Sampler) Take(pts time.Duration) bool {
	switch {
	case !s.begun || pts < s.seen:
		s.begun, s.seen, s.last = true, pts, pts
		s.due = float64(pts) + s.period
		return true
	case pts == s.seen:
		return false
	}
	s.observe(float64(pts - s.seen))
	s.seen = pts
	late := float64(pts) - s.due
	if late < -early*s.step {
		return false
	}
	s.last = pts
	if late >= s.period {
		// Another point is past: the stream is slow, or frames are missing.
		s.due = float64(pts) + s.period
	} else {
		s.due += s.period + pull*late
	}
	return true
}

// observe eases the mean interval towards one of the stream's. A single long
// one counts as two at most: frames were lost.
func (s *Sampler) observe(interval float64) {
	if s.step == 0 {
		s.step = interval
		return
	}
	s.step += ease * (min(interval, 2*s.step) - s.step)
}

// Gap tells whether a frame at pts, not yet offered, does not continue what
// was sampled: its time went back, or lies more than 2.5 sample periods after
// the last sample (2.5 frames of a stream slower than that). The caller then
// empties the window; Take goes on by itself.
func (s *Sampler) Gap(pts time.Duration) bool {
	return s.begun && (pts < s.seen || float64(pts-s.last) > gapPeriods*max(s.period, s.step))
}

// Reset forgets the stream, for another one or another place in it.
func (s *Sampler) Reset() { *s = Sampler{period: s.period} }
