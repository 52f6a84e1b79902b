package overlay

import "math"

// maxThickness is the greatest thickness of an outline, pixels.
const maxThickness = 12

// span is the pixels [lo, hi) of a row.
type span struct{ lo, hi int }

// extent is the range of columns [lo, hi) of a model row that has all its set or
// hot pixels; empty when hi is 0.
type extent struct{ lo, hi int }

// with is the extent of what both have.
func (e extent) with(f extent) extent {
	if e.hi == 0 || f.hi == 0 {
		return extent{max(e.lo, f.lo), max(e.hi, f.hi)} // those of the other
	}
	return extent{min(e.lo, f.lo), max(e.hi, f.hi)}
}

// measure finds the extents of a mask's rows, and tells whether any pixel is
// set.
func (d *Drawer) measure(mask []byte) bool {
	found := false
	for y := range d.marked {
		row := mask[y*d.w : (y+1)*d.w]
		lo, hi := 0, len(row)
		for lo < hi && row[lo] == 0 {
			lo++
		}
		if lo == hi {
			d.marked[y] = extent{}
			continue
		}
		for row[hi-1] == 0 {
			hi--
		}
		d.marked[y] = extent{lo, hi}
		found = true
	}
	return found
}

// leastSet is what a set pixel has in soft at least, so that a single one is drawn too.
const leastSet = unit * 5 / 8

// soften makes soft, the mask under a 3×3 binomial filter: its outline at a half is a
// line where the mask has a staircase. It tells whether any pixel is set.
func (d *Drawer) soften(mask []byte) bool {
	if !d.measure(mask) {
		return false
	}
	for y := range d.extents {
		above, below := max(y-1, 0), min(y+1, d.h-1)
		e := d.marked[above].with(d.marked[y]).with(d.marked[below])
		if e.hi == 0 {
			d.extents[y] = e
			continue
		}
		e = extent{max(e.lo-1, 0), min(e.hi+1, d.w)}
		d.extents[y] = e
		rows := [3][]byte{mask[above*d.w:], mask[y*d.w:], mask[below*d.w:]}
		for x := e.lo; x < e.hi; x++ {
			left, right := max(x-1, 0), min(x+1, d.w-1)
			v := 0
			for i, row := range rows {
				weight := unit / 16 << (i & 1) // rows weigh 1, 2, 1, and so do columns
				for _, at := range [4]int{left, x, x, right} {
					if row[at] != 0 {
						v += weight
					}
				}
			}
			if mask[y*d.w+x] != 0 {
				v = max(v, leastSet)
			}
			d.soft[y*d.w+x] = uint16(v)
		}
	}
	return true
}

// unit is one model row or pixel in the fixed point of between.
const unit = 256

// centre places pixel i of n on an axis of m model pixels: its centre lies
// part/(2n) of the way from the centre of model pixel at to the next. Beyond the
// outer centres, part is 0.
func centre(i, n, m int) (at, part int) {
	pos := (2*i+1)*m - n // in 1/(2n) model pixels
	pos = max(0, min(pos, 2*n*(m-1)))
	return pos / (2 * n), pos % (2 * n)
}

// between is centre with part in 1/unit.
func between(i, n, m int) (at, part int) {
	at, part = centre(i, n, m)
	return at, part * unit / (2 * n)
}

// scan appends the spans of row y of a layer in which the soft mask, given at the
// centres of the model's pixels and linear between, is at least a half.
func (d *Drawer) scan(l *layer, y int, out []span) []span {
	at, part := between(y, l.h, d.h)
	below := min(at+1, d.h-1)
	a, b := d.extents[at], d.extents[below]
	if part == 0 {
		b = extent{}
	}
	lo, hi := a.lo, max(a.hi, b.hi)
	if hi == 0 {
		return out
	}
	if a.hi == 0 || b.hi != 0 && b.lo < a.lo {
		lo = b.lo
	}
	up, down := d.soft[at*d.w:(at+1)*d.w], d.soft[below*d.w:(below+1)*d.w]
	value := func(x int) (v int) {
		if x >= a.lo && x < a.hi { // soft is of no meaning beyond
			v = int(up[x]) * (unit - part)
		}
		if x >= b.lo && x < b.hi {
			v += int(down[x]) * part
		}
		return v / unit
	}
	last, inside, start := value(lo-1), false, 0
	if lo == 0 && value(0) >= unit/2 {
		inside = true // what is set at the edge goes on to the picture's edge
		last = value(0)
	}
	for x := lo; x <= hi; x++ {
		v := value(x)
		if x == d.w && inside {
			break
		}
		if set := v >= unit/2; set != inside {
			t := float64(x-1) + float64(unit/2-last)/float64(v-last)
			edge := l.edge(t, d.w)
			if set {
				start = edge
			} else if start < edge {
				out = join(out, span{start, edge})
			}
			inside = set
		}
		last = v
	}
	if inside && start < l.w {
		out = join(out, span{start, l.w})
	}
	return out
}

