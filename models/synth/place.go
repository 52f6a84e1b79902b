package synth

import (
	"math"
	"math/rand/v2"
)

// walkWidth is the width of the walkway in metres.
const walkWidth = 10.0

// place is what stays: the camera, the sun, what stands around, and the empty
// picture with, for each pixel, where its ray meets the ground.
type place struct {
	cam     camera
	sun     vec // towards the sun
	seed    uint64
	crowns  []sphere  // leaves
	trunks  []part    // stems of the trees, a bench
	front   []part    // what stands between camera and walkway and may hide bodies
	empty   []float32 // h*w*3
	groundX []float32 // h*w, metres; NaN where the pixel does not show ground
	groundZ []float32
	sunny   []float32 // h*w, how much sun the ground there gets, 0..1
	h, w    int
}

// sphere is a clump of leaves; heart is the middle of its tree's crown.
type sphere struct {
	at, heart vec
	r         float64
}

func newPlace(seed uint64, night bool, h, w int) *place {
	r := rand.New(rand.NewPCG(seed, 0x706c616365))
	span := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	p := &place{seed: seed, h: h, w: w}
	pos := vec{0, span(7.7, 8.5), span(-10.6, -9.6)}
	pitch := math.Atan2(pos.y, 5.0-pos.z) - span(0.005, 0.03)
	p.cam = newCamera(pos, span(-0.12, 0.12), pitch, 1.07*float64(w), h, w)
	azimuth := span(0.35, 0.8)
	if r.IntN(2) == 0 {
		azimuth = math.Pi - azimuth
	}
	elevation := span(0.75, 0.95)
	p.sun = vec{math.Cos(azimuth) * math.Cos(elevation), math.Sin(elevation), -0.6 * math.Sin(azimuth) * math.Cos(elevation)}.unit()
	if night { // what the sun is by day is the lamp, on the other side of the camera
		p.sun = vec{-0.5 * p.sun.x, 0.8, -0.6}.unit()
	}

	side := math.Copysign(1, span(-1, 1))
	p.plant(r, vec{side * span(5, 7), 0, walkWidth + span(2.2, 3)}, span(1.5, 1.9))
	p.plant(r, vec{-side * span(6.5, 9), 0, walkWidth + span(3.2, 4.2)}, span(1.7, 2.1))
	p.plant(r, vec{-side * span(15, 17), 0, walkWidth + span(4, 5)}, 2)
	p.bench(vec{-side * span(0.5, 2.5), 0, walkWidth + 0.9})
	p.lamp(vec{side * span(3.4, 4.4), 0, -0.75})
	p.render()
	return p
}

// plant sets a tree with a crown of the given size, metres.
func (p *place) plant(r *rand.Rand, foot vec, size float64) {
	bark := colour{0.36, 0.31, 0.26}
	heart := foot.add(vec{0, 2.2 + size, 0})
	p.trunks = append(p.trunks,
		limb(foot, heart, 0.17, 0.09, bark),
		limb(foot.add(vec{0, 1.7, 0}), heart.add(vec{0.8 * size, 0, 0}), 0.08, 0.03, bark),
		limb(foot.add(vec{0, 1.9, 0}), heart.add(vec{-0.7 * size, 0.3, 0}), 0.08, 0.03, bark))
	for range 16 {
		d := vec{r.NormFloat64(), r.NormFloat64() * 0.8, r.NormFloat64()}.unit().scale(size * (0.35 + 0.5*r.Float64()))
		p.crowns = append(p.crowns, sphere{heart.add(d), heart, size * (0.38 + 0.2*r.Float64())})
	}
}

