package fanout

import "time"

// Bounds of the group of pictures that is kept for new viewers.
const (
	gopSpan   = 4 * time.Second
	gopBytes  = 4 << 20
	gopFrames = 1024
)

// freshGOP is how old a key frame may be for a new viewer to start from it
// at once although the source could be asked for another. Being sent half a
// second of frames in one go costs less than a key frame for everybody.
const freshGOP = 500 * time.Millisecond

// gop is the present group of pictures, from its key frame on.
type gop struct {
	frames []*packetized
	bytes  int
	began  time.Time // when the key frame came
}

// add takes the next frame of the stream. A group that grows beyond the bounds
// is forgotten until the next key frame.
func (g *gop) add(f *packetized, now time.Time) {
	switch {
	case f.key:
		*g = gop{began: now}
	case len(g.frames) == 0:
		return
	}
	g.frames = append(g.frames, f)
	g.bytes += f.size
	span := f.pts - g.frames[0].pts
	if g.bytes > gopBytes || len(g.frames) > gopFrames || span > gopSpan || span < 0 {
		*g = gop{}
	}
}

// fresh says whether a viewer can start from the group at once.
func (g *gop) fresh(now time.Time) bool {
	return len(g.frames) > 0 && now.Sub(g.began) <= freshGOP
}
