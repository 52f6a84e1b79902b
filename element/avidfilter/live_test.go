package avidfilter

import (
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
)

// breaks are what a new scene begins with.
var breaks = []struct {
	name string
	cut  func(h *harness.Harness)
	next time.Duration // of the frames after the break, beside the regular times
}{
	{name: "flush and seek", cut: func(h *harness.Harness) { h.FlushStart(); h.FlushStop(); h.Segment(0) }},
	{name: "new segment", cut: func(h *harness.Harness) { h.Segment(time.Second) }},
	{name: "hole in time", next: 3 * time.Second},
	{name: "a minute away", next: time.Minute},
	{name: "seconds back", next: -15 * frameStep},
	{name: "other size", cut: func(h *harness.Harness) {
		h.Caps("video/x-raw,format=GRAY8,width=8,height=16,framerate=10/1")
	}},
	{name: "other rate", cut: func(h *harness.Harness) {
		h.Caps("video/x-raw,format=GRAY8,width=16,height=8,framerate=15/1")
	}},
}

// TestBreaks: a break of the stream empties the window, so that no window spans
// it, and ends an open event at its last irregular frame.
func TestBreaks(t *testing.T) {
	const n = average.Frames
	for _, c := range breaks {
		t.Run(c.name, func(t *testing.T) {
			m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
			h := start(t, m, "overlay=none", grayCaps)
			for i := range 20 {
				push(t, h, i, spot())
			}
			push(t, h, 20, gray(1))
			if kinds := events(h); len(kinds) == 0 || kinds[0] != "begin" {
				t.Fatalf("events before the break: %v", kinds)
			}
			before := m.restarts
			if c.cut != nil {
				c.cut(h)
			}
			for i := range n {
				out := pushAt(t, h, harness.In{Data: gray(byte(100 + i)), PTS: time.Duration(21+i)*frameStep + c.next, Duration: frameStep})
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
			told := texts(h)
			if !strings.Contains(told, "kind=(string)end") || !strings.Contains(told, "time=(guint64)1900000000") {
				t.Errorf("no end at the last irregular frame: %s", told)
			}
		})
	}
}

// TestShortHole: after a second without frames no window spans it, and what is marked, the
// open event and what the model knows of the place go on.
func TestShortHole(t *testing.T) {
	const n = average.Frames
	m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
	h := start(t, m, "overlay=none", grayCaps)
	for i := range 20 {
		push(t, h, i, spot())
	}
	before, judged := m.restarts, len(m.windows)
	for i := range n {
		out := pushAt(t, h, harness.In{Data: gray(byte(100 + i)), PTS: time.Duration(20+i)*frameStep + time.Second, Duration: frameStep})
		if out.Masks != 1 {
			t.Errorf("frame %d after the hole: %d masks", i, out.Masks)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.restarts != before || len(m.windows) != judged+1 || m.windows[judged][0] != 100 {
		t.Errorf("%d restarts, %d windows", m.restarts-before, len(m.windows)-judged)
	}
	if kinds := events(h); len(kinds) == 0 || slices.Contains(kinds, "end") {
		t.Errorf("events %v", kinds)
	}
}

// texts are the element messages, one a line.
func texts(h *harness.Harness) string {
	var all []string
	for _, m := range h.Messages() {
		if m.Kind == pipeline.MessageElement {
			all = append(all, m.Text)
		}
	}
	return strings.Join(all, "\n")
}

// TestContinues: what flags and events say of a buffer breaks nothing, nor does
// a jitter, a lost frame or one that is only there to fill a gap; each frame is
// judged but the one that shows nothing.
func TestContinues(t *testing.T) {
	for _, c := range []struct {
		name    string
		between func(h *harness.Harness)
		odd     harness.In // frame 12, its time relative to the regular one
		skipped bool       // it shows nothing
	}{
		{name: "gap event", between: func(h *harness.Harness) { h.Gap(12*frameStep, frameStep/2) }},
		{name: "discontinuity", odd: harness.In{Discont: true}},
		{name: "filler", odd: harness.In{Gap: true}, skipped: true},
		{name: "damaged", odd: harness.In{Corrupted: true}, skipped: true},
		{name: "a little late", odd: harness.In{PTS: 30 * time.Millisecond}},
		{name: "a little early", odd: harness.In{PTS: -30 * time.Millisecond}},
		{name: "the same time again", odd: harness.In{PTS: -frameStep}, skipped: true},
		{name: "a little back", odd: harness.In{PTS: -frameStep - 5*time.Millisecond}, skipped: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
			h := start(t, m, "overlay=none", grayCaps)
			before := 0
			for i := range 24 {
				in := harness.In{Data: gray(byte(i))}
				if i == 12 {
					before = m.restarts
					if c.between != nil {
						c.between(h)
					}
					in.PTS, in.Discont, in.Gap, in.Corrupted = c.odd.PTS, c.odd.Discont, c.odd.Gap, c.odd.Corrupted
				}
				in.PTS += time.Duration(i) * frameStep
				if out := pushAt(t, h, in); (out.Masks == 1) != (i >= average.Frames-1) {
					t.Errorf("frame %d: %d masks", i, out.Masks)
				}
			}
			if m.restarts != before {
				t.Error("a new scene began")
			}
			seen := m.windows[warmUp:]
			if want := 24 - average.Frames + 1; len(seen) != want && !c.skipped || len(seen) != want-1 && c.skipped {
				t.Errorf("%d inferences", len(seen))
			}
			for _, w := range seen {
				if strings.ContainsRune(string(w), 12) == c.skipped && w[0] < 12 && w[len(w)-1] > 12 {
					t.Errorf("window %v", w)
				}
			}
			if n := warnings(h); n != 0 {
				t.Errorf("%d warnings", n)
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
		if out := push(t, h, i, gray(1)); (out.Masks == 1) != (i >= average.Frames-1) {
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
	for i := range average.Frames {
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
			for i := 1; i < average.Frames-1+14; i++ {
				if out := push(t, h, i, gray(byte(i))); out.Discont {
					t.Errorf("frame %d is marked as after a hole", i)
				}
			}
			m.mu.Lock()
			got := m.windows[warmUp:]
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
	for i := range average.Frames - 1 + meterLength {
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
				"post-messages": {"false", "true"}, "attach-meta": {"false", "true"}, "model": {"x", "x"}, "device": {"cpu", "auto"},
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

// TestLag: how late a live stream's frame is stands in the stats; of one that is
// not live nothing does.
func TestLag(t *testing.T) {
	for source, live := range map[string]bool{"videotestsrc num-buffers=20 is-live=true": true, "videotestsrc num-buffers=20": false} {
		use(t, &fake{h: 8, w: 16, rate: 10}, nil)
		p, _ := run(t, source+" ! video/x-raw,format=GRAY8,width=16,height=8,framerate=20/1 ! avidfaked name=f model=x ! fakesink sync=false")
		if s, _ := p.Get("f", "stats"); strings.Contains(s, "lag=(double)") != live {
			t.Errorf("%s: %s", source, s)
		}
	}
}
