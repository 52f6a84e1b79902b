// Package outline turns masks into polygons: what a page or a client can draw
// at any size, in a hundredth of the mask's bytes.
package outline

import "fmt"

// Point is a corner of a polygon: of pixel corners, so that the pixel (x, y)
// reaches from (x, y) to (x+1, y+1).
type Point struct{ X, Y int }

// Scale is the point in a picture of dw×dh, given one in a picture of sw×sh,
// rounded; all sizes are ≥ 1.
func (p Point) Scale(sw, sh, dw, dh int) Point {
	return Point{scale(p.X, sw, dw), scale(p.Y, sh, dh)}
}

func scale(v, s, d int) int { return (2*v*d + s) / (2 * s) }

// Tracer finds the outlines of masks. It keeps its memory, so that it
// allocates nothing once it has seen the busiest mask; it is for one goroutine
// at a time, and its zero value is ready.
type Tracer struct {
	h, w int
	mask []byte
	seen []bool // of each pixel: its upper edge is on an outline already
	raw  []Point
	ends []int // of each outline in raw
	keep []bool
	todo [][2]int
	out  []Point
	ring [][]Point
}

// Trace gives the closed polygons around the 8-connected parts of a mask of
// h·w bytes, of which any but 0 is set. Seen with y downwards, parts run
// clockwise and their holes the other way, so that the nonzero and the
// even-odd rule fill the same. Polygons are simplified to within a pixel, and
// further, where they would have more than limit corners in all, as far as that
// needs; what has become thinner than that is left out. The result belongs to
// the tracer and holds until its next call.
func (t *Tracer) Trace(mask []byte, h, w, limit int) [][]Point {
	if h < 0 || w < 0 || len(mask) != h*w {
		panic(fmt.Sprintf("outline: %d bytes of mask for %d×%d pixels", len(mask), h, w))
	}
	t.h, t.w, t.mask = h, w, mask
	t.follow()
	t.mask = nil
	// Each doubling at least halves what is left of a staircase; at the
	// picture's size nothing is.
	for tolerance := 1; ; tolerance *= 2 {
		rings := t.simplify(tolerance)
		if len(t.out) <= limit || tolerance > h+w {
			return rings
		}
	}
}

// follow walks along each border once, the set pixels on its right hand, and
// puts the corners into raw. Each border, a hole's too, has an edge with a set
// pixel below and none above, where it is walked from left to right.
func (t *Tracer) follow() {
	t.raw, t.ends = t.raw[:0], t.ends[:0]
	if cap(t.seen) < len(t.mask) {
		t.seen = make([]bool, len(t.mask))
	}
	t.seen = t.seen[:len(t.mask)]
	clear(t.seen)
	for y := range t.h {
		for x := range t.w {
			if at := y*t.w + x; t.mask[at] != 0 && !t.seen[at] && !t.set(x, y-1) {
				t.walk(x, y)
				t.ends = append(t.ends, len(t.raw))
			}
		}
	}
}

// set tells whether a pixel is set; none is outside the picture.
func (t *Tracer) set(x, y int) bool {
	return x >= 0 && y >= 0 && x < t.w && y < t.h && t.mask[y*t.w+x] != 0
}

// walk follows the border that has the upper edge of pixel (x, y).
func (t *Tracer) walk(x, y int) {
	x0, y0 := x, y
	dx, dy := 1, 0
	for {
		if dx == 1 {
			t.seen[y*t.w+x] = true
		}
		x, y = x+dx, y+dy
		// Of the pixels ahead, on the left and on the right hand.
		lx, ly := x+min(dx+dy, 0), y+min(dy-dx, 0)
		rx, ry := x+min(dx-dy, 0), y+min(dx+dy, 0)
		switch {
		case t.set(lx, ly): // corners connect
			dx, dy = dy, -dx
		case t.set(rx, ry):
			continue
		default:
			dx, dy = -dy, dx
		}
		t.raw = append(t.raw, Point{x, y})
		if x == x0 && y == y0 && dx == 1 {
			return
		}
	}
}
