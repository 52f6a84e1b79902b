package synth

import "math"

// ring adds a circle standing in the plane of ahead and up, as a chain of
// thin limbs.
func ring(parts []part, o frameOf, ahead, up, left, radius, thick float64, col colour) []part {
	const n = 18
	for i := range n {
		s0, c0 := math.Sincos(2 * math.Pi * float64(i) / n)
		s1, c1 := math.Sincos(2 * math.Pi * float64(i+1) / n)
		parts = append(parts, limb(o.point(ahead+radius*c0, up+radius*s0, left), o.point(ahead+radius*c1, up+radius*s1, left), thick, thick, col))
	}
	return parts
}

// disc is a filled circle in the plane of ahead and up.
func disc(o frameOf, ahead, up, left, radius float64, col colour) part {
	const n = 14
	t := part{col: col, poly: make([]vec, n)}
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * float64(i) / n)
		t.poly[i] = o.point(ahead+radius*c, up+radius*s, left)
	}
	return t
}

// bend is the joint between two bones of lengths l1 and l2 from (x0, y0) to
// (x1, y1); dir is +1 for a joint that points ahead, -1 for one behind.
func bend(x0, y0, x1, y1, l1, l2, dir float64) (x, y float64) {
	dx, dy := x1-x0, y1-y0
	d := math.Min(math.Max(math.Hypot(dx, dy), 1e-6), (l1+l2)*0.999)
	along := (l1*l1 - l2*l2 + d*d) / (2 * d)
	off := dir * math.Sqrt(math.Max(0, l1*l1-along*along))
	n := math.Hypot(dx, dy)
	return x0 + along*dx/n - off*dy/n, y0 + along*dy/n + off*dx/n
}

// cyclist is a bicycle and its rider after the given way, metres.
func cyclist(o frameOf, w *looks, frame colour, way float64) []part {
	const wheel, base = 0.34, 0.53
	tyre, steel := colour{0.16, 0.16, 0.17}, colour{0.55, 0.56, 0.57}
	parts := make([]part, 0, 80)
	for _, x := range [2]float64{-base, base} {
		parts = ring(parts, o, x, wheel, 0, wheel, 0.024, tyre)
		for i := range 5 {
			s, c := math.Sincos(way/wheel*-1 + math.Pi*float64(i)/5)
			parts = append(parts, limb(o.point(x-wheel*c, wheel-wheel*s, 0), o.point(x+wheel*c, wheel+wheel*s, 0), 0.004, 0.004, steel))
		}
	}
	tube := func(x0, y0, x1, y1 float64) {
		parts = append(parts, limb(o.point(x0, y0, 0), o.point(x1, y1, 0), 0.024, 0.024, frame))
	}
	tube(-base, wheel, -0.05, 0.29)
	tube(-base, wheel, -0.19, 0.82)
	tube(-0.05, 0.29, -0.21, 0.9)
	tube(-0.05, 0.29, 0.35, 0.78)
	tube(-0.19, 0.82, 0.33, 0.86)
	tube(base, wheel, 0.33, 0.95)
	parts = append(parts,
		limb(o.point(-0.33, 0.95, 0), o.point(-0.1, 0.96, 0), 0.05, 0.035, tyre),
		limb(o.point(0.36, 1.02, -0.28), o.point(0.36, 1.02, 0.28), 0.018, 0.018, tyre))
	return rider(parts, o, w, way)
}

