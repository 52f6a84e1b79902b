//go:build !nogst

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/event"
)

func TestOutputNames(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, video, lines, shot string }{
		{dir, "annotated.mp4", "events.jsonl", "snapshot.png"},
		{dir + "/new/", "new/annotated.mp4", "new/events.jsonl", "new/snapshot.png"},
		{dir + "/sub", "sub/annotated.mp4", "sub/events.jsonl", "sub/snapshot.png"},
		{dir + "/gate.MKV", "gate.MKV", "gate.events.jsonl", "gate.snapshot.png"},
		{dir + "/a.b.mp4", "a.b.mp4", "a.b.events.jsonl", "a.b.snapshot.png"},
	} {
		o, err := newOutput(c.path, false)
		if err != nil {
			t.Fatal(err)
		}
		for got, want := range map[string]string{o.video: c.video, o.lines: c.lines, o.snapshot: c.shot} {
			if got != filepath.Join(dir, want) {
				t.Errorf("%s: %s, want %s", c.path, got, want)
			}
		}
		if filepath.Dir(o.temporary) != filepath.Dir(o.video) || o.temporary == o.video {
			t.Errorf("%s is written to %s", o.video, o.temporary)
		}
		o.discard()
	}
	var left []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			left = append(left, path)
		}
		return err
	})
	if err != nil || len(left) > 0 {
		t.Errorf("discard left %v, %v", left, err)
	}
}

func TestWatcher(t *testing.T) {
	var records []event.Record
	var warned []string
	cam := &camera{origin: event.Origin{Camera: "yard"}, record: func(r event.Record) error { records = append(records, r); return nil }}
	w := &watcher{camera: cam, warn: func(s string) { warned = append(warned, s) }}
	if w.when() >= 0 {
		t.Error("there is a time before any event")
	}
	send := func(kind string, at uint64, score float64) {
		fields := []gstc.Field{{Name: "kind", Value: kind}, {Name: "id", Value: uint64(1)}, {Name: "start", Value: uint64(0)}, {Name: "time", Value: at},
			{Name: "duration", Value: uint64(0)}, {Name: "score", Value: score}, {Name: "peak", Value: 9.0}, {Name: "threshold", Value: 1.0},
			{Name: "wall-time", Value: uint64(1)}, {Name: "width", Value: 8}, {Name: "height", Value: 8}, {Name: "boxes", Value: []gstc.Structure{}}}
		w.note(pipeline.Message{Kind: pipeline.MessageElement, Structure: &gstc.Structure{Name: "avid-irregularity", Fields: fields}})
	}
	send("begin", 1, 2)
	send("change", 11, 5)
	send("change", 111, 3)
	send("end", 1111, 8)
	w.note(pipeline.Message{Kind: pipeline.MessageWarning, Text: "slow\n"})
	w.note(pipeline.Message{Kind: pipeline.MessageElement, Structure: &gstc.Structure{Name: "other"}})
	if w.err != nil || w.began != 1 || w.when() != 11*time.Nanosecond || len(records) != 4 || len(warned) != 1 || records[0].Camera != "yard" {
		t.Errorf("%+v, records %v, warned %q", w, records, warned)
	}
	w.note(pipeline.Message{Kind: pipeline.MessageElement, Structure: &gstc.Structure{Name: "avid-irregularity"}})
	if !errors.Is(w.err, avidfilter.ErrMessage) {
		t.Errorf("a message without its fields: %v", w.err)
	}
}

func TestNewEnough(t *testing.T) {
	for v, want := range map[string]bool{"1.26.2": true, "1.28.0": true, "2.0.0": true, "1.22.0": false, "1.4": false, "": false} {
		if newEnough(v) != want {
			t.Errorf("newEnough(%q) = %v", v, !want)
		}
	}
}

// TestRunWithoutFrames: a video that ends behind its head is said to have no frame in it.
func TestRunWithoutFrames(t *testing.T) {
	needLibrary(t)
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "head.webm")
	p, err := pipeline.Parse("videotestsrc num-buffers=3 ! video/x-raw,width=96,height=64 ! vp8enc deadline=1 ! webmmux ! filesink location=" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Run(time.Minute); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := bytes.Cut(whole, []byte{0x1f, 0x43, 0xb6, 0x75}) // Matroska's id of what holds pictures
	if !found {
		t.Fatal("no pictures are found in the film")
	}
	if err := os.WriteFile(path, head, 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, errOut := avid(t, "run", path, "-m", demoBundle, "-o", filepath.Join(filepath.Dir(path), "out"), "--device", "cpu")
	if status != 1 || !strings.Contains(errOut, "head.webm: nothing was judged: there is no frame in it") {
		t.Errorf("status %d, %s", status, errOut)
	}
}

// TestTemporaryName: what runs that were killed have left of a video is removed, and nothing
// else beside it.
func TestTemporaryName(t *testing.T) {
	dir := t.TempDir()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone := fmt.Sprint(ended.Process.Pid)
	stays := []string{".a.mp4." + fmt.Sprint(os.Getppid()) + ".mp4", ".a.mp4.x.mp4", ".a.mp4." + gone + ".mkv", ".b.mp4." + gone + ".mp4", "a.mp4." + gone + ".mp4"}
	for _, name := range append(stays, ".a.mp4."+gone+".mp4") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := temporaryName(filepath.Join(dir, "a.mp4"), ".mp4"), filepath.Join(dir, fmt.Sprintf(".a.mp4.%d.mp4", os.Getpid())); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	slices.Sort(stays)
	var left []string
	files, err := os.ReadDir(dir)
	for _, f := range files {
		left = append(left, f.Name())
	}
	if err != nil || !slices.Equal(left, stays) {
		t.Errorf("left are %q, %v, want %q", left, err, stays)
	}
}
