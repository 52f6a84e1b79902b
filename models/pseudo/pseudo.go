// Package pseudo makes irregularities out of normal footage, so that D can be
// taught what does not belong before it has ever seen it: patches of the same
// camera that move as nothing there moves, and time that runs too fast.
package pseudo

import (
	"math"
	"math/rand/v2"
	"slices"

	"avid/models/average"
)

// Clip is a run of consecutive grey frames of H·W bytes.
type Clip [][]byte

// Kind says what a sample holds.
type Kind int

// The kinds of samples.
const (
	Clean Kind = iota // nothing
	Paste             // a patch of other footage on a straight path
	Skip              // time runs Stride times as fast
	Shape             // a drawn shape on a straight path: kept for validation
)

// Generator draws samples from clips of one camera.
type Generator struct {
	H, W  int
	Clips []Clip
	// MinSpeed and MaxSpeed bound the speed of pasted patches, pixels a frame.
	MinSpeed, MaxSpeed float64
	// PasteShare and SkipShare are the shares of these kinds; the rest is clean.
	PasteShare, SkipShare float64
	// Shapes makes drawn shapes instead of patches and skips, and turned patches
	// in pictures that stand alone.
	Shapes bool
	// Still says that each clip is one picture that stands alone: nothing moves
	// in it, and its mirror image is another thing. Patches of MinSide to MaxSide
	// pixels then come from the same place of another picture.
	Still            bool
	MinSide, MaxSide float64
	// Grounds are those of Clips, as GroundOf makes them; nil: samples have none.
	Grounds []Ground
	// Upright samples are never mirrored.
	Upright bool
	// Counts is which pixels count, H·W values: irregularities are where some do, and
	// nothing of them is where none does. nil: all.
	Counts []bool
	// Cell is the side of the cells of a grid that Still pictures are made of; 0:
	// they are made of none.
	Cell int
}

// Sample is a clean window of 6 frames and the same with irregularities.
type Sample struct {
	Clean, Pseudo [average.Frames][]byte
	Kind          Kind
	Mirrored      bool // left and right are swapped
	// Cover is how much of each pixel of the newest frame a paste covers, 0 to 1.
	Cover []float32
	// Ground is what the place looks like at that time without what passes; nil where
	// the generator has no Grounds.
	Ground []byte
}

// NewSample returns buffers for a generator of h×w pixels.
func NewSample(h, w int) *Sample {
	s := &Sample{}
	for i := range s.Clean {
		s.Clean[i], s.Pseudo[i] = make([]byte, h*w), make([]byte, h*w)
	}
	s.Cover = make([]float32, h*w)
	return s
}

// Draw fills s with a random window, mirrored half the time.
func (g *Generator) Draw(rng *rand.Rand, s *Sample) {
	if g.Still {
		g.drawStill(rng, s)
		return
	}
	k := g.pick(rng)
	clip := g.Clips[k]
	t := average.Frames - 1 + rng.IntN(len(clip)-average.Frames+1)
	clear(s.Cover)
	if g.Grounds != nil {
		s.Ground = append(s.Ground[:0], g.Grounds[k].At(t)...)
	}
	for i := range average.Frames {
		copy(s.Clean[i], clip[t-average.Frames+1+i])
		copy(s.Pseudo[i], s.Clean[i])
	}
	s.Kind = Clean
	u := rng.Float64()
	switch {
	case g.Shapes:
		s.Kind = Shape
		g.paste(rng, s, g.shape(rng))
	case u < g.PasteShare:
		s.Kind = Paste
		for range 1 + rng.IntN(2) {
			g.paste(rng, s, g.patch(rng))
		}
	case u < g.PasteShare+g.SkipShare:
		if stride := g.stride(rng, t); stride > 1 {
			s.Kind = Skip
			for i := range average.Frames {
				copy(s.Pseudo[i], clip[t-stride*(average.Frames-1-i)])
			}
		}
	}
	g.leave(s)
	if s.Mirrored = rng.IntN(2) == 0 && !g.Upright; s.Mirrored {
		for i := range average.Frames {
			Mirror(s.Clean[i], g.W)
			Mirror(s.Pseudo[i], g.W)
		}
		Mirror(s.Cover, g.W)
		Mirror(s.Ground, g.W)
	}
}

