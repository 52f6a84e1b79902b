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

// Place is where a frame lies in the sampling of its stream.
type Place int

const (
	// Between is a frame that is left out: between two samples, at the time of
	// the one before, or a little before it.
	Between Place = iota
	// Sampled is a frame that continues the scene.
	Sampled
	// Ahead is a sample that begins a new scene, since it lies more than 2.5
	// sample periods after the last one.
	Ahead
	// Back is a sample that begins a new scene, since it lies more than 2.5 sample
	// periods before the frame before it.
	Back
)

// NewScene tells whether the frame begins a new scene.
func (p Place) NewScene() bool { return p == Ahead || p == Back }

// Sampler chooses, from the presentation times of a stream, the frames that
// a window is made of: as nearly as the stream has them, 1/rate apart. It
// lays a grid through the first frame and takes for each of its points the
// frame nearest to it. The grid does not move with a frame's jitter, so that
// jitter does not add up. A stream no faster than the rate is taken whole. Times
// alone decide where a new scene begins. It allocates nothing and is for one
// goroutine at a time.
type Sampler struct {
	period float64       // ns between samples
	step   float64       // mean ns between frames of the stream; 0 unknown
	due    float64       // next point of the grid, ns
	last   time.Duration // frame last taken
	seen   time.Duration // latest frame offered
	begun  bool

	// Before the last sample, for Retract.
	lastBefore time.Duration
	dueBefore  float64
}

// NewSampler returns a sampler of rate frames/s, which must be above zero.
func NewSampler(rate float64) *Sampler {
	if !(rate > 0) || math.IsInf(rate, 1) {
		panic(fmt.Sprintf("window: sample rate of %v frames/s", rate))
	}
	return &Sampler{period: float64(time.Second) / rate}
}

// Offer tells where the frame at presentation time pts lies. Offer every frame
// once, in order. The first one after Reset is a sample.
func (s *Sampler) Offer(pts time.Duration) Place {
	switch limit := s.Longest(); {
	case !s.begun:
		s.begin(pts)
		return Sampled
	case pts-s.last > limit:
		s.begin(pts)
		return Ahead
	case s.seen-pts > limit:
		s.begin(pts)
		return Back
	case pts <= s.seen:
		return Between
	}
	s.observe(float64(pts - s.seen))
	s.seen = pts
	late := float64(pts) - s.due
	if late < -early*s.step {
		return Between
	}
	s.lastBefore, s.dueBefore = s.last, s.due
	s.last = pts
	if late >= s.period {
		// Another point is past: the stream is slow, or frames are missing.
		s.due = float64(pts) + s.period
	} else {
		s.due += s.period + pull*late
	}
	return Sampled
}

// begin lays the grid anew through a frame at pts.
func (s *Sampler) begin(pts time.Duration) {
	*s = Sampler{period: s.period, step: s.step, begun: true, seen: pts, last: pts, due: float64(pts) + s.period}
	s.lastBefore, s.dueBefore = s.last, s.due
}

// Retract takes back that the frame offered last is a sample: it repeats the
// sample before it. The next frame is then due.
func (s *Sampler) Retract() { s.last, s.due = s.lastBefore, s.dueBefore }

// Longest is the longest time that may pass from a sample to the next within a
// scene: 2.5 sample periods, or 2.5 frames of a stream that is slower.
func (s *Sampler) Longest() time.Duration {
	return time.Duration(gapPeriods * max(s.period, s.step))
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

// Reset forgets the stream, for another one or another place in it.
func (s *Sampler) Reset() { *s = Sampler{period: s.period} }
