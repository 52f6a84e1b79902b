//go:build !nogst

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/element/pipeline/testcamera"
	"avid/runtime/event"
	"avid/runtime/record"
)

// until waits until a condition holds.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(50 * time.Millisecond) { // between two looks
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// reopen is the camera again, which was closed.
func reopen(t *testing.T, camera *testcamera.Camera) *testcamera.Camera {
	t.Helper()
	again, err := testcamera.OpenAt(camera.Address(), testcamera.Plain(192, 128, 10))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	return again
}

// records are those of a file of events.
func records(t *testing.T, path string) (all []event.Record) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		r, err := event.ParseRecord(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// TestRunRejoins: a camera that goes away ends its event and its segment, is told of once,
// and is recorded again when it is back.
func TestRunRejoins(t *testing.T) {
	camera := openCamera(t)
	dir := t.TempDir()
	_, errOut, stop := start(t, cameraLine(camera.URL(), dir)...)
	until(t, "a clip", func() bool { return bytesBelow(dir, "*-1.mp4") > 20_000 })
	camera.Close()
	errOut.find(t, `(camera1: .*; trying again until it is back)`)
	if all := records(t, filepath.Join(dir, "events.jsonl")); len(all) < 2 || all[len(all)-1].Type != string(event.End) {
		t.Fatalf("the event has not ended: %+v", all)
	} else if last := all[len(all)-1]; last.EndTime == nil || *last.EndTime > last.Time || last.Duration < 0.5 {
		t.Errorf("the event does not end at its last irregular frame: %+v", last)
	}
	before := bytesBelow(dir, "??-??-??*.mp4")
	reopen(t, camera)
	errOut.find(t, `(camera1: it is back after )`)
	until(t, "more film", func() bool { return bytesBelow(dir, "??-??-??*.mp4") > before+30_000 })
	if s := stop(); s != 0 || strings.Count(errOut.String(), "trying again") != 1 || strings.Contains(errOut.String(), "password") {
		t.Errorf("status %d, %s", s, errOut)
	}
	s, err := record.Open(dir, record.DefaultConfig(), record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	segments, err := s.Segments("camera1", time.Time{}, time.Time{})
	if err != nil || len(segments) != 2 {
		t.Fatalf("segments %+v, %v", segments, err)
	}
	for _, one := range segments {
		if n := length(t, s.Path(one.Path)); n < 10 {
			t.Errorf("%s has %d pictures", one.Path, n)
		}
	}
	away, err := s.Conditions("camera1", segments[0].Start, segments[1].End)
	if err != nil || len(away) == 0 || away[0].Kind != record.Away || away[0].End == nil || away[0].Start.Before(segments[0].End.Add(-time.Second)) || away[0].End.After(segments[1].End) {
		t.Errorf("away %+v of %+v, %v", away, segments, err)
	}
}

// TestRunRejoinsVideo: the video of a camera goes on in another file, and Ctrl-C ends the
// wait for it.
func TestRunRejoinsVideo(t *testing.T) {
	camera := openCamera(t)
	out := filepath.Join(t.TempDir(), "today.mkv")
	told, errOut, stop := start(t, cameraLine(camera.URL(), out)...)
	until(t, "a video", func() bool { return bytesBelow(filepath.Dir(out), "today.mkv") > 20_000 })
	camera.Close()
	errOut.find(t, `(camera1: .*; trying again until it is back)`)
	again := reopen(t, camera)
	until(t, "another video", func() bool { return bytesBelow(filepath.Dir(out), "today-2.mkv") > 20_000 })
	again.Close()
	until(t, "that it is told again", func() bool { return strings.Count(errOut.String(), "trying again") == 2 })
	if s := stop(); s != 0 || !strings.Contains(told.String(), "today.mkv, ") || !strings.Contains(told.String(), "today-2.mkv") {
		t.Errorf("status %d, %s%s", s, told, errOut)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(out), "today*"))
	if err != nil || len(left) != 4 { // with events and picture
		t.Errorf("left are %q, %v", left, err)
	}
	for _, name := range []string{"today.mkv", "today-2.mkv"} {
		if n := length(t, filepath.Join(filepath.Dir(out), name)); n < 10 {
			t.Errorf("%s has %d pictures", name, n)
		}
	}
}

// TestRunNeverThere: a camera that never answered is an error.
func TestRunNeverThere(t *testing.T) {
	camera := openCamera(t)
	camera.Close()
	for _, out := range []string{t.TempDir(), filepath.Join(t.TempDir(), "a.mkv")} {
		if status, _, errOut := avid(t, cameraLine(camera.URL(), out)...); status != 1 || strings.Contains(errOut, "trying again") || strings.Contains(errOut, "password") {
			t.Errorf("status %d, %s", status, errOut)
		}
	}
}