// join appends s, or lengthens the last span where they touch: a gap can be
// narrower than a pixel.
func join(out []span, s span) []span {
	if n := len(out); n > 0 && out[n-1].hi == s.lo {
		out[n-1].hi = s.hi
		return out
	}
	return append(out, s)
}

// edge is the first pixel of a layer whose centre lies at or beyond position t
// on an axis of m model pixels, their centres at 0, 1, …
func (l *layer) edge(t float64, m int) int {
	x := math.Ceil((t+0.5)*float64(l.w)/float64(m) - 0.5)
	return max(0, min(int(x), l.w))
}

// spanRing holds the spans of the rows around one.
type spanRing struct {
	rows [2*maxThickness + 1][]span
}

// init takes memory for masks w pixels wide.
func (r *spanRing) init(w int) {
	for i := range r.rows {
		r.rows[i] = make([]span, 0, w/2+2)
	}
}

// drawMask draws tint inside the mask and line along its border, within
// thick pixels of the picture, on one layer.
func (d *Drawer) drawMask(l *layer, tint, line *ink, thick int) {
	across, thick := halved(thick, l.xHalf), halved(thick, l.yHalf)
	first, last := 0, d.h-1
	for d.extents[first].hi == 0 {
		first++
	}
	for d.extents[last].hi == 0 {
		last--
	}
	// Rows that lie between the model rows outside these have no spans.
	from := max(0, (first-1)*l.h/d.h-1)
	to := min(l.h, ((last+2)*l.h+d.h-1)/d.h+1)
	ring := 2*thick + 1
	at := func(y int) []span { return d.spans.rows[(y+ring)%ring] }
	fill := func(y int) {
		s := &d.spans.rows[(y+ring)%ring]
		*s = (*s)[:0]
		if y >= 0 && y < l.h {
			*s = d.scan(l, y, *s)
		}
	}
	for y := from - thick; y < from+thick; y++ {
		fill(y)
	}
	for y := from; y < to; y++ {
		fill(y + thick)
		spans := at(y)
		if len(spans) == 0 {
			continue
		}
		for _, s := range spans {
			tint.blend(l.row(y, s.lo, s.hi))
		}
		if line.alpha == 0 {
			continue
		}
		d.drawLine(l, y, spans, across, thick, at, line)
	}
}

// drawLine draws on row y what is in spans but, of what is not, within across
// pixels left or right or within thick pixels above or below.
func (d *Drawer) drawLine(l *layer, y int, spans []span, across, thick int, at func(int) []span, line *ink) {
	in, out := d.inner[0][:0], d.inner[1]
	for _, s := range spans {
		if s.lo+across < s.hi-across {
			in = append(in, span{s.lo + across, s.hi - across})
		}
	}
	for k := 1; k <= thick; k++ {
		out = intersect(in, at(y-k), out[:0])
		in = intersect(out, at(y+k), in[:0])
	}
	d.inner[0], d.inner[1] = in, out
	for _, s := range spans {
		x := s.lo
		for len(in) > 0 && in[0].hi <= s.hi {
			line.blend(l.row(y, x, in[0].lo))
			x = in[0].hi
			in = in[1:]
		}
		line.blend(l.row(y, x, s.hi))
	}
}

// intersect appends what is in both a and b, each in order.
func intersect(a, b, out []span) []span {
	for len(a) > 0 && len(b) > 0 {
		if lo, hi := max(a[0].lo, b[0].lo), min(a[0].hi, b[0].hi); lo < hi {
			out = append(out, span{lo, hi})
		}
		if a[0].hi < b[0].hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}
