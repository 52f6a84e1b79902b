// Package mask works on the masks of Eq. 4: one byte a pixel, row-major, 0
// where the picture is regular and 255 where it is not.
package mask

import (
	"fmt"

	"avid/runtime/verdict"
)

// run is a horizontal piece of a mask: the pixels [lo, hi) of a row.
type run struct {
	lo, hi int32
	label  int32
}

// Labeler finds the connected parts of masks. It keeps its memory, so that
// it allocates nothing once it has seen the busiest mask; it is for one
// goroutine at a time, and its zero value is ready.
type Labeler struct {
	above, row []run
	parent     []int32       // of each label; its own when it is a root
	parts      []verdict.Box // of each label, W and H being the right and lower edge
	kept       []run         // all runs, by the numbers of their pixels, while keep
	keep       bool
	boxes      []verdict.Box // of Each
}

// Label appends to dst[:0] the box of each 8-connected part of at least
// minArea pixels, in the order of their first pixels, and returns it. The
// score of a part is the peak of heat in it, or 1 where heat is nil; mask and
// heat have h·w bytes, of which any but 0 is set in a mask.
func (l *Labeler) Label(mask, heat []byte, h, w, minArea int, dst []verdict.Box) []verdict.Box {
	if h < 0 || w < 0 || len(mask) != h*w || heat != nil && len(heat) != h*w {
		panic(fmt.Sprintf("mask: %d bytes of mask and %d of heat for %d×%d pixels", len(mask), len(heat), h, w))
	}
	l.above, l.row, l.parent, l.parts = l.above[:0], l.row[:0], l.parent[:0], l.parts[:0]
	for y := range h {
		l.row = runs(mask[y*w:(y+1)*w], l.row[:0])
		l.join(y)
		if heat != nil {
			for _, r := range l.row {
				peak := byte(0)
				for _, v := range heat[y*w+int(r.lo) : y*w+int(r.hi)] {
					peak = max(peak, v)
				}
				p := &l.parts[r.label]
				p.Score = max(p.Score, float32(peak)/255)
			}
		}
		if l.keep {
			for _, r := range l.row {
				l.kept = append(l.kept, run{r.lo + int32(y*w), r.hi + int32(y*w), r.label})
			}
		}
		l.above, l.row = l.row, l.above
	}
	dst = dst[:0]
	l.fold(heat == nil)
	for i, b := range l.parts {
		if l.parent[i] == int32(i) && b.Area >= minArea {
			b.W, b.H = b.W-b.X, b.H-b.Y
			dst = append(dst, b)
		}
	}
	return dst
}

// runs appends the runs of one row.
func runs(row []byte, out []run) []run {
	for x := 0; x < len(row); x++ {
		if row[x] == 0 {
			continue
		}
		lo := x
		for x < len(row) && row[x] != 0 {
			x++
		}
		out = append(out, run{lo: int32(lo), hi: int32(x)})
	}
	return out
}

// join gives each run of row y the label of the runs above that it touches,
// corners included, uniting them, or a new label.
func (l *Labeler) join(y int) {
	first := 0 // of the runs above that may touch this or a later run
	for i := range l.row {
		r := &l.row[i]
		r.label = -1
		for first < len(l.above) && l.above[first].hi < r.lo {
			first++
		}
		for k := first; k < len(l.above) && l.above[k].lo <= r.hi; k++ {
			root := l.root(l.above[k].label)
			switch {
			case r.label < 0:
				r.label = root
			case root < r.label:
				l.parent[r.label] = root
				r.label = root
			default:
				l.parent[root] = r.label
			}
		}
		lo, hi := int(r.lo), int(r.hi)
		if r.label < 0 {
			r.label = int32(len(l.parent))
			l.parent = append(l.parent, r.label)
			l.parts = append(l.parts, verdict.Box{X: lo, Y: y, W: hi, H: y + 1})
		}
		merge(&l.parts[r.label], verdict.Box{X: lo, Y: y, W: hi, H: y + 1, Area: hi - lo})
	}
}

// root is the label that stands for the part of label i.
func (l *Labeler) root(i int32) int32 {
	for l.parent[i] != i {
		l.parent[i] = l.parent[l.parent[i]]
		i = l.parent[i]
	}
	return i
}

// fold adds each part to the one it was united with. A parent's label is
// always the smaller, so going down each part is whole before it is added.
func (l *Labeler) fold(one bool) {
	for i := len(l.parts) - 1; i >= 0; i-- {
		if one {
			l.parts[i].Score = 1
		}
		if p := l.parent[i]; p != int32(i) {
			merge(&l.parts[p], l.parts[i])
		}
	}
}

// merge adds part b to a, W and H being edges.
func merge(a *verdict.Box, b verdict.Box) {
	a.X, a.Y = min(a.X, b.X), min(a.Y, b.Y)
	a.W, a.H = max(a.W, b.W), max(a.H, b.H)
	a.Area += b.Area
	a.Score = max(a.Score, b.Score)
}
