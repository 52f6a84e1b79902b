// Package actors puts drawn bodies into ordinary footage, with exact masks: what does
// not belong there, of a kind that no network was taught with, where the footage itself
// has nothing irregular to choose and measure by.
package actors

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"avid/models/scene"
	"avid/models/synth"
)

// Role is what an actor is to be.
type Role struct {
	Kind     synth.Kind
	Standing bool // it does not move; a bag never does
	Seed     uint64
}

func (r Role) String() string {
	if r.Standing || r.Kind == synth.Bag {
		return r.Kind.String() + " standing"
	}
	return r.Kind.String()
}

// Clip is consecutive grey frames of h·w bytes with one actor in them, and the masks of
// what of it is seen: 255, else 0.
type Clip struct {
	Frames, Masks [][]byte
}

// ErrFrames says that no actor can be put into such frames.
var ErrFrames = errors.New("actors: frames cannot be acted in")

const (
	walking = 1.4  // metres/s, about what people walk
	person  = 1.72 // metres, how tall they are
	// foreground is how many grey levels a person differs from the ground.
	foreground = 20
	groundOf   = 48 // frames that the ground is made of, about
)

// Play puts an actor into frames of h·w grey bytes at rate frames/s: as large as the
// people are who pass on its row, and as fast as they walk. It is the same for the same
// role. The error wraps ErrFrames.
func Play(frames [][]byte, h, w int, rate float64, role Role) (*Clip, error) {
	if len(frames) == 0 || h < 16 || w < 16 || !(rate > 0) {
		return nil, fmt.Errorf("%w: %d of %dx%d pixels (width × height) at %g frames/s", ErrFrames, len(frames), w, h, rate)
	}
	for _, f := range frames {
		if len(f) != h*w {
			return nil, fmt.Errorf("%w: %d bytes for %dx%d pixels (width × height)", ErrFrames, len(f), w, h)
		}
	}
	rng := rand.New(rand.NewPCG(role.Seed, 0x6163746f7273))
	some := scene.Spread(frames, groundOf)
	ground := scene.Median(some)
	tall, foot := casting(rng, some, ground, h, w)
	p := synth.NewPerformer(role.Kind, rng.Uint64(), tall)
	pace := walking / rate
	if role.Standing || role.Kind == synth.Bag {
		pace = 0
	}
	scale := tall / person // pixels a metre
	middle := float64(w) * (0.25 + 0.5*rng.Float64())
	bright := min(max(mean(ground)/110, 0.5), 1.5)
	c := &Clip{}
	for k, f := range frames {
		way := (float64(k) - float64(len(frames)-1)/2) * pace
		cut := p.Render(way, pace == 0)
		top := int(math.Round(foot + way*scale*p.Down() - cut.Foot))
		left := int(math.Round(middle + way*scale*p.Right() - cut.Middle))
		frame, mask := slices.Clone(f), make([]byte, h*w)
		lay(frame, mask, h, w, cut, top, left, float32(bright))
		c.Frames, c.Masks = append(c.Frames, frame), append(c.Masks, mask)
	}
	return c, nil
}

// lay puts a cut-out over a frame.
func lay(frame, mask []byte, h, w int, cut *synth.Cutout, top, left int, bright float32) {
	for y := max(top, 0); y < min(top+cut.H, h); y++ {
		for x := max(left, 0); x < min(left+cut.W, w); x++ {
			from, at := (y-top)*cut.W+x-left, y*w+x
			a := cut.Cover[from]
			grey := min(bright*cut.Gray[from], 255)
			frame[at] = byte(float32(frame[at])*(1-a) + grey*a + 0.5)
			if a >= 0.5 {
				mask[at] = 255
			}
		}
	}
}

// casting draws the place of somebody who is there: how tall people are there and the
// row of their feet, pixels. Without anybody it is a sixth of the picture, in its lower
// half.
func casting(rng *rand.Rand, frames [][]byte, ground []byte, h, w int) (tall, foot float64) {
	var all []blob
	for _, f := range frames {
		all = append(all, blobs(f, ground, h, w)...)
	}
	if len(all) == 0 {
		return float64(h) / 6, float64(h) * (0.6 + 0.3*rng.Float64())
	}
	one := all[rng.IntN(len(all))]
	var heights []int // of those about that row
	for _, b := range all {
		if d := b.bottom - one.bottom; d <= h/12 && d >= -h/12 {
			heights = append(heights, b.bottom-b.top)
		}
	}
	slices.Sort(heights)
	return float64(heights[len(heights)/2]), float64(one.bottom)
}

// blob is rows top to bottom of something that stands in front of the ground.
type blob struct{ top, bottom int }

// blobs are the parts of a frame that stand upright in front of the ground.
func blobs(frame, ground []byte, h, w int) (all []blob) {
	front := make([]bool, h*w)
	for i, v := range frame {
		d := int(v) - int(ground[i])
		front[i] = d >= foreground || d <= -foreground
	}
	var stack []int
	for start := range front {
		if !front[start] {
			continue
		}
		front[start] = false
		stack = append(stack[:0], start)
		top, bottom, left, right, area := h, 0, w, 0, 0
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			y, x := i/w, i%w
			top, bottom, left, right, area = min(top, y), max(bottom, y+1), min(left, x), max(right, x+1), area+1
			for _, n := range [4]struct {
				ok bool
				at int
			}{{y > 0, i - w}, {y < h-1, i + w}, {x > 0, i - 1}, {x < w-1, i + 1}} {
				if n.ok && front[n.at] {
					front[n.at] = false
					stack = append(stack, n.at)
				}
			}
		}
		// Whole people: upright, some size, and not cut off by the picture's edge.
		tall, wide := bottom-top, right-left
		if tall > wide && tall < 4*wide && tall >= h/16 && 3*area > tall*wide && top > 0 && bottom < h && left > 0 && right < w {
			all = append(all, blob{top, bottom})
		}
	}
	return all
}

func mean(v []byte) float64 {
	sum := 0
	for _, b := range v {
		sum += int(b)
	}
	return float64(sum) / float64(len(v))
}
