//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"io"
	"time"

	"avid/element/pipeline"
	"avid/models/datasets"
)

// Stream gives whole pictures, colour and all, as bytes for a Feed.
type Stream interface {
	// Raw describes the pictures.
	Raw() Raw
	// Next writes the next picture; io.EOF after the last.
	Next(w io.Writer) error
	io.Closer
}

// OpenStream opens the frames of a clip that count. The error names the file.
func OpenStream(c *datasets.Clip) (Stream, error) {
	if !c.IsVideo() {
		return openFolder(c)
	}
	return openFile(c)
}

// fileStream gives a part of a video in its own pixel format.
type fileStream struct {
	*Reader
	keep    datasets.Range
	raw     Raw
	at      int
	pending bool // the sample holds a picture that was not yet given
}

func openFile(c *datasets.Clip) (Stream, error) {
	r, err := Open(c.Path)
	if err != nil {
		return nil, err
	}
	s := &fileStream{Reader: r.(*Reader), keep: c.Range}
	if err := s.begin(); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: %w: %w", s.path, ErrVideo, err)
	}
	return s, nil
}

// begin skips to the first frame that counts and reads off what the pictures
// are like.
func (s *fileStream) begin() error {
	var before, pts time.Duration
	for range s.keep.First + 1 {
		if err := s.pull(); err != nil {
			if errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: it has %d frames and the range starts at %d", datasets.ErrRange, s.count, s.keep.First)
			}
			return err
		}
		before, pts = pts, s.sample.PTS
		s.count++
	}
	period := s.sample.Duration
	if period <= 0 && s.count > 1 {
		period = pts - before
	}
	rate := datasets.DefaultRate
	if period > 0 {
		rate = float64(time.Second) / float64(period)
	}
	s.raw = layout(&s.sample, rate)
	s.at, s.pending = s.keep.First, true
	return nil
}

// layout describes a sample's planes laid one after the other.
func layout(s *pipeline.Sample, rate float64) Raw {
	r := Raw{Format: s.Format, Width: s.Width, Height: s.Height, Colorimetry: s.Colour.Caps, Rate: rate}
	if info, err := infoOf(s); err == nil {
		r.Format = info.Format.String()
	}
	for i, p := range s.Planes {
		if len(p) == 0 {
			break
		}
		r.Strides, r.Offsets = append(r.Strides, s.Strides[i]), append(r.Offsets, r.Size)
		r.Size += len(p)
	}
	return r
}

func (s *fileStream) Raw() Raw { return s.raw }

func (s *fileStream) Next(w io.Writer) error {
	if s.keep.End > 0 && s.at >= s.keep.End {
		return io.EOF
	}
	if !s.pending {
		if err := s.pull(); err != nil {
			return err
		}
	}
	s.pending = false
	if now := layout(&s.sample, s.raw.Rate); now.Size != s.raw.Size || now.Width != s.raw.Width || now.Format != s.raw.Format || now.Colorimetry != s.raw.Colorimetry {
		return fmt.Errorf("%s: %w: frame %d is %dx%d %s, but the clip began as %dx%d %s", s.path, ErrFormat, s.at,
			now.Width, now.Height, now.Format, s.raw.Width, s.raw.Height, s.raw.Format)
	}
	s.at++
	for _, p := range s.sample.Planes {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}
