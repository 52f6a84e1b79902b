package analyze

import (
	"bytes"
	"math"
	"slices"
	"time"

	"avid/runtime/steady"
)

// Bounds of the scenes. They were set on the ordinary clips of Ped2, the walkway, vtest
// and highway, on which none may be told, and on degraded ones (models/degrade).
const (
	darkShare = 0.4 // of the light of the training
	darkLevel = 70. // and at most so bright, grey levels
	darkFlat  = 0.6 // of the contrast of the training that a dark picture has at most
	black     = 5.  // grey levels that a picture without any light has at most
	blackFlat = 2.  // and their deviation

	blankShare = 0.3 // of the blocks with something to see that show it no more
	blankLoss  = 0.3 // of its texture that a blank block has at most
	blankOther = 12. // grey levels that it differs by at least
	blankFor   = 3 * time.Second

	softLoss = 0.5 // of the texture, by its contrast, that a picture out of focus has at most
	softFor  = 3 * time.Second

	frozenFor = 10 * time.Second

	lightShare = 0.35 // of the pixels that are others
	lightRise  = 0.25 // of that, within lightLook frames
	lightLook  = 10

	movedFar  = 0.02  // of the height that the picture has moved for certain
	movedBack = 0.008 // that it may be off when it is back
	movedFor  = 2 * time.Second

	usualIn = 60 * time.Second // what is usual follows
)

// Guard looks at the samples of a stream for what keeps them from being judged. Not
// safe for concurrent use.
type Guard struct {
	h, w   int
	follow float32 // share of a sample that what is usual takes over
	anchor *looks  // of the picture of the training; nil: there is none
	usual  *looks  // of late, while nothing was the matter; nil: not known yet
	now    looks
	kept   looks  // usual, once it is known
	counts []bool // which blocks count; nil: all

	raw     []byte // the sample before, as it came
	begun   bool   // there is one
	lit     bool   // one that was not dark has come
	differs bool   // two that were not the same have come
	others  [lightLook]float64
	at      int
	same    time.Duration // when the picture changed last
	// away is when the picture last lay where it should, before Moved is told, and when
	// it last did not, after.
	away  time.Duration
	first steady.Seen // of the present movement

	awaits  bool // another bundle, to which the light has changed at once
	marks   [len(scenes)]watchdog
	notices []Notice
}

// watchdog follows one scene.
type watchdog struct {
	active bool
	since  time.Duration // that it has been otherwise
	other  bool
}

// NewGuard returns a guard of samples of h×w pixels, rate a second, and the picture
// that the bundle keeps of its place, of that size; nil: it keeps none.
func NewGuard(picture []byte, h, w int, rate float64) *Guard {
	g := &Guard{h: h, w: w, follow: float32(1 - math.Exp(-1/(usualIn.Seconds()*rate))), raw: make([]byte, h*w)}
	g.now.init(h, w)
	g.kept.init(h, w)
	if len(picture) == h*w && h >= 2*lookBlock && w >= 2*lookBlock {
		g.anchor = new(looks)
		g.anchor.init(h, w)
		g.anchor.look(picture)
		g.anchor.sum(nil)
	}
	g.Restart()
	return g
}

// Restart begins anew, as for another stream.
func (g *Guard) Restart() {
	g.begun, g.lit, g.differs, g.awaits, g.usual, g.marks = false, false, false, false, nil, [len(scenes)]watchdog{}
}

// Held is the scene for which nothing is judged; "": there is none. A stream that begins
// dark is not judged before it is certain whether it is.
func (g *Guard) Held() Scene {
	if dark := g.marks[indexOf(Dark)]; dark.other && !dark.active && !g.lit {
		return Dark
	}
	for i, s := range scenes {
		if g.marks[i].active && g.holds(s) {
			return s
		}
	}
	return ""
}

