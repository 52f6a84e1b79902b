package synth

import "math"

// frameOf is a body's own axes: at on the ground, f ahead, s to its left.
type frameOf struct{ at, f, s vec }

func heading(at vec, angle float64) frameOf {
	sin, cos := math.Sincos(angle)
	return frameOf{at, vec{cos, 0, sin}, vec{-sin, 0, cos}}
}

// point is the world position of ahead, up and left, metres.
func (o frameOf) point(ahead, up, left float64) vec {
	return o.at.add(o.f.scale(ahead)).add(o.s.scale(left)).add(vec{0, up, 0})
}

// looks is what a person wears and carries.
type looks struct {
	height            float64 // metres
	girth             float64 // 1 is average
	skin, hair        colour
	top, legs, shoes  colour
	sleeves           bool // arms in the colour of the top
	pack              int  // 0 nothing, 1 a rucksack, 2 a shoulder bag
	packColour        colour
	cadence, armSwing float64 // factors of the gait, about 1
}

// gait is how a person moves: walking or running.
type gait struct {
	cycle                   float64 // metres a full cycle of two steps, for a height of 1.75 m
	hip, knee, arm, elbow   float64 // radians: swing of hip, lift of knee, swing of arm, bend of elbow
	lean, bounce, crouching float64
}

var (
	walking = gait{cycle: 1.45, hip: 0.40, knee: 0.85, arm: 0.42, elbow: 0.25, lean: 0.03, bounce: 0.018}
	running = gait{cycle: 2.45, hip: 0.72, knee: 1.75, arm: 0.75, elbow: 1.55, lean: 0.17, bounce: 0.05, crouching: 0.03}
)

// person is the parts of somebody on foot at the given phase of the gait
// (radians, two steps a turn). stride, 0 to 1, fades the swing for somebody
// who stands still.
func person(o frameOf, w *looks, g *gait, phase, stride float64) []part {
	h := w.height
	hipY := h * (0.515 - g.crouching + g.bounce*stride*math.Cos(2*phase))
	lean := g.lean * stride
	parts := make([]part, 0, 20)
	for _, side := range [2]float64{1, -1} {
		ph := phase
		if side < 0 {
			ph += math.Pi
		}
		parts = leg(parts, o, w, g, hipY, ph, side, stride)
		parts = arm(parts, o, w, g, hipY+0.30*h, lean, ph+math.Pi, side, stride)
	}
	return upperBody(parts, o, w, hipY, lean)
}

// leg adds thigh, shank and foot, hanging from the hip.
func leg(parts []part, o frameOf, w *looks, g *gait, hipY, ph, side, stride float64) []part {
	h := w.height
	a := g.hip * stride * math.Sin(ph)
	if g.crouching > 0 {
		a += 0.15 * stride
	}
	k := a - stride*g.knee*math.Pow(math.Max(0, math.Cos(ph-0.35)), 2) - 0.08
	thigh, shank := 0.245*h, 0.235*h
	left := side * 0.052 * h
	hip := o.point(0, hipY, left)
	kx, ky := thigh*math.Sin(a), hipY-thigh*math.Cos(a)
	ax, ay := kx+shank*math.Sin(k), ky-shank*math.Cos(k)
	ay = math.Max(ay, 0.035*h)
	toe := k * 0.6
	r := w.girth * h
	return append(parts,
		limb(hip, o.point(kx, ky, left), 0.05*r, 0.036*r, w.legs),
		limb(o.point(kx, ky, left), o.point(ax, ay, left), 0.034*r, 0.024*r, w.legs),
		limb(o.point(ax, ay-0.012*h, left), o.point(ax+0.1*h*math.Cos(toe), math.Max(0.02*h, ay-0.015*h+0.1*h*math.Sin(toe)), left), 0.022*h, 0.018*h, w.shoes))
}

// arm adds upper arm, forearm and hand, hanging from the shoulder.
func arm(parts []part, o frameOf, w *looks, g *gait, shoulderY, lean, ph, side, stride float64) []part {
	h := w.height
	a := g.arm*w.armSwing*stride*math.Sin(ph) + lean*0.5
	e := a + g.elbow*(0.5+0.5*stride) + 0.2*math.Max(0, math.Sin(ph))*stride
	upper, fore := 0.165*h, 0.15*h
	left := side * 0.118 * h * w.girth
	sx := lean * 0.3 * h
	ex, ey := sx+upper*math.Sin(a), shoulderY-upper*math.Cos(a)
	hx, hy := ex+fore*math.Sin(e), ey-fore*math.Cos(e)
	sleeve, low := w.top, w.skin
	if w.sleeves {
		low = w.top
	}
	r := w.girth * h
	return append(parts,
		limb(o.point(sx, shoulderY, left*0.86), o.point(ex, ey, left*1.08), 0.031*r, 0.025*r, sleeve),
		limb(o.point(ex, ey, left*1.08), o.point(hx, hy, left*1.02), 0.024*r, 0.017*r, low),
		limb(o.point(hx, hy, left*1.02), o.point(hx+0.02*h*math.Sin(e), hy-0.03*h, left*1.02), 0.018*h, 0.015*h, w.skin))
}

// upperBody adds hips, chest, neck, head, hair and what is on the back.
func upperBody(parts []part, o frameOf, w *looks, hipY, lean float64) []part {
	h, r := w.height, w.girth*w.height
	at := func(up, ahead, left float64) vec { return o.point(ahead*h+lean*up*h, hipY+up*h, left*h) }
	parts = append(parts,
		limb(at(0, 0, 0.028), at(0, 0, -0.028), 0.064*r, 0.064*r, w.legs),
		limb(at(0.05, 0, 0), at(0.19, 0, 0), 0.074*r, 0.082*r, w.top),
		limb(at(0.24, 0, 0.062), at(0.24, 0, -0.062), 0.06*r, 0.06*r, w.top),
		limb(at(0.29, 0.005, 0), at(0.36, 0.012, 0), 0.033*h, 0.033*h, w.skin))
	head := limb(at(0.395, 0.018, 0), at(0.425, 0.022, 0), 0.05*h, 0.056*h, w.skin)
	hair := limb(at(0.42, -0.008, 0), at(0.445, 0.004, 0), 0.056*h, 0.054*h, w.hair)
	head.bias, hair.bias = -0.02, -0.02
	parts = append(parts, head, hair)
	switch w.pack {
	case 1:
		parts = append(parts, limb(at(0.1, -0.1, 0), at(0.23, -0.1, 0), 0.075*h, 0.07*h, w.packColour))
	case 2:
		parts = append(parts,
			limb(at(-0.04, -0.02, 0.12), at(-0.04, 0.06, 0.12), 0.055*h, 0.055*h, w.packColour),
			limb(at(-0.02, 0.02, 0.13), at(0.26, 0, 0.05), 0.008*h, 0.008*h, w.packColour))
	}
	return parts
}