// bench stands with its back to the lawn.
func (p *place) bench(at vec) {
	wood, iron := colour{0.45, 0.36, 0.27}, colour{0.2, 0.2, 0.21}
	for _, x := range []float64{-0.75, 0.75} {
		p.trunks = append(p.trunks,
			limb(at.add(vec{x, 0, -0.2}), at.add(vec{x, 0.45, -0.2}), 0.035, 0.035, iron),
			limb(at.add(vec{x, 0, 0.2}), at.add(vec{x, 0.9, 0.28}), 0.035, 0.035, iron))
	}
	for _, s := range []vec{{0, 0.46, -0.18}, {0, 0.46, 0}, {0, 0.46, 0.17}, {0, 0.66, 0.24}, {0, 0.84, 0.27}} {
		p.trunks = append(p.trunks, limb(at.add(s).add(vec{-0.9, 0, 0}), at.add(s).add(vec{0.9, 0, 0}), 0.055, 0.055, wood))
	}
}

// lamp is a post on the near side, so that bodies pass behind it.
func (p *place) lamp(at vec) {
	iron := colour{0.24, 0.26, 0.26}
	p.front = []part{
		limb(at, at.add(vec{0, 0.5, 0}), 0.11, 0.07, iron),
		limb(at.add(vec{0, 0.4, 0}), at.add(vec{0, 3.4, 0}), 0.055, 0.045, iron),
		limb(at.add(vec{0, 3.5, 0}), at.add(vec{0, 3.75, 0}), 0.16, 0.12, colour{0.85, 0.85, 0.82}),
		limb(at.add(vec{0, 3.85, 0}), at.add(vec{0, 3.9, 0}), 0.2, 0.06, iron),
	}
}

// render draws the empty picture, 3x3 rays a pixel, and balances its white.
func (p *place) render() {
	n := p.h * p.w
	p.empty = make([]float32, 3*n)
	p.groundX, p.groundZ, p.sunny = make([]float32, n), make([]float32, n), make([]float32, n)
	const grid = 3
	for y := range p.h {
		for x := range p.w {
			var sum colour
			for s := range grid * grid {
				u := float64(x) + (float64(s%grid)+0.5)/grid
				v := float64(y) + (float64(s/grid)+0.5)/grid
				c := p.trace(p.cam.ray(u, v))
				sum = colour{sum.r + c.r, sum.g + c.g, sum.b + c.b}
			}
			i := y*p.w + x
			sum = sum.scale(1.0 / (grid * grid))
			p.empty[3*i], p.empty[3*i+1], p.empty[3*i+2] = float32(sum.r), float32(sum.g), float32(sum.b)
			p.survey(i, p.cam.ray(float64(x)+0.5, float64(y)+0.5))
		}
	}
	p.balance()
	c := &canvas{p.h, p.w, p.empty, make([]float32, n), make([]float32, n)}
	for _, t := range append(append([]part{}, p.trunks...), p.front...) {
		p.castShadow(c, t)
	}
	p.darken(c)
	p.drawParts(c, p.trunks, 1, 0)
	p.leaves(c)
}

// survey notes where the ray of pixel i meets open ground.
func (p *place) survey(i int, d vec) {
	nan := float32(math.NaN())
	p.groundX[i], p.groundZ[i] = nan, nan
	if d.y > -1e-3 {
		return
	}
	g := p.cam.pos.add(d.scale(-p.cam.pos.y / d.y))
	if g.z < hedgeZ {
		p.groundX[i], p.groundZ[i] = float32(g.x), float32(g.z)
		p.sunny[i] = float32(p.sunlight(g))
	}
}

// balance brings the means of the three colours over the picture half-way to
// each other (the grey-world assumption), as a camera's automatic white does,
// and sets the exposure so that the mean is a little below middle grey.
func (p *place) balance() {
	var mean [3]float64
	for i, v := range p.empty {
		mean[i%3] += float64(v) / float64(len(p.empty)/3)
	}
	grey := (mean[0] + mean[1] + mean[2]) / 3
	for i := range p.empty {
		p.empty[i] *= float32(0.47 / grey * math.Sqrt(grey/mean[i%3]))
	}
}
