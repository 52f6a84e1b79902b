package hours_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"avid/models/spans"
	"avid/runtime/event"
	"avid/runtime/hours"
	"avid/runtime/record"
)

// day is midnight of a day of November 2026.
func day(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

// at is a clock time of a day.
func at(d int, hour float64) time.Time { return day(d).Add(time.Duration(hour * float64(time.Hour))) }

func TestDaily(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		zone *time.Location
		from time.Time
		days int
		want time.Duration
	}{
		{"", time.UTC, day(1), 3, 72 * time.Hour},
		{"06-22", time.UTC, day(1), 3, 48 * time.Hour},
		{"22-06", time.UTC, day(1), 3, 24 * time.Hour},
		{"22-06", time.UTC, at(1, 12), 1, 8 * time.Hour},
		{"22-06", time.UTC, at(1, 3), 1, 8 * time.Hour},
		{"06:30-7", time.UTC, day(1), 1, 30 * time.Minute},
		{"18-24", time.UTC, day(1), 2, 12 * time.Hour},
		{"00-06", berlin, time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), 1, 7 * time.Hour}, // the hour of 2 comes twice
		{"00-06", berlin, time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), 1, 5 * time.Hour},  // and here not at all
	} {
		d, err := hours.ParseDaily(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.In(spans.Span{From: c.from, To: c.from.AddDate(0, 0, c.days)}, c.zone).Length(); got != c.want {
			t.Errorf("%q for %d days from %v: %v, want %v", c.text, c.days, c.from, got, c.want)
		}
		if again, err := hours.ParseDaily(d.String()); c.text != "" && (err != nil || again != d) {
			t.Errorf("%q is written %q", c.text, d)
		}
	}
	for _, text := range []string{"6", "6-6", "24-6", "6-25", "a-b", "-", "06:60-07"} {
		if d, err := hours.ParseDaily(text); !errors.Is(err, hours.ErrHours) {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

// archive has segments of ten minutes for some days, an event that was acknowledged as
// normal and one that was not, and a dark hour.
func archive(days int) *record.Archive {
	a := &record.Archive{Camera: "yard"}
	for s := day(1); s.Before(day(1 + days)); s = s.Add(10 * time.Minute) {
		a.Segments = append(a.Segments, record.Recording{Path: s.Format("02/15-04.mp4"), Start: s, End: s.Add(10 * time.Minute)})
	}
	event := func(at time.Time, normal bool) {
		end := float64(at.Add(10 * time.Second).Unix())
		k := record.Kept{}
		k.Begin = event.Record{StartTime: float64(at.Unix())}
		k.Last = event.Record{StartTime: float64(at.Unix()), EndTime: &end}
		k.Acknowledged, k.Normal = true, normal
		a.Events = append(a.Events, k)
	}
	event(at(1, 8), true)
	event(at(1, 9), false)
	event(at(1, 5), false) // not among the hours
	a.Held = []record.Held{{From: at(1, 21), To: at(1, 22.5), Kind: "dark"}}
	return a
}

// request is for some days, by day.
func request(days int) hours.Request {
	return hours.Request{Within: spans.Span{From: day(1), To: day(1 + days)}, Hours: hours.Daily{From: 6 * time.Hour, To: 22 * time.Hour}, Zone: time.UTC,
		Before: 5 * time.Second, After: 5 * time.Second, HeldBack: 0.2, Footage: time.Hour, Least: 20 * time.Second}
}

// TestPlan: nothing is learnt from what is not ordinary or held back, the end of each day
// is held back, and what is learnt from lies evenly over days and hours.
func TestPlan(t *testing.T) {
	p, err := hours.New(archive(3), request(3))
	if err != nil {
		t.Fatal(err)
	}
	if p.Asked != 48*time.Hour || p.Recorded != 48*time.Hour || p.Ordinary != 47*time.Hour-20*time.Second {
		t.Errorf("asked %v, recorded %v, ordinary %v", p.Asked, p.Recorded, p.Ordinary)
	}
	if text := fmt.Sprint(p.LeftOut); text != "[{1 event that nobody acknowledged as normal, from 5s before to 5s after 20s} {not judged: dark 1h0m0s}]" {
		t.Errorf("left out %s", text)
	}
	if share := p.Held.Length().Hours() / p.Ordinary.Hours(); share < 0.199 || share > 0.201 || !p.Held[0].To.Equal(at(1, 21)) {
		t.Errorf("held back %v: %v", share, p.Held)
	}
	var all spans.List
	buckets := map[string]time.Duration{}
	for _, piece := range p.Learn {
		all = append(all, piece.Span)
		buckets[piece.From.Format("02 15")] += piece.Length()
		if piece.From.Before(piece.Began) || piece.To.After(piece.Began.Add(10*time.Minute)) || piece.Path != piece.Began.Format("02/15-04.mp4") {
			t.Errorf("piece %+v does not lie in its file", piece)
		}
	}
	if got := all.Length(); got < time.Hour || got > time.Hour+5*time.Second || len(spans.Union(all...)) > len(all) {
		t.Errorf("%v in %d pieces are learnt from", got, len(all))
	}
	for _, bad := range []spans.Span{{From: at(1, 9), To: at(1, 9.003)}, {From: at(1, 21), To: at(1, 22)}, {From: at(1, 0), To: at(1, 6)}} {
		if in := all.Intersect(spans.List{bad}); len(in) > 0 {
			t.Errorf("learnt from %v", in)
		}
	}
	if in := all.Intersect(p.Held); len(in) > 0 {
		t.Errorf("held back and learnt from: %v", in)
	}
	if len(buckets) < 36 {
		t.Errorf("of 38 hours %d are learnt from", len(buckets))
	}
	for h, d := range buckets {
		if d > 4*time.Minute {
			t.Errorf("%v of the hour %s", d, h)
		}
	}
}

// TestPlanRefuses: what cannot be learnt from is told, and how much would do.
func TestPlanRefuses(t *testing.T) {
	marked := archive(1)
	marked.Marked = "a zone is private"
	if _, err := hours.New(marked, request(1)); !errors.Is(err, hours.ErrMarked) || !strings.Contains(err.Error(), "a zone is private") {
		t.Error(err)
	}
	r := request(1)
	r.Within = spans.Span{From: at(1, 7), To: at(1, 7).Add(15 * time.Second)}
	if _, err := hours.New(archive(1), r); !errors.Is(err, hours.ErrTooLittle) || !strings.Contains(err.Error(), "12s of it are ordinary and not held back, the longest piece 12s; at least one piece of 20s") {
		t.Error(err)
	}
	r.Within = spans.Span{From: day(20), To: day(21)}
	if _, err := hours.New(archive(1), r); !errors.Is(err, hours.ErrTooLittle) {
		t.Error(err)
	}
}

// TestPieces: parts of segments are cut alike, and what is seldom is not left out.
func TestPieces(t *testing.T) {
	a := archive(1)
	all := hours.Pieces(a.Segments[:2], spans.List{{From: at(1, 0.05), To: at(1, 0.3)}}, 2*time.Minute)
	if len(all) != 8 || all[0].Length() != 105*time.Second || !all[7].To.Equal(at(1, 0.3)) {
		t.Errorf("%d pieces: %+v", len(all), all)
	}
	few := hours.Thin(hours.Pieces(a.Segments, spans.List{{From: day(1), To: day(2)}}, time.Minute), 24*time.Minute, time.UTC)
	seen := map[int]bool{}
	for _, p := range few {
		seen[p.From.Hour()] = true
	}
	if len(seen) != 24 {
		t.Errorf("%d hours in 24 pieces", len(seen))
	}
}
