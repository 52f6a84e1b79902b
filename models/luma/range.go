package luma

import "fmt"

// Range says which values of 8 bit luma are black and white.
type Range uint8

// The ranges.
const (
	Full    Range = iota // 0 and 255, as pictures and many cameras have it
	Limited              // 16 and 235 (ITU-R BT.601-7, 2.5.3), as most video has it
	// Stored is the source's own range, whichever that is. Of a source it says
	// nothing; it is a range to scale to.
	Stored
)

// Black and white of limited range.
const (
	limitedBlack = 16
	limitedWhite = 235
)

// String names the range as a bundle does; Stored is "".
func (r Range) String() string {
	switch r {
	case Full:
		return "full"
	case Limited:
		return "limited"
	case Stored:
		return ""
	}
	return fmt.Sprintf("range %d", uint8(r))
}

// ParseRange is the range of a name. The error is ErrFormat.
func ParseRange(name string) (Range, error) {
	for r := Full; r <= Stored; r++ {
		if r.String() == name {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%w: range %.20q, want full or limited", ErrFormat, name)
}

// levels maps the weighted sum of a result pixel to its byte: (mul·sum + add) over
// div, rounded down, add having the half that rounds.
type levels struct{ mul, add, div int64 }

// levels are those of values of the format whose weights sum to total, to the
// range to. No term overflows: sums are below total·2¹⁶, total is at most
// (2·MaxSide)² < 2³², and mul at most 255.
func (f Format) levels(to Range, total int64) levels {
	if to == Stored {
		to = f.Range()
		f.black, f.white = f.ends()
	}
	low, high := int64(0), int64(255)
	if to == Limited {
		low, high = limitedBlack, limitedWhite
	}
	// low + (high - low)·(sum/total - black)/(white - black)
	span := f.white - f.black
	l := levels{mul: high - low, add: (low*span - (high-low)*f.black) * total, div: span * total}
	d := gcd(l.mul, span) // which divides each term
	l.mul, l.add, l.div = l.mul/d, l.add/d, l.div/d
	l.add += l.div / 2
	return l
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// of is the byte of a sum; what lies beyond black and white is cut off at the
// ends of a byte.
func (l levels) of(sum int64) byte {
	n := l.mul*sum + l.add
	if n < 0 {
		return 0
	}
	return byte(min(uint64(n)/uint64(l.div), 255))
}

// table is the mapping of single bytes; nil where each stays what it is.
func (l levels) table() *[256]byte {
	t, same := new([256]byte), true
	for v := range t {
		t[v] = l.of(int64(v))
		same = same && t[v] == byte(v)
	}
	if same {
		return nil
	}
	return t
}
