package luma

// span is the source pixels of one result pixel on one axis: head times the
// one at first, mid times each of the n after it, tail times the next.
// Pixels whose weight is zero are not there and are not counted in n; first
// then is the position before the first that is.
type span struct {
	first      int
	head, tail uint32
	mid        uint32
	n          int
}

// axis maps source pixels to result pixels on one axis.
type axis struct {
	spans []span
	total uint32 // sum of the weights of each span
}

// newAxis returns the weights from src to dst pixels.
//
// Shrinking, result pixel j covers [j·src, (j+1)·src) where source pixel i
// covers [i·dst, (i+1)·dst): the weights are the overlaps, and their sum is
// src. Growing, the centre of j lies at (j + ½)·src/dst - ½ between the
// centres of two source pixels: with 2·dst as the unit their weights are
// whole, and beyond the outer centres the outer pixel counts alone.
func newAxis(src, dst int) axis {
	a := axis{spans: make([]span, dst)}
	switch {
	case src == dst:
		a.total = 1
		for j := range a.spans {
			a.spans[j] = span{first: j - 1, mid: 1, n: 1}
		}
	case src > dst:
		a.total = uint32(src)
		for j := range a.spans {
			lo, hi := j*src, (j+1)*src
			i := lo / dst // the first source pixel that is touched
			s := span{first: i, mid: uint32(dst)}
			if lo%dst == 0 {
				s.first-- // it is whole, so it is the first of the middle
			} else {
				s.head = uint32((i+1)*dst - lo)
			}
			s.n = hi/dst - s.first - 1
			s.tail = uint32(hi % dst)
			a.spans[j] = s
		}
	default:
		a.total = uint32(2 * dst)
		for j := range a.spans {
			pos := max(0, min((2*j+1)*src-dst, 2*dst*(src-1)))
			s := span{first: pos / (2 * dst), tail: uint32(pos % (2 * dst))}
			s.head = a.total - s.tail
			a.spans[j] = s
		}
	}
	return a
}
