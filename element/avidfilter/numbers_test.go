package avidfilter

import (
	"fmt"
	"strings"
	"testing"

	"avid/element/gstc/harness"
	"avid/models/average"
)

// TestNumbersOnFrames: each frame carries how it is with the stream, from the
// first verdict on its numbers, and the event that is open or reported with it,
// as the bus has it.
func TestNumbersOnFrames(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "overlay=none", grayCaps)
	has := func(i int, out harness.Out, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(out.Verdict, w) {
				t.Errorf("frame %d has %s, want %q", i, out.Verdict, w)
			}
		}
	}
	for i := range 40 {
		data := gray(byte(i))
		if i >= 8 && i < 12 {
			data = spot()
			data[0] = byte(i) // not one picture again and again
		}
		out := push(t, h, i, data)
		var reports []string
		for _, m := range h.Messages() {
			if e, ok, err := EventOf(m.Structure); ok && err == nil {
				reports = append(reports, fmt.Sprintf("event-id=(guint64)%d, event-kind=(string)%s,", e.ID, e.Kind),
					fmt.Sprintf("event-start=(guint64)%d, event-time=(guint64)%d, event-duration=(guint64)%d", e.Start, e.Time, e.Duration))
			}
		}
		has(i, out, reports...)
		switch {
		case i < average.Frames-1:
			has(i, out, "state=(string)filling;")
			continue
		case i >= 10 && i < 29:
			has(i, out, "event-id=(guint64)1", "event-start=(guint64)800000000", "event-peak=(double)1")
		case strings.Contains(out.Verdict, "event-id") && (i < 9 || i > 31):
			t.Errorf("frame %d has an event: %s", i, out.Verdict)
		}
		has(i, out, "state=(string)judging", fmt.Sprintf("serial=(guint64)%d,", i-average.Frames+2), "threshold=(double)0")
	}
	h = start(t, &fake{h: 8, w: 16, rate: 10}, "attach-meta=false", grayCaps)
	if out := push(t, h, 0, gray(1)); out.Verdict != "" {
		t.Errorf("unasked: %s", out.Verdict)
	}
}
