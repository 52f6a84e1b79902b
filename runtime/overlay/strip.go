package overlay

// strip is the heat between two rows of the model on a layer. Where its rows are hot,
// and how hot on the upper and the lower row of the model, is computed once for all
// rows that lie between; each then needs one sum and one product for two pixels or
// groups of them.
type strip struct {
	l         layer
	modelW    int
	up, down  []byte // the model's rows
	edges     []int  // the first pixel of the layer at or beyond the centre of each of the model
	stretches []stretch
	pairs     []pair
}

// pair is the heat of two pixels, or groups of them, that follow each other: on the
// upper row of the model, and what each row unit below adds. Each has half of the 64
// bits, so that one addition and one multiplication serve both: a negative slope
// borrows from the other half, and the sum gives it back, as heat is never negative
// and has 31 bits.
type pair struct{ top, slope uint64 }

// set makes the heat of half i, of levels in columnUnit on the upper and on the lower
// row. It adds the half that rounds to the next level.
func (p *pair) set(i int, up, down int64) {
	if i == 0 {
		*p = pair{}
	}
	p.top += uint64(up*rowUnit+rowUnit*columnUnit/2) << (32 * i)
	p.slope += uint64(down-up) << (32 * i)
}

// levels are the levels part row units below the upper row of the model.
func (p pair) levels(part uint64) (a, b uint8) {
	v := p.top + p.slope*part
	return uint8(v >> levelBits), uint8(v >> (levelBits + 32))
}

// stretch is the pixels [lo, hi) of each row: first those before mid, in groups of
// equal heat, whose pairs are those from at on, and then single ones, whose pairs
// follow. Flat ones have half a pair.
type stretch struct {
	kind        kind
	lo, mid, hi int
	at, singles int
}

// kind is how heat changes along a stretch.
type kind uint8

const (
	flat   kind = iota // not at all
	calm               // so little that eight bytes may have one level: 24 where a pixel has three
	gentle             // or four: 12
	steep              // each pixel has its own
)

// Units of heat: a level has rowUnit·columnUnit of them, so that 255 and a half
// fit into 31 bits. rowUnit is the distance of two rows of the model.
const (
	rowBits, columnBits = 11, 12
	rowUnit, columnUnit = 1 << rowBits, 1 << columnBits
	levelBits           = rowBits + columnBits
)

// placeBits are those of a part of the distance between two columns of the model.
const placeBits = 32

// init takes memory for models w pixels wide.
func (s *strip) init(w int) {
	s.modelW, s.edges, s.stretches = w, make([]int, w), make([]stretch, 0, w+1)
}

// begin takes the layer to draw on.
func (s *strip) begin(l *layer) {
	s.l = *l
	if most := l.w/2 + 2*(s.modelW+1); len(s.pairs) < most { // halves may be left over
		s.pairs = make([]pair, most)
	}
	for x := range s.edges {
		// Pixel i lies at ((2i+1)·modelW - l.w)/(2·l.w) model pixels.
		n := (2*x+1)*l.w - s.modelW
		s.edges[x] = max(0, min((n+2*s.modelW-1)/(2*s.modelW), l.w))
	}
}

// split finds the stretches between two rows of the model that have a level from
// first on, which their columns from lo to hi may have.
func (s *strip) split(up, down []byte, lo, hi, first int, k *shades) {
	s.up, s.down, s.stretches = up, down, s.stretches[:0]
	if lo >= hi {
		return
	}
	hot := func(x int) bool { return int(max(up[x], down[x])) >= first }
	if lo == 0 && hot(0) {
		s.add(flat, 0, s.edges[0], 0)
	}
	most := [...]int{calm: s.most(k, calm), gentle: s.most(k, gentle)}
	for x := max(lo-1, 0); x < min(hi, s.modelW-1); x++ {
		if !hot(x) && !hot(x+1) {
			continue
		}
		of := steep
		switch change := max(apart(up[x], up[x+1]), apart(down[x], down[x+1])); {
		case change == 0:
			of = flat
		case change <= most[calm]:
			of = calm
		case change <= most[gentle]:
			of = gentle
		}
		s.add(of, s.edges[x], s.edges[x+1], x)
	}
	if last := s.modelW - 1; hot(last) {
		s.add(flat, s.edges[last], s.l.w, last)
	}
	s.fill(k)
}

// most is the greatest change between two columns of the model for a kind of
// stretch: the outer pixels of a group are off by 3/4 of a level then.
func (s *strip) most(k *shades, of kind) int {
	_, n := k.group(of)
	if n == 1 {
		return 255
	}
	return 3 * s.l.w / (2 * s.modelW * (n - 1))
}

func apart(a, b byte) int { return int(max(a, b) - min(a, b)) }

// add appends the pixels [lo, hi) from the model's column x on, or lengthens the
// last stretch by them.
func (s *strip) add(of kind, lo, hi, x int) {
	if lo >= hi {
		return
	}
	if n := len(s.stretches) - 1; n >= 0 {
		// Until fill, at is the column that a stretch begins with.
		last := &s.stretches[n]
		same := of != flat || s.up[last.at] == s.up[x] && s.down[last.at] == s.down[x]
		if last.kind == of && last.hi == lo && same {
			last.hi = hi
			return
		}
	}
	s.stretches = append(s.stretches, stretch{kind: of, lo: lo, hi: hi, at: x})
}

// fill computes the pairs of all stretches.
func (s *strip) fill(k *shades) {
	end := 0
	for i := range s.stretches {
		t := &s.stretches[i]
		x := t.at
		t.at = end
		if t.kind == flat {
			s.pairs[end].set(0, int64(s.up[x])*columnUnit, int64(s.down[x])*columnUnit)
			end++
			continue
		}
		_, n := k.group(t.kind)
		t.mid = t.hi - (t.hi-t.lo)%n
		t.singles = s.interpolate(end, t.lo, t.mid, n)
		end = s.interpolate(t.singles, t.mid, t.hi, 1)
	}
}

// interpolate makes the pairs from pair at on of the pixels [lo, hi) in groups of n,
// each of the heat in its middle, and returns where they end.
func (s *strip) interpolate(at, lo, hi, n int) int {
	w := int64(s.l.w)
	place := (int64(2*lo+n)*int64(s.modelW) - w) << (placeBits - 1) / w
	step := int64(n) * int64(s.modelW) << placeBits / w
	last := int64(s.modelW-1) << placeBits
	count := (hi - lo) / n
	for i := range count {
		p := max(0, min(place, last))
		x := int(p >> placeBits)
		next := min(x+1, s.modelW-1)
		part := p >> (placeBits - columnBits) & (columnUnit - 1)
		between := func(row []byte) int64 {
			return int64(row[x])*columnUnit + (int64(row[next])-int64(row[x]))*part
		}
		s.pairs[at+i/2].set(i%2, between(s.up), between(s.down))
		place += step
	}
	return at + (count+1)/2
}

// draw draws a stretch on row y of the layer, which lies part row units below the
// upper row of the model.
func (s *strip) draw(t *stretch, k *shades, y int, part uint64) {
	if t.kind == flat {
		level, _ := s.pairs[t.at].levels(part)
		k.inks[level].blend(s.l.row(y, t.lo, t.hi))
		return
	}
	if t.mid > t.lo {
		bytes, _ := k.group(t.kind)
		k.blend(s.l.row(y, t.lo, t.mid), bytes, s.pairs[t.at:], part)
	}
	if t.hi > t.mid {
		k.blend(s.l.row(y, t.mid, t.hi), k.size, s.pairs[t.singles:], part)
	}
}
