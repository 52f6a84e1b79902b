package avidonvif_test

import (
	"strings"
	"testing"
	"time"

	"avid/element/avidonvif"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
)

const caps = "video/x-raw,format=GRAY8,width=16,height=16,framerate=10/1"

// side is an avidonvif whose documents come out.
func side(t *testing.T, settings string) *harness.Harness {
	t.Helper()
	register(t)
	h, err := harness.NewPad("avidonvif "+settings, "meta")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// frame pushes a frame and gives the document that comes out, "" for none.
func frame(t *testing.T, h *harness.Harness, in harness.In) string {
	t.Helper()
	in.Data, in.Duration = make([]byte, 16*16), 100*time.Millisecond
	h.Push(in)
	out, ok := h.Pull()
	if ok && (out.PTS != in.PTS || !instant(string(out.Data)).Equal(out.Reference.Truncate(time.Millisecond))) {
		t.Errorf("the document of %v has the time %v, and the clock time %v:\n%s", in.PTS, out.PTS, out.Reference, out.Data)
	}
	if more, again := h.Pull(); again {
		t.Errorf("a second document:\n%s", more.Data)
	}
	return string(out.Data)
}

// instant is the clock time in a document; the zero time where it has none.
func instant(text string) time.Time {
	_, text, _ = strings.Cut(text, `UtcTime="`)
	text, _, _ = strings.Cut(text, `"`)
	at, _ := time.Parse(time.RFC3339, text) // zero for an error
	return at
}

// TestGaps: frames without a document are gaps of a sparse stream, and the state is told
// again when it is time, after a flush, and when it is asked for.
func TestGaps(t *testing.T) {
	h := side(t, "sync-interval=1")
	if !h.Caps(caps) {
		t.Fatal("caps are refused")
	}
	told := func(at int, want bool) {
		t.Helper()
		if got := frame(t, h, harness.In{PTS: time.Duration(at) * 100 * time.Millisecond}) != ""; got != want {
			t.Errorf("frame %d has a document: %v", at, got)
		}
	}
	told(0, true)
	if _, sparse := h.Gaps(); !sparse {
		t.Error("the stream is no sparse one")
	}
	for at := 1; at < 10; at++ {
		told(at, false)
	}
	if gaps, _ := h.Gaps(); gaps != 9 {
		t.Errorf("%d gaps, want 9", gaps)
	}
	told(10, true)
	told(11, false)
	h.Ask()
	told(12, true)
	h.QoS(time.Second, time.Second)
	if h.SawQoS() {
		t.Error("that metadata are late is told upstream")
	}
	h.FlushStart() // the video goes nowhere, so that none of these is taken there
	h.FlushStop()
	h.Segment(0)
	told(3, true)
	told(4, false)
	if !h.Caps("video/x-raw,format=GRAY8,width=32,height=8,framerate=10/1") {
		t.Error("other caps are refused")
	}
	h.Gaps()
	h.Gap(500*time.Millisecond, time.Second)
	if gaps, _ := h.Gaps(); gaps != 1 {
		t.Errorf("a gap of the video makes %d", gaps)
	}
}

// TestClock: documents have the time at which their frame was taken.
func TestClock(t *testing.T) {
	noon := time.Date(2001, 2, 3, 12, 0, 0, 0, time.UTC)
	second := time.Second
	for name, c := range map[string]struct {
		settings string
		from     time.Time
		want     time.Time // zero: now
	}{
		"the source":            {"", noon, noon},
		"the source says none":  {"", time.Time{}, time.Time{}},
		"this machine":          {"time-source=clock", noon, time.Time{}},
		"the pipeline's is UTC": {"time-source=clock-time", noon, time.Unix(5, 0)},
	} {
		h := side(t, c.settings)
		h.Caps(caps)
		h.Time(20 * second)
		text := frame(t, h, harness.In{PTS: 5 * second, Reference: c.from})
		got := instant(text)
		if c.want.IsZero() { // 15 s ago, as the clock says; rounded down
			if ago := time.Since(got); ago < 15*second || ago > idle {
				t.Errorf("%s: %v ago", name, ago)
			}
		} else if !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestWithoutSize: video whose caps say no size passes, with a warning.
func TestWithoutSize(t *testing.T) {
	h := side(t, "")
	h.Caps("video/x-h264")
	for at := range 3 {
		if text := frame(t, h, harness.In{PTS: time.Duration(at)}); text != "" {
			t.Errorf("a document:\n%s", text)
		}
	}
	warnings := 0
	for _, m := range h.Messages() {
		if m.Kind == pipeline.MessageWarning {
			warnings++
		}
	}
	if warnings != 1 {
		t.Errorf("%d warnings, want 1", warnings)
	}
}

// register registers the elements of this test.
func register(t *testing.T) {
	t.Helper()
	for _, register := range []func() error{pipeline.Init, avidonvif.Register} {
		if err := register(); err != nil {
			t.Fatal(err)
		}
	}
}

// idle bounds a hang.
const idle = time.Minute
