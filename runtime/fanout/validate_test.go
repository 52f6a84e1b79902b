package fanout

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestStreamConfigValidate(t *testing.T) {
	for _, c := range []struct {
		config StreamConfig
		want   error
	}{
		{StreamConfig{Path: "a.B-c_9", Codec: VP8}, nil},
		{StreamConfig{Path: "a", Codec: AV1, MaxBitrate: 1}, nil},
		{StreamConfig{Path: "", Codec: VP8}, ErrPath},
		{StreamConfig{Path: "a/b", Codec: VP8}, ErrPath},
		{StreamConfig{Path: "a b", Codec: VP8}, ErrPath},
		{StreamConfig{Path: strings.Repeat("x", 65), Codec: VP8}, ErrPath},
		{StreamConfig{Path: "b", Codec: "mpeg2"}, ErrConfig},
		{StreamConfig{Path: "b"}, ErrConfig},
		{StreamConfig{Path: "b", Codec: VP8, Width: -1}, ErrConfig},
		{StreamConfig{Path: "b", Codec: VP8, Rate: math.NaN()}, ErrConfig},
		{StreamConfig{Path: "b", Codec: VP8, MinBitrate: 2, MaxBitrate: 1}, ErrConfig},
	} {
		if err := c.config.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.config, err)
		}
		s, err := NewSource(c.config, DefaultTiming(), testLogger())
		if !errors.Is(err, c.want) {
			t.Errorf("source of %+v: %v", c.config, err)
		}
		if err == nil {
			s.Close()
			s.Wait()
		}
	}
}

func TestStreamConfigDefaults(t *testing.T) {
	for _, c := range []struct{ least, most, wantLeast, wantMost uint }{
		{0, 0, defaultMinBitrate, defaultMaxBitrate},
		{0, 1000, 1000, 1000},
		{300_000, 0, 300_000, defaultMaxBitrate},
		{9_000_000, 0, 9_000_000, 9_000_000},
	} {
		s, _ := testSource(t, StreamConfig{Path: "yard", MinBitrate: c.least, MaxBitrate: c.most}, nil)
		if got := s.Config(); got.Title != "yard" || got.MinBitrate != c.wantLeast || got.MaxBitrate != c.wantMost {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
