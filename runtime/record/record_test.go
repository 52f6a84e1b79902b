package record

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"

	"avid/runtime/event"
)

// frames is how many frames a recording has, read by its fragments alone.
func frames(t *testing.T, path string) (n int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var head fmp4.Init
	if err := head.Unmarshal(bytes.NewReader(data)); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var parts fmp4.Parts
	if err := parts.Unmarshal(data); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	next := uint64(0)
	for i, p := range parts {
		if len(p.Tracks) != 1 || p.SequenceNumber != uint32(i+1) || p.Tracks[0].BaseTime != next {
			t.Fatalf("%s: fragment %d is %+v, which is not to begin at %d", path, i, p, next)
		}
		for _, s := range p.Tracks[0].Samples {
			if n == 0 && s.IsNonSyncSample {
				t.Fatalf("%s begins with no key frame", path)
			}
			next += uint64(s.Duration)
			n++
		}
	}
	return n
}

// TestSegments: segments follow each other without a gap, and the index has them, for
// both codecs.
func TestSegments(t *testing.T) {
	for _, codec := range []Codec{H264, H265} {
		f, err := newFilm(codec)
		if err != nil {
			t.Fatal(err)
		}
		c := plain(Continuous)
		c.Segment = 10 * time.Second
		s := open(t, t.TempDir(), c, f.now, nil)
		r := recorder(t, s)
		f.at = 3 // what comes before the first key frame is in no file
		f.play(t, r, 25*time.Second)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		all, err := s.Segments("yard", time.Time{}, time.Time{})
		if err != nil || len(all) != 3 {
			t.Fatalf("%s: segments %+v, %v; want 3", codec, all, err)
		}
		var lengths []int
		for i, seg := range all {
			lengths = append(lengths, frames(t, s.Path(seg.Path)))
			if i > 0 && !seg.Start.Equal(all[i-1].End) || seg.Open {
				t.Errorf("%s: segment %+v does not follow %+v", codec, seg, all[max(i-1, 0)])
			}
		}
		if !slices.Equal(lengths, []int{100, 100, 43}) || all[0].Path != "yard/2026-11-28/08-15-01.mp4" {
			t.Errorf("%s: segments of %v frames, the first is %s", codec, lengths, all[0].Path)
		}
		if st := r.State(); st.Dropped != 7 || st.Segments != 3 || st.Failed || st.Codec != codec {
			t.Errorf("%s: state %+v", codec, st)
		}
	}
}

// TestClip: a clip begins at a key frame before its pre-roll, ends after its post-roll,
// and its sidecar and rows tell what it is; with segments and without.
func TestClip(t *testing.T) {
	for _, mode := range []Mode{Continuous, Events} {
		f := testFilm(t)
		s := open(t, t.TempDir(), plain(mode), f.now, nil)
		r := recorder(t, s)
		f.play(t, r, 30*time.Second)
		start := f.now().Add(-1 * time.Second) // the report comes after the fact
		f.play(t, r, 300*time.Millisecond)
		id := f.report(event.Begin, 1, start, 8).ID
		for _, kind := range []event.Kind{event.Begin, event.Change, event.End} {
			if err := r.Report(f.report(kind, 1, start, map[event.Kind]float32{event.Begin: 8, event.Change: 12, event.End: 3}[kind])); err != nil {
				t.Fatal(err)
			}
			r.Verdict(Verdict{Time: float64(f.now().UnixMilli()) / 1000, Score: 2, Threshold: 6.5})
			f.play(t, r, 2*time.Second)
		}
		f.play(t, r, 20*time.Second)
		clips, err := s.Clips("yard", id)
		if err != nil || len(clips) != 1 || clips[0].Open {
			t.Fatalf("%s: clips %+v, %v", mode, clips, err)
		}
		from := start.Add(-5 * time.Second)
		if c := clips[0]; c.Start.After(from) || from.Sub(c.Start) > time.Second {
			t.Errorf("%s: the clip begins at %v, its pre-roll at %v", mode, c.Start, from)
		}
		side, err := ReadSidecar(SidecarOf(s.Path(clips[0].Path)))
		if err != nil {
			t.Fatal(err)
		}
		until := side.End().Add(5 * time.Second)
		if c := clips[0]; c.End.Before(until) || c.End.Sub(until) > time.Second {
			t.Errorf("%s: the clip ends at %v, its post-roll at %v", mode, c.End, until)
		}
		if n := frames(t, s.Path(clips[0].Path)); n != int(clips[0].End.Sub(clips[0].Start)/frameLen) {
			t.Errorf("%s: %d frames in %+v", mode, n, clips[0])
		}
		if side.State != StateEnded || side.Bundle.SHA256 != "68f3" || *side.Peak.Score != 12 || side.Settings["alpha"] != 0.5 || *side.Begin.Threshold != 6.5 {
			t.Errorf("%s: sidecar %+v", mode, side)
		}
		lines, err := ReadLines(linesOf(SidecarOf(s.Path(clips[0].Path))))
		if err != nil || len(lines) != 5 {
			t.Errorf("%s: lines %+v, %v; want three records and two verdicts, as the third came after the end", mode, lines, err)
		}
		segments, err := s.Segments("yard", time.Time{}, time.Time{})
		if err != nil || len(segments) > 0 != (mode == Continuous) {
			t.Errorf("%s: segments %+v, %v", mode, segments, err)
		}
	}
}

