package steady

import (
	"cmp"
	"math"
	"slices"
)

// light is how the light of a frame differs from the reference's. Where it has less
// contrast, as in fog, or more, that is taken out first: a slope and an offset of the
// whole picture. What is left is a gain of the whole picture, one of each row of blocks
// and one of each column of them, all multiplied. That is the additive model of Tukey
// ("Exploratory Data Analysis", 1977, chapter 11) for the logarithm of the gain, found by
// his median polish, which what passes in front does not sway as long as it covers less
// than half of a row or column. Flicker under a rolling shutter, an exposure that changes
// and the edge of a cloud's shadow are of that form.
type light struct {
	h, w       int
	rows, cols int       // of blocks
	now, place []float32 // means of the blocks
	order      []int     // of the blocks, by place
	slope      float32   // contrast by the reference's; 1 with offset 0: nothing is taken out
	offset     float32   // grey levels
	ratio      []float32
	whole      float32 // all logarithms of gains
	row, col   []float32
	sorted     []float32
	field      []float32 // gains of each column of pixels
	gains      []float32 // of one row of them
}

const (
	block = 8 // side in pixels
	// dim is added to both lights, grey levels: the ratio of two blacks says nothing.
	dim = 4
	// leastWhole and leastPart are noise, logarithms of the gain of the whole picture and
	// of a row or column.
	leastWhole, leastPart = 0.01, 0.02
	// most bounds each gain: beyond, noise would be seen instead of light.
	most    = 0.7
	polish  = 2 // rounds of the median polish
	spreads = 1 // blocks to each side that gains go over into each other

	// leastOffset is the offset from which on contrast is taken out, grey levels;
	// leastSlope and mostSlope bound the contrast: beyond, noise would be seen instead.
	leastOffset           = 8
	leastSlope, mostSlope = 0.3, 1.7
	// apartBlocks is how many grey levels two blocks must differ by to say something of
	// contrast, and leastPairs how many such pairs are needed.
	apartBlocks, leastPairs = 15, 24
	// plainer is the share of the difference left by a gain alone that slope and offset
	// may leave at most.
	plainer = 0.8
)

func newLight(h, w int) light {
	l := light{h: h, w: w, rows: max(h/block, 1), cols: max(w/block, 1)}
	n := l.rows * l.cols
	l.ratio, l.now, l.place, l.order = make([]float32, n), make([]float32, n), make([]float32, n), make([]int, n)
	l.slope = 1
	l.row, l.col = make([]float32, l.rows), make([]float32, l.cols)
	l.sorted = make([]float32, 0, l.rows*l.cols)
	l.field, l.gains = make([]float32, w), make([]float32, w)
	return l
}

// measure compares a frame with the reference, and tells whether the light differs.
func (l *light) measure(now, place []float32) bool {
	l.compare(now, place)
	l.contrast()
	for i, v := range l.now {
		l.ratio[i] = float32(math.Log(float64((max((v-l.offset)/l.slope, 0) + dim) / (l.place[i] + dim))))
	}
	l.whole = l.median(l.ratio)
	clear(l.row)
	clear(l.col)
	for range polish {
		for y := range l.row {
			line := l.ratio[y*l.cols : (y+1)*l.cols]
			l.sorted = l.sorted[:0]
			for x, v := range line {
				l.sorted = append(l.sorted, v-l.whole-l.col[x])
			}
			l.row[y] = l.middle()
		}
		for x := range l.col {
			l.sorted = l.sorted[:0]
			for y := range l.row {
				l.sorted = append(l.sorted, l.ratio[y*l.cols+x]-l.whole-l.row[y])
			}
			l.col[x] = l.middle()
		}
	}
	l.whole = bounded(l.whole, leastWhole)
	differs := l.whole != 0 || l.offset != 0
	for _, part := range [][]float32{l.row, l.col} {
		before := part[0]
		for i, v := range part { // neighbours go over into each other
			next := part[min(i+spreads, len(part)-1)]
			part[i] = bounded((before+2*v+next)/4, leastPart)
			before = v
			differs = differs || part[i] != 0
		}
	}
	return differs
}

// bounded is v without what is noise and what is too much.
func bounded(v, least float32) float32 {
	switch {
	case v > least:
		return min(v-least, most)
	case v < -least:
		return max(v+least, -most)
	}
	return 0
}

