package pseudo

import (
	"math/rand/v2"

	"avid/models/average"
)

// stillShare is the part of a picture that patches cover, about; tipShare is the
// share of the irregularities of pictures in a grid that are cells lying on their
// side; shift is how far, in pixels, the place that a patch comes from may lie
// beside the one it goes to.
const (
	stillShare = 0.25
	tipShare   = 0.5
	shift      = 2
)

// drawStill fills s with a picture that stands alone. Its irregularities are
// patches from the same place of another picture, so that what is cut through
// goes on as something else, and whole cells tipped over; those of Shapes are
// pieces of its own turned upside down.
func (g *Generator) drawStill(rng *rand.Rand, s *Sample) {
	own := g.Clips[g.pick(rng)][0]
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
			switch {
			case g.Shapes:
				g.patchStill(rng, pseudo, own, true)
			case g.Cell > 0 && rng.Float64() < tipShare:
				g.tip(rng, pseudo)
			default:
				g.patchStill(rng, pseudo, g.Clips[g.pick(rng)][0], false)
			}
		}
	}
	for i := 1; i < average.Frames; i++ {
		copy(s.Clean[i], clean)
		copy(s.Pseudo[i], pseudo)
	}
	g.leave(s)
}

// patchStill blends a piece of a picture into dst, at about the same place or,
// turned upside down, at the very same.
func (g *Generator) patchStill(rng *rand.Rand, dst, from []byte, turned bool) {
	dy, dx := 0, 0
	if !turned {
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
	g.blend(dst, nil, p, float64(top)+float64(p.h)/2, float64(left)+float64(p.w)/2)
}

// tip lays the content of a whole cell on its side, mirrored or not: the strokes
// are whole and clean, and the thing is none of those that are normal.
func (g *Generator) tip(rng *rand.Rand, dst []byte) {
	n := g.Cell
	top, left := rng.IntN(g.H/n)*n, rng.IntN(g.W/n)*n
	flipY, flipX := rng.IntN(2) == 0, rng.IntN(2) == 0
	cell := make([]byte, n*n)
	for y := range n {
		copy(cell[y*n:(y+1)*n], dst[(top+y)*g.W+left:])
	}
	for y := range n {
		for x := range n {
			sy, sx := x, y
			if flipY {
				sy = n - 1 - sy
			}
			if flipX {
				sx = n - 1 - sx
			}
			dst[(top+y)*g.W+left+x] = cell[sy*n+sx]
		}
	}
}
