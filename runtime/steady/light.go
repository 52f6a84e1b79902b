package steady

import (
	"math"
	"slices"
)

// light is how the light of a frame differs from the reference's: a gain of the whole
// picture, one of each row of blocks and one of each column of them, all multiplied.
// That is the additive model of Tukey ("Exploratory Data Analysis", 1977, chapter 11)
// for the logarithm of the gain, found by his median polish, which what passes in front
// does not sway as long as it covers less than half of a row or column. Flicker under a
// rolling shutter, an exposure that changes and the edge of a cloud's shadow are of it.
type light struct {
	h, w       int
	rows, cols int // of blocks
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
	// Less than that is noise, logarithms of the gain of the whole picture and of a row
	// or column.
	leastWhole, leastPart = 0.01, 0.02
	// most bounds each gain: beyond, noise would be seen instead of light.
	most    = 0.7
	polish  = 2 // rounds
	spreads = 1 // blocks to each side that gains go over into each other
)

func newLight(h, w int) light {
	l := light{h: h, w: w, rows: max(h/block, 1), cols: max(w/block, 1)}
	l.ratio = make([]float32, l.rows*l.cols)
	l.row, l.col = make([]float32, l.rows), make([]float32, l.cols)
	l.sorted = make([]float32, 0, l.rows*l.cols)
	l.field, l.gains = make([]float32, w), make([]float32, w)
	return l
}

// measure compares a frame with the reference, and tells whether the light differs.
func (l *light) measure(now, place []float32) bool {
	l.compare(now, place)
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
	differs := l.whole != 0
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

// compare fills ratio with the logarithms of the light of blocks by the reference's.
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
			n := float32(bh*bw) * dim
			l.ratio[by*l.cols+bx] = float32(math.Log(float64((a + n) / (b + n))))
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
			line[x] = (line[x]+dim)/g - dim
		}
	}, 1)
}

// lend brings a share of the light into the reference.
func (l *light) lend(place []float32, share float32) {
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
