package analyze

import (
	"slices"
	"strings"
	"testing"
	"time"

	"avid/models/average"
	"avid/runtime/event"
)

// TestShortGap: where frames are lost for no longer than events are held, the window is
// filled anew, and model and events go on: a machine that is so slow that each verdict costs
// half a second of frames still sees an event, and its end.
func TestShortGap(t *testing.T) {
	b := newBench(t)
	var told []event.Kind
	verdicts := 0
	grey := func(n int) byte { // something passes in the first six of ten seconds
		if n < 60 {
			return 200 + byte(n%50)
		}
		return byte(n % 100)
	}
	for n := 0; n < 100; n++ {
		o := b.take(at(n), grey(n))
		for _, e := range o.Events {
			if e.Kind != event.Change {
				told = append(told, e.Kind)
			}
		}
		if o.Inferred {
			verdicts++
			if _, is := b.a.Verdict(); !is {
				t.Fatal("there is no verdict")
			}
			n += 5 // are lost meanwhile
		}
	}
	if verdicts < 9 || !slices.Equal(told, []event.Kind{event.Begin, event.End}) {
		t.Errorf("%d verdicts, told %v", verdicts, told)
	}
	if b.f.restarts != 0 || b.a.Restarts() != uint64(verdicts) {
		t.Errorf("%d restarts of the model, %d of the window", b.f.restarts, b.a.Restarts())
	}
	if want := 5 + average.Frames; slices.ContainsFunc(b.f.passed[1:], func(n int) bool { return n != want }) {
		t.Errorf("samples passed %v, want %d each", b.f.passed, want)
	}
}

// TestCrowded: that frames are lost for the time that verdicts take is told while it lasts,
// and not where the camera loses them.
func TestCrowded(t *testing.T) {
	now := time.Unix(1000, 0)
	at := time.Duration(0)
	w := NewWatch(10, now)
	// verdict passes a gap, the samples of a window, and an inference at the last one.
	verdict := func(gap, took time.Duration) string {
		for i := range average.Frames {
			step := Step{Time: at, Sampled: true}
			if i == 0 && gap > 250*time.Millisecond {
				step.Break, step.Since = JumpAhead, gap
			}
			o := Outcome{Step: step}
			if i == average.Frames-1 {
				o.Inferred, o.Took = true, took
			}
			w.Arrived(now)
			w.Frame(&o, 250*time.Millisecond, now)
			at += 100 * time.Millisecond
		}
		return w.Reason()
	}
	for range 50 {
		if why := verdict(400*time.Millisecond, 20*time.Millisecond); why != "" {
			t.Fatalf("a camera that loses frames: %s", why)
		}
	}
	verdicts := 0
	for verdict(600*time.Millisecond, 500*time.Millisecond) == "" {
		if verdicts++; verdicts == 10 {
			t.Fatal("it is not told in ten verdicts")
		}
	}
	if verdicts < 2 || !strings.Contains(w.Reason(), "this machine is too slow") || w.State() != Judging {
		t.Errorf("after %d verdicts: %v, %q", verdicts, w.State(), w.Reason())
	}
	for verdicts = 0; verdict(100*time.Millisecond, 20*time.Millisecond) != ""; verdicts++ {
		if verdicts == 30 {
			t.Fatal("it does not end")
		}
	}
	if verdicts < 5 {
		t.Errorf("it ends after %d verdicts in time", verdicts)
	}
}