// holds tells whether nothing is judged while a scene lasts.
func (g *Guard) holds(s Scene) bool {
	switch s {
	case Light, Covered, Dark:
		return true
	case Moved:
		return !g.first.Taken
	case OutOfFocus, Frozen, Drifted:
	}
	return false
}

// unsure tells that the picture may not be one that can be judged: its light has changed,
// it is dark, or shows less than it did, or seems to for less time than it takes to be told.
func (g *Guard) unsure() bool {
	for _, s := range []Scene{Dark, Covered, Light} {
		if m := &g.marks[indexOf(s)]; m.active || m.other {
			return true
		}
	}
	return false
}

// take looks at a sample as it came, and what was found in it, at an age of the stream
// (Step.Age: a time that jumps would end a scene at once, or never); lost says that the
// background is another one than it was. It returns what begins and ends, borrowed until
// the next call.
func (g *Guard) take(at time.Duration, raw []byte, seen steady.Seen, lost bool) []Notice {
	g.notices = g.notices[:0]
	if g.h < 2*lookBlock || g.w < 2*lookBlock {
		return nil
	}
	g.now.look(raw)
	g.now.sum(g.counts)
	if !g.begun {
		g.same = at
		for i := range g.others { // what a stream begins with is no change
			g.others[i] = seen.Other
		}
	} else if !bytes.Equal(raw, g.raw) {
		g.differs, g.same = true, at
	}
	rise := seen.Other - g.others[g.at]
	g.others[g.at] = seen.Other
	g.at = (g.at + 1) % lightLook

	dark := g.dark()
	blank := !dark && g.blank()
	found := seen.Right != 0 || seen.Down != 0
	g.lit = g.lit || !dark
	g.set(at, Dark, dark, movedFor)
	g.set(at, Covered, blank, blankFor)
	g.set(at, OutOfFocus, !dark && !blank && g.soft(), softFor)
	g.set(at, Frozen, g.differs && at-g.same >= frozenFor, 0)
	g.move(at, seen, lost)
	held := g.Held() != ""

	light := &g.marks[indexOf(Light)]
	switch {
	case !light.active && seen.Other >= lightShare && rise >= lightRise && !found && !held && !dark && !blank && g.begun:
		g.tell(at, Light, true)
	case light.active && !g.awaits && (seen.Learnt || seen.Other < lightShare-lightRise):
		g.tell(at, Light, false)
	}
	g.begun = true
	copy(g.raw, raw)
	g.accustom()
	return g.notices
}

// await adds to the notices of the sample that was taken last that its light has changed at
// once, where that is what another bundle knows.
func (g *Guard) await(at time.Duration, other bool) []Notice {
	if g.awaits = other; other && !g.marks[indexOf(Light)].active && g.begun {
		g.tell(at, Light, true)
	}
	return g.notices
}

// dark tells that there is no light to see by.
func (g *Guard) dark() bool {
	if g.seesNothing() {
		return false
	}
	if g.now.light < black && g.now.contrast < blackFlat {
		return true
	}
	return g.anchor != nil && g.now.light < darkLevel && g.now.light < darkShare*g.anchor.light && g.now.contrast < darkFlat*g.anchor.contrast
}

// blank tells that a good part of what is usually seen is not there.
func (g *Guard) blank() bool {
	if g.usual == nil {
		return false
	}
	seen, gone := 0, 0
	for i, was := range g.usual.texture {
		if was < textured || g.counts != nil && !g.counts[i] {
			continue
		}
		seen++
		if d := g.now.mean[i] - g.usual.mean[i]; g.now.texture[i] < blankLoss*was && (d > blankOther || d < -blankOther) {
			gone++
		}
	}
	return seen >= g.least() && float64(gone) >= blankShare*float64(seen)
}

// least is how many blocks must usually show something for it to be missed.
func (g *Guard) least() int {
	n := len(g.usual.texture)
	if g.counts != nil {
		n = 0
		for _, c := range g.counts {
			if c {
				n++
			}
		}
	}
	return max(n/16, 1)
}

