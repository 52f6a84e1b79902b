package pseudo

import (
	"math/rand/v2"
)

// stillShare is the part of a picture that patches cover, about.
const stillShare = 0.25

// drawStill fills s with a picture that stands alone. Its irregularities are
// patches from the same place of another picture, so that what is cut through
// goes on as something else; those of Shapes are pieces of its own turned upside
// down.
func (g *Generator) drawStill(rng *rand.Rand, s *Sample) {
	own := g.pick(rng)[0]
	clean, pseudo := s.Clean[0], s.Pseudo[0]
	copy(clean, own)
	copy(pseudo, own)
	s.Kind = Clean
	switch {
	case g.Shapes:
		s.Kind = Shape
	case rng.Float64() < g.PasteShare:
		s.Kind = Paste
	}
	if s.Kind != Clean {
		side := (g.MinSide + g.MaxSide) / 2
		for range max(int(stillShare*float64(g.H*g.W)/(side*side)), 1) {
			g.stillPatch(rng, pseudo, own, s.Kind == Shape)
		}
	}
	for i := 1; i < Frames; i++ {
		copy(s.Clean[i], clean)
		copy(s.Pseudo[i], pseudo)
	}
}

// shift is how far, in pixels, the place that a patch comes from may lie beside
// the one it goes to.
const shift = 2

// stillPatch blends one patch into dst.
func (g *Generator) stillPatch(rng *rand.Rand, dst, own []byte, turned bool) {
	from := own
	dy, dx := 0, 0
	if !turned {
		from = g.pick(rng)[0]
		dy, dx = rng.IntN(2*shift+1)-shift, rng.IntN(2*shift+1)-shift
	}
	side := func() int { return max(int(g.MinSide+(g.MaxSide-g.MinSide)*rng.Float64()), 4) }
	p := newSprite(side(), side())
	top, left := rng.IntN(g.H-p.h+1), rng.IntN(g.W-p.w+1)
	soft, elliptic := 1+rng.Float64(), rng.IntN(2) == 0
	for y := range p.h {
		for x := range p.w {
			sy, sx := top+y+dy, left+x+dx
			if turned {
				sy, sx = top+p.h-1-y, left+p.w-1-x
			}
			p.grey[y*p.w+x] = float32(from[min(max(sy, 0), g.H-1)*g.W+min(max(sx, 0), g.W-1)])
			p.alpha[y*p.w+x] = p.cover(y, x, elliptic, soft)
		}
	}
	g.blend(dst, p, float64(top)+float64(p.h)/2, float64(left)+float64(p.w)/2)
}
