package synth

import (
	"math"
	"math/rand/v2"
)

// actor is one body and its way through the clip: a straight line from start,
// entered at time enter (seconds, may lie before the clip), with one optional
// rest on the way.
type actor struct {
	id          int
	kind        Kind
	wear        looks
	paint       colour
	start       vec
	angle       float64 // heading, radians from +X towards +Z
	speed       float64 // metres/s
	enter       float64 // s
	length      float64 // metres until it has left the view
	phase       float64
	rest, pause float64 // metres after which it stops, and for how many seconds
	weave       float64 // metres of slow swaying to the side
	dropsBag    bool
	dropped     float64 // s, when the bag stands on the ground
	mate        float64 // metres to the left: somebody who walks beside
}

// way is how far the actor has come at time t, metres.
func (a *actor) way(t float64) float64 {
	d := (t - a.enter) * a.speed
	if a.pause > 0 && d > a.rest {
		d = math.Max(a.rest, d-a.pause*a.speed)
	}
	return d
}

// stride is how much the limbs swing: 1 on the move, 0 at rest.
func (a *actor) stride(t float64) float64 {
	if a.pause == 0 {
		return 1
	}
	since := t - a.enter - a.rest/a.speed
	return 1 - step(-0.25, 0.05, since)*(1-step(a.pause-0.1, a.pause+0.3, since))
}

func (a *actor) axes(t float64) frameOf {
	o := heading(a.start, a.angle)
	d := a.way(t)
	sway := a.weave * math.Sin(d*0.55+a.phase)
	o.at = o.at.add(o.f.scale(d)).add(o.s.scale(sway + a.mate))
	return o
}

func (a *actor) present(t float64) bool {
	d := a.way(t)
	return t >= a.enter && d <= a.length
}

// parts is the body at time t.
func (a *actor) parts(t float64) []part {
	body := a.body(a.axes(t), a.way(t), a.stride(t))
	if a.dropsBag && t < a.dropped {
		body = append(body, holdall(a.axes(t), 0.55-0.35*step(a.dropped-0.6, a.dropped, t), 0.38, a.paint)...)
	}
	return body
}

// body is that of an actor which stands at o after d metres, its limbs swinging by
// stride, 0 to 1.
func (a *actor) body(o frameOf, d, stride float64) []part {
	switch a.kind {
	case Cyclist:
		return cyclist(o, &a.wear, a.paint, d)
	case Cart:
		return cart(o, &a.wear, a.paint, d)
	case Bag:
		return holdall(o, 0.2, 0, a.paint)
	}
	g := &walking
	if a.kind == Runner {
		g = &running
	}
	cycle := g.cycle * a.wear.height / 1.75 * a.wear.cadence
	return person(o, &a.wear, g, 2*math.Pi*d/cycle+a.phase, stride)
}

var (
	tops = []colour{{0.75, 0.73, 0.7}, {0.3, 0.33, 0.4}, {0.56, 0.3, 0.28}, {0.25, 0.25, 0.26}, {0.45, 0.5, 0.42}, {0.62, 0.58, 0.48},
		{0.35, 0.42, 0.52}, {0.85, 0.84, 0.8}, {0.5, 0.44, 0.5}, {0.2, 0.24, 0.3}, {0.66, 0.62, 0.3}, {0.4, 0.28, 0.33}}
	trousers = []colour{{0.25, 0.29, 0.38}, {0.2, 0.2, 0.21}, {0.5, 0.46, 0.38}, {0.33, 0.34, 0.35}, {0.3, 0.35, 0.45}, {0.42, 0.36, 0.3}}
	skins    = []colour{{0.82, 0.66, 0.55}, {0.72, 0.55, 0.43}, {0.55, 0.4, 0.3}, {0.4, 0.28, 0.21}, {0.86, 0.71, 0.6}}
	hairs    = []colour{{0.15, 0.12, 0.1}, {0.25, 0.18, 0.12}, {0.45, 0.35, 0.22}, {0.1, 0.1, 0.1}, {0.55, 0.53, 0.5}}
	paints   = []colour{{0.7, 0.2, 0.18}, {0.2, 0.35, 0.6}, {0.85, 0.84, 0.8}, {0.2, 0.45, 0.3}, {0.3, 0.3, 0.32}}
)

func pick(r *rand.Rand, from []colour) colour {
	return from[r.IntN(len(from))].scale(0.92 + 0.16*r.Float64())
}

// dress makes up a person.
func dress(r *rand.Rand) looks {
	w := looks{
		height: 1.72 + 0.085*r.NormFloat64(), girth: 1 + 0.09*r.NormFloat64(),
		skin: pick(r, skins), hair: pick(r, hairs), top: pick(r, tops), legs: pick(r, trousers),
		shoes: colour{0.18, 0.17, 0.16}, sleeves: r.IntN(2) == 0,
		packColour: pick(r, trousers), cadence: 0.94 + 0.12*r.Float64(), armSwing: 0.6 + 0.7*r.Float64(),
	}
	w.height = math.Min(1.95, math.Max(1.5, w.height))
	w.girth = math.Min(1.25, math.Max(0.82, w.girth))
	if k := r.IntN(10); k < 3 {
		w.pack = 1
	} else if k < 5 {
		w.pack = 2
	}
	if r.IntN(5) == 0 {
		w.shoes = colour{0.75, 0.74, 0.72}
	}
	return w
}
