package record

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"avid/runtime/event"
)

// TestQueries: events are found by time, kind and whether somebody looked, in pages; with
// no film their sidecars are all there is.
func TestQueries(t *testing.T) {
	f := testFilm(t)
	dir := t.TempDir()
	s := open(t, dir, plain(Nothing), f.now, nil)
	r := recorder(t, s)
	var ids []string
	for i := range uint64(10) {
		start := f.now()
		for _, k := range []event.Kind{event.Begin, event.End} {
			rec := f.report(k, i+1, start, float32(i))
			rec.Zone = []string{"gate", "door"}[i%2]
			if err := r.Report(rec); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, rec.ID)
		}
		f.at += 600 // a minute
	}
	ids = slices.Compact(ids)
	if err := s.Acknowledge("yard", ids[3], Acknowledgement{Acknowledged: true, Normal: true, Note: "a fox"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Acknowledge("yard", "none", Acknowledgement{Acknowledged: true}); !errors.Is(err, ErrEvent) {
		t.Errorf("an event that is none: %v", err)
	}
	for name, c := range map[string]struct {
		q    Query
		want []int
	}{
		"all":            {Query{}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		"newest":         {Query{Limit: 2}, []int{9, 8}},
		"time":           {Query{From: began.Add(3 * time.Minute), To: began.Add(5 * time.Minute)}, []int{4, 3}},
		"zone":           {Query{Zone: "door", Limit: 2}, []int{9, 7}},
		"kind":           {Query{Kind: "moving", Limit: 1}, []int{9}},
		"none":           {Query{Kind: "still"}, nil},
		"camera":         {Query{Camera: "gate"}, nil},
		"one":            {Query{Camera: "yard", ID: ids[6]}, []int{6}},
		"unacknowledged": {Query{Unacknowledged: true, To: began.Add(5 * time.Minute)}, []int{4, 2, 1, 0}},
	} {
		var want []string
		for _, i := range c.want {
			want = append(want, ids[i])
		}
		if got := idsOf(t, s, c.q); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	named, err := s.Named()
	if want := []Named{{"yard", []string{"moving"}, []string{"door", "gate"}}}; err != nil || !reflect.DeepEqual(named, want) {
		t.Errorf("named %v, %v; want %v", named, err, want)
	}
	for _, name := range []string{"a fox", ""} {
		if err := s.Ordinary("yard", ids[3], name, "bert"); err != nil {
			t.Fatal(err)
		}
		row, err := s.Events(Query{ID: ids[3]})
		if want := (Acknowledgement{Acknowledged: true, By: "bert", Normal: name != "", Note: "a fox", Ordinary: name}); err != nil || len(row) != 1 || row[0].Acknowledgement != want {
			t.Errorf("ordinary: %+v, %v; want %+v", row, err, want)
		}
	}
	first, err := s.Events(Query{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, s, Query{Limit: 4, Before: &first[3]}); !slices.Equal(got, []string{ids[5], ids[4], ids[3], ids[2]}) {
		t.Errorf("second page: %v", got)
	}
	if _, err := s.Events(Query{Limit: -1}); !errors.Is(err, ErrConfig) {
		t.Errorf("a limit below 0: %v", err)
	}
	if films, err := filepath.Glob(filepath.Join(dir, "yard", "*", "*.mp4")); err != nil || len(films) > 0 {
		t.Errorf("films %v, %v", films, err)
	}
}

func idsOf(t *testing.T, s *Store, q Query) (ids []string) {
	t.Helper()
	all, err := s.Events(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

// TestPictures: pictures are kept with their event, are found again without the index,
// and go with it.
func TestPictures(t *testing.T) {
	f := testFilm(t)
	dir := t.TempDir()
	c := plain(Events)
	c.KeepEvents = time.Hour
	s := open(t, dir, c, f.now, nil)
	r := recorder(t, s)
	f.play(t, r, 2*time.Second)
	rec := f.report(event.Begin, 1, f.now(), 8)
	if _, err := s.AddPicture("yard", rec.ID, false, image.NewGray(image.Rect(0, 0, 8, 8))); !errors.Is(err, ErrEvent) {
		t.Errorf("a picture of no event: %v", err)
	}
	if err := errors.Join(r.Report(rec), r.Report(f.report(event.End, 1, f.now(), 8))); err != nil {
		t.Fatal(err)
	}
	for _, marked := range []bool{false, true} {
		if _, err := s.AddPicture("yard", rec.ID, marked, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
	}
	before, err := s.Pictures("yard", rec.ID)
	if err != nil || len(before) != 2 {
		t.Fatalf("pictures %+v, %v", before, err)
	}
	if _, err := s.index.db.Exec("DELETE FROM pictures"); err != nil {
		t.Fatal(err)
	}
	if err := s.reconcile(false); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Pictures("yard", rec.ID); err != nil || !slices.Equal(after, before) {
		t.Errorf("pictures %+v, %v; were %+v", after, err, before)
	}
	f.play(t, r, 20*time.Second) // the clip ends
	f.at += 2 * 36000            // two hours
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "yard", eventsDir)); err == nil && len(left) > 0 {
		t.Errorf("left of the event: %v", left)
	}
}

// TestOffer: units that are offered are written in their order; after the end none is
// taken.
func TestOffer(t *testing.T) {
	f := testFilm(t)
	s := open(t, t.TempDir(), plain(Continuous), func() time.Time { return began }, nil)
	r := recorder(t, s)
	lost := 0
	for range 100 { // fewer than wait at most
		if !r.Offer(f.next()) {
			lost++
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := s.Segments("yard", time.Time{}, time.Time{})
	if err != nil || len(all) != 1 || frames(t, s.Path(all[0].Path)) != 100 || lost > 0 {
		t.Errorf("segments %+v, %v, %d lost", all, err, lost)
	}
	if r.Offer(f.next()) || r.State().Segments != 1 {
		t.Error("a closed recorder takes more")
	}
}

// TestLengths: units with lengths and parameter sets apart are recorded as those of a
// byte stream are.
func TestLengths(t *testing.T) {
	sps, pps := []byte{0x67, 1, 2, 3}, []byte{0x68, 4}
	config := []byte{1, 0x42, 0, 0x1E, 0xFF, 0xE1, 0, 4, 0x67, 1, 2, 3, 1, 0, 2, 0x68, 4}
	got, err := Params(H264, config)
	if err != nil || len(got) != 2 || !bytes.Equal(got[0], sps) || !bytes.Equal(got[1], pps) {
		t.Errorf("parameter sets %v, %v", got, err)
	}
	hevc := append(make([]byte, 22), 2, 32, 0, 1, 0, 2, 0x40, 1, 33, 0, 1, 0, 2, 0x42, 1)
	if got, err = Params(H265, hevc); err != nil || len(got) != 2 || !bytes.Equal(got[1], []byte{0x42, 1}) {
		t.Errorf("parameter sets %v, %v", got, err)
	}
	for n := range config {
		if _, err := Params(H264, config[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

// FuzzParams: whatever a stream's description is, it is read or refused.
func FuzzParams(f *testing.F) {
	f.Add(true, []byte{1, 0x42, 0, 0x1E, 0xFF, 0xE1, 0, 4, 0x67, 1, 2, 3, 1, 0, 2, 0x68, 4})
	f.Add(false, append(make([]byte, 22), 2, 32, 0, 1, 0, 2, 0x40, 1, 33, 0, 1, 0, 2, 0x42, 1))
	f.Fuzz(func(t *testing.T, avc bool, config []byte) {
		codec := H265
		if avc {
			codec = H264
		}
		all, err := Params(codec, config)
		total := 0
		for _, nal := range all {
			total += len(nal)
		}
		if total > len(config) || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%d bytes of parameter sets in %d, %v", total, len(config), err)
		}
	})
}
