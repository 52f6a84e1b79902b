package luma

import "encoding/binary"

// lanes selects every other byte of eight: four lanes of 16 bits.
const lanes = 0x00ff00ff00ff00ff

// laneRows is how many bytes a lane sums without overflow: 257·255 is
// 65,535; the round number below it.
const laneRows = 256

// fewRows is how many rows are so few that they are read at once.
const fewRows = 7

// columns sums rows of bytes column by column, eight columns a word. More than a
// few rows are read from their beginning to their end, four at a time: the memory
// then delivers them as fast as it can, which is what a frame of 4K costs.
type columns struct {
	// all sums the words as they are, and odd their odd bytes in four lanes of 16
	// bits. The even bytes are the difference: what a lane of all carries into the
	// next is what odd takes away again.
	all, odd []uint64
}

// newColumns returns the sums of rows of n bytes.
func newColumns(n int) columns {
	words := (n + 7) / 8
	return columns{make([]uint64, words), make([]uint64, words)}
}

// sum sums n rows of src, at most laneRows, that begin stride bytes apart.
func (c *columns) sum(src []byte, stride, rowBytes, n int) {
	if n <= fewRows {
		c.sumFew(src, stride, rowBytes, n)
		return
	}
	clear(c.all)
	clear(c.odd)
	row := func(i int) []byte { return src[i*stride:][:rowBytes] }
	i := 0
	for ; i+4 <= n; i += 4 {
		c.addFour(row(i), row(i+1), row(i+2), row(i+3))
	}
	for ; i < n; i++ {
		c.addOne(row(i))
	}
}

// sumFew is sum of a few rows.
func (c *columns) sumFew(src []byte, stride, rowBytes, n int) {
	whole := rowBytes / 8
	c.all[len(c.all)-1], c.odd[len(c.odd)-1] = 0, 0 // the end of a row, if not whole
	sums, odds := c.all[:whole], c.odd[:whole]
	for k := range sums {
		var all, odd uint64
		o := 8 * k
		for range n {
			v := binary.LittleEndian.Uint64(src[o:])
			all += v
			odd += v >> 8 & lanes
			o += stride
		}
		sums[k], odds[k] = all, odd
	}
	for i := range n {
		c.addEnd(src[i*stride:][:rowBytes])
	}
}

// addFour adds four rows of equal length.
func (c *columns) addFour(r0, r1, r2, r3 []byte) {
	n, k := len(r0), 0
	r1, r2, r3 = r1[:n], r2[:n], r3[:n]
	all, odd := c.all, c.odd[:len(c.all)]
	for i := 0; i <= n-8; i += 8 { // written so that the compiler drops the checks of i
		v0 := binary.LittleEndian.Uint64(r0[i : i+8 : i+8])
		v1 := binary.LittleEndian.Uint64(r1[i : i+8 : i+8])
		v2 := binary.LittleEndian.Uint64(r2[i : i+8 : i+8])
		v3 := binary.LittleEndian.Uint64(r3[i : i+8 : i+8])
		all[k] += v0 + v1 + v2 + v3
		odd[k] += v0>>8&lanes + v1>>8&lanes + v2>>8&lanes + v3>>8&lanes
		k++
	}
	for _, r := range [4][]byte{r0, r1, r2, r3} {
		c.addEnd(r)
	}
}

// addOne adds a row.
func (c *columns) addOne(r []byte) {
	k := 0
	all, odd := c.all, c.odd[:len(c.all)]
	for i := 0; i <= len(r)-8; i += 8 {
		v := binary.LittleEndian.Uint64(r[i : i+8 : i+8])
		all[k] += v
		odd[k] += v >> 8 & lanes
		k++
	}
	c.addEnd(r)
}

// addEnd adds the bytes of a row behind its last whole word.
func (c *columns) addEnd(r []byte) {
	if len(r)%8 != 0 {
		k, v := len(r)/8, endWord(r)
		c.all[k] += v
		c.odd[k] += v >> 8 & lanes
	}
}

