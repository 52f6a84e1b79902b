package datasets

import (
	"fmt"
	"io"
	"time"
)

// topReader cuts rows off at the top of each picture, say a caption that gives
// the label away.
type topReader struct {
	Reader
	path string
	top  int // rows
}

// Next implements Reader.
func (r *topReader) Next() (Picture, error) {
	p, err := r.Reader.Next()
	if err != nil {
		return Picture{}, err
	}
	if r.top >= p.Height {
		return Picture{}, fmt.Errorf("clip %s: %w: %d rows to cut off at the top of %d", r.path, ErrLayout, r.top, p.Height)
	}
	p.Gray, p.Height = p.Gray[r.top*p.Width:], p.Height-r.top
	return p, nil
}

// drawnReader gives the pictures first to end-1 of a drawer.
type drawnReader struct {
	from             drawer
	first, next, end int
	rate             float64
	buf              []byte
}

// Next implements Reader.
func (r *drawnReader) Next() (Picture, error) {
	if r.next >= r.end {
		return Picture{}, io.EOF
	}
	w, h := r.from.size()
	if r.buf == nil {
		r.buf = make([]byte, w*h)
	}
	r.from.picture(r.next, r.buf)
	pts := time.Duration(float64(r.next-r.first) / r.rate * float64(time.Second))
	r.next++
	return Picture{Gray: r.buf, Width: w, Height: h, PTS: pts}, nil
}

// Close implements Reader.
func (r *drawnReader) Close() error { return nil }
