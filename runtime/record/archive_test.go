package record

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
)

// TestArchive: what another process records is read beside it, but for the segment that
// grows, with what was said of events and when nothing was judged.
func TestArchive(t *testing.T) {
	dir, f := t.TempDir(), testFilm(t)
	c := plain(Continuous)
	c.Segment = 10 * time.Second
	s := open(t, dir, c, f.now, nil)
	r := recorder(t, s)
	f.play(t, r, 12*time.Second)
	start := f.now()
	begin := f.report(event.Begin, 1, start, 7)
	if err := r.Report(begin); err != nil {
		t.Fatal(err)
	}
	f.play(t, r, 2*time.Second)
	if err := r.Report(f.report(event.End, 1, start, 7)); err != nil {
		t.Fatal(err)
	}
	f.play(t, r, 20*time.Second)
	o := event.Origin{Camera: "yard", Began: began}
	scene := func(kind, state string, wall, since time.Time, held bool) {
		t.Helper()
		if err := r.Report(o.Scene(event.Scene{Kind: kind, State: state, Wall: wall, Since: since, Held: held})); err != nil {
			t.Fatal(err)
		}
	}
	scene("dark", "begin", began.Add(3*time.Second), time.Time{}, true)
	scene("dark", "end", began.Add(5*time.Second), began.Add(3*time.Second), true)
	scene("light", "begin", began.Add(6*time.Second), time.Time{}, false)
	scene("covered", "begin", began.Add(15*time.Second), time.Time{}, true)
	r.Flush()
	if err := s.Acknowledge("yard", begin.ID, Acknowledgement{Acknowledged: true, Normal: true}); err != nil {
		t.Fatal(err)
	}
	a, err := ReadArchive(dir, "yard", began, began.Add(time.Hour), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Segments) != 3 || a.Growing != 1 || a.Damaged != 0 || !a.Segments[0].Start.Equal(began) || a.Segments[2].End.Sub(began) < 25*time.Second {
		t.Errorf("segments %+v, %d growing, %d damaged", a.Segments, a.Growing, a.Damaged)
	}
	if len(a.Events) != 1 || !a.Events[0].Normal || !a.Events[0].Start().Equal(start) || !exists(a.Events[0].Clip) {
		t.Errorf("events %+v", a.Events)
	}
	if h := a.Held; len(h) != 2 || h[0].Kind != "dark" || h[0].To.Sub(h[0].From) != 2*time.Second || h[1].Kind != "covered" || h[1].To.Before(h[1].From) {
		t.Errorf("held %+v", a.Held)
	}
	if later, err := ReadArchive(dir, "yard", began.Add(22*time.Second), began.Add(time.Hour), time.Now()); err != nil || len(later.Segments) != 1 || len(later.Events) != 0 {
		t.Errorf("later %+v, %v", later, err)
	}
	if _, err := ReadArchive(dir, "gate", began, f.now(), time.Now()); !errors.Is(err, ErrCamera) || !strings.Contains(err.Error(), "but of yard") {
		t.Errorf("another camera: %v", err)
	}
	if err := r.Marked("it sends MJPEG"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.Segments[0].Path, []byte("no film"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := ReadArchive(dir, "yard", began, f.now(), time.Now()); err != nil || a.Marked != "it sends MJPEG" || a.Damaged != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}
