package synth

import (
	"math"
	"math/rand/v2"
)

// cast decides who walks through a clip.
type cast struct {
	place  *place
	cfg    Config
	r      *rand.Rand
	end    float64 // s
	actors []*actor
}

func newCast(p *place, cfg Config) []*actor {
	c := &cast{place: p, cfg: cfg, r: rand.New(rand.NewPCG(cfg.Place^0x636c6970, cfg.Seed)), end: float64(cfg.Frames) / cfg.Rate}
	c.irregulars()
	c.pedestrians()
	for i, a := range c.actors {
		a.id = i + 1
	}
	return c.actors
}

func (c *cast) span(lo, hi float64) float64 { return lo + (hi-lo)*c.r.Float64() }

// visible is the stretch of X in view at depth z.
func (c *cast) visible(z float64) (lo, hi float64) {
	cam := &c.place.cam
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, y := range [2]float64{0, 2} {
		for _, u := range [2]float64{0, float64(c.place.w)} {
			// On the row of the picture where (0, y, z) is, a ray through the
			// edge meets the plane Z = z; two passes settle the row.
			_, v, _ := cam.project(vec{0, y, z})
			x := 0.0
			for range 3 {
				d := cam.ray(u, v)
				x = cam.pos.x + d.x*(z-cam.pos.z)/d.z
				_, v, _ = cam.project(vec{x, y, z})
			}
			lo, hi = math.Min(lo, x), math.Max(hi, x)
		}
	}
	return lo, hi
}

// send makes an actor that crosses the view at depth z towards dir (+1 or -1)
// with some slant, entering at the given time.
func (c *cast) send(kind Kind, z, dir, slant, speed, enter float64) *actor {
	lo, hi := c.visible(z)
	margin := 1.6
	lo, hi = lo-margin, hi+margin
	a := &actor{kind: kind, wear: dress(c.r), paint: pick(c.r, paints), speed: speed, enter: enter, phase: c.span(0, 2*math.Pi)}
	a.start, a.angle = vec{lo, 0, z}, slant
	if dir < 0 {
		a.start.x, a.angle = hi, math.Pi-slant
	}
	a.start.z -= (hi - lo) / 2 * math.Tan(slant)
	a.length = (hi - lo) / math.Cos(slant)
	return a
}

// irregulars spreads the irregular objects over the clip: each has its own
// slot, and enters early enough in it to be seen there.
func (c *cast) irregulars() {
	n := float64(len(c.cfg.Irregular))
	for i, kind := range c.cfg.Irregular {
		slot := c.end / n
		at := slot * (float64(i) + c.span(0.12, 0.3))
		dir := c.side()
		switch kind {
		case Cyclist:
			a := c.send(kind, c.span(2, walkWidth-1.5), dir, c.span(-0.05, 0.05), c.span(3.8, 5.2), at)
			a.weave = 0.15
			c.actors = append(c.actors, a)
		case Cart:
			c.actors = append(c.actors, c.send(kind, c.span(2.5, walkWidth-2), dir, c.span(-0.02, 0.02), c.span(2.6, 3.6), at))
		case Runner:
			a := c.send(kind, c.span(1.5, walkWidth-1.5), dir, c.span(-0.06, 0.06), c.span(3.2, 4.2), at)
			a.wear.pack = 0
			c.actors = append(c.actors, a)
		case Bag:
			c.abandon(at, dir)
		}
	}
}

func (c *cast) side() float64 {
	if c.r.IntN(2) == 0 {
		return -1
	}
	return 1
}

// abandon sends a pedestrian who at time at puts a bag down and walks on.
func (c *cast) abandon(at, dir float64) {
	a := c.send(Pedestrian, c.span(2, walkWidth-2), dir, 0, c.span(1.15, 1.35), 0)
	a.rest, a.pause, a.wear.pack = a.length*c.span(0.35, 0.65), 1.4, 0
	a.dropsBag = true
	a.enter = at - a.rest/a.speed - 1
	a.dropped = at
	o := a.axes(at)
	bag := &actor{kind: Bag, paint: a.paint, start: o.point(0, 0, 0.38), angle: a.angle, speed: 0, enter: at, length: 1}
	c.actors = append(c.actors, a, bag)
}

// pedestrians fills the walkway so that about cfg.Pedestrians are in view at
// any time, on lanes on which nobody runs through another.
func (c *cast) pedestrians() {
	lo, hi := c.visible(walkWidth / 2)
	crossing := (hi - lo + 3) / 1.25
	want := int(math.Round(float64(c.cfg.Pedestrians) * (c.end + crossing) / crossing))
	for i := range want {
		// One in each stretch of time, so that the walkway is never empty or
		// crowded for long.
		enter := -crossing + (c.end+crossing)*(float64(i)+c.r.Float64())/float64(want)
		for range 60 {
			a := c.send(Pedestrian, c.span(0.6, walkWidth-0.6), c.side(), 0.1*c.r.NormFloat64(), c.span(0.95, 1.5), enter)
			a.weave = c.span(0, 0.12)
			if !c.free(a) {
				continue
			}
			c.actors = append(c.actors, a)
			if c.r.IntN(4) == 0 {
				c.mate(a)
			}
			break
		}
	}
}

// mate adds somebody who walks beside a.
func (c *cast) mate(a *actor) {
	b := *a
	b.wear, b.phase, b.mate = dress(c.r), c.span(0, 2*math.Pi), 0.75*c.side()
	if c.free(&b) {
		c.actors = append(c.actors, &b)
	}
}

// free reports whether a stays on the walkway and keeps its distance.
func (c *cast) free(a *actor) bool {
	for t := math.Max(0, a.enter); t < c.end && a.present(t); t += 0.2 {
		at := a.axes(t).at
		if at.z < 0.35 || at.z > walkWidth-0.35 {
			return false
		}
		for _, b := range c.actors {
			room := 0.65
			if b.kind == Cart {
				room = 1.9
			} else if b.kind != Pedestrian {
				room = 1.1
			}
			if b.present(t) && b.axes(t).at.sub(at).length() < room {
				return false
			}
		}
	}
	return true
}
