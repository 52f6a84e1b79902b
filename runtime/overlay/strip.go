package overlay

// strip is the heat between two rows of the model, as the rows of a layer have it
// that lie there: computed once for all of them but for how far down each is.
type strip struct {
	l         layer
	modelW    int
	up, down  []byte // the model's rows
	edges     []int  // the first pixel of the layer at or beyond the centre of each of the model
	stretches []stretch
	entries   []entry
}

// entry is the heat of a pixel or of a group of them: on the upper row of the model,
// and what each row unit below adds.
type entry struct{ top, slope int32 }

// stretch is the pixels [lo, hi) of each row. They have groups groups of equal
// heat, from entry at on, and then single pixels; flat ones have one entry.
type stretch struct {
	kind       kind
	lo, hi     int
	at, groups int
}

// kind is how heat changes along a stretch.
type kind uint8

const (
	flat   kind = iota // not at all
	calm               // so little that eight bytes may have one level
	gentle             // or four
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
	if len(s.entries) < l.w {
		s.entries = make([]entry, l.w)
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

// fill computes the entries of all stretches.
func (s *strip) fill(k *shades) {
	entries := 0
	for i := range s.stretches {
		t := &s.stretches[i]
		x := t.at
		t.at = entries
		if t.kind == flat {
			s.set(entries, int32(s.up[x])*columnUnit, int32(s.down[x])*columnUnit)
			entries++
			continue
		}
		_, n := k.group(t.kind)
		t.groups = (t.hi - t.lo) / n
		s.interpolate(entries, t.lo, t.groups, n)
		entries += t.groups
		rest := (t.hi - t.lo) % n
		s.interpolate(entries, t.hi-rest, rest, 1)
		entries += rest
	}
}

// set makes an entry of the heat on the upper and on the lower row, in levels of
// columnUnit. It adds the half that rounds to the next level.
func (s *strip) set(i int, up, down int32) {
	s.entries[i] = entry{up*rowUnit + rowUnit*columnUnit/2, down - up}
}

// interpolate makes count entries, from entry i on, of groups of n pixels from
// pixel x on, each of the heat in its middle.
func (s *strip) interpolate(i, x, count, n int) {
	w := int64(s.l.w)
	place := (int64(2*x+n)*int64(s.modelW) - w) << (placeBits - 1) / w
	step := int64(n) * int64(s.modelW) << placeBits / w
	end := int64(s.modelW-1) << placeBits
	for ; count > 0; count-- {
		p := max(0, min(place, end))
		at := int(p >> placeBits)
		next := min(at+1, s.modelW-1)
		part := int32(p >> (placeBits - columnBits) & (columnUnit - 1))
		between := func(row []byte) int32 {
			return int32(row[at])*columnUnit + (int32(row[next])-int32(row[at]))*part
		}
		s.set(i, between(s.up), between(s.down))
		place += step
		i++
	}
}

// draw draws a stretch on row y of the layer, which lies part row units below the
// upper row of the model.
func (s *strip) draw(t *stretch, k *shades, y int, part int32) {
	row, entries := s.l.row(y, t.lo, t.hi), s.entries[t.at:]
	if t.kind == flat {
		k.inks[entries[0].level(part)].blend(row)
		return
	}
	bytes, n := k.group(t.kind)
	k.blend(row, bytes, entries[:t.groups], part)
	row, entries = row[t.groups*bytes:], entries[t.groups:]
	k.pixels(row, entries[:(t.hi-t.lo)%n], part)
}

// level is the level part row units below the upper row of the model.
func (e entry) level(part int32) uint8 { return uint8((e.top + e.slope*part) >> levelBits) }
