//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"io"
	"time"

	"avid/models/datasets"
	"avid/models/redact"
)

// part is a Reader of a part of a file.
type part struct {
	*Reader
	from, to time.Duration
}

// beforePart is how long before a part it is read from: key frames of cameras are up to
// ten seconds apart.
const beforePart = 10 * time.Second

// OpenPart starts reading the pictures of a file that are shown from one time up to
// another; their times stay those of the file. The error is that of Open.
func OpenPart(path string, from, to time.Duration) (datasets.Reader, error) {
	p := &part{from: from, to: to}
	if from > 2*beforePart {
		if r, err := sought(path, from); err == nil {
			p.Reader = r
			return p, nil
		}
	}
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	p.Reader, _ = r.(*Reader)
	return p, nil
}

// sought is a reader of a file that stands before a time, or an error where it cannot be
// brought there.
func sought(path string, at time.Duration) (*Reader, error) {
	opened, err := Open(path)
	if err != nil {
		return nil, err
	}
	r, _ := opened.(*Reader)
	err = r.pull() // the stream runs from here on
	if err == nil {
		err = r.p.Seek(at - beforePart)
	}
	if err == nil {
		err = r.pull()
	}
	if err == nil && r.sample.PTS > at {
		err = errors.New("it lies behind that time")
	}
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%s: %w: going to %v: %w", redact.Address(path), ErrVideo, at, err)
	}
	return r, nil
}

// Next implements datasets.Reader.
func (p *part) Next() (datasets.Picture, error) {
	for {
		picture, err := p.Reader.Next()
		switch {
		case err != nil:
			return picture, err
		case picture.PTS >= p.to:
			return datasets.Picture{}, io.EOF
		case picture.PTS >= p.from:
			return picture, nil
		}
	}
}