// rider adds the person on the saddle; the pedals turn once every 5.2 metres.
func rider(parts []part, o frameOf, w *looks, way float64) []part {
	h := w.height
	turn := -2 * math.Pi * way / 5.2
	hipX, hipY := -0.2, 1.0
	shX, shY := 0.12, 1.0+0.27*h
	for _, side := range [2]float64{1, -1} {
		s, c := math.Sincos(turn + math.Pi*(side-1)/2)
		px, py := -0.05+0.17*c, 0.29+0.17*s
		kx, ky := bend(hipX, hipY, px, py+0.08, 0.25*h, 0.245*h, 1)
		left := side * 0.1
		ex, ey := bend(shX, shY, 0.37, 1.05, 0.165*h, 0.17*h, -1)
		low := w.skin
		if w.sleeves {
			low = w.top
		}
		parts = append(parts,
			limb(o.point(hipX, hipY, left*0.8), o.point(kx, ky, left), 0.085, 0.06, w.legs),
			limb(o.point(kx, ky, left), o.point(px, py+0.08, left), 0.057, 0.042, w.legs),
			limb(o.point(px-0.05, py+0.03, left), o.point(px+0.12, py+0.03, left), 0.037, 0.033, w.shoes),
			limb(o.point(shX, shY, side*0.18), o.point(ex, ey, side*0.25), 0.053, 0.043, w.top),
			limb(o.point(ex, ey, side*0.25), o.point(0.37, 1.05, side*0.22), 0.04, 0.03, low))
	}
	head := limb(o.point(shX+0.1, shY+0.2, 0), o.point(shX+0.12, shY+0.25, 0), 0.09, 0.1, w.skin)
	hair := limb(o.point(shX+0.06, shY+0.25, 0), o.point(shX+0.09, shY+0.29, 0), 0.1, 0.095, w.hair)
	head.bias, hair.bias = -0.02, -0.02
	return append(parts,
		limb(o.point(hipX, hipY, 0.05), o.point(hipX, hipY, -0.05), 0.11, 0.11, w.legs),
		limb(o.point(hipX+0.03, hipY+0.08, 0), o.point(shX-0.05, shY-0.1, 0), 0.125, 0.145, w.top),
		limb(o.point(shX, shY, 0.11), o.point(shX, shY, -0.11), 0.1, 0.1, w.top), head, hair)
}

// box adds the five visible sides of a box between two corners given as
// ahead, up, left.
func box(parts []part, o frameOf, lo, hi vec, col colour, bias float64) []part {
	p := func(x, y, z float64) vec { return o.point(x, y, z) }
	sides := [5][4]vec{
		{p(lo.x, hi.y, lo.z), p(hi.x, hi.y, lo.z), p(hi.x, hi.y, hi.z), p(lo.x, hi.y, hi.z)},
		{p(lo.x, lo.y, lo.z), p(hi.x, lo.y, lo.z), p(hi.x, hi.y, lo.z), p(lo.x, hi.y, lo.z)},
		{p(lo.x, lo.y, hi.z), p(hi.x, lo.y, hi.z), p(hi.x, hi.y, hi.z), p(lo.x, hi.y, hi.z)},
		{p(lo.x, lo.y, lo.z), p(lo.x, lo.y, hi.z), p(lo.x, hi.y, hi.z), p(lo.x, hi.y, lo.z)},
		{p(hi.x, lo.y, lo.z), p(hi.x, lo.y, hi.z), p(hi.x, hi.y, hi.z), p(hi.x, hi.y, lo.z)},
	}
	for _, s := range sides {
		parts = append(parts, part{poly: s[:], col: col, bias: bias})
	}
	return parts
}

