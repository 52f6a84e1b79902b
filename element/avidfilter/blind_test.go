package avidfilter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/bundle"
)

// warned are the warnings of settings on the bus.
func warned(messages []pipeline.Message) (texts []string) {
	for _, m := range messages {
		if m.Kind == pipeline.MessageWarning && m.Code == gstc.LibrarySettings {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// warnings counts the warnings of settings on the bus.
func warnings(h *harness.Harness) int { return len(warned(h.Messages())) }

// TestBlindWarns: a stream of which nothing can be judged says so once, and why,
// whatever its caps promise; one that can be judged says nothing.
func TestBlindWarns(t *testing.T) {
	const ms = time.Millisecond
	odd := func(in harness.In) func(int) harness.In { return func(int) harness.In { return in } }
	every := func(step time.Duration) func(int) harness.In {
		return func(i int) harness.In { return harness.In{PTS: time.Duration(i) * step} }
	}
	for _, c := range []struct {
		name, rate string
		frame      func(i int) harness.In
		reason     string // "": nothing is wrong
	}{
		{"ten a second, caps of one", "1/1", every(100 * ms), ""},
		{"sixty a second", "60/1", every(16 * ms), ""},
		{"one a second", "1/1", every(1000 * ms), "up to 1 s apart"},
		{"one a second, caps of ten", "10/1", every(1000 * ms), "up to 1 s apart"},
		{"three a second, no rate", "0/1", every(333 * ms), "up to 0.333 s apart"},
		{"bursts of four", "10/1", func(i int) harness.In {
			return harness.In{PTS: time.Duration(i/4)*time.Second + time.Duration(i%4)*100*ms}
		}, "up to 0.7 s apart"},
		{"fillers", "10/1", func(i int) harness.In { return harness.In{PTS: time.Duration(i) * 100 * ms, Gap: true} }, "flagged as fillers"},
		{"mostly fillers", "10/1", func(i int) harness.In {
			return harness.In{PTS: time.Duration(i) * 100 * ms, Gap: i%10 > 0}
		}, "up to 1 s apart"},
		{"damaged", "10/1", func(i int) harness.In { return harness.In{PTS: time.Duration(i) * 100 * ms, Corrupted: true} }, "damaged"},
		{"one time", "10/1", odd(harness.In{PTS: time.Second}), "do not go forward"},
		{"two sources", "10/1", func(i int) harness.In {
			return harness.In{PTS: time.Duration(i)*100*ms + time.Duration(i%2)*time.Hour}
		}, "jump"},
		{"no times", "10/1", odd(harness.In{PTS: gstc.None}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := start(t, &fake{h: 8, w: 16, rate: 10}, "", "video/x-raw,format=GRAY8,width=16,height=8,framerate="+c.rate)
			for i := range 80 {
				in := c.frame(i)
				in.Data = gray(byte(i))
				pushAt(t, h, in)
			}
			h.EndOfStream()
			stats := h.Get("stats")
			got := warned(h.Messages())
			if c.reason == "" {
				if len(got) != 0 || !strings.Contains(stats, "state=(string)judging") || !strings.Contains(stats, "blind=(boolean)false") {
					t.Errorf("warned %q, %s", got, stats)
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0], c.reason) {
				t.Errorf("warned %q, want one with %q", got, c.reason)
			}
			if !strings.Contains(stats, "state=(string)blind") || !strings.Contains(stats, "blind=(boolean)true") {
				t.Errorf("stats: %s", stats)
			}
		})
	}
}

// TestShortStreamWarns: a stream that ends before anything could be judged is
// not silently without events.
func TestShortStreamWarns(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	for i := range average.Frames - 1 {
		push(t, h, i, gray(1))
	}
	h.EndOfStream()
	if got := warned(h.Messages()); len(got) != 1 || !strings.Contains(got[0], "a verdict needs 6 samples") {
		t.Errorf("%q", got)
	}
}

// TestReasonFollows: frames say why nothing is judged of the stream at present: one that
// began before its first key frame is not called damaged for good.
func TestReasonFollows(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	for i := range 30 {
		out := pushAt(t, h, harness.In{Data: gray(byte(i)), PTS: time.Duration(i) * time.Second, Corrupted: i < 8})
		want := map[int]string{9: "damaged", 29: "apart"}[i]
		if !strings.Contains(out.Verdict, want) {
			t.Errorf("frame %d: %s, want %q", i, out.Verdict, want)
		}
	}
}

// TestSeesAgain: a stream that is judged after all says so in its stats, and its
// next blindness is told too.
func TestSeesAgain(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	at := time.Duration(0)
	for round := range 2 {
		for range 30 {
			at += time.Second
			pushAt(t, h, harness.In{Data: gray(1), PTS: at})
		}
		if got := warned(h.Messages()); len(got) != 1 {
			t.Errorf("round %d: %q", round, got)
		}
		for range 10 {
			at += frameStep
			pushAt(t, h, harness.In{Data: gray(1), PTS: at})
		}
		if s := h.Get("stats"); !strings.Contains(s, "state=(string)judging") {
			t.Errorf("round %d: %s", round, s)
		}
	}
}

// TestRepeatedFrames: what repeats the frames of a stream, flagged or not,
// changes neither what is judged nor what is found.
func TestRepeatedFrames(t *testing.T) {
	inferences := func(rate int, tail string) string {
		use(t, &fake{h: 24, w: 32, rate: 10}, nil)
		p, messages := run(t, fmt.Sprintf("videotestsrc num-buffers=%d pattern=ball ! video/x-raw,format=GRAY8,width=64,height=48,framerate=%d/1 ! %s avidfaked model=x name=f ! fakesink",
			6*rate, rate, tail))
		if got := warned(messages); len(got) != 0 {
			t.Errorf("%d %s: warned %q", rate, tail, got)
		}
		s, _ := p.Get("f", "stats")
		_, s, _ = strings.Cut(s, "inferences=(guint64)")
		s, _, _ = strings.Cut(s, ",")
		return s
	}
	for _, c := range [][2]int{{8, 10}, {9, 10}, {15, 30}, {29, 30}, {10, 25}, {8, 30}} {
		from, to := c[0], c[1]
		want := inferences(from, "")
		rated := fmt.Sprintf("videorate ! video/x-raw,framerate=%d/1 ! ", to)
		if got := inferences(from, rated); got != want {
			t.Errorf("videorate from %d to %d: %s inferences, without it %s", from, to, got, want)
		}
	}
}

// TestSlowStreamWarns: a stream of half the bundle's rate is judged, and it is
// told once that things seem faster than they are.
func TestSlowStreamWarns(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	for i := range 100 {
		push(t, h, 2*i, gray(byte(i)))
	}
	got := warned(h.Messages())
	if len(got) != 1 || !strings.Contains(got[0], "gives 5 frames/s and the bundle was trained at 10") {
		t.Errorf("%q", got)
	}
	if s := h.Get("stats"); !strings.Contains(s, "state=(string)judging") {
		t.Errorf("%s", s)
	}
}

// TestPoorBundleWarns: a bundle that is no better than chance is not used in
// silence, and what a bundle is worth is in the stats.
func TestPoorBundleWarns(t *testing.T) {
	for _, c := range []struct {
		quality bundle.Quality
		warned  int
		stats   string
	}{
		{bundle.Quality{Grade: bundle.Good, AUC: 0.9375}, 0, "quality=(string)good, quality-auc=(double)0.9375"},
		{bundle.Quality{Grade: bundle.Untested}, 0, "quality=(string)\"not tested\""},
		{bundle.Quality{Grade: bundle.Chance, AUC: 0.5625}, 1, "quality=(string)\"no better than chance\", quality-auc=(double)0.5625"},
	} {
		h := start(t, &fake{h: 8, w: 16, rate: 10, quality: c.quality}, "", grayCaps)
		got := warned(h.Messages())
		if len(got) != c.warned || c.warned > 0 && !strings.Contains(got[0], "train longer") {
			t.Errorf("%s: warned %q", c.quality, got)
		}
		if s := strings.ReplaceAll(h.Get("stats"), "\\ ", " "); !strings.Contains(s, c.stats) {
			t.Errorf("%s: %s", c.quality, s)
		}
	}
}
