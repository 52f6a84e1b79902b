package record

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"avid/runtime/event"
)

// stopwatch is a clock that a test sets.
type stopwatch struct{ time.Time }

func (w *stopwatch) now() time.Time { return w.Time }

// judge has a recorder judge one score a second from now on.
func (w *stopwatch) judge(r *Recorder, scores ...float64) {
	for _, v := range scores {
		r.Frame(w.Time, "")
		r.Verdict(Verdict{Time: float64(w.UnixMilli()) / 1000, Score: v, Threshold: 6.5})
		w.Time = w.Add(time.Second)
	}
	r.Flush()
}

// TestScores: of each ten seconds the greatest score is kept, and the greatest that begins
// an event; a process that goes on within them adds to what is there.
func TestScores(t *testing.T) {
	w := &stopwatch{began.Add(-5 * time.Second)}
	dir := t.TempDir()
	s := open(t, dir, plain(Nothing), w.now, nil)
	r := recorder(t, s)
	w.judge(r, 9, 1, 1, 1, 1) // a single one begins no event
	w.judge(r, 1, 7, 2, 8, 3)
	want := []Score{{At: began.Add(-10 * time.Second), Peak: 9, Sure: 1, Threshold: 6.5, Judged: 5}, {At: began, Peak: 8, Sure: 7, Threshold: 6.5, Judged: 5}}
	check := func(when string) {
		t.Helper()
		all, err := s.Scores("yard", began.Add(-time.Hour), began.Add(time.Hour))
		for i := range all {
			all[i].seconds, all[i].Seconds = 0, Seconds{}
		}
		if err != nil || !slices.Equal(all, want) {
			t.Errorf("%s: %+v, %v; want %+v", when, all, err, want)
		}
	}
	check("while it is written")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = recorder(t, s)
	w.judge(r, 4, 12, 4, 4)
	want[1].Peak, want[1].Judged = 12, 9
	check("by another process")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, indexName)); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, plain(Nothing), w.now, nil)
	check("without the index")
	path := filepath.Join(dir, "yard", scoresDir, "2026-11-28"+scoresEnd)
	if info, err := os.Stat(path); err != nil || info.Size() > 150_000 {
		t.Errorf("a day takes %v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scores("yard", began, w.Time); err == nil {
		t.Error("a file of something else was read")
	}
}

// TestScoresGo: scores go with the events of their day.
func TestScoresGo(t *testing.T) {
	w := &stopwatch{began}
	c := plain(Nothing)
	c.KeepEvents = 48 * time.Hour
	dir := t.TempDir()
	s := open(t, dir, c, w.now, nil)
	r := recorder(t, s)
	w.judge(r, 1)
	w.Time = began.Add(72 * time.Hour)
	w.judge(r, 2)
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	all, err := s.Scores("yard", began, w.Time)
	if err != nil || len(all) != 1 || all[0].Peak != 2 {
		t.Errorf("left: %+v, %v", all, err)
	}
}

// TestAlarms: at any threshold there are as many alarms as the filter's tracker would have
// told, and they last as long, to a second each; also of scores that were read again.
func TestAlarms(t *testing.T) {
	w := &stopwatch{began}
	s := open(t, t.TempDir(), plain(Nothing), w.now, nil)
	r := recorder(t, s)
	var scores []float64
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		scores = append(scores, math.Round(random.NormFloat64()*4*100)/100) // as they are kept
	}
	w.judge(r, scores...)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := s.Scores("yard", began, w.Time)
	if err != nil {
		t.Fatal(err)
	}
	some := 0
	for threshold := -4.; threshold < 13; threshold += 0.5 {
		tracker, err := event.NewTracker(event.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		want, long := 0, time.Duration(0)
		take := func(e event.Event, told bool) {
			if told && e.Kind == event.Begin {
				want++
			}
			if told && e.Kind == event.End {
				long += e.Duration
			}
		}
		for i, v := range scores {
			take(tracker.Update(time.Duration(i)*time.Second, float32(v), float32(threshold), nil))
		}
		take(tracker.Flush())
		n, lasted := Alarms(all, threshold)
		if n != want || lasted > long+time.Duration(n)*time.Second || lasted < long-time.Duration(n)*time.Second {
			t.Errorf("at %g: %d alarms of %v, want %d of %v", threshold, n, lasted, want, long)
		}
		some = max(some, n)
	}
	if some < 50 {
		t.Errorf("%d alarms at most: this test tests little", some)
	}
	if n, _ := Alarms(slices.Concat(all[:3], all[4:]), -100); n != 2 {
		t.Errorf("%d alarms, want 2 where nobody was there for ten seconds", n)
	}
}

