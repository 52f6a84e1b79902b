package avidfilter

import (
	"strings"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/runtime/window"
)

// TestRestarts: whatever breaks the stream empties the window, so that no
// window spans the break; an open event ends where the stream jumps.
func TestRestarts(t *testing.T) {
	const n = window.Frames
	flush := func(h *harness.Harness) { h.FlushStart(); h.FlushStop(); h.Segment(0) }
	for _, c := range []struct {
		name string
		cut  func(h *harness.Harness)
		next harness.In // the frame after the break, its time relative to the regular one
		ends bool       // the open event
	}{
		{name: "flush and seek", cut: flush, ends: true},
		{name: "new segment", cut: func(h *harness.Harness) { h.Segment(time.Second) }, ends: true},
		{name: "gap event", ends: true, cut: func(h *harness.Harness) { h.Gap(20*frameStep, frameStep) }},
		{name: "gap buffer", ends: true, cut: func(h *harness.Harness) {
			h.Push(harness.In{Data: gray(255), PTS: 20 * frameStep, Duration: frameStep, Gap: true})
			h.Pull()
		}},
		{name: "discontinuity", next: harness.In{Discont: true}},
		{name: "hole in time", next: harness.In{PTS: time.Second}},
		{name: "backwards", next: harness.In{PTS: -15 * frameStep}, ends: true},
		{name: "caps change", cut: func(h *harness.Harness) {
			h.Caps("video/x-raw,format=GRAY8,width=16,height=8,framerate=15/1")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
			h := start(t, m, "overlay=none", grayCaps)
			for i := range 20 {
				push(t, h, i, spot())
			}
			if kinds := events(h); len(kinds) == 0 || kinds[0] != "begin" {
				t.Fatalf("events before the break: %v", kinds)
			}
			before := m.restarts
			if c.cut != nil {
				c.cut(h)
			}
			for i := range n {
				in := harness.In{Data: gray(byte(100 + i)), PTS: time.Duration(21+i)*frameStep + c.next.PTS, Duration: frameStep}
				in.Discont = c.next.Discont && i == 0
				out := pushAt(t, h, in)
				if want := i == n-1; (out.Masks == 1) != want {
					t.Errorf("frame %d after the break: %d masks", i, out.Masks)
				}
			}
			if m.restarts == before {
				t.Error("the model was not told")
			}
			m.mu.Lock()
			last := m.windows[len(m.windows)-1]
			m.mu.Unlock()
			for i, v := range last {
				if v != byte(100+i) {
					t.Fatalf("the window after the break is %v", last)
				}
			}
			if ended := strings.Contains(strings.Join(events(h), " "), "end"); ended != c.ends {
				t.Errorf("event ended: %v, want %v", ended, c.ends)
			}
		})
	}
}

// TestSameSegmentAgain: a segment that repeats the one before breaks nothing.
func TestSameSegmentAgain(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	h.Segment(0)
	for i := range 10 {
		if i == 7 {
			h.Segment(0)
		}
		if out := push(t, h, i, gray(1)); (out.Masks == 1) != (i >= window.Frames-1) {
			t.Errorf("frame %d: %d masks", i, out.Masks)
		}
	}
}

// TestFlushing: between flush start and stop nothing is taken, afterwards it
// goes on.
func TestFlushing(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	push(t, h, 0, gray(1))
	h.FlushStart()
	if flow, _ := h.Push(harness.In{Data: gray(1)}); flow != harness.Flushing {
		t.Errorf("flow %d while flushing", flow)
	}
	h.FlushStop()
	h.Segment(0)
	push(t, h, 1, gray(1))
	if m := h.Messages(); len(m) != 0 {
		t.Errorf("messages %v", m)
	}
}

// TestReuseAfterEndOfStream: a flush after the end begins anew.
func TestReuseAfterEndOfStream(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
	h := start(t, m, "", grayCaps)
	for i := range 3 {
		push(t, h, i, gray(1))
	}
	h.EndOfStream()
	if flow, _ := h.Push(harness.In{Data: gray(1)}); flow != harness.EOS {
		t.Errorf("flow %d after the end", flow)
	}
	h.FlushStart()
	h.FlushStop()
	h.Segment(0)
	for i := range window.Frames {
		push(t, h, i, gray(byte(10+i)))
	}
	checkWindows(t, m, [][]byte{{10, 11, 12, 13, 14, 15}})
}

// TestQoS: late frames all come out and all enter the window; only inference
// is left out, and never for more than maxMissed frames in a row.
func TestQoS(t *testing.T) {
	for _, c := range []struct {
		name, properties string
		inferences       int
	}{
		{"on", "", 2}, // the 7th due one, and the 14th
		{"off", "qos=false", 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
			h := start(t, m, c.properties, grayCaps)
			push(t, h, 0, gray(0))
			h.QoS(time.Minute, 0)
			if h.SawQoS() {
				t.Error("upstream is asked to drop frames too")
			}
			for i := 1; i < window.Frames-1+14; i++ {
				if out := push(t, h, i, gray(byte(i))); out.Discont {
					t.Errorf("frame %d is marked as after a hole", i)
				}
			}
			m.mu.Lock()
			got := m.windows[warmUps:]
			m.mu.Unlock()
			if len(got) != c.inferences {
				t.Fatalf("%d inferences, want %d", len(got), c.inferences)
			}
			for _, w := range got {
				for i := 1; i < len(w); i++ {
					if w[i] != w[i-1]+1 {
						t.Errorf("a hole in window %v", w)
					}
				}
			}
		})
	}
}

// TestLatency: the query tells what an inference takes, on top of upstream's.
func TestLatency(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10}
	use(t, m, nil)
	h, err := harness.New("avidticking model=x")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if got := h.Latency(40 * time.Millisecond); got != 52*time.Millisecond {
		t.Errorf("latency %v, want 40 of upstream and 12 of ours", got)
	}
	h.Caps(grayCaps)
	for i := range window.Frames - 1 + meterLength {
		push(t, h, i, gray(1))
	}
	for _, m := range h.Messages() {
		if m.Kind == pipeline.MessageLatency {
			t.Error("a latency message though it stayed")
		}
	}
}

// TestPropertiesWhilePlaying sets everything from another thread.
func TestPropertiesWhilePlaying(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10}
	h := start(t, m, "", grayCaps)
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range 300 {
			for property, values := range map[string][2]string{
				"alpha": {"0.25", "-1"}, "zeta": {"0.5", "-1"}, "false-alarm-rate": {"4", "0"}, "interval": {"2", "1"},
				"overlay": {"heat+score", "none"}, "overlay-color": {"0xff00ff00", "0x80ffffff"}, "opacity": {"1", "0"},
				"post-messages": {"false", "true"}, "attach-meta": {"false", "true"}, "model": {"y", "z"}, "device": {"cpu", "auto"},
			} {
				h.Set(property, values[i%2])
				h.Get("stats")
			}
		}
	}()
	for i := range 200 {
		push(t, h, i, spot())
	}
	<-done
	h.Set("alpha", "0.25")
	h.Set("zeta", "0.125")
	h.Set("interval", "1")
	push(t, h, 200, gray(1))
	if m.got.Alpha != 0.25 || m.got.Zeta != 0.125 {
		t.Errorf("thresholds in force: %+v", m.got)
	}
}
