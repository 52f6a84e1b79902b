package synth

import (
	"math"
	"slices"
)

// part is a piece of a body in the world: a capsule from a to b, or, when
// poly is set, a flat convex polygon.
type part struct {
	a, b   vec
	ra, rb float64 // metres
	poly   []vec
	col    colour
	bias   float64 // metres added to the depth by which parts are ordered
}

func limb(a, b vec, ra, rb float64, col colour) part {
	return part{a: a, b: b, ra: ra, rb: rb, col: col}
}

func (t *part) middle() vec {
	if t.poly == nil {
		return t.a.mix(t.b, 0.5)
	}
	var m vec
	for _, v := range t.poly {
		m = m.add(v)
	}
	return m.scale(1 / float64(len(t.poly)))
}

// drawParts draws the pieces of one body, far ones first. sun is how much
// sunlight they get; truth is 1 when the body is irregular.
func (p *place) drawParts(c *canvas, parts []part, sun, truth float64) {
	depth := func(t part) float64 { return t.middle().sub(p.cam.pos).length() + t.bias }
	ordered := slices.Clone(parts)
	slices.SortStableFunc(ordered, func(a, b part) int {
		switch da, db := depth(a), depth(b); {
		case da > db:
			return -1
		case da < db:
			return 1
		}
		return 0
	})
	l := light{p.cam.eye(p.sun), sun}
	for i := range ordered {
		t := &ordered[i]
		if t.poly != nil {
			p.drawPoly(c, t, l, truth)
			continue
		}
		u0, v0, d0 := p.cam.project(t.a)
		u1, v1, d1 := p.cam.project(t.b)
		if d0 > 0 && d1 > 0 {
			c.capsule(u0, v0, t.ra*p.cam.focal/d0, u1, v1, t.rb*p.cam.focal/d1, t.col, l, truth)
		}
	}
}

func (p *place) drawPoly(c *canvas, t *part, l light, truth float64) {
	u, v := make([]float64, len(t.poly)), make([]float64, len(t.poly))
	for i, q := range t.poly {
		var d float64
		if u[i], v[i], d = p.cam.project(q); d <= 0 {
			return
		}
	}
	n := t.poly[1].sub(t.poly[0]).cross(t.poly[2].sub(t.poly[1])).unit()
	if n.dot(t.poly[0].sub(p.cam.pos)) > 0 {
		n = n.scale(-1)
	}
	c.polygon(u, v, t.col.scale(l.shade(n.dot(p.sun))), truth)
}

// castShadow adds the shadow of a part on the ground to the canvas: the part
// is projected along the sun, and the distance to it taken in metres on the
// ground, so that perspective is exact. The edge is softer the higher the
// part is, as the sun is not a point.
func (p *place) castShadow(c *canvas, t part) {
	if t.poly != nil {
		for i := range t.poly {
			j := (i + 1) % len(t.poly)
			p.castShadow(c, limb(t.poly[i], t.poly[j], 0.05, 0.05, t.col))
			p.castShadow(c, limb(t.poly[i].mix(t.poly[j], 0.5), t.middle(), 0.25, 0.3, t.col))
		}
		return
	}
	drop := func(q vec) vec { return q.sub(p.sun.scale(q.y / p.sun.y)) }
	a, b := drop(t.a), drop(t.b)
	soft := 0.03 + 0.03*math.Max(t.a.y, t.b.y)
	x0, y0, x1, y1 := p.groundBounds(c, a, b, math.Max(t.ra, t.rb)+soft)
	dx, dz := b.x-a.x, b.z-a.z
	inv := 1 / math.Max(dx*dx+dz*dz, 1e-9)
	for y := y0; y < y1; y++ {
		for i := y*c.w + x0; i < y*c.w+x1; i++ {
			px, pz := float64(p.groundX[i])-a.x, float64(p.groundZ[i])-a.z
			k := math.Min(1, math.Max(0, (px*dx+pz*dz)*inv))
			dist := math.Hypot(px-k*dx, pz-k*dz)
			cover := (t.ra + (t.rb-t.ra)*k - dist + soft/2) / soft
			if cover > 0 { // NaN, no ground, is not
				c.shadow[i] = max(c.shadow[i], float32(math.Min(1, cover)))
			}
		}
	}
}

// groundBounds is the box of pixels around a and b on the ground, grown by r metres.
func (p *place) groundBounds(c *canvas, a, b vec, r float64) (x0, y0, x1, y1 int) {
	u0, v0, u1, v1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, q := range [2]vec{a, b} {
		for _, o := range [4]vec{{-r, 0, -r}, {r, 0, -r}, {-r, 0, r}, {r, 0, r}} {
			u, v, d := p.cam.project(q.add(o))
			if d <= 0 {
				return 0, 0, 0, 0
			}
			u0, u1 = math.Min(u0, u), math.Max(u1, u)
			v0, v1 = math.Min(v0, v), math.Max(v1, v)
		}
	}
	return c.bounds(u0, v0, u1, v1)
}

// darken applies the shadows to the picture where the sun would shine, and
// clears them.
func (p *place) darken(c *canvas) {
	lit := 0.55 * p.sun.y
	loss := float32(lit / (0.62 + lit))
	for i, s := range c.shadow {
		if s == 0 {
			continue
		}
		k := 1 - loss*s*p.sunny[i]
		c.rgb[3*i] *= k
		c.rgb[3*i+1] *= k
		c.rgb[3*i+2] *= k
		c.shadow[i] = 0
	}
}
