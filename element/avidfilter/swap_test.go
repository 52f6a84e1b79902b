package avidfilter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/bundle"
)

// stream pushes frames until a message has the words, and returns all messages. Each
// frame comes out.
func stream(t *testing.T, h *harness.Harness, i *int, data []byte, words string) string {
	t.Helper()
	var all []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		push(t, h, *i, data)
		*i++
		for _, m := range h.Messages() {
			all = append(all, fmt.Sprint(m.Text, " ", m.Err()))
		}
		if text := strings.Join(all, "\n"); strings.Contains(text, words) {
			return text
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("no %q in %s", words, strings.Join(all, "\n"))
	return ""
}

// TestModelWhilePlaying: another bundle takes the place of the first between two frames
// of an event, which ends with it, and numbers of events go on; one that cannot be opened
// is refused, and so is none at all.
func TestModelWhilePlaying(t *testing.T) {
	first, second := &fake{h: 8, w: 16, rate: 10}, &fake{h: 16, w: 32, rate: 10}
	h := start(t, first, "overlay=none", grayCaps)
	first.closed = 0 // of the starts before
	i := 0
	if told := stream(t, h, &i, spot(), "kind=(string)begin"); !strings.Contains(told, "id=(guint64)1") {
		t.Fatal(told)
	}

	use(t, nil, fmt.Errorf("%w: of a test", bundle.ErrCorrupt))
	h.Set("model", "bad.avid")
	if told := stream(t, h, &i, spot(), "goes on"); !strings.Contains(told, `The bundle "bad.avid" is damaged; copy it again. The bundle "x" goes on.`) || strings.Contains(told, "end") {
		t.Errorf("of a bad bundle it is told: %s", told)
	}

	use(t, second, nil)
	h.Set("model", "y.avid")
	told := stream(t, h, &i, spot(), "avid-model")
	if !strings.Contains(told, `model=(string)y.avid`) {
		t.Errorf("it is told %s", told)
	}
	told += stream(t, h, &i, spot(), "kind=(string)begin")
	if !strings.Contains(told, "kind=(string)end") || strings.Contains(told, "id=(guint64)3") || !strings.Contains(told, "id=(guint64)2") || !strings.Contains(told, `x\=\(int\)4\,\ y\=\(int\)2\,`) {
		t.Errorf("events around the swap: %s", told)
	}
	if stats := h.Get("stats"); !strings.Contains(stats, `model=(string)y.avid`) || !strings.Contains(stats, "events=(guint64)2") || !strings.Contains(stats, fmt.Sprintf("frames=(guint64)%d", i)) {
		t.Errorf("stats %s", stats)
	}

	h.Set("model", "")
	if told := stream(t, h, &i, spot(), "goes on"); !strings.Contains(told, `No model: set the property model`) || !strings.Contains(told, `"y.avid" goes on`) {
		t.Errorf("of no bundle it is told: %s", told)
	}
	h.State(pipeline.StateNull)
	if first.closed != 1 || second.closed != 1 {
		t.Errorf("closed %d and %d times", first.closed, second.closed)
	}
}

// TestWatch: with watch, a file that is replaced is opened anew; without, it is not.
func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cam.avid")
	write := func(text string) {
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	first, second := &fake{h: 8, w: 16, rate: 10}, &fake{h: 8, w: 16, rate: 10}
	h := start(t, first, "model="+path+" overlay=none", grayCaps)
	first.closed = 0
	i := 0
	push(t, h, i, gray(1))
	use(t, second, nil)
	write("number two")
	h.Set("watch", "true")
	i++
	stream(t, h, &i, gray(1), "avid-model")
	stream(t, h, &i, spot(), "kind=(string)begin")
	h.State(pipeline.StateNull)
	if first.closed != 1 || second.closed != 1 {
		t.Errorf("closed %d and %d times", first.closed, second.closed)
	}
}

// TestStopBeforeSwap: a bundle that was opened and never came to judge is closed.
func TestStopBeforeSwap(t *testing.T) {
	first, second := &fake{h: 8, w: 16, rate: 10}, &fake{h: 8, w: 16, rate: 10, opened: make(chan bool, 1)}
	h := start(t, first, "", grayCaps)
	first.closed = 0
	push(t, h, 0, gray(1))
	use(t, second, nil)
	h.Set("model", "y.avid")
	<-second.opened
	h.State(pipeline.StateNull)
	if first.closed != 1 || second.closed != 1 {
		t.Errorf("closed %d and %d times", first.closed, second.closed)
	}
}

// TestShadow: a second bundle judges the same frames, is compared with the first, tells
// nothing, and its faults are its own; set as model it takes the first one's place.
func TestShadow(t *testing.T) {
	first, second := &fake{h: 8, w: 16, rate: 10}, &fake{h: 16, w: 32, rate: 10, score: func(float32) float32 { return 3 }}
	h := start(t, first, "overlay=none", grayCaps)
	first.closed = 0
	i := 0
	until := func(field string) string {
		t.Helper()
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
			push(t, h, i, gray(100))
			i++
			if stats := h.Get("stats"); strings.Contains(stats, field) {
				return stats
			}
		}
		t.Fatalf("no %s in %s", field, h.Get("stats"))
		return ""
	}
	use(t, second, nil)
	h.Set("shadow-model", "y.avid")
	stats := until("shadow-events=(guint64)1")
	if !strings.Contains(stats, "model=(string)x") || !strings.Contains(stats, "shadow-model=(string)y.avid") || !strings.Contains(stats, "shadow-both=(guint64)0") ||
		!strings.Contains(stats, "shadow-not=(guint64)0") || strings.Contains(stats, "shadow-only=(guint64)0") || !strings.Contains(stats, "events=(guint64)0") || !strings.Contains(stats, "score=(double)-1") {
		t.Errorf("stats %s", stats)
	}
	if kinds := events(h); len(kinds) != 0 {
		t.Errorf("the second bundle tells: %v", kinds)
	}
	second.mu.Lock()
	second.fail = fmt.Errorf("a fault of the second")
	second.mu.Unlock()
	if told := stream(t, h, &i, gray(100), "which goes on"); !strings.Contains(told, `"y.avid" cannot judge beside`) {
		t.Errorf("of its fault it is told: %s", told)
	}
	third := &fake{h: 8, w: 16, rate: 10}
	use(t, third, nil)
	h.Set("shadow-model", "z.avid")
	until("shadow-model=(string)z.avid")
	h.Set("shadow-model", "")
	for end := time.Now().Add(time.Minute); strings.Contains(h.Get("stats"), "shadow-model") && time.Now().Before(end); time.Sleep(time.Millisecond) {
		push(t, h, i, gray(100))
		i++
	}
	h.State(pipeline.StateNull)
	if first.closed != 1 || second.closed != 1 || third.closed != 1 {
		t.Errorf("closed %d, %d, %d times", first.closed, second.closed, third.closed)
	}
}
