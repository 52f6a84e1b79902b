package avidwebrtcsink

import (
	"errors"
	"testing"

	"avid/runtime/preview"
)

// TestShare: the host's server outlives the streams of its sinks, which take
// their places on it.
func TestShare(t *testing.T) {
	opened := &fakeServer{}
	s := newServers(func(c preview.Config) (server, error) {
		opened.config = c
		return opened, nil
	})
	c := preview.Config{Listen: "127.0.0.1:0", Token: "secret", MaxViewers: 4}
	h, err := s.share(c)
	if err != nil || h.Listen != "127.0.0.1:41234" || h.URL == "" {
		t.Fatalf("%+v, %v", h, err)
	}
	c.Listen = h.Listen
	if _, err := s.share(c); !errors.Is(err, errTaken) {
		t.Errorf("shared twice: %v", err)
	}
	for range 2 { // a camera that comes and goes
		p, err := s.take(c, "yard")
		if err != nil || p.server != opened {
			t.Fatalf("a place on the shared server: %v", err)
		}
		if err := s.give(p); err != nil || opened.closed != 0 {
			t.Fatalf("closed with a stream, %v", err)
		}
	}
	c.Token = "other"
	if _, err := s.take(c, "door"); !errors.Is(err, errDisagree) {
		t.Errorf("another token: %v", err)
	}
	if err := h.Close(); err != nil || opened.closed != 1 || len(s.open) != 0 {
		t.Errorf("released: %v, closed %d times", err, opened.closed)
	}
}

func TestSplitList(t *testing.T) {
	if got := SplitList(" turn:a:b@c:1, ,stun:d:2"); len(got) != 2 || got[0] != "turn:a:b@c:1" || got[1] != "stun:d:2" {
		t.Errorf("%q", got)
	}
	if got := SplitList(""); got != nil {
		t.Errorf("%q of nothing", got)
	}
}
