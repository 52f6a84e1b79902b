package analyze

import "time"

// defaultStep stands in where a stream has neither times nor a rate: that of a
// camera with 25 frames/s.
const defaultStep = 40 * time.Millisecond

// clock gives each frame a time: its own, or where it has none, one step of
// the frame rate after the last.
type clock struct {
	step  time.Duration // 0: not known
	last  time.Duration
	begun bool
}

func (c *clock) reset() { c.last, c.begun = 0, false }

// at returns the time of the next frame, whose own is pts; below 0: none.
func (c *clock) at(pts time.Duration) time.Duration {
	if pts < 0 {
		pts = 0
		if c.begun {
			step := c.step
			if step <= 0 {
				step = defaultStep
			}
			pts = c.last + step
		}
	}
	c.last, c.begun = pts, true
	return pts
}
