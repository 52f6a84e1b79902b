package synth

import "math"

// Where the things behind the walkway stand, metres.
const (
	hedgeZ      = walkWidth + 7.5
	hedgeHeight = 1.3
	wallZ       = walkWidth + 12.0
)

// trace is the colour that a ray from the camera meets, leaves apart.
func (p *place) trace(d vec) colour {
	at := func(z float64) vec { return p.cam.pos.add(d.scale((z - p.cam.pos.z) / d.z)) }
	if d.z > 1e-6 {
		if g := at(hedgeZ); g.y >= 0 {
			top := hedgeHeight + 0.25*(value2(g.x*1.7, 3, p.seed)-0.5)
			if g.y < top {
				return p.hedge(g)
			}
			if g = at(wallZ); g.y >= 0 {
				return p.wall(g)
			}
		}
	}
	if d.y > -1e-3 {
		return colour{0.75, 0.8, 0.85}
	}
	return p.ground(p.cam.pos.add(d.scale(-p.cam.pos.y / d.y)))
}

// ground is the lit colour of the ground at g.
func (p *place) ground(g vec) colour {
	var c colour
	wobble := 0.05 * fractal(g.x*0.8, 11, 2, p.seed)
	switch {
	case g.z < -0.28+wobble*0.2 || g.z > walkWidth+0.28+wobble*0.2:
		c = p.lawn(g)
	case g.z < 0 || g.z > walkWidth:
		c = p.kerb(g)
	default:
		c = p.paving(g)
	}
	return c.scale(0.62 + 0.55*p.sun.y*p.sunlight(g))
}

// paving is slabs of 1.2 by 0.6 m in bond, each of its own tone, with joints,
// stains and worn paths.
func (p *place) paving(g vec) colour {
	row := math.Floor(g.z / 0.6)
	x := g.x + 0.6*math.Mod(row, 2)
	col := math.Floor(x / 1.2)
	fx, fz := x/1.2-col, g.z/0.6-row
	tone := 0.085 * (lattice(int64(col), int64(row), 5, p.seed) - 0.5)
	tone += 0.05*fractal(g.x*0.5, g.z*0.5, 4, p.seed+40) + 0.05*fractal(g.x*9, g.z*9, 3, p.seed+50)
	joint := math.Min(math.Min(fx, 1-fx)*1.2, math.Min(fz, 1-fz)*0.6)
	tone -= 0.13 * (1 - step(0.005, 0.035, joint))
	if s := fractal(g.x*0.9, g.z*0.9, 3, p.seed+60); s > 0.3 {
		tone -= 0.07 * step(0.3, 0.75, s)
	}
	warm := 0.02 * (lattice(int64(col), int64(row), 9, p.seed) - 0.5)
	k := 0.62 + tone
	return colour{k + 0.012 + warm, k + 0.004, k - 0.03 - warm}
}

func (p *place) kerb(g vec) colour {
	col := math.Floor(g.x / 0.9)
	edge := math.Abs(g.x/0.9 - col - 0.5)
	k := 0.68 + 0.06*(lattice(int64(col), 2, 2, p.seed)-0.5) + 0.06*fractal(g.x*7, g.z*7, 3, p.seed+70)
	k -= 0.2 * step(0.47, 0.5, edge)
	return colour{k + 0.01, k, k - 0.02}
}

func (p *place) lawn(g vec) colour {
	t := 0.5*fractal(g.x*0.35, g.z*0.35, 3, p.seed+80) + 0.5*fractal(g.x*6, g.z*3, 4, p.seed+90)
	dry := step(0.1, 0.8, fractal(g.x*0.22, g.z*0.3, 3, p.seed+95))
	c := colour{0.40, 0.44, 0.29}.mix(colour{0.54, 0.50, 0.37}, 0.7*dry)
	return c.scale(1 + 0.35*t)
}