// pick draws the number of a clip with a chance that is proportional to its windows.
func (g *Generator) pick(rng *rand.Rand) int {
	total := 0
	for _, c := range g.Clips {
		total += max(len(c)-average.Frames+1, 0)
	}
	n := rng.IntN(total)
	for i, c := range g.Clips {
		if n -= max(len(c)-average.Frames+1, 0); n < 0 {
			return i
		}
	}
	return 0
}

// stride draws how much too fast time runs, as far as frame t has a past.
func (g *Generator) stride(rng *rand.Rand, t int) int {
	return min(2+rng.IntN(4), t/(average.Frames-1))
}

// Mirror swaps left and right of a picture of rows of w pixels.
func Mirror[T byte | float32](f []T, w int) {
	for at := 0; at+w <= len(f); at += w {
		slices.Reverse(f[at : at+w])
	}
}

// sprite is a small picture with a coverage of 0 to 1.
type sprite struct {
	h, w  int
	grey  []float32
	alpha []float32
}

// patch cuts a piece where something moves, changes its size by 0.7 to 1.8 and
// softens its edge.
func (g *Generator) patch(rng *rand.Rand) sprite {
	clip := g.Clips[g.pick(rng)]
	t := average.Frames - 1 + rng.IntN(len(clip)-average.Frames+1)
	a, b := clip[t], clip[t-4]
	cx, cy := rng.IntN(g.W), rng.IntN(g.H)
	for range 60 { // a moving point, or after 60 tries any
		i := cy*g.W + cx
		if d := int(a[i]) - int(b[i]); d > 18 || d < -18 {
			break
		}
		cx, cy = rng.IntN(g.W), rng.IntN(g.H)
	}
	unit := float64(g.H) / 128
	sh := (10 + 26*rng.Float64()) * unit
	sw := sh * (0.4 + 1.0*rng.Float64())
	zoom := 0.7 + 1.1*rng.Float64()
	s := newSprite(int(sh*zoom), int(sw*zoom))
	soft := 1 + 2*rng.Float64()
	elliptic := rng.IntN(3) > 0
	for y := range s.h {
		for x := range s.w {
			py := float64(cy) + (float64(y)-float64(s.h-1)/2)/zoom
			px := float64(cx) + (float64(x)-float64(s.w-1)/2)/zoom
			s.grey[y*s.w+x] = Bilinear(a, g.H, g.W, py, px)
			s.alpha[y*s.w+x] = s.cover(y, x, elliptic, soft)
		}
	}
	return s
}

// shape draws a striped or plain ellipse or box of a random grey.
func (g *Generator) shape(rng *rand.Rand) sprite {
	unit := float64(g.H) / 128
	s := newSprite(int((8+22*rng.Float64())*unit), int((8+26*rng.Float64())*unit))
	base, amplitude := 255*rng.Float32(), 60*rng.Float32()
	fy, fx := 0.3*rng.NormFloat64(), 0.3*rng.NormFloat64()
	elliptic := rng.IntN(2) == 0
	for y := range s.h {
		for x := range s.w {
			v := base + amplitude*float32(math.Sin(fy*float64(y)+fx*float64(x)))
			s.grey[y*s.w+x] = min(max(v, 0), 255)
			s.alpha[y*s.w+x] = s.cover(y, x, elliptic, 1)
		}
	}
	return s
}

func newSprite(h, w int) sprite {
	h, w = max(h, 4), max(w, 4)
	return sprite{h, w, make([]float32, h*w), make([]float32, h*w)}
}

// cover is 1 inside and falls to 0 over soft pixels at the edge.
func (s sprite) cover(y, x int, elliptic bool, soft float64) float32 {
	dy := (float64(y) + 0.5 - float64(s.h)/2) / (float64(s.h) / 2)
	dx := (float64(x) + 0.5 - float64(s.w)/2) / (float64(s.w) / 2)
	depth := min(1-math.Abs(dy), 1-math.Abs(dx)) * float64(min(s.h, s.w)) / 2
	if elliptic {
		depth = (1 - math.Hypot(dy, dx)) * float64(min(s.h, s.w)) / 2
	}
	return float32(min(max(depth/soft, 0), 1))
}