// TestAlarmsOfBefore: of scores that were kept before their seconds were, each second that
// has a verdict counts as the surest; a file of something else is an error.
func TestAlarmsOfBefore(t *testing.T) {
	w := &stopwatch{began}
	dir := t.TempDir()
	s := open(t, dir, plain(Nothing), w.now, nil)
	r := recorder(t, s)
	w.judge(r, 8, 8, 1, 1, 1, 1, 1, 1, 8, 8) // two events
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "yard", scoresDir, "2026-11-28"+secondsEnd)
	alarms := func(want int) {
		t.Helper()
		all, err := s.Scores("yard", began, w.Time)
		if n, _ := Alarms(all, 7); err != nil || n != want {
			t.Errorf("%d alarms, %v, want %d", n, err, want)
		}
	}
	alarms(2)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	alarms(1)
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scores("yard", began, w.Time); err == nil {
		t.Error("a file of something else was read")
	}
}

// TestSecondsKept: what is kept of a second is what it was, rounded down, within what the
// file can have.
func TestSecondsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x"+secondsEnd)
	s := Score{At: began.UTC().Truncate(Step), Seconds: unjudged()}
	for i, v := range []float64{0, -0.001, 6.499, 1e9, -1e9, math.NaN(), math.Inf(1), math.Inf(-1)} {
		s.Seconds.add(i, v, v)
	}
	if err := writePlaces(path, secondsMagic, secondsLen, []Score{s}, (*Score).marshalSeconds); err != nil {
		t.Fatal(err)
	}
	all := []Score{{At: s.At, seconds: 1<<10 - 1}}
	if err := readSeconds(path, all); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.01, -0.01, 6.49, 327.67, -327.68, math.Inf(-1), 327.67, math.Inf(-1), math.Inf(-1)} {
		if got := all[0].Seconds[i]; got != (Second{want, want}) {
			t.Errorf("second %d: %v, want %g", i, got, want)
		}
	}
}

// TestConditions: what keeps a camera from being judged is kept with its begin and end,
// over midnight too, and ends with the process where that was killed.
func TestConditions(t *testing.T) {
	w := &stopwatch{time.Date(2026, 11, 28, 23, 59, 30, 0, time.UTC)}
	from := w.Time
	dir := t.TempDir()
	s := open(t, dir, plain(Nothing), w.now, nil)
	r := recorder(t, s)
	o := event.Origin{Camera: "yard", Began: from}
	w.judge(r, 1, 1)
	if err := r.Report(o.Scene(event.Scene{Kind: "dark", State: "begin", Held: true, Text: "it is too dark", Wall: w.Time})); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		r.Frame(w.Time, "")
		r.Flush()
		w.Time = w.Add(10 * time.Second)
	}
	list := func(from time.Time) (all []string) {
		t.Helper()
		conditions, err := s.Conditions("yard", from, w.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range conditions {
			text := c.Kind + " " + c.Start.Format("15:04:05")
			if c.End != nil {
				text += "-" + c.End.Format("15:04:05")
			}
			all = append(all, text)
		}
		return all
	}
	if got := list(midnight(w.Time)); !slices.Equal(got, []string{"dark 23:59:32"}) {
		t.Errorf("the next day: %v", got)
	}
	if err := r.Report(o.Scene(event.Scene{Kind: "dark", State: "end", Wall: w.Time, Since: from.Add(2 * time.Second)})); err != nil {
		t.Fatal(err)
	}
	r.Frame(w.Time, "no model")
	w.Time = w.Add(15 * time.Second)
	r.Flush()                        // no frame came for 15 seconds
	r.Away(w.Time, "no route to it") // and then it was found to be away
	want := []string{"dark 23:59:32-00:00:22", "blind 00:00:22-00:00:37", "silent 00:00:22-00:00:37", "away 00:00:37"}
	if got := list(from); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// The process is killed within a line.
	f, err := os.OpenFile(filepath.Join(dir, "yard", scoresDir, "2026-11-29.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"kind":"da`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	delete(s.journals, "yard")
	want[3] = "away 00:00:37-00:00:40"
	if got := list(from); !slices.Equal(got, want) {
		t.Errorf("killed: %v, want %v", got, want)
	}
	if err := appendConditions(f.Name(), []Condition{{Kind: "light", Start: w.Time}}); err != nil {
		t.Fatal(err)
	}
	if got := list(from); len(got) != 5 {
		t.Errorf("after it: %v", got)
	}
}
