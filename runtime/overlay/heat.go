package overlay

import "avid/runtime/pixel"

// coolest is the heat below which nothing is drawn, and from which opacity
// grows: most of a picture is regular, and stays clear and cheap.
const coolest = 16

// stops are the colours of heat 0, 64, 128, 192 and 255, linear between:
// violet over crimson and orange to pale yellow. Lightness only rises, so
// that more is always brighter, in grey too.
var stops = [5]uint32{0x28105a, 0x8a1f6a, 0xd8434e, 0xf99135, 0xfcf0a0}

// heatColor is 0xRRGGBB of heat v.
func heatColor(v int) uint32 {
	i := min(v/64, 3)
	lo, span := 64*i, 64
	if i == 3 {
		span = 63
	}
	var out uint32
	for shift := 0; shift <= 16; shift += 8 {
		a, b := int(stops[i]>>shift&0xff), int(stops[i+1]>>shift&0xff)
		out |= uint32(a+(b-a)*(v-lo)/span) << shift
	}
	return out
}

// ramp is what each level of heat does to the pixels of each layer, for one kind
// of picture and opacity.
type ramp struct {
	info    pixel.Info
	opacity float64
	first   int // the lowest level that is seen
	shades  [3]shades
}

// prepare fills the ramp unless it is right already.
func (r *ramp) prepare(p *Picture, layers []layer, opacity float64) {
	if r.info == p.Info && r.opacity == opacity {
		return
	}
	r.info, r.opacity, r.first = p.Info, opacity, 256
	for v := 255; v >= 0; v-- {
		alpha := opacity * float64(max(0, v-coolest)) / float64(255-coolest)
		c := p.color(heatColor(v))
		for i := range layers {
			k := newInk(&layers[i], c, alpha)
			r.shades[i].set(v, &k)
			if k.alpha > 0 {
				r.first = v
			}
		}
	}
}

// drawHeat blends the colours of heat, taken linearly between the centres of
// the model's pixels, over the layers. Most of a picture is cool, which costs
// nothing, and most of what is hot is as hot as its neighbours, which costs what a
// mask does.
func (d *Drawer) drawHeat(p *Picture, layers []layer, heat []byte, opacity float64) {
	if d.ramp == nil {
		d.ramp = new(ramp) // too large to have for nothing
	}
	d.ramp.prepare(p, layers, opacity)
	for y := range d.hot {
		d.hot[y] = hotIn(heat[y*d.w:(y+1)*d.w], d.ramp.first)
	}
	for i := range layers {
		l, k := &layers[i], &d.ramp.shades[i]
		d.strip.begin(l)
		last := -1
		for y := range l.h {
			at, part := centre(y, l.h, d.h)
			if at != last {
				below := min(at+1, d.h-1)
				hot := d.hot[at].with(d.hot[below])
				d.strip.split(heat[at*d.w:(at+1)*d.w], heat[below*d.w:(below+1)*d.w], hot.lo, hot.hi, d.ramp.first, k)
				last = at
			}
			part = (part*rowUnit + l.h) / (2 * l.h)
			for j := range d.strip.stretches {
				d.strip.draw(&d.strip.stretches[j], k, y, uint64(part))
			}
		}
	}
}

// hotIn is the extent of what has a level from first on.
func hotIn(row []byte, first int) extent {
	lo, hi := 0, len(row)
	for lo < hi && int(row[lo]) < first {
		lo++
	}
	for hi > lo && int(row[hi-1]) < first {
		hi--
	}
	if lo == hi {
		return extent{}
	}
	return extent{lo, hi}
}
