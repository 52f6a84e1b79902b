package analyze

import "time"

// tooSlow is what is told while a stream is crowded.
const tooSlow = "this machine is too slow for all that it judges: frames are lost while one is judged, and only some have a verdict; " +
	"have fewer cameras or fewer frames/s, a faster device, or a larger interval"

// A stream is crowded once so large a share of its last verdicts cost frames, and until the
// share is that small; each verdict has the weight crowdEase.
const (
	crowdFrom  = 0.3
	crowdUntil = 0.1
	crowdEase  = 0.1
)

// crowd follows how often the time of an inference costs so many frames that the window has
// to be filled anew: what waits before the filter keeps two pictures only.
type crowd struct {
	took  time.Duration // of the last inference; 0: there was none
	costs bool          // frames were lost for it
	share float64
	on    bool
}

// take takes the outcome of a frame.
func (c *crowd) take(o *Outcome) {
	// A camera that loses frames itself does so no matter how long an inference takes.
	if o.Break == JumpAhead && 2*c.took >= o.Since {
		c.costs = true
	}
	if !o.Inferred {
		return
	}
	if c.took > 0 {
		now := 0.0
		if c.costs {
			now = 1
		}
		c.share += crowdEase * (now - c.share)
	}
	c.took, c.costs = max(o.Took, 1), false
	c.on = c.share >= crowdFrom || c.on && c.share > crowdUntil
}
