package pseudo

import "math/rand/v2"

// shadowShare is the share of pasted patches that cast a shadow, so that D learns that
// a shadow belongs to what moves and is no part of it.
const shadowShare = 0.5

// shadow is how a thing's shadow lies on the ground: its outline laid flat from its
// foot on.
type shadow struct {
	depth float32 // share of the light that it takes
	long  float64 // height of the shadow by that of the thing, below 0 where it falls towards the camera
	slant float64 // how far its head lies to the side, by the thing's height
}

func newShadow(rng *rand.Rand) *shadow {
	s := &shadow{depth: 0.12 + 0.38*rng.Float32(), long: 0.12 + 0.4*rng.Float64(), slant: 2.4*rng.Float64() - 1.2}
	if rng.IntN(2) == 0 {
		s.long = -s.long
	}
	return s
}

// cast darkens f by the shadow of p with its centre at (cy, cx).
func (g *Generator) cast(f []byte, p sprite, s *shadow, cy, cx float64) {
	foot, tall := cy+float64(p.h)/2, float64(p.h)
	head := foot - s.long*tall
	for y := max(int(min(foot, head)), 0); y <= min(int(max(foot, head))+1, g.H-1); y++ {
		up := (foot - float64(y)) / (s.long * tall) // 0 at the foot, 1 at the head
		if up < 0 || up > 1 {
			continue
		}
		from := cx + s.slant*tall*up - float64(p.w)/2
		for x := max(int(from), 0); x <= min(int(from)+p.w, g.W-1); x++ {
			px := float64(x) - from
			if px < 0 || px > float64(p.w-1) {
				continue
			}
			a := Lerp(p.alpha, p.w, p.h, (1-up)*float64(p.h-1), px)
			i := y*g.W + x
			f[i] = byte(float32(f[i])*(1-s.depth*a) + 0.5)
		}
	}
}