// endWord is the bytes of a row behind its last whole word, and zeros.
func endWord(r []byte) (v uint64) {
	for i, b := range r[len(r)&^7:] {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// word is word k of a row.
func word(r []byte, k int) uint64 {
	if r = r[8*k:]; len(r) >= 8 {
		return binary.LittleEndian.Uint64(r)
	}
	return endWord(r)
}

// weigh returns word k of the rows of a span: mid times their sum in c, and head
// and tail times the rows of those names. The sums of the eight bytes come in
// pairs: that of byte i in the lower half of pi, that of byte i + 4 in the upper.
func (c *columns) weigh(k int, head, tail []byte, sp *span) (p0, p1, p2, p3 uint64) {
	const words, bytes = 0x0000ffff0000ffff, 0x000000ff000000ff
	odd := c.odd[k]
	even := c.all[k] - odd<<8
	m := uint64(sp.mid)
	p0, p1, p2, p3 = m*(even&words), m*(odd&words), m*(even>>16&words), m*(odd>>16&words)
	if a := uint64(sp.head); a != 0 {
		h := word(head, k)
		p0, p1, p2, p3 = p0+a*(h&bytes), p1+a*(h>>8&bytes), p2+a*(h>>16&bytes), p3+a*(h>>24&bytes)
	}
	if b := uint64(sp.tail); b != 0 {
		t := word(tail, k)
		p0, p1, p2, p3 = p0+b*(t&bytes), p1+b*(t>>8&bytes), p2+b*(t>>16&bytes), p3+b*(t>>24&bytes)
	}
	return p0, p1, p2, p3
}

// sumRows fills lum with the weighted sum of each pixel's luma over the rows of
// sp. Rows begin stride bytes apart. No sum overflows: weights sum to at most
// 2·MaxSide, times weightSum or, for the two bytes of deep pixels, 257, and
// 2·32767·257·255 is below 2³².
func (s *Scaler) sumRows(src []byte, stride int, sp *span) {
	first := min(sp.n, laneRows)
	s.sumSpan(src, stride, sp.first+1, first)
	s.fold(s.sums, src, stride, sp)
	for done := first; done < sp.n; done += laneRows {
		s.sumSpan(src, stride, sp.first+1+done, min(sp.n-done, laneRows))
		s.fold(s.more, src, stride, &span{mid: sp.mid})
		for i, v := range s.more {
			s.sums[i] += v
		}
	}
	if s.format.PixelStride == 3 || s.format.PixelStride > 4 {
		s.toLuma()
	}
}

// sumSpan sums n rows from row first on.
func (s *Scaler) sumSpan(src []byte, stride, first, n int) {
	if n == 0 {
		first = 0 // which may lie outside
	}
	s.columns.sum(src[first*stride:], stride, s.rowBytes, n)
}

// fold fills sums with what columns has, and the head and tail of sp.
func (s *Scaler) fold(sums []uint32, src []byte, stride int, sp *span) {
	var head, tail []byte
	if sp.head != 0 {
		head = src[sp.first*stride:][:s.rowBytes]
	}
	if sp.tail != 0 {
		tail = src[(sp.first+1+sp.n)*stride:][:s.rowBytes]
	}
	c, w := &s.columns, &s.weights
	switch s.format.PixelStride {
	case 2:
		a, b := w[0], w[1]
		for k := range c.all {
			p0, p1, p2, p3 := c.weigh(k, head, tail, sp)
			even, odd := a*p0+b*p1, a*p2+b*p3
			out := sums[4*k : 4*k+4 : 4*k+4]
			out[0] = uint32(even)
			out[1] = uint32(odd)
			out[2] = uint32(even >> 32)
			out[3] = uint32(odd >> 32)
		}
	case 4:
		for k := range c.all {
			p0, p1, p2, p3 := c.weigh(k, head, tail, sp)
			v := w[0]*p0 + w[1]*p1 + w[2]*p2 + w[3]*p3
			out := sums[2*k : 2*k+2 : 2*k+2]
			out[0] = uint32(v)
			out[1] = uint32(v >> 32)
		}
	default:
		for k := range c.all {
			p0, p1, p2, p3 := c.weigh(k, head, tail, sp)
			out := sums[8*k : 8*k+8 : 8*k+8]
			out[0] = uint32(p0)
			out[1] = uint32(p1)
			out[2] = uint32(p2)
			out[3] = uint32(p3)
			out[4] = uint32(p0 >> 32)
			out[5] = uint32(p1 >> 32)
			out[6] = uint32(p2 >> 32)
			out[7] = uint32(p3 >> 32)
		}
	}
}

// toLuma turns the sums of bytes into sums of luma.
func (s *Scaler) toLuma() {
	n, w := s.format.PixelStride, &s.weights
	if n == 3 {
		a, b, c := uint32(w[0]), uint32(w[1]), uint32(w[2])
		sums := s.sums
		for x := range s.lum {
			p := sums[3*x : 3*x+3 : 3*x+3]
			s.lum[x] = a*p[0] + b*p[1] + c*p[2]
		}
		return
	}
	for x := range s.lum {
		v := uint32(0)
		for i, p := range s.sums[x*n : (x+1)*n] {
			v += uint32(w[i]) * p
		}
		s.lum[x] = v
	}
}

// sumCols fills a row of the result from the sums of luma.
func (s *Scaler) sumCols(dst []byte) {
	level := s.level
	for x := range dst {
		sp := &s.cols.spans[x]
		sum := uint64(sp.mid) * total(s.lum[sp.first+1:sp.first+1+sp.n])
		if sp.head != 0 {
			sum += uint64(sp.head) * uint64(s.lum[sp.first])
		}
		if sp.tail != 0 {
			sum += uint64(sp.tail) * uint64(s.lum[sp.first+1+sp.n])
		}
		dst[x] = level.of(int64(sum))
	}
}

// total is the sum of v.
func total(v []uint32) uint64 {
	var a, b uint64 // two, so that one addition need not wait for the other
	for ; len(v) >= 4; v = v[4:] {
		a += uint64(v[0]) + uint64(v[1])
		b += uint64(v[2]) + uint64(v[3])
	}
	for _, x := range v {
		a += uint64(x)
	}
	return a + b
}