// TestBreaks: what does not follow what was before goes into a file of its own.
func TestBreaks(t *testing.T) {
	f := testFilm(t)
	s := open(t, t.TempDir(), plain(Continuous), f.now, nil)
	r := recorder(t, s)
	f.play(t, r, 3*time.Second)
	f.at += 600 // away for a minute
	f.play(t, r, 3*time.Second)
	other, err := newFilm(H265) // the camera was set to another codec
	if err != nil {
		t.Fatal(err)
	}
	other.at = f.at
	other.play(t, r, 2*time.Second)
	if err := r.Write(Unit{Codec: "mjpeg"}); !errors.Is(err, ErrFormat) {
		t.Errorf("a codec that is not recorded: %v", err)
	}
	if err := r.Write(Unit{Codec: H265, Data: []byte{1, 2, 3}}); err != nil || r.State().Dropped != 1 {
		t.Errorf("a damaged unit: %v, %+v", err, r.State())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := s.Segments("yard", time.Time{}, time.Time{})
	if err != nil || len(all) != 3 {
		t.Fatalf("segments %+v, %v", all, err)
	}
	for i, n := range []int{30, 30, 20} {
		if got := frames(t, s.Path(all[i].Path)); got != n {
			t.Errorf("segment %d has %d frames, want %d", i, got, n)
		}
	}
}

// TestIndexLost: an index that is lost, damaged or of another version is made again from
// the files, and has what it had.
func TestIndexLost(t *testing.T) {
	dir := t.TempDir()
	f := testFilm(t)
	fill := func() (events []EventRow, segments []Recording) {
		s, err := Open(dir, plain(Continuous), Options{Now: f.now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r := recorder(t, s)
		f.play(t, r, 8*time.Second)
		begin := f.report(event.Begin, 1, f.now(), 8)
		for _, rec := range []event.Record{begin, f.report(event.End, 1, f.now(), 8)} {
			if err := r.Report(rec); err != nil {
				t.Fatal(err)
			}
		}
		f.play(t, r, 8*time.Second)
		if err := errors.Join(r.Close(), s.Acknowledge("yard", begin.ID, Acknowledgement{Acknowledged: true, Normal: true, By: "anna", Note: "the postman"})); err != nil {
			t.Fatal(err)
		}
		return contents(t, s)
	}
	events, segments := fill()
	if len(events) != 1 || len(segments) != 1 || !events[0].Acknowledged || !events[0].Normal || events[0].Note != "the postman" || events[0].By != "anna" {
		t.Fatalf("events %+v, segments %+v", events, segments)
	}
	for name, harm := range map[string]func(path string) error{
		"lost":    os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("no"), 9000), 0o644) },
		"cut":     func(path string) error { return os.Truncate(path, 5000) },
	} {
		if err := harm(filepath.Join(dir, indexName)); err != nil {
			t.Fatal(err)
		}
		var notes []string
		s, err := Open(dir, plain(Continuous), Options{Now: f.now, Note: func(text string) { notes = append(notes, text) }})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, seg := contents(t, s)
		if !slices.Equal(seg, segments) || len(e) != 1 || e[0].ID != events[0].ID || e[0].Note != events[0].Note || e[0].End != events[0].End {
			t.Errorf("%s: events %+v, segments %+v; had %+v, %+v", name, e, seg, events, segments)
		}
		if told := len(notes) == 1; told != (name != "lost") {
			t.Errorf("%s: told %q", name, notes)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// contents is what the index of a store has.
func contents(t *testing.T, s *Store) ([]EventRow, []Recording) {
	t.Helper()
	events, err1 := s.Events(Query{})
	segments, err2 := s.Segments("yard", time.Time{}, time.Time{})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return events, segments
}

// TestOneProcess: a folder is recorded to by one Store at a time.
func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, plain(Continuous), time.Now, nil)
	if _, err := Open(dir, plain(Continuous), Options{}); !errors.Is(err, ErrStore) {
		t.Errorf("opened twice: %v", err)
	}
	recorder(t, s)
	if _, err := s.Recorder("yard", nil); !errors.Is(err, ErrStore) {
		t.Errorf("recorded twice: %v", err)
	}
}

// TestNames: cameras may be called anything.
func TestNames(t *testing.T) {
	for _, name := range []string{"yard", "../../etc", ".hidden", "a/b c", "Hof: Süd", "..", "%2E"} {
		file := safe(name)
		if filepath.Base(file) != file || file[0] == '.' || unsafeName(file) != name {
			t.Errorf("%q becomes %q, and %q", name, file, unsafeName(file))
		}
	}
}

// TestConfig: what is not possible is refused.
func TestConfig(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"mode":    func(c *Config) { c.Mode = "some" },
		"pre":     func(c *Config) { c.PreRoll = -1 },
		"post":    func(c *Config) { c.PostRoll = time.Hour },
		"segment": func(c *Config) { c.Segment = 0 },
		"clip":    func(c *Config) { c.LongClip = 0 },
		"age":     func(c *Config) { c.KeepEvents = -1 },
		"size":    func(c *Config) { c.MaxSize = -1 },
		"free":    func(c *Config) { c.MinFree = 1 },
	} {
		c := DefaultConfig()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		if spoil(&c); !errors.Is(c.Validate(), ErrConfig) {
			t.Errorf("%s is taken: %+v", name, c)
		}
	}
}

// TestStateDoesNotWait: how it is with a recorder is known while it waits for the disk.
func TestStateDoesNotWait(t *testing.T) {
	f := testFilm(t)
	r := recorder(t, open(t, t.TempDir(), plain(Continuous), f.now, nil))
	if s := r.State(); s.Camera != "yard" || s.Bytes != 0 {
		t.Errorf("%+v", s)
	}
	f.play(t, r, 5*time.Second)
	before := r.State()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.State(); s != before || s.Bytes == 0 {
		t.Errorf("%+v, before %+v", s, before)
	}
}
