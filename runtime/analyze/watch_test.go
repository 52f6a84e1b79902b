package analyze

import (
	"strings"
	"testing"
	"time"
)

// TestWatchSilence: no frames are told of once, and so is the next silence; a
// stream that goes on is judged again before it can be blind.
func TestWatchSilence(t *testing.T) {
	begin := time.Unix(1000, 0)
	w := NewWatch(10, begin)
	now := begin
	pass := func(d time.Duration) bool { now = now.Add(d); return w.Check(now) }
	frame := func(o Outcome) { w.Arrived(now); w.Frame(&o, 250*time.Millisecond, now) }
	if pass(2900*time.Millisecond) || !pass(200*time.Millisecond) || pass(time.Hour) || w.State() != Silent {
		t.Fatalf("state %v", w.State())
	}
	if !strings.Contains(w.Reason(), "no frames come") {
		t.Errorf("reason %q", w.Reason())
	}
	frame(Outcome{Step: Step{Sampled: true}})
	if w.State() != Filling || w.Reason() != "" || pass(2*time.Second) {
		t.Errorf("state %v", w.State())
	}
	frame(Outcome{Step: Step{Time: 2 * time.Second, Sampled: true}, Inferred: true})
	if w.State() != Judging || pass(time.Second) || !pass(5*time.Second) || w.State() != Silent {
		t.Errorf("state %v", w.State())
	}
	w.Begin(now)
	if pass(time.Second) {
		t.Error("a pause counts as silence")
	}
}

// TestWatchStuck: while a run does not come back, that is what is told, and not
// that the camera is silent.
func TestWatchStuck(t *testing.T) {
	now := time.Unix(1000, 0)
	w := NewWatch(10, now)
	w.Arrived(now)
	if !w.Check(now.Add(4*time.Second)) || w.State() != Blind || !strings.Contains(w.Reason(), "an inference takes longer") {
		t.Errorf("%v: %s", w.State(), w.Reason())
	}
}

// TestWatchSeldom: a stream that is judged seldom on purpose, or by a bundle of
// few frames a second, is not blind.
func TestWatchSeldom(t *testing.T) {
	for name, c := range map[string]struct {
		rate     float64
		interval uint
		gap      time.Duration // between two verdicts
		blind    bool
	}{
		"each":              {10, 1, 2 * time.Second, false},
		"each, and none":    {10, 1, 4 * time.Second, true},
		"each 600th":        {10, 600, time.Minute, false},
		"each 600th, none":  {10, 600, 3 * time.Minute, true},
		"one a second":      {1, 1, 7 * time.Second, false},
		"one a second, non": {1, 1, 9 * time.Second, true},
	} {
		now := time.Unix(1000, 0)
		w := NewWatch(c.rate, now)
		w.Interval(c.interval)
		blind := false
		step := 100 * time.Millisecond
		for at := time.Duration(0); at <= c.gap; at += step {
			now = now.Add(step)
			w.Arrived(now)
			w.Frame(&Outcome{Step: Step{Time: at, Sampled: true}}, 250*time.Millisecond, now)
			blind = w.Check(now) || blind
		}
		if blind != c.blind {
			t.Errorf("%s: blind %v after %v", name, blind, c.gap)
		}
	}
}

// TestWatchOneJump: a single outage is no blindness.
func TestWatchOneJump(t *testing.T) {
	now := time.Unix(1000, 0)
	w := NewWatch(10, now)
	for i, at := range []time.Duration{0, time.Hour, time.Hour + 100*time.Millisecond} {
		w.Arrived(now)
		w.Frame(&Outcome{Step: Step{Time: at, Sampled: true}}, 250*time.Millisecond, now)
		if w.Check(now) {
			t.Errorf("blind at frame %d", i)
		}
	}
}

// TestWatchSlow: a stream of half the bundle's rate is told of once; one that
// loses a frame now and then is not.
func TestWatchSlow(t *testing.T) {
	for name, c := range map[string]struct {
		step func(i int) time.Duration
		want int // times that it is told
	}{
		"in time":         {func(int) time.Duration { return 100 * time.Millisecond }, 0},
		"eight of ten":    {func(int) time.Duration { return 125 * time.Millisecond }, 0},
		"a frame lost":    {func(i int) time.Duration { return time.Duration(1+i%4/3) * 100 * time.Millisecond }, 0},
		"half":            {func(int) time.Duration { return 200 * time.Millisecond }, 1},
		"each other lost": {func(i int) time.Duration { return time.Duration(1+i%2) * 100 * time.Millisecond }, 1},
	} {
		now := time.Unix(1000, 0)
		w := NewWatch(10, now)
		told, at := 0, time.Duration(0)
		for i := range 200 {
			w.Arrived(now)
			w.Frame(&Outcome{Step: Step{Time: at, Sampled: true}, Inferred: true}, 250*time.Millisecond, now)
			if rate, tell := w.Slow(); tell {
				told++
				if rate < 4.9 || rate > 7 {
					t.Errorf("%s: %g samples/s", name, rate)
				}
			}
			at += c.step(i)
		}
		if told != c.want {
			t.Errorf("%s: told %d times, want %d", name, told, c.want)
		}
	}
}

// TestSlowAcrossSegments: a stream that begins again, as one that is looped, is not
// taken for a slow one by the step of its times.
func TestSlowAcrossSegments(t *testing.T) {
	begin := time.Unix(1000, 0)
	w := NewWatch(10, begin)
	now := begin
	for range 5 {
		for i := range 60 {
			now = now.Add(100 * time.Millisecond)
			w.Arrived(now)
			w.Frame(&Outcome{Step: Step{Time: time.Duration(i) * 100 * time.Millisecond, Sampled: true}, Inferred: true}, time.Second, now)
			if samples, slow := w.Slow(); slow {
				t.Fatalf("%v frames/s", samples)
			}
		}
		w.Restarted()
	}
}