// cart is a small electric utility cart with a roof and a driver.
func cart(o frameOf, w *looks, paint colour, way float64) []part {
	parts := make([]part, 0, 60)
	dark, rim, cloth := colour{0.15, 0.15, 0.16}, colour{0.6, 0.6, 0.6}, colour{0.3, 0.28, 0.26}
	for _, side := range [2]float64{1, -1} {
		for _, x := range [2]float64{-0.8, 0.85} {
			t, r := disc(o, x, 0.25, side*0.58, 0.25, dark), disc(o, x, 0.25, side*0.6, 0.13, rim)
			spoke := limb(o.point(x, 0.25, side*0.6), o.point(x+0.2*math.Cos(way/0.25), 0.25-0.2*math.Sin(way/0.25), side*0.6), 0.02, 0.02, dark)
			if t.middle().sub(o.at).dot(o.s)*side > 0 {
				r.bias, spoke.bias = -0.05, -0.06
			}
			parts = append(parts, t, r, spoke)
		}
	}
	parts = box(parts, o, vec{-1.25, 0.28, -0.55}, vec{1.2, 0.5, 0.55}, paint.scale(0.75), 0.1)
	parts = box(parts, o, vec{0.75, 0.5, -0.52}, vec{1.2, 0.95, 0.52}, paint, 0.05)
	parts = box(parts, o, vec{-1.3, 0.5, -0.55}, vec{-0.45, 0.85, 0.55}, paint, 0.05)
	parts = box(parts, o, vec{-0.45, 0.5, -0.5}, vec{0.1, 0.72, 0.5}, cloth, 0.05)
	parts = box(parts, o, vec{-0.5, 0.72, -0.5}, vec{-0.38, 1.25, 0.5}, cloth, 0.02)
	for _, side := range [2]float64{1, -1} {
		parts = append(parts,
			limb(o.point(0.85, 0.9, side*0.5), o.point(0.6, 1.9, side*0.5), 0.025, 0.025, dark),
			limb(o.point(-0.7, 0.85, side*0.5), o.point(-0.7, 1.9, side*0.5), 0.025, 0.025, dark))
	}
	parts = box(parts, o, vec{-0.95, 1.9, -0.58}, vec{0.75, 1.98, 0.58}, paint.mix(colour{0.9, 0.9, 0.88}, 0.7), -0.6)
	return driver(parts, o, w)
}

func driver(parts []part, o frameOf, w *looks) []part {
	const left = 0.22
	head := limb(o.point(-0.12, 1.48, left), o.point(-0.12, 1.53, left), 0.1, 0.105, w.skin)
	hair := limb(o.point(-0.16, 1.55, left), o.point(-0.14, 1.58, left), 0.1, 0.1, w.hair)
	for _, s := range [2]float64{0.15, -0.15} {
		parts = append(parts,
			limb(o.point(-0.15, 0.8, left+s*0.6), o.point(0.3, 0.82, left+s*0.6), 0.09, 0.07, w.legs),
			limb(o.point(0.3, 0.82, left+s*0.6), o.point(0.4, 0.5, left+s*0.6), 0.07, 0.05, w.legs),
			limb(o.point(-0.15, 1.27, left+s*1.2), o.point(0.1, 1.02, left+s*1.3), 0.055, 0.045, w.top),
			limb(o.point(0.1, 1.02, left+s*1.3), o.point(0.42, 1.08, left+s*0.8), 0.043, 0.035, w.skin))
	}
	return append(parts,
		limb(o.point(-0.2, 0.82, left), o.point(-0.16, 1.22, left), 0.14, 0.15, w.top),
		limb(o.point(0.42, 1.08, left-0.15), o.point(0.42, 1.08, left+0.15), 0.02, 0.02, colour{0.1, 0.1, 0.1}),
		head, hair)
}

// holdall is the bag that gets abandoned, its middle at the height up.
func holdall(o frameOf, up, left float64, col colour) []part {
	strap := col.scale(0.5)
	bag := []part{
		limb(o.point(-0.2, up-0.02, left+0.03), o.point(0.2, up-0.02, left+0.03), 0.16, 0.16, col),
		limb(o.point(-0.2, up-0.02, left-0.03), o.point(0.2, up-0.02, left-0.03), 0.16, 0.16, col),
	}
	for _, x := range [2]float64{-0.13, 0.13} {
		bag = append(bag, limb(o.point(x, up+0.12, left), o.point(x*0.4, up+0.27, left), 0.016, 0.016, strap))
	}
	return append(bag, limb(o.point(-0.05, up+0.27, left), o.point(0.05, up+0.27, left), 0.02, 0.02, strap))
}
