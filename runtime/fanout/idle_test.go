package fanout

import (
	"sync/atomic"
	"testing"
	"time"

	"avid/runtime/internal/webrtctest"
)

// TestIdleEnds: the encoder of a source that has ended is told nothing more.
func TestIdleEnds(t *testing.T) {
	var told atomic.Int32
	s, camera := testSource(t, StreamConfig{Watched: func(bool) { told.Add(1) }},
		func(times *Timing) { times.Unwatched = time.Millisecond })
	webrtctest.Eventually(t, "nobody watches", func() bool { return told.Load() == 1 })
	w := watch(t, s, webrtctest.Options{})
	camera.Run(t)
	w.Frame(t)
	if !s.Close() || s.Close() {
		t.Error("Close does not say whether it closed")
	}
	before := told.Load()
	w.Close()
	webrtctest.Eventually(t, "the viewer is gone", func() bool { return s.Stats().Viewers == 0 })
	time.Sleep(20 * time.Millisecond)
	if told.Load() != before {
		t.Errorf("told %d times, then %d", before, told.Load())
	}
}
