package avidwebrtcsink

import (
	"sync"
	"time"
)

// defaultStep stands in for the time from frame to frame where none is known.
const defaultStep = 40 * time.Millisecond

// timeline gives the frames their times for the viewers: the running time,
// which a seek would send back, made to go on. Both ends of the chain use it:
// enter for a frame on its way in, exit for it on its way out.
type timeline struct {
	mu      sync.Mutex
	offset  time.Duration
	entered time.Duration // the latest time given
	left    time.Duration
	step    time.Duration // between the last two frames that entered
	begun   bool          // a frame has entered
	out     bool          // a frame has left
	flushed bool          // since the last frame
}

// reset begins anew.
func (t *timeline) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offset, t.entered, t.left, t.step = 0, 0, 0, 0
	t.begun, t.out, t.flushed = false, false, false
}

// flush says that the frames under way are gone and that times may begin anew.
func (t *timeline) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flushed = t.begun
}

// enter is the time of a frame of the given running time; below 0: not known.
func (t *timeline) enter(pts time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case pts < 0 && t.begun:
		pts = t.entered + t.gap()
	case pts < 0:
		pts = 0
	default:
		if t.flushed && pts+t.offset <= t.entered {
			t.offset = t.entered + t.gap() - pts
		}
		pts += t.offset
	}
	if step := pts - t.entered; t.begun && step > 0 && step < time.Second {
		t.step = step
	}
	t.entered, t.begun, t.flushed = max(t.entered, pts), true, false
	return pts
}

// exit is the time of a frame that has entered before.
func (t *timeline) exit(pts time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case pts < 0 && t.out:
		pts = t.left + t.gap()
	case pts < 0:
		pts = 0
	default:
		pts += t.offset
	}
	t.left, t.out = max(pts, 0), true
	return t.left
}

func (t *timeline) gap() time.Duration {
	if t.step == 0 {
		return defaultStep
	}
	return t.step
}
