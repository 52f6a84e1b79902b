// Package front takes out of the scores of the pixels those where no thing stands in front
// of the ground, though the picture differs from it nearby: cast shadows, and gaps that
// the closing of {E ≥ α} has filled.
package front

import (
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/nets"
)

const (
	// gap is the part of α below which all of a square of 3×3 pixels is a gap and not a
	// part of the thing that I(X) happens to be like.
	gap = 0.5
	// even is how far the light that is left may vary within 3×3 pixels of a shadow: the
	// noise of a camera, 4 grey levels, is as much as that on a ground of 100.
	even = 0.09
	// grow is how far, in pixels, the soft edge of a shadow lies from where it is even.
	grow = 2
	// lit is the least share of the light that counts as no shadow, and dim how much less
	// than the full shadow's its edge may have, where it lies on an edge of the ground.
	lit, dim = 0.97, 0.05
	// seen is the least E that may be a shadow, grey levels of [0,1].
	seen = 2. / average.White
)

// Trimmer trims pictures of one size. It is not safe for concurrent use.
type Trimmer struct {
	h, w  int
	light []float32 // what is left of the ground's light, by pixel; 2 where the picture is lighter or the same
	trim  []bool
}

// New returns a trimmer of pictures of h×w pixels.
func New(h, w int) *Trimmer {
	return &Trimmer{h: h, w: w, light: make([]float32, h*w), trim: make([]bool, h*w)}
}

// Picture is what Trim looks at, h·w elements each; it is borrowed for the call.
type Picture struct {
	Grey   []byte    // I(t)
	Ground []float32 // about I(X), grey levels of [0,1]: only whether it is lighter than I(t) counts
	Error  []float32 // E, |I(t) − I(X)|, grey levels of [0,1]
	Alpha  []float32 // the pixel threshold α
}

// Of is the picture of a run of the fused graph of one window, whose I is given the ground.
func Of(io *nets.FusedTensors) Picture {
	n := len(io.Error.F32)
	return Picture{Grey: io.Frames.U8[len(io.Frames.U8)-n:], Ground: io.Kept.F32, Error: io.Error.F32, Alpha: io.Alpha.F32}
}

// Trim takes gaps and, where shadow is not nil, shadows out of the scores of a picture's
// pixels and out of its mask, h·w elements each. It returns the highest score that is
// left, and allocates nothing.
func (t *Trimmer) Trim(p Picture, shadow *bundle.Shadow, score []float32, mask []byte) (highest float32) {
	clear(t.trim)
	if shadow != nil {
		t.measure(p)
	}
	for y := 1; y < t.h-1; y++ {
		for i := y*t.w + 1; i < (y+1)*t.w-1; i++ {
			switch {
			case score[i] <= nets.Outside:
			case t.gap(p, i):
				t.around(i, 1, func(int) bool { return true })
			case shadow != nil && t.shadow(shadow, i):
				t.around(i, grow, func(k int) bool { return t.light[k] >= shadow.Low-dim && t.light[k] <= lit })
			}
		}
	}
	highest = nets.Outside
	for i, out := range t.trim {
		if out && score[i] > nets.Outside {
			score[i], mask[i] = nets.Outside, 0
		}
		highest = max(highest, score[i])
	}
	return highest
}

// around marks the pixels up to reach beside and above pixel i that a test holds for.
func (t *Trimmer) around(i, reach int, test func(k int) bool) {
	y, x := i/t.w, i%t.w
	for v := max(y-reach, 0); v <= min(y+reach, t.h-1); v++ {
		for u := max(x-reach, 0); u <= min(x+reach, t.w-1); u++ {
			if k := v*t.w + u; test(k) {
				t.trim[k] = true
			}
		}
	}
}

// gap tells whether the 3×3 pixels about pixel i, not one at the border, show the ground.
func (t *Trimmer) gap(p Picture, i int) bool {
	for y := i - t.w; y <= i+t.w; y += t.w {
		for k := y - 1; k <= y+1; k++ {
			if p.Error[k] >= gap*p.Alpha[k] {
				return false
			}
		}
	}
	return true
}

// shadow tells whether the 3×3 pixels about pixel i, not one at the border, lie in a full
// shadow.
func (t *Trimmer) shadow(s *bundle.Shadow, i int) bool {
	low, high := t.about(i)
	return low >= s.Low && high <= s.High && high-low <= even
}

// measure is what part of the light of I(X) is left in each pixel.
func (t *Trimmer) measure(p Picture) {
	for i, v := range p.Grey {
		now := float32(v) / average.White
		if t.light[i] = 2; now < p.Ground[i] && p.Error[i] > seen {
			t.light[i] = now / max(now+p.Error[i], 1e-3)
		}
	}
}

// about is the least and the most light in the 3×3 pixels about pixel i, not one at the
// border.
func (t *Trimmer) about(i int) (low, high float32) {
	low, high = t.light[i], t.light[i]
	for y := i - t.w; y <= i+t.w; y += t.w {
		for _, v := range t.light[y-1 : y+2] {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}