func (p *place) hedge(g vec) colour {
	leaf := value2(g.x*9, g.y*9, p.seed+100)*0.6 + value2(g.x*22, g.y*22, p.seed+101)*0.4
	c := colour{0.29, 0.35, 0.22}.scale(0.45 + 0.75*leaf)
	return c.scale(0.65 + 0.45*step(0, hedgeHeight, g.y))
}

// wall is the front of a building: plaster, a plinth, rows of windows.
func (p *place) wall(g vec) colour {
	k := 0.035 * fractal(g.x*1.5, g.y*1.5, 4, p.seed+110)
	c := colour{0.66 + k, 0.62 + k, 0.57 + k}
	if g.y < 0.7 {
		return c.scale(0.72)
	}
	bay, floor := g.x/2.6, (g.y-1.2)/3.0
	fx, fy := bay-math.Floor(bay), floor-math.Floor(floor)
	if fx > 0.24 && fx < 0.76 && fy > 0.08 && fy < 0.66 {
		frame := math.Min(math.Min(fx-0.24, 0.76-fx)*2.6, math.Min(fy-0.08, 0.66-fy)*3)
		if frame < 0.09 || math.Abs(fx-0.5)*2.6 < 0.04 {
			return colour{0.8, 0.8, 0.78}
		}
		dim := 0.8 + 0.5*value2(bay*0.7+math.Floor(bay)*3, floor*1.3, p.seed+120)
		return colour{0.24, 0.28, 0.33}.scale(dim)
	}
	if fy < 0.08 && fy > 0.03 && fx > 0.2 && fx < 0.8 {
		return c.scale(1.12)
	}
	return c
}

// sunlight is how much sun reaches a point: 1, or less under the leaves.
func (p *place) sunlight(g vec) float64 {
	through := 1.0
	for _, s := range p.crowns {
		d := s.at.sub(g)
		along := d.dot(p.sun)
		if along < 0 {
			continue
		}
		off2 := d.dot(d) - along*along
		if off2 >= s.r*s.r {
			continue
		}
		hit := g.add(p.sun.scale(along))
		deep := 1 - math.Sqrt(off2)/s.r
		gap := value3(hit.scale(2.6), p.seed+130)
		through *= 1 - step(0.05, 0.35, deep+0.6*(gap-0.4))*0.85
		if through < 0.05 {
			break
		}
	}
	return through
}

// leaves draws the crowns over the finished background.
func (p *place) leaves(c *canvas) {
	for y := range c.h {
		for x := range c.w {
			var sum colour
			hits := 0.0
			for s := range 4 {
				d := p.cam.ray(float64(x)+0.25+0.5*float64(s%2), float64(y)+0.25+0.5*float64(s/2))
				if col, ok := p.leaf(d); ok {
					sum = colour{sum.r + col.r, sum.g + col.g, sum.b + col.b}
					hits++
				}
			}
			if hits > 0 {
				c.paint(y*c.w+x, sum.scale(1/hits), hits/4, 0)
			}
		}
	}
}

// leaf is the colour of the first leaves that a ray meets.
func (p *place) leaf(d vec) (colour, bool) {
	best, found := math.Inf(1), false
	var col colour
	for _, s := range p.crowns {
		o := s.at.sub(p.cam.pos)
		along := o.dot(d)
		off2 := o.dot(o) - along*along
		if off2 >= s.r*s.r {
			continue
		}
		t := along - math.Sqrt(s.r*s.r-off2)
		if t >= best {
			continue
		}
		hit := p.cam.pos.add(d.scale(t))
		grain := value3(hit.scale(7), p.seed+140)
		if 1-math.Sqrt(off2)/s.r < 0.45*grain-0.05 {
			continue
		}
		n := hit.sub(s.at).unit().mix(hit.sub(s.heart).unit(), 0.5)
		bright := 0.42 + 0.6*math.Max(0, n.dot(p.sun)) + 0.45*(grain-0.5) + 0.3*(value3(hit.scale(17), p.seed+150)-0.5)
		best, found = t, true
		col = colour{0.35, 0.41, 0.25}.scale(math.Max(0.15, bright))
	}
	return col, found
}
