package avidwebrtcsink

import (
	"strings"
	"testing"

	"avid/element/pipeline"
)

// TestPushTellsTheBus: a media server that does not answer is a warning, once,
// and a message each time; the stream goes on.
func TestPushTellsTheBus(t *testing.T) {
	need(t, "vp8enc")
	if err := Register(); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse("videotestsrc is-live=true num-buffers=50 ! video/x-raw,framerate=20/1," + small + " ! avidwebrtcsink codec=vp8 whip-endpoint=http://127.0.0.1:1/cam/whip")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages, err := p.Run(idle)
	if err != nil {
		t.Fatal(err)
	}
	warnings, told := 0, 0
	for _, m := range messages {
		if m.Kind == pipeline.MessageWarning && strings.Contains(m.Text, "media server") {
			warnings++
		}
		if m.Kind == pipeline.MessageElement && strings.Contains(m.Text, "state=(string)waiting") && strings.Contains(m.Text, "refused") {
			told++
		}
	}
	if warnings != 1 || told < 1 {
		t.Errorf("%d warnings, %d messages", warnings, told)
	}
}
