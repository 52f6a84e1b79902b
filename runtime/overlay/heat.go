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

// ramp is what heat adds to each byte of a pixel, for one kind of picture
// and opacity.
type ramp struct {
	info    pixel.Info
	opacity float64
	alpha   [256]uint32       // 0 to 256
	add     [3][256][4]uint32 // of each layer: colour·alpha + 128; zero stays
}

// prepare fills the ramp unless it is right already.
func (r *ramp) prepare(p *Picture, layers []layer, opacity float64) {
	if r.info == p.Info && r.opacity == opacity {
		return
	}
	r.info, r.opacity = p.Info, opacity
	for v := range 256 {
		alpha := opacity * float64(max(0, v-coolest)) / float64(255-coolest)
		r.alpha[v] = uint32(alpha*256 + 0.5)
		c := p.color(heatColor(v))
		for i := range layers {
			k := newInk(&layers[i], c, alpha)
			r.add[i][v] = k.add
		}
	}
}

// drawHeat blends the colours of heat, taken linearly between the centres of
// the model's pixels, over the layers.
func (d *Drawer) drawHeat(p *Picture, layers []layer, heat []byte, opacity float64) {
	d.ramp.prepare(p, layers, opacity)
	for i := range layers {
		l := &layers[i]
		for x := range d.edges {
			d.edges[x] = l.edge(float64(x), d.w)
		}
		for y := range l.h {
			at, part := between(y, l.h, d.h)
			up := heat[at*d.w : (at+1)*d.w]
			down := heat[min(at+1, d.h-1)*d.w:]
			for x := range d.values {
				d.values[x] = int32(int(up[x])*(unit-part) + int(down[x])*part)
			}
			d.heatRow(l, &d.ramp.add[i], y)
		}
	}
}

// heatRow draws the row of heat in values on row y of a layer, from one model
// centre to the next, passing over what is cool.
func (d *Drawer) heatRow(l *layer, add *[256][4]uint32, y int) {
	d.heatPiece(l, add, y, 0, d.edges[0], 0, 0)
	for x := range d.values[1:] {
		d.heatPiece(l, add, y, d.edges[x], d.edges[x+1], x, x+1)
	}
	last := d.w - 1
	d.heatPiece(l, add, y, d.edges[last], l.w, last, last)
}

// heatPiece draws the pixels [lo, hi) that lie between the centres of model
// pixels a and b.
func (d *Drawer) heatPiece(l *layer, add *[256][4]uint32, y, lo, hi, a, b int) {
	va, vb := d.values[a], d.values[b]
	if lo >= hi || max(va, vb) < coolest*unit {
		return
	}
	// Position of the first pixel's centre after a, and the step, in 1/unit².
	const one = unit * unit
	pos := int64(2*lo+1)*int64(d.w)*one/int64(2*l.w) - one/2 - int64(a)*one
	step := int64(d.w) * one / int64(l.w)
	if a == b {
		pos, step = 0, 0
	}
	v := int64(va)*one + int64(vb-va)*pos
	dv := int64(vb-va) * step
	row := l.row(y, lo, hi)
	channels := l.channels
	for len(row) >= l.size {
		h := max(0, min(v/(one*unit), 255))
		v += dv
		switch rest := 256 - d.ramp.alpha[h]; {
		case rest == 256:
		case l.deep:
			for i := 0; i < l.size; i += 2 {
				if channels[i/2] != keep {
					mix(row[i:], rest, add[h][i/2], l.shift)
				}
			}
		default:
			for i := range l.size {
				if channels[i] != keep {
					row[i] = byte((uint32(row[i])*rest + add[h][i]) >> 8)
				}
			}
		}
		row = row[l.size:]
	}
}
