package analyze

import "time"

// defaultStep stands in where a stream has neither times nor a rate: that of a
// camera with 25 frames/s.
const defaultStep = 40 * time.Millisecond

// Clock gives each frame of a stream a time: its own, or where it has none, one step of
// the frame rate after the last. The zero value knows no rate.
type Clock struct {
	step  time.Duration // 0: not known
	last  time.Duration
	begun bool
}

// Rate says how many frames/s the stream has; 0 or less: not known, which is taken for 25.
func (c *Clock) Rate(rate float64) {
	c.step = 0
	if rate > 0 {
		c.step = time.Duration(float64(time.Second) / rate)
	}
}

// At returns the time of the next frame, whose own is pts; below 0: none.
func (c *Clock) At(pts time.Duration) time.Duration {
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

func (c *Clock) reset() { c.last, c.begun = 0, false }
