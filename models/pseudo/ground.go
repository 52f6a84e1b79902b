package pseudo

import "avid/models/scene"

// groundSpan is how many frames of a clip have one ground, a minute of the default
// rate: light does not change much in it, and what stands there for a while is gone
// again. groundOf is how many of them it is made of.
const (
	groundSpan = 600
	groundOf   = 48
)

// Ground is what a clip's place looks like without what passes there: the median of
// each stretch of it.
type Ground [][]byte

// GroundOf looks through a clip.
func GroundOf(c Clip) (g Ground) {
	for at := 0; at < len(c); at += groundSpan {
		part := c[at:min(at+groundSpan, len(c))]
		if len(part) < groundSpan/4 && at > 0 { // too short for one of its own
			break
		}
		g = append(g, scene.Median(scene.Spread(part, groundOf)))
	}
	return g
}

// At is the ground at frame t.
func (g Ground) At(t int) []byte { return g[min(t/groundSpan, len(g)-1)] }
