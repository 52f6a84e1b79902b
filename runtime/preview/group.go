package preview

import "time"

// Bounds of the group of pictures that is kept for new viewers.
const (
	groupSpan   = 4 * time.Second
	groupBytes  = 4 << 20
	groupFrames = 1024
)

// freshGroup is how old a key frame may be for a new viewer to start from it
// at once although the source could be asked for another. Being sent half a
// second of frames in one go costs less than a key frame for everybody.
const freshGroup = 500 * time.Millisecond

// group is the present group of pictures, from its key frame on.
type group struct {
	frames []*packed
	bytes  int
	began  time.Time // when the key frame came
}

// add takes the next frame of the stream. A group that grows beyond the bounds
// is forgotten until the next key frame.
func (g *group) add(f *packed, now time.Time) {
	switch {
	case f.key:
		*g = group{began: now}
	case len(g.frames) == 0:
		return
	}
	g.frames = append(g.frames, f)
	g.bytes += f.size
	span := f.pts - g.frames[0].pts
	if g.bytes > groupBytes || len(g.frames) > groupFrames || span > groupSpan || span < 0 {
		*g = group{}
	}
}

// fresh says whether a viewer can start from the group at once.
func (g *group) fresh(now time.Time) bool {
	return len(g.frames) > 0 && now.Sub(g.began) <= freshGroup
}