// leave has blocks not count most of whose pixels do not, h·w values; nil: all count. Only
// whether the picture is frozen is for all of it to say: leaves that move are a camera that
// works.
func (g *Guard) leave(counts []bool) {
	defer func() {
		for _, l := range []*looks{g.anchor, g.usual} {
			if l != nil {
				l.sum(g.counts)
			}
		}
	}()
	g.counts = nil
	if counts == nil || g.h < 2*lookBlock || g.w < 2*lookBlock {
		return
	}
	g.counts = make([]bool, g.now.rows*g.now.cols)
	for i := range g.counts {
		n, y0, x0 := 0, i/g.now.cols*lookBlock, i%g.now.cols*lookBlock
		for y := y0; y < y0+lookBlock; y++ {
			for x := x0; x < x0+lookBlock; x++ {
				if counts[y*g.w+x] {
					n++
				}
			}
		}
		g.counts[i] = n > lookBlock*lookBlock/2
	}
}

// seesNothing tells that no block counts, so that nothing can be said of the light.
func (g *Guard) seesNothing() bool { return g.counts != nil && !slices.Contains(g.counts, true) }

// soft tells that edges are less sharp than is usual, by the contrast of what they part.
func (g *Guard) soft() bool {
	return g.usual != nil && g.usual.sharp > 0 && g.usual.contrast > 2 && g.now.contrast > 1 &&
		g.now.sharp/g.now.contrast < softLoss*g.usual.sharp/g.usual.contrast
}

// move follows whether the camera looks elsewhere, which all frames must show alike.
func (g *Guard) move(at time.Duration, seen steady.Seen, lost bool) {
	far := func(v, bound float64) bool { return math.Abs(v) > bound*float64(g.h) }
	away := far(seen.Right, movedFar) || far(seen.Down, movedFar)
	other := far(seen.Right-g.first.Right, movedBack) || far(seen.Down-g.first.Down, movedBack)
	m := &g.marks[indexOf(Moved)]
	switch {
	case !m.active && (!away || other) && !lost:
		g.first, g.away = seen, at
	case !m.active && (lost || at-g.away >= movedFor):
		if !away { // too far to be measured
			g.first = steady.Seen{}
		}
		g.away = at
		g.tell(at, Moved, true)
	case m.active && (lost || away || far(seen.Right, movedBack) || far(seen.Down, movedBack) || seen.Other >= lightShare):
		g.away = at
		if away {
			g.first.Taken = seen.Taken
		}
	case m.active && at-g.away >= movedFor:
		g.first, g.away = seen, at
		g.tell(at, Moved, false)
	}
}

// set begins or ends a scene once it has been so for a time.
func (g *Guard) set(at time.Duration, s Scene, is bool, lasts time.Duration) {
	m := &g.marks[indexOf(s)]
	if is == m.active {
		m.other = false
		return
	}
	if !m.other {
		m.other, m.since = true, at
	}
	if at-m.since >= lasts {
		g.tell(at, s, is)
	}
}

// tell begins or ends a scene.
func (g *Guard) tell(at time.Duration, s Scene, begin bool) {
	m := &g.marks[indexOf(s)]
	m.active, m.other = begin, false
	n := Notice{Scene: s, Begin: begin, Time: at, Held: begin && g.holds(s)}
	if s == Moved && begin {
		n.Right, n.Down = g.first.Right/float64(g.w), g.first.Down/float64(g.h)
	}
	g.notices = append(g.notices, n)
}

// accustom has what is usual follow what is seen, while nothing is the matter.
func (g *Guard) accustom() {
	for i := range g.marks {
		if g.marks[i].active || g.marks[i].other {
			return
		}
	}
	if g.usual == nil {
		g.kept.copy(&g.now)
		g.usual = &g.kept
		return
	}
	g.usual.follow(&g.now, g.follow)
}
