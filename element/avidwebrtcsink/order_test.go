package avidwebrtcsink

import (
	"strings"
	"testing"
	"time"

	"avid/element/pipeline"
)

func TestOrder(t *testing.T) {
	var o order
	for i, c := range []struct {
		pts  time.Duration
		key  bool
		want bool
	}{{0, true, false}, {1, false, false}, {4, false, false}, {0, true, false}, {4, false, false}, {2, false, true}, {1, false, false}} {
		if got := o.back(c.pts, c.key); got != c.want {
			t.Errorf("frame %d: %v", i, got)
		}
	}
}

// TestBFrames: they are told on the bus, once.
func TestBFrames(t *testing.T) {
	need(t, "x264enc")
	for _, c := range []struct {
		encoder string
		want    int
	}{{"x264enc bframes=2 b-adapt=false", 1}, {"x264enc tune=zerolatency", 0}} {
		use(t, &fakes{})
		p, err := pipeline.Parse(raw(60, "format=I420,"+small) + c.encoder + " ! avidwebrtcfaked")
		if err != nil {
			t.Fatal(err)
		}
		messages, err := p.Run(idle)
		p.Close()
		n := 0
		for _, m := range messages {
			if m.Kind == pipeline.MessageWarning && strings.Contains(m.Text, "B-frames") {
				n++
			}
		}
		if err != nil || n != c.want {
			t.Errorf("%s: %d warnings, want %d, %v", c.encoder, n, c.want, err)
		}
	}
}
