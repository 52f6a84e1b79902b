package record

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"avid/runtime/event"
)

// onDisk is how large a store is, less its index, and its oldest segment's begin.
func onDisk(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), indexName) {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// heap is what is in use after the garbage is gone.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestDay: in a day with events all the time, the files stay within the quota and the
// memory stays what it is.
func TestDay(t *testing.T) {
	dir := t.TempDir()
	f := testFilm(t)
	f.every = time.Second // fewer frames: a day in seconds
	c := plain(Continuous)
	c.MaxSize, c.KeepSegments, c.Segment = 2<<20, 20*time.Hour, 5*time.Minute
	s := open(t, dir, c, f.now, nil)
	s.sync = func(*os.File) error { return nil } // no power is lost here
	r := recorder(t, s)
	var early uint64
	for hour := range 24 {
		for range 2 {
			start := f.now()
			id := uint64(f.at)
			if err := r.Report(f.report(event.Begin, id, start, 8)); err != nil {
				t.Fatal(err)
			}
			f.play(t, r, 10*time.Second)
			if err := r.Report(f.report(event.End, id, start, 8)); err != nil {
				t.Fatal(err)
			}
			f.play(t, r, 30*time.Minute-10*time.Second)
		}
		if hour == 5 {
			early = heap()
		}
		// Between two sweeps a minute of film comes.
		if size := onDisk(t, dir); size > c.MaxSize+64<<10 {
			t.Fatalf("after %d hours there are %d bytes, allowed are %d", hour+1, size, c.MaxSize)
		}
	}
	if late := heap(); late > early+early/4+1<<20 {
		t.Errorf("%d bytes in use after six hours, %d after a day", early, late)
	}
	segments, err := s.Segments("yard", time.Time{}, time.Time{})
	if err != nil || len(segments) < 2 || segments[0].Start.Before(f.now().Add(-21*time.Hour)) {
		t.Errorf("%d segments, %v", len(segments), err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	consistent(t, s, f.now().Add(time.Minute)) // its film is not of 10 frames/s
}

// TestAges: segments and events have ages of their own.
func TestAges(t *testing.T) {
	f := testFilm(t)
	c := plain(Continuous)
	c.Segment, c.KeepSegments, c.KeepEvents = 10*time.Second, time.Minute, 5*time.Minute
	dir := t.TempDir()
	s := open(t, dir, c, f.now, nil)
	r := recorder(t, s)
	f.play(t, r, 6*time.Second)
	start := f.now()
	for _, k := range []event.Kind{event.Begin, event.End} {
		if err := r.Report(f.report(k, 1, start, 8)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		after  time.Duration
		events int
	}{{3 * time.Minute, 1}, {4 * time.Minute, 0}} {
		f.play(t, r, step.after)
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		events, segments := contents(t, s)
		if len(events) != step.events || len(segments) < 6 || len(segments) > 8 {
			t.Errorf("after %v: %d events, %d segments", step.after, len(events), len(segments))
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "yard", eventsDir)); err == nil && len(left) > 0 {
		t.Errorf("left of the event: %v", left)
	}
}

// TestFullDisk: a full disk stops the recording and is told once; with room again it
// goes on by itself, and the index is right.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a small disk is mounted by root only")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	var notes []string
	f := testFilm(t)
	c := plain(Continuous)
	c.Segment = 10 * time.Second
	s, err := Open(dir, c, Options{Now: f.now, Note: func(text string) { notes = append(notes, text) }})
	if err != nil {
		t.Fatal(err)
	}
	r := recorder(t, s)
	f.play(t, r, 25*time.Second)
	fill(t, ballast)
	f.play(t, r, 60*time.Second)
	start := f.now()
	if err := r.Report(f.report(event.Begin, 1, start, 8)); err == nil {
		t.Error("an event was written to a full disk")
	}
	if st := r.State(); !st.Failed || st.Dropped == 0 || st.Last == "" {
		t.Errorf("on a full disk: %+v", st)
	}
	if len(notes) == 0 || strings.Count(strings.Join(notes, "\n"), "is not recorded") != 1 {
		t.Errorf("told %q", notes)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	f.play(t, r, 10*time.Second)
	if err := r.Report(f.report(event.End, 1, start, 9)); err != nil {
		t.Error(err)
	}
	f.play(t, r, 90*time.Second)
	if st := r.State(); st.Failed {
		t.Errorf("with room again: %+v", st)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Sweep(); err != nil {
		t.Error(err)
	}
	events, segments := contents(t, s)
	if len(events) != 1 || events[0].State != StateEnded || len(segments) < 10 {
		t.Errorf("events %+v, %d segments", events, len(segments))
	}
	consistent(t, s, began)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
}

// TestMinFree: the oldest go so that a share of the disk stays free; what is being
// written stays.
func TestMinFree(t *testing.T) {
	f := testFilm(t)
	c := plain(Continuous)
	c.Segment, c.MinFree = 10*time.Second, 0.5
	dir := t.TempDir()
	const disk = 200 << 10
	s, err := Open(dir, c, Options{Now: f.now, Free: func(string) (int64, int64, error) { return disk - onDisk(t, dir), disk, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := recorder(t, s)
	f.play(t, r, 10*time.Minute)
	if size := onDisk(t, dir); size > disk/2+64<<10 || size < disk/4 {
		t.Errorf("%d bytes on a disk of %d, of which half is to stay free", size, disk)
	}
	if st := r.State(); st.Free < 0.2 || st.Free > 0.8 || st.Failed {
		t.Errorf("state %+v", st)
	}
}
