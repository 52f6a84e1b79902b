package datasets

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Range is the frames First, First+1 … End-1, counted from 0; End 0 means to
// the end of the clip. The zero Range is the whole clip.
type Range struct{ First, End int }

// ParseRange reads "A:B", "A:", ":B" or "" (all): frames A to B-1.
func ParseRange(text string) (Range, error) {
	if text == "" {
		return Range{}, nil
	}
	a, b, ok := strings.Cut(text, ":")
	var r Range
	var err error
	if ok && a != "" {
		r.First, err = strconv.Atoi(a)
	}
	if ok && err == nil && b != "" {
		r.End, err = strconv.Atoi(b)
		ok = r.End > r.First
	}
	if !ok || err != nil || r.First < 0 {
		return Range{}, fmt.Errorf("%w %q: write A:B for frames A to B-1 counted from 0, with A < B, or A: or :B", ErrRange, text)
	}
	return r, nil
}

// Part is the range of those frames of r that part names, counted from the
// first of r.
func (r Range) Part(part Range) Range {
	p := Range{r.First + part.First, r.End}
	if end := r.First + part.End; part.End > 0 && (r.End == 0 || end < r.End) {
		p.End = end
	}
	return p
}

// clamp is the range within n frames.
func (r Range) clamp(n int) (lo, hi int, err error) {
	lo, hi = r.First, n
	if r.End > 0 {
		hi = min(r.End, n)
	}
	if lo >= hi {
		return 0, 0, fmt.Errorf("%w: it starts at frame %d of %d", ErrRange, lo, n)
	}
	return lo, hi, nil
}

// Cut gives the frames of r that lie in the range, with times from 0 on; it
// takes over closing r.
func Cut(r Reader, keep Range) Reader {
	if keep == (Range{}) {
		return r
	}
	return &cutReader{Reader: r, keep: keep}
}

type cutReader struct {
	Reader
	keep  Range
	at    int
	start time.Duration
}

// Next implements Reader.
func (c *cutReader) Next() (Picture, error) {
	for {
		if c.keep.End > 0 && c.at >= c.keep.End {
			return Picture{}, io.EOF
		}
		p, err := c.Reader.Next()
		if err != nil {
			return Picture{}, err
		}
		c.at++
		if c.at <= c.keep.First {
			continue
		}
		if c.at == c.keep.First+1 {
			c.start = p.PTS
		}
		p.PTS -= c.start
		return p, nil
	}
}
