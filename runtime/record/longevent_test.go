package record

import (
	"os"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
)

// begins reports the begin of an event that then goes on for long.
func begins(t *testing.T, f *film, r *Recorder) (id string, start time.Time) {
	t.Helper()
	start = f.now()
	rec := f.report(event.Begin, 1, start, 8)
	if err := r.Report(rec); err != nil {
		t.Fatal(err)
	}
	return rec.ID, start
}

// TestQuotaOfALongEvent: an event that does not end has no more film than fits, by the
// quota or by what is to stay free, and keeps its first clip as long as there is another
// one to delete.
func TestQuotaOfALongEvent(t *testing.T) {
	const most = 300 << 10
	for name, set := range map[string]func(*Config){
		"quota":     func(c *Config) { c.MaxSize = most },
		"free disk": func(c *Config) { c.MinFree = 0.5 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := testFilm(t)
			c := plain(Continuous)
			c.Segment, c.LongClip = 10*time.Second, 10*time.Second
			set(&c)
			s, err := Open(dir, c, Options{Now: f.now, Free: func(string) (int64, int64, error) { return 2*most - onDisk(t, dir), 2 * most, nil }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := recorder(t, s)
			id, start := begins(t, f, r)
			for range 20 {
				f.play(t, r, time.Minute)
				if err := s.Sweep(); err != nil {
					t.Fatal(err)
				}
				if size := onDisk(t, dir); size > most+64<<10 {
					t.Fatalf("%d bytes, allowed are %d", size, most)
				}
			}
			if err := r.Report(f.report(event.End, 1, start, 8)); err != nil {
				t.Fatal(err)
			}
			f.play(t, r, time.Minute)
			clips, err := s.Clips("yard", id)
			if err != nil || len(clips) < 3 || !strings.HasSuffix(clips[0].Path, id+".mp4") {
				t.Errorf("%d clips are left, the first %+v, %v", len(clips), clips[:min(1, len(clips))], err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			consistent(t, s, began)
		})
	}
}

// TestAgeOfALongEvent: the film of an event that goes on is kept no longer than that of
// others.
func TestAgeOfALongEvent(t *testing.T) {
	f := testFilm(t)
	c := plain(Events)
	c.LongClip, c.KeepEvents = 10*time.Second, 5*time.Minute
	s := open(t, t.TempDir(), c, f.now, nil)
	r := recorder(t, s)
	id, start := begins(t, f, r)
	for range 4 {
		f.play(t, r, 4*time.Minute)
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		clips, err := s.Clips("yard", id)
		oldest := max(f.now().Add(-c.KeepEvents).UnixMilli(), start.UnixMilli())
		if err != nil || len(clips) < 20 || clips[0].End.UnixMilli() < oldest || clips[0].Start.UnixMilli() > oldest+15_000 {
			t.Fatalf("after %v: %d clips, the first %+v, %v", f.now().Sub(start), len(clips), clips[:min(1, len(clips))], err)
		}
	}
	events, _ := contents(t, s)
	if len(events) != 1 || events[0].State != StateOpen {
		t.Errorf("events %+v", events)
	}
}

// TestLinesOfALongEvent: of the verdicts of an event that goes on the newest are kept, of
// its records all; they count for the quota meanwhile.
func TestLinesOfALongEvent(t *testing.T) {
	f := testFilm(t)
	s := open(t, t.TempDir(), plain(Nothing), f.now, nil)
	s.mostLines = 3 << 20
	r := recorder(t, s)
	id, start := begins(t, f, r)
	path := linesOf(s.sidecarPath("yard", id))
	at, counted := 0.0, int64(0)
	for n := range 40 {
		for range 1000 {
			f.at++
			at = float64(f.now().UnixMilli()) / 1000
			r.Verdict(Verdict{Time: at, Score: 8, Threshold: 6.5, Boxes: []event.RecordBox{{W: 7, H: 9}}})
		}
		r.Flush()
		if n == 20 {
			if err := r.Report(f.report(event.Change, 1, start, 9)); err != nil {
				t.Fatal(err)
			}
		}
		size := sizes(path)
		if size > s.mostLines {
			t.Fatalf("%d bytes, allowed are %d", size, s.mostLines)
		}
		have, err := s.index.size()
		if err != nil || have < size-tellLines || have > size+tellLines {
			t.Fatalf("the index has %d bytes, the file %d, %v", have, size, err)
		}
		counted = max(counted, have)
	}
	if counted < s.mostLines/2 {
		t.Errorf("at most %d bytes were counted", counted)
	}
	all, err := ReadLines(path)
	if err != nil {
		t.Fatal(err)
	}
	records, verdicts := 0, 0
	last := start.Add(-time.Second)
	for _, l := range all {
		switch {
		case l.Record != nil:
			records++
		case !seconds(l.Verdict.Time).After(last):
			t.Fatalf("a verdict of %v after one of %v", seconds(l.Verdict.Time), last)
		default:
			verdicts++
			last = seconds(l.Verdict.Time)
		}
	}
	if records != 2 || verdicts < 5000 || last != seconds(at) {
		t.Errorf("%d records, %d verdicts, the last of %v", records, verdicts, last)
	}
	if err := r.Report(f.report(event.End, 1, start, 8)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
}
