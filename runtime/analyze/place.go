package analyze

import (
	"slices"
	"time"

	"avid/models/scene"
)

// Place follows whether a stream shows the place that its bundle was trained on, by
// the still background. Now and then it compares, which takes some milliseconds;
// otherwise it copies a frame a second. Not safe for concurrent use.
type Place struct {
	h, w    int
	known   *scene.Shape // nil: the bundle keeps no picture of its place
	picture []byte       // that known is of
	counts  []bool       // which pixels count; nil: all
	frames  [][]byte     // of the present look, placeFrames of them
	taken   int
	due     time.Duration // when the next frame is taken
	every   time.Duration
	like    float64
	looked  bool // like is known
	told    bool // that it is another place
	was     bool // it was the bundle's before
}

// The pace of a Place: first placeFrames frames a second apart, then as many spread
// over half a minute, again and again.
const (
	placeFrames = 5
	leastFrames = 2 // at the end of a stream
	firstLook   = time.Second
	laterLooks  = 6 * time.Second
)

// NewPlace returns a Place for samples of h×w pixels and the picture that the bundle
// keeps, h·w grey bytes; nil: it keeps none, and nothing is ever told.
func NewPlace(picture []byte, h, w int) *Place {
	p := &Place{h: h, w: w, every: firstLook}
	if len(picture) == h*w {
		p.known, p.picture = scene.NewShape(picture, h, w), picture
		p.frames = make([][]byte, placeFrames)
		for i := range p.frames {
			p.frames[i] = make([]byte, h*w)
		}
	}
	return p
}

// leave has pixels say nothing of the place where counts is false, h·w values; nil: all
// count.
func (p *Place) leave(counts []bool) {
	if p.known == nil {
		return
	}
	p.counts = counts
	known := slices.Clone(p.picture)
	p.flatten(known)
	p.known = scene.NewShape(known, p.h, p.w)
	p.Restart()
}

// flatten takes out of a picture what does not count: samples show there what the bundle's
// picture has, and would be like it.
func (p *Place) flatten(picture []byte) {
	const grey = 128
	for i, c := range p.counts {
		if !c {
			picture[i] = grey
		}
	}
}

// Restart begins a new look, as for other caps.
func (p *Place) Restart() { p.taken, p.due, p.every = 0, 0, firstLook }

// take looks at a sample at a time of the stream.
func (p *Place) take(at time.Duration, frame []byte) {
	if p.known == nil || at < p.due && p.due-at <= p.every {
		return
	}
	copy(p.frames[p.taken], frame)
	p.flatten(p.frames[p.taken])
	p.taken++
	p.due = at + p.every
	if p.taken == placeFrames {
		p.compare()
	}
}

// compare ends a look.
func (p *Place) compare() {
	p.like = p.known.Likeness(scene.NewShape(scene.Median(p.frames[:p.taken]), p.h, p.w))
	p.looked, p.taken, p.every = true, 0, laterLooks
	if p.like >= scene.Other {
		p.told, p.was = false, p.was || p.like >= scene.Same
	}
}

// End looks at a stream that ends with what there is of it.
func (p *Place) End() {
	if !p.looked && p.taken >= leastFrames {
		p.compare()
	}
}

// Likeness is how like the stream's background is to the bundle's, 0 to 1; false
// where that is not known yet, or cannot be.
func (p *Place) Likeness() (float64, bool) { return p.like, p.looked }

// Other tells whether the stream shows another place.
func (p *Place) Other() bool { return p.looked && p.like < scene.Other }

// Lost tells whether the stream showed the bundle's place for certain and shows another
// now: the camera was turned.
func (p *Place) Lost() bool { return p.Other() && p.was }

// Tell returns true where it is to be told that the stream shows another place: once
// each time that this begins.
func (p *Place) Tell() bool {
	if !p.Other() || p.told {
		return false
	}
	p.told = true
	return true
}
