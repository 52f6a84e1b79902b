package record

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"avid/runtime/event"
)

// disk is what a disk has that keeps no more than it was told to: the bytes of files as
// they were synced last, and the names of folders as they were.
type disk struct {
	t     *testing.T
	bytes map[uint64][]byte            // by inode
	names map[uint64]map[string]uint64 // of folders, by inode
	syncs int
}

// inode is that of a file.
func inode(t *testing.T, info os.FileInfo) uint64 {
	t.Helper()
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no inodes here")
	}
	return uint64(s.Ino) //nolint:unconvert // other systems have other types
}

// sync takes what a file or a folder has now.
func (d *disk) sync(f *os.File) error {
	d.t.Helper()
	d.syncs++
	info, err := os.Stat(f.Name())
	if err != nil {
		return err
	}
	at := inode(d.t, info)
	if !info.IsDir() {
		d.bytes[at], err = os.ReadFile(f.Name())
		return err
	}
	d.names[at] = map[string]uint64{}
	entries, err := os.ReadDir(f.Name())
	for _, e := range entries {
		if one, err := e.Info(); err == nil {
			d.names[at][e.Name()] = inode(d.t, one)
		}
	}
	return err
}

// cut is a folder as it is after the power was cut.
func (d *disk) cut(folder string) string {
	d.t.Helper()
	info, err := os.Stat(folder)
	if err != nil {
		d.t.Fatal(err)
	}
	to := d.t.TempDir()
	d.restore(inode(d.t, info), to)
	return to
}

func (d *disk) restore(folder uint64, to string) {
	for name, at := range d.names[folder] {
		path := filepath.Join(to, name)
		var err error
		if _, is := d.names[at]; is {
			if err = os.Mkdir(path, 0o755); err == nil {
				d.restore(at, path)
			}
		} else {
			err = os.WriteFile(path, d.bytes[at], 0o644) // not synced: it has its name alone
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// TestPower: after a power cut an event whose begin was reported is there, one whose end
// was is ended, with its clip but for the last five seconds, and a clip that is whole is
// there whole; for that the disk is asked seldom.
func TestPower(t *testing.T) {
	f := testFilm(t)
	d := &disk{t: t, bytes: map[uint64][]byte{}, names: map[uint64]map[string]uint64{}}
	dir := t.TempDir()
	s := open(t, dir, plain(Continuous), f.now, nil)
	s.sync = d.sync
	r := recorder(t, s)
	f.play(t, r, 20*time.Second)
	before := d.syncs
	f.play(t, r, 60*time.Second)
	if n := d.syncs - before; n < 10 || n > 15 {
		t.Errorf("%d syncs in a minute of film without an event, want one each five seconds", n)
	}
	start := f.now()
	id := f.report(event.Begin, 1, start, 8).ID
	for _, step := range []struct {
		kind  event.Kind
		state string
		least time.Duration // of the clip
	}{{event.Begin, StateCut, 0}, {event.End, StateEnded, 10 * time.Second}} {
		if err := r.Report(f.report(step.kind, 1, start, 8)); err != nil {
			t.Fatal(err)
		}
		after(t, d, f, dir, id, step.state, step.least)
		f.play(t, r, 12*time.Second)
	}
	after(t, d, f, dir, id, StateEnded, 22*time.Second) // the clip was told as whole
}

// after opens what a power cut leaves.
func after(t *testing.T, d *disk, f *film, dir, id, state string, least time.Duration) {
	t.Helper()
	s := open(t, d.cut(dir), plain(Continuous), f.now, nil)
	events, err := s.Events(Query{})
	if err != nil || len(events) != 1 || events[0].ID != id || events[0].State != state {
		t.Fatalf("events after a power cut: %+v, %v; want %s, %s", events, err, id, state)
	}
	clips, err := s.Clips("yard", id)
	long := time.Duration(0)
	for _, c := range clips {
		frames(t, s.Path(c.Path))
		long += c.End.Sub(c.Start)
	}
	if err != nil || long < least {
		t.Errorf("clips after a power cut: %+v, %v; want %v", clips, err, least)
	}
	segments, err := s.Segments("yard", time.Time{}, time.Time{})
	if err != nil || len(segments) != 1 || f.now().Sub(segments[0].End) > 6*time.Second {
		t.Errorf("segments after a power cut at %v: %+v, %v", f.now(), segments, err)
	}
}
