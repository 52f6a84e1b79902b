//go:build !nogst

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/compare"
	"avid/models/ordinary"
	"avid/models/spans"
	"avid/models/train"
	"avid/runtime/event"
	"avid/runtime/hours"
	"avid/runtime/record"
)

// unitsOf are the frames of a video, encoded.
func unitsOf(t *testing.T, path string) (all []record.Unit) {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse("filesrc name=source ! qtdemux ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! identity name=units ! fakesink sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Set("source", "location", path); err != nil {
		t.Fatal(err)
	}
	if err := p.TakeUnits("units", func(u pipeline.Unit) {
		u.Data = bytes.Clone(u.Data)
		if unit, ok := video.RecordUnit(u); ok {
			all = append(all, unit)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(time.Minute); err != nil {
		t.Fatal(err)
	}
	return all
}

// filmed records films as those of a camera, one after the other, from two hours ago on.
type filmed struct {
	t     *testing.T
	dir   string
	store *record.Store
	to    *record.Recorder
	at    time.Time
	first time.Time
	pts   time.Duration
}

func newFilmed(t *testing.T, dir, camera string) *filmed {
	t.Helper()
	config := record.DefaultConfig()
	config.Segment, config.MinFree = 30*time.Second, 0
	s, err := record.Open(dir, config, record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Recorder(camera, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-2 * time.Hour).Truncate(time.Second)
	return &filmed{t: t, dir: dir, store: s, to: r, at: at, first: at}
}

// film records a video; between some of its seconds there is an event, whose id it gives.
func (f *filmed) film(path string, from, to time.Duration) (id string) {
	f.t.Helper()
	units := unitsOf(f.t, path)
	origin := event.Origin{Camera: "yard", Bundle: event.Bundle{Name: "walk", SHA256: "1"}, Began: f.first}
	began, start := false, time.Duration(0)
	for _, u := range units {
		within := to > 0 && u.PTS >= from
		e := event.Event{ID: uint64(f.at.Unix()), Kind: event.Begin, Start: from, Time: u.PTS, Duration: max(u.PTS-from, 0), Wall: f.at.Add(u.PTS), Score: 9, Peak: 9, Threshold: 6, W: 96, H: 64}
		switch {
		case within && !began:
			began, start = true, u.PTS
			e.Start = start
		case began && u.PTS >= to && to > 0:
			e.Kind, e.Duration, to = event.End, to-from, 0
		default:
			e.Kind = ""
		}
		if e.Kind != "" {
			r := origin.Record(e)
			id = r.ID
			if err := f.to.Report(r); err != nil {
				f.t.Fatal(err)
			}
		}
		u.Wall, u.PTS = f.at.Add(u.PTS), u.PTS+f.pts
		if err := f.to.Write(u); err != nil {
			f.t.Fatal(err)
		}
	}
	length := units[len(units)-1].PTS + 100*time.Millisecond
	f.at, f.pts = f.at.Add(length), f.pts+length
	return id
}

// close ends the recording, and makes its files old.
func (f *filmed) close() {
	f.t.Helper()
	if err := f.to.Close(); err != nil {
		f.t.Fatal(err)
	}
	if err := f.store.Close(); err != nil {
		f.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(f.dir, "*", "*", "*.mp4"))
	if err != nil || len(files) == 0 {
		f.t.Fatalf("%v, %v", files, err)
	}
	for _, path := range files {
		if err := os.Chtimes(path, f.first, f.first); err != nil {
			f.t.Fatal(err)
		}
	}
}

// walkFilms are ordinary minutes of a place, and a film of it in which something is.
func walkFilms(t *testing.T, dir string) (ordinary, odd string) {
	t.Helper()
	ordinary, odd = filepath.Join(dir, "ordinary.mp4"), filepath.Join(dir, "odd.mp4")
	for _, args := range [][]string{
		{"synth", "--normal", "--seconds", "60", "--size", "96x64", "-o", ordinary},
		{"synth", "--seed", "2", "--seconds", "20", "--size", "96x64", "-o", odd},
	} {
		if status, _, errOut := avid(t, args...); status != 0 {
			t.Fatal(errOut)
		}
	}
	return ordinary, odd
}

// TestTrainFromHours: a bundle is learnt from what a camera's recorder has kept, less an
// event that nobody called normal; the present one is not written over.
func TestTrainFromHours(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept")
	ordinary, odd := walkFilms(t, dir)
	f := newFilmed(t, kept, "yard")
	f.film(ordinary, 0, 0)
	f.film(odd, 8*time.Second, 10*time.Second)
	second := f.film(ordinary, 20*time.Second, 22*time.Second)
	if err := f.store.Acknowledge("yard", second, record.Acknowledgement{Acknowledged: true, Normal: true}); err != nil {
		t.Fatal(err)
	}
	f.close()
	present := filepath.Join(dir, "yard.avid")
	line := append([]string{"train", "--camera", "yard", "--recordings", kept, "-o", present, "--footage", "2m"}, tiny...)
	status, out, errOut := avid(t, append(line, "--dry-run")...)
	if status != 0 || out != "" || !strings.Contains(errOut, "left out   12 s: 1 event that nobody acknowledged as normal") || !strings.Contains(errOut, "recorded   ") {
		t.Errorf("dry run: status %d, %s%s", status, out, errOut)
	}
	if _, err := os.Stat(present); err == nil {
		t.Error("a dry run writes a bundle")
	}
	if status, _, errOut := avid(t, line...); status != 0 {
		t.Fatal(errOut)
	}
	b, err := bundle.Open(present)
	if err != nil {
		t.Fatal(err)
	}
	e, err := train.ParseEvidence(b)
	if err != nil || e.Hours == nil || e.Hours.Camera != "yard" || b.Manifest.Name != "yard" {
		t.Fatalf("%+v, %v", e.Hours, err)
	}
	whole := spans.List{{From: f.first, To: f.at}}
	event := spans.List{{From: f.first.Add(68 * time.Second), To: f.first.Add(70 * time.Second)}}
	if l, h := e.Hours.Learnt, e.Hours.Held; len(l.Intersect(h)) > 0 || len(l.Intersect(event)) > 0 || len(h.Intersect(event)) > 0 ||
		l.Subtract(whole).Length() > time.Second || l.Length() < 80*time.Second || h.Length() < 20*time.Second {
		t.Errorf("learnt %v, held back %v", l, h)
	}
	for _, r := range e.Footage {
		if !r.Recorded || r.Made.Before(f.first) || r.Made.After(f.at) {
			t.Errorf("%s was made %v", r.Name, r.Made)
		}
	}
	if status, _, errOut := avid(t, append(line, "--resume", "--steps", "3", "--held-back", "0.3")...); status != 0 {
		t.Fatal(errOut)
	}
	// What a killed run leaves: its state, and no bundle, or that of another run.
	if err := os.Remove(present); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := avid(t, append(line, "--resume", "--steps", "4", "--held-back", "0.3")...); status != 0 {
		t.Fatal(errOut)
	}
	if b, err = bundle.Open(present); err != nil {
		t.Fatal(err)
	}
	on, err := train.ParseEvidence(b)
	if err != nil || len(e.Hours.Learnt.Subtract(on.Hours.Learnt)) > 0 || len(on.Hours.Held.Intersect(on.Hours.Learnt)) > 0 || on.Hours.Held.Length() == 0 || len(on.Footage) < len(e.Footage) {
		t.Errorf("gone on with: learnt %v, held back %v, after %v, %v", on.Hours.Learnt, on.Hours.Held, e.Hours.Learnt, err)
	}

	file := newCameraFile(t, fmt.Sprintf("recordings: {folder: %s}\ncameras:\n  yard: {input: \"rtsp://127.0.0.1:1/x\", model: %s, false-alarms-per-day: 7}\n  gate: {input: CLIP, model: BUNDLE}\n", kept, present))
	status, out, errOut = avid(t, "train", "--camera", "yard", "-c", file.path, "--footage", "2m", "--threads", "1")
	next := filepath.Join(dir, "yard.next.avid")
	if status != 0 || !strings.Contains(out, "wrote "+next) {
		t.Fatalf("status %d, %s%s", status, out, errOut)
	}
	b, err = bundle.Open(next)
	if err != nil || b.Manifest.Width != 96 || b.Manifest.Calibration.FalseAlarmsPerDay != 7 {
		t.Fatalf("%v, %v", b.Manifest.Calibration.FalseAlarmsPerDay, err)
	}
	for words, args := range map[string][]string{
		"this bundle is on duty":   {"--camera", "yard", "-c", file.path, "-o", present},
		"has none of \"gate\"":     {"--camera", "gate", "-c", file.path},
		"has no camera \"door\"":   {"--camera", "door", "-c", file.path},
		"want hours of the day":    {"--camera", "yard", "-c", file.path, "--hours", "6", "--force"},
		"too little footage":       {"--camera", "yard", "-c", file.path, "--days", "0.01", "--force"},
		"with marks":               {"--camera", "yard-annotated", "--recordings", kept, "-o", "x.avid"},
		"name --recordings DIR":    {"--camera", "yard", "-o", "x.avid"},
		"name it with --camera":    {"--normal", ordinary, "--hours", "06-22", "-o", "x.avid"},
		"want a day such as":       {"--camera", "yard", "-c", file.path, "--from", "monday", "--force"},
		"name the bundle to write": {"--camera", "yard", "--recordings", kept},
		"--force replaces it":      {"--camera", "yard", "-c", file.path},
		"not trained on those of":  {"--camera", "gate", "--recordings", kept, "-o", present, "--resume"},
		"nothing to resume":        {"--camera", "yard", "--recordings", kept, "-o", "x.avid", "--resume"},
	} {
		if status, _, errOut := avid(t, append([]string{"train"}, args...)...); status != 1 || !strings.Contains(errOut, words) {
			t.Errorf("%v: status %d, %q, want %q", args, status, errOut, words)
		}
	}
	comparesAndPromotes(t, file.path, present, next, b)
}

// TestLearnsAgain: what was called normal is learnt by the next bundle too.
func TestLearnsAgain(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	f := newFilmed(t, dir, "yard")
	id := f.film("../../demo/walkway.mp4", 16*time.Second, 21*time.Second)
	if err := f.store.Ordinary("yard", id, "event "+id, "anna"); err != nil {
		t.Fatal(err)
	}
	f.close()
	b, err := bundle.Open(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c := newTrain()
	c.SetErr(&said)
	c.SetContext(t.Context())
	flags := trainFlags{of: &ofRecorder{folder: dir}}
	flags.device, flags.camera = "cpu", "yard"
	flags.learnAgain(c, b)
	things, err := ordinary.Parse(b)
	if err != nil || len(things.Things) != 1 || things.Things[0].Name != "event "+id || !strings.Contains(said.String(), "is learnt again: ") {
		t.Errorf("%+v, %v, %s", things, err, &said)
	}
}

// comparesAndPromotes holds the new bundle against the present one, and puts it in place.
func comparesAndPromotes(t *testing.T, file, present, next string, b *bundle.Bundle) {
	t.Helper()
	status, out, errOut := avid(t, "compare", "--camera", "yard", "-c", file, "--json", "-", "--threads", "1")
	if status != 0 {
		t.Fatal(errOut)
	}
	var c compare.Comparison
	if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &c); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if c.Camera != "yard" || c.New.Hash != b.Hash() || c.Old.FalseAlarmsPerDay != 7 || c.Seconds < 20 || c.Pieces < 1 || len(c.Known) != 1 || c.Known[0].Confirmed {
		t.Errorf("%+v", c)
	}
	page, err := os.ReadFile(strings.TrimSuffix(next, ".avid") + ".compare.html")
	if err != nil || !strings.Contains(string(page), "yard.next.avid") || strings.Contains(string(page), "src=\"http") {
		t.Errorf("page of %d bytes, %v", len(page), err)
	}
	for _, who := range []compare.Who{compare.Both, compare.OnlyNew, compare.OnlyOld} {
		if c.Count(who) > 0 && !strings.Contains(string(page), "data:image/jpeg") {
			t.Error("the page has no picture of an alarm")
		}
	}
	if status, _, errOut := avid(t, "promote", next); (status == 0) != (len(c.Against()) == 0) {
		t.Errorf("status %d, %s; against it: %q", status, errOut, c.Against())
	}
	if status, _, errOut := avid(t, "compare", present, demoBundle, "--camera", "yard", "-c", file); status != 1 || !strings.Contains(errOut, "was not trained on recorded hours") {
		t.Errorf("status %d, %s", status, errOut)
	}
}

// TestPartOfASegment: a part of a recorder's file is read from its first picture to its
// last one, wherever it begins, and its pictures are those of the whole file.
func TestPartOfASegment(t *testing.T) {
	dir := t.TempDir()
	film := filepath.Join(dir, "film.mp4")
	if status, _, errOut := avid(t, "synth", "--normal", "--seconds", "70", "--size", "96x64", "-o", film); status != 0 {
		t.Fatal(errOut)
	}
	f := newFilmed(t, filepath.Join(dir, "kept"), "yard")
	f.film(film, 0, 0)
	f.close()
	a, err := record.ReadArchive(filepath.Join(dir, "kept"), "yard", f.first, f.at, time.Now())
	if err != nil || len(a.Segments) < 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	one := a.Segments[0]
	whole := map[time.Duration][]byte{}
	for _, from := range []time.Duration{0, 3 * time.Second, 25 * time.Second} {
		to := from + 4*time.Second
		if from == 0 {
			to = time.Hour
		}
		r, err := openPiece(hours.Piece{Path: one.Path, Began: one.Start, Span: spans.Span{From: one.Start.Add(from), To: one.Start.Add(to)}})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n++; from == 0 {
				whole[p.PTS] = bytes.Clone(p.Gray)
			} else if p.PTS < from || p.PTS >= to || !bytes.Equal(whole[p.PTS], p.Gray) || !p.Taken.Equal(one.Start.Add(p.PTS)) {
				t.Errorf("from %v: a picture of %v, taken %v, is another one in the whole file", from, p.PTS, p.Taken)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if from > 0 && (n < 39 || n > 41) {
			t.Errorf("from %v: %d pictures of 4 s", from, n)
		}
	}
}
