package fanout

import (
	"errors"
	"fmt"
	"regexp"

	"avid/models/redact"
)

// What can go wrong with a stream.
var (
	ErrConfig = errors.New("fanout: invalid stream setting")
	ErrPath   = errors.New("fanout: invalid stream path")
	ErrClosed = errors.New("fanout: closed")
)

// segmentShape is one segment of an address that needs no escapes.
var segmentShape = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// IsSegment says whether s can be one segment of an address without escapes: 1
// to 64 of A-Z a-z 0-9 . _ -.
func IsSegment(s string) bool { return segmentShape.MatchString(s) }

// Bit rates for streams that name none, bits/s.
const (
	defaultMinBitrate = 200_000
	defaultMaxBitrate = 8_000_000
)

// Validate says whether the description is possible: nil, ErrPath or ErrConfig.
func (c StreamConfig) Validate() error {
	_, err := c.normal()
	return err
}

// normal checks a stream's description and fills in what may be left out. The
// error is ErrPath or ErrConfig.
func (c StreamConfig) normal() (StreamConfig, error) {
	if !IsSegment(c.Path) {
		return c, fmt.Errorf("%w: %q, allowed are 1 to 64 of A-Z a-z 0-9 . _ -", ErrPath, c.Path)
	}
	if _, ok := codecs[c.Codec]; !ok {
		return c, fmt.Errorf("%w: codec %q, allowed are h264, h265, vp8, vp9, av1", ErrConfig, c.Codec)
	}
	if c.Width < 0 || c.Height < 0 || !(c.Rate >= 0) {
		return c, fmt.Errorf("%w: %d×%d at %v/s", ErrConfig, c.Width, c.Height, c.Rate)
	}
	c.Title = redact.Text(c.Title) // all who watch read it
	if c.Title == "" {
		c.Title = c.Path
	}
	if c.MinBitrate == 0 {
		c.MinBitrate = defaultMinBitrate
		if c.MaxBitrate != 0 {
			c.MinBitrate = min(c.MinBitrate, c.MaxBitrate)
		}
	}
	if c.MaxBitrate == 0 {
		c.MaxBitrate = max(c.MinBitrate, defaultMaxBitrate)
	}
	if c.MinBitrate > c.MaxBitrate {
		return c, fmt.Errorf("%w: min-bitrate %d is more than max-bitrate %d", ErrConfig, c.MinBitrate, c.MaxBitrate)
	}
	return c, nil
}
