package avidwebrtcsink

import (
	"time"

	"avid/element/gstc"
)

// order notices frames that are not in the order in which they are shown
// (B-frames), which no browser plays in WebRTC.
type order struct {
	last time.Duration
	told bool
}

// bFramesText is the warning of them.
const bFramesText = "This video has B-frames, which browsers do not play: have it encoded without (x264enc bframes=0 or tune=zerolatency, or the camera's setting), or decode it before the sink."

// back says, once, that a frame is to be shown before the one that came before.
func (o *order) back(pts time.Duration, key bool) bool {
	back := !key && pts < o.last
	o.last = pts
	if !back || o.told {
		return false
	}
	o.told = true
	return true
}

// check warns of the first such frame.
func (o *order) check(bin *gstc.Bin, pts time.Duration, key bool) {
	if o.back(pts, key) {
		bin.PostWarning(bFramesText, "a frame at "+pts.String()+" came after a later one")
	}
}