// contrast finds slope and offset: the slope is the median of those between dark and
// bright blocks (as Theil and Sen have it, of pairs far apart), the offset the median of
// what is left. A gain alone is taken where that explains as much.
func (l *light) contrast() {
	l.slope, l.offset = 1, 0
	for i := range l.order {
		l.order[i] = i
	}
	slices.SortFunc(l.order, func(a, b int) int { return cmp.Compare(l.place[a], l.place[b]) })
	half := len(l.order) / 2
	l.sorted = l.sorted[:0]
	for i := range half {
		dark, bright := l.order[i], l.order[len(l.order)-half+i]
		if d := l.place[bright] - l.place[dark]; d >= apartBlocks {
			l.sorted = append(l.sorted, (l.now[bright]-l.now[dark])/d)
		}
	}
	if len(l.sorted) < leastPairs {
		return
	}
	slope := l.middle()
	left := func(of func(i int) float32) float32 {
		l.sorted = l.sorted[:0]
		for i := range l.now {
			l.sorted = append(l.sorted, of(i))
		}
		return l.middle()
	}
	offset := left(func(i int) float32 { return l.now[i] - slope*l.place[i] })
	if slope < leastSlope || slope > mostSlope || offset < leastOffset && offset > -leastOffset {
		return
	}
	gain := left(func(i int) float32 { return (l.now[i] + dim) / (l.place[i] + dim) })
	abs := func(v float32) float32 { return max(v, -v) }
	with := left(func(i int) float32 { return abs(l.now[i] - slope*l.place[i] - offset) })
	without := left(func(i int) float32 { return abs(l.now[i] - gain*l.place[i]) })
	if with < plainer*without {
		l.slope, l.offset = slope, offset
	}
}

// compare fills now and place with the means of the blocks.
func (l *light) compare(now, place []float32) {
	bh, bw := l.h/l.rows, l.w/l.cols
	for by := range l.rows {
		for bx := range l.cols {
			var a, b float32
			for y := by * bh; y < (by+1)*bh; y++ {
				at := y*l.w + bx*bw
				for i, v := range now[at : at+bw] {
					a += v
					b += place[at+i]
				}
			}
			n := float32(bh * bw)
			l.now[by*l.cols+bx], l.place[by*l.cols+bx] = a/n, b/n
		}
	}
}

func (l *light) median(v []float32) float32 {
	l.sorted = append(l.sorted[:0], v...)
	return l.middle()
}

// middle is the median of sorted, which it sorts.
func (l *light) middle() float32 {
	slices.Sort(l.sorted)
	n := len(l.sorted)
	return (l.sorted[(n-1)/2] + l.sorted[n/2]) / 2
}

// correct takes the light out of a frame.
func (l *light) correct(now []float32) {
	l.each(func(y int, gains []float32) {
		line := now[y*l.w : (y+1)*l.w]
		for x, g := range gains {
			line[x] = ((line[x]-l.offset)/l.slope+dim)/g - dim
		}
	}, 1)
}

// lend brings a share of the light into the reference.
func (l *light) lend(place []float32, share float32) {
	if l.offset != 0 {
		for i, v := range place {
			place[i] = min(max(v+share*((l.slope-1)*v+l.offset), 0), 255)
		}
	}
	if l.whole == 0 && l.flat() {
		return
	}
	l.each(func(y int, gains []float32) {
		line := place[y*l.w : (y+1)*l.w]
		for x, g := range gains {
			line[x] = min((line[x]+dim)*g-dim, 255)
		}
	}, share)
}

// flat tells that no row or column differs.
func (l *light) flat() bool {
	differs := func(v float32) bool { return v != 0 }
	return !slices.ContainsFunc(l.row, differs) && !slices.ContainsFunc(l.col, differs)
}

// each calls do with the gains of each row of pixels, to the power of share.
func (l *light) each(do func(y int, gains []float32), share float32) {
	between := func(v []float32, at, size int) float32 { // of pixel at of size
		p := (float32(at)+0.5)*float32(len(v))/float32(size) - 0.5
		p = min(max(p, 0), float32(len(v)-1))
		i := int(p)
		return v[i] + (p-float32(i))*(v[min(i+1, len(v)-1)]-v[i])
	}
	for x := range l.field {
		l.field[x] = float32(math.Exp(float64(share * (l.whole + between(l.col, x, l.w)))))
	}
	for y := range l.h {
		g := float32(math.Exp(float64(share * between(l.row, y, l.h))))
		for x, v := range l.field {
			l.gains[x] = g * v
		}
		do(y, l.gains)
	}
}
