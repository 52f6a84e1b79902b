//go:build !nogst

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/preview"
	"avid/runtime/record"
)

// TestServeRemembers: the page has the newest events of before a start, each once, also after
// the camera was changed; of one that was cut off the end is not known.
func TestServeRemembers(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	s, err := record.Open(dir+"/kept", record.DefaultConfig(), record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	door, err := s.Recorder("door", nil)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Hour)
	last := uint64(preview.KeptEvents + 5)
	for n := uint64(1); n <= last; n++ {
		for _, kind := range []event.Kind{event.Begin, event.End} {
			if n == last && kind == event.End {
				break // it is killed before
			}
			start := time.Duration(n) * time.Minute
			e := event.Event{ID: n, Kind: kind, Start: start, Time: start + 2*time.Second, Duration: 2 * time.Second, Wall: began.Add(start + 2*time.Second), Score: 9, Peak: 9, Threshold: 6, Zone: "lawn"}
			if err := door.Report(event.Origin{Camera: "door", Began: began}.Record(e)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(door.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	text := "recordings: {folder: " + dir + "/kept}\nstate: " + dir + "/state\n" + serveHead + "  door: {input: \"rtsp://127.0.0.1:1/x\", title: TITLE}\n"
	file := newCameraFile(t, strings.ReplaceAll(text, "TITLE", "Door"))
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	errOut.find(t, `(door: .*trying again)`)
	remembers := func(title string) {
		t.Helper()
		var streams []struct {
			Title  string
			Events []struct {
				ID, Zone       string
				Open, Cut      bool
				Duration, Peak float64
			}
		}
		waitFor(t, address+"api/streams?since=0", func(body string) bool {
			streams = nil
			if err := json.Unmarshal([]byte(body), &streams); err != nil {
				t.Fatal(err)
			}
			return len(streams) == 1 && streams[0].Title == title && len(streams[0].Events) > 0
		})
		got := streams[0].Events
		if len(got) != preview.KeptEvents {
			t.Fatalf("%d events: %+v", len(got), got)
		}
		for i, e := range got {
			n := last - preview.KeptEvents + 1 + uint64(i)
			if !strings.HasSuffix(e.ID, fmt.Sprint("-", n)) || e.Open || e.Cut != (n == last) || e.Zone != "lawn" || e.Duration != 2 || e.Peak != 9 {
				t.Errorf("event %d is %+v", n, e)
			}
		}
	}
	remembers("Door")
	file.write(strings.ReplaceAll(text, "TITLE", "Front"))
	remembers("Front")
	if status := stop(); status != 0 {
		t.Errorf("status %d, %s", status, errOut)
	}
}
