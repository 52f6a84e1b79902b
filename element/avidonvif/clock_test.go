package avidonvif

import (
	"testing"
	"time"

	"avid/element/gstc"
)

// TestWall goes through a stream, frame by frame: a thread that is kept waiting hardly
// moves its times, and a clock that is set does.
func TestWall(t *testing.T) {
	const ms = time.Millisecond
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	w := wall{}
	for _, c := range []struct {
		name               string
		now, clock, moment time.Duration // after noon, of the pipeline's clock, of the frame
		want               time.Duration
	}{
		{"before the clock runs a frame is taken now", 300 * ms, gstc.None, 0, 300 * ms},
		{"and the next one by the stream's time", 310 * ms, gstc.None, 100 * ms, 400 * ms},
		{"the clock says when the first frame was due", 1000 * ms, 100 * ms, 200 * ms, 1100 * ms},
		{"a frame that waited", 5000 * ms, 4100 * ms, 300 * ms, 1200 * ms},
		{"the thread waited for 50 ms", 5250 * ms, 4300 * ms, 400 * ms, 1300*ms + 500*time.Microsecond},
		{"the machine's clock was set", 65000 * ms, 5000 * ms, 500 * ms, 60500 * ms},
		{"the pipeline rests", 66000 * ms, gstc.None, 600 * ms, 60600 * ms},
	} {
		p := &gstc.Passing{Running: c.moment, Now: c.clock}
		if got := w.at(p, auto, noon.Add(c.now)).Sub(noon); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