// paste moves a sprite on a straight path through the six frames.
func (g *Generator) paste(rng *rand.Rand, s *Sample, p sprite) {
	speed := g.MinSpeed + (g.MaxSpeed-g.MinSpeed)*rng.Float64()
	angle := 2 * math.Pi * rng.Float64()
	// Most things in front of a camera move along the ground, not up.
	vy, vx := 0.5*speed*math.Sin(angle), speed*math.Cos(angle)
	cy, cx := g.centre(rng)
	var dark *shadow
	if !g.Shapes && rng.Float64() < shadowShare {
		dark = newShadow(rng)
	}
	for i := range average.Frames {
		dt := float64(i) - float64(average.Frames-1)/2
		var cover []float32
		if i == average.Frames-1 {
			cover = s.Cover
		}
		if dark != nil {
			g.cast(s.Pseudo[i], p, dark, cy+vy*dt, cx+vx*dt)
		}
		g.blend(s.Pseudo[i], cover, p, cy+vy*dt, cx+vx*dt)
	}
}

// centre draws where something is: anywhere that counts, or after some tries anywhere.
func (g *Generator) centre(rng *rand.Rand) (cy, cx float64) {
	for range centreTries {
		cy, cx = float64(g.H)*rng.Float64(), float64(g.W)*rng.Float64()
		if g.Counts == nil || g.Counts[int(cy)*g.W+int(cx)] {
			break
		}
	}
	return cy, cx
}

// centreTries finds a thousandth of the picture more often than not.
const centreTries = 1000

// leave takes what is irregular from where pixels do not count.
func (g *Generator) leave(s *Sample) {
	for i, c := range g.Counts {
		if c {
			continue
		}
		s.Cover[i] = 0
		for k := range s.Clean {
			s.Pseudo[k][i] = s.Clean[k][i]
		}
	}
}

// blend draws p with its centre at (cy, cx), to a fraction of a pixel, and notes in
// cover, where it is not nil, how much of each pixel that covers.
func (g *Generator) blend(f []byte, cover []float32, p sprite, cy, cx float64) {
	top, left := cy-float64(p.h)/2, cx-float64(p.w)/2
	for y := max(int(math.Floor(top)), 0); y <= min(int(top)+p.h, g.H-1); y++ {
		for x := max(int(math.Floor(left)), 0); x <= min(int(left)+p.w, g.W-1); x++ {
			py, px := float64(y)-top, float64(x)-left
			if py < 0 || px < 0 || py > float64(p.h-1) || px > float64(p.w-1) {
				continue
			}
			a := Lerp(p.alpha, p.w, p.h, py, px)
			v := Lerp(p.grey, p.w, p.h, py, px)
			i := y*g.W + x
			f[i] = byte(float32(f[i])*(1-a) + v*a + 0.5)
			if cover != nil {
				cover[i] = max(cover[i], a)
			}
		}
	}
}

// Lerp reads between four pixels of v, h rows of w; 0 ≤ y ≤ h−1, 0 ≤ x ≤ w−1.
func Lerp[T byte | float32](v []T, w, h int, y, x float64) float32 {
	y0, x0 := int(y), int(x)
	y1, x1 := min(y0+1, h-1), min(x0+1, w-1)
	fy, fx := float32(y-float64(y0)), float32(x-float64(x0))
	top := float32(v[y0*w+x0])*(1-fx) + float32(v[y0*w+x1])*fx
	bottom := float32(v[y1*w+x0])*(1-fx) + float32(v[y1*w+x1])*fx
	return top*(1-fy) + bottom*fy
}

// Bilinear reads between four pixels of a frame, whose border is repeated.
func Bilinear(f []byte, h, w int, y, x float64) float32 {
	return Lerp(f, w, h, min(max(y, 0), float64(h-1)), min(max(x, 0), float64(w-1)))
}
