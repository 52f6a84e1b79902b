package fanout

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
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

// TestTitleWithoutSecrets: viewers read the title, and the reason of a blind stream.
func TestTitleWithoutSecrets(t *testing.T) {
	s, err := NewSource(StreamConfig{Path: "a", Codec: VP8, Title: "rtsp://admin:hunter2@cam/1?pw=hunter2"}, DefaultTiming(), testLogger())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Wait()
	defer s.Close()
	if got := s.Config().Title; got != "rtsp://***@cam/1?pw=***" {
		t.Errorf("title %q", got)
	}
	s.WriteMeta(Meta{Captured: time.Now(), State: "blind", Reason: "cannot read rtsp://admin:hunter2@cam/1"})
	if got := s.Status().Reason; got != "cannot read rtsp://***@cam/1" {
		t.Errorf("reason %q", got)
	}
}
