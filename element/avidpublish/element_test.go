package avidpublish_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/avidpublish"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/event"
)

// idle bounds a hang.
const idle = time.Minute

// demo is a clip with events in it, judged.
const demo = "filesrc location=../../demo/walkway.mp4 ! decodebin ! videoconvert ! avidfilter model=../../demo/walkway.avid name=filter ! "

// register registers both elements.
func register(t *testing.T) {
	t.Helper()
	for _, register := range []func() error{pipeline.Init, avidfilter.Register, avidpublish.Register} {
		if err := register(); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t *testing.T, description string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// run plays a pipeline to its end, and returns the records that its bus tells of.
func run(t *testing.T, p *pipeline.Pipeline, camera string) (told []event.Record) {
	t.Helper()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	for {
		m, ok := p.Pop(idle)
		if !ok {
			t.Fatal("the pipeline hangs")
		}
		if m.Kind == pipeline.MessageEOS {
			return told
		}
		if err := m.Err(); err != nil {
			t.Fatal(err)
		}
		r, ok, err := avidfilter.RecordOf(event.Origin{Camera: camera, Began: time.UnixMilli(0)}, m.Structure)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			told = append(told, r)
		}
	}
}

// read reads a file of lines.
func read(t *testing.T, path string) (all []event.Record) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		r, err := event.ParseRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// same holds what was sent against what the bus told; ids begin with another moment.
func same(t *testing.T, got, want []event.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records sent, the bus tells of %d", len(got), len(want))
	}
	for i := range got {
		_, number, _ := strings.Cut(got[i].ID, "-")
		_, wanted, _ := strings.Cut(want[i].ID, "-")
		got[i].ID, want[i].ID = number, wanted
		a, _ := json.Marshal(got[i])
		b, _ := json.Marshal(want[i])
		if string(a) != string(b) {
			t.Errorf("record %d is\n%s, the bus tells\n%s", i, a, b)
		}
	}
}

// TestSends: what the bus tells is sent, in order, before an encoder and behind it, also
// where most frames are lost on their way, and with the bundle that judged.
func TestSends(t *testing.T) {
	register(t)
	for name, between := range map[string]string{
		"raw": "", "encoded": "vp8enc deadline=1 cpu-used=16 ! ", "frames lost": "identity drop-probability=0.7 ! queue ! ",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "events.jsonl")
			p := parse(t, demo+between+"avidpublish name=out camera=yard url=file://"+file+" queue-dir="+dir+"/queue ! fakesink")
			told := run(t, p, "yard")
			if len(told) < 2 {
				t.Fatalf("the clip has %d records", len(told))
			}
			if err := p.SetState(pipeline.StateNull, idle); err != nil {
				t.Fatal(err)
			}
			sent := read(t, file)
			same(t, sent, told)
			if b := sent[0].Bundle; b.Name != "walkway" || len(b.SHA256) != 64 {
				t.Errorf("bundle %+v", b)
			}
		})
	}
}

// TestCut: an event that is open at the stop ends with its last irregular frame.
func TestCut(t *testing.T) {
	register(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "events.jsonl")
	p := parse(t, demo+"avidpublish url=file://"+file+" queue-dir="+dir+"/queue ! fakesink")
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	for told := false; !told; { // with a change its begin has gone downstream
		m, ok := p.Pop(idle)
		if !ok || m.Kind == pipeline.MessageEOS {
			t.Fatal("no event changes")
		}
		e, ok, err := avidfilter.EventOf(m.Structure)
		if err != nil {
			t.Fatal(err)
		}
		told = ok && e.Kind == event.Change
	}
	if err := p.SetState(pipeline.StateNull, idle); err != nil {
		t.Fatal(err)
	}
	all := read(t, file)
	last := all[len(all)-1]
	if last.Type != "end" || last.EndTime == nil || *last.EndTime != last.Time || last.Time < last.StartTime {
		t.Errorf("the last record is %+v", last)
	}
}

// TestAway: a receiver that is not there delays neither the stream nor its end by much,
// is told of on the bus and in stats, and gets all at the next start.
func TestAway(t *testing.T) {
	register(t)
	var mu sync.Mutex
	var got []event.Record
	there := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var e event.Record
		if !there || json.NewDecoder(r.Body).Decode(&e) != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		got = append(got, e)
	}))
	defer server.Close()
	dir := t.TempDir()
	tail := "avidpublish name=out camera=yard url=" + server.URL + " queue-dir=" + dir + " ! fakesink"
	p := parse(t, demo+tail)
	told := run(t, p, "yard")
	s, err := p.Structure("out", "stats")
	if err != nil {
		t.Fatal(err)
	}
	routes, _ := s.Get("routes").([]gstc.Structure)
	if len(routes) != 1 || routes[0].Get("up") != false || routes[0].Get("queued") != uint64(len(told)) || s.Get("reports") != uint64(len(told)) {
		t.Errorf("stats are %+v", s)
	}
	if err := p.SetState(pipeline.StateNull, idle); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	there = true
	mu.Unlock()
	again := parse(t, "videotestsrc num-buffers=1 ! "+tail)
	if more := run(t, again, "yard"); len(more) != 0 {
		t.Fatalf("a test picture has %d records", len(more))
	}
	if err := again.SetState(pipeline.StateNull, idle); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	same(t, got, told)
}

// TestRefusals: what cannot be is said, with what to do.
func TestRefusals(t *testing.T) {
	register(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		"":                                "set the property url",
		"url=gopher://x/":                 "gopher",
		"url=mqtt://u:hidden@h/?nosuch=1": "nosuch",
		"url-file=" + dir + "/none":       "url-file",
		"url-file=" + file:                "url-file",
		`url=file:///tmp/x camera=" "`:    "camera is empty",
		"url=file:///x queue-dir=" + file: "queue-dir=",
	} {
		p := parse(t, "videotestsrc ! avidpublish "+settings+" ! fakesink")
		if err := p.SetState(pipeline.StatePaused, idle); err == nil {
			t.Errorf("%s: it starts", settings)
		}
		found := ""
		for m, ok := p.Pop(0); ok; m, ok = p.Pop(0) {
			if m.Kind == pipeline.MessageError {
				found = m.Text + m.Debug
				break
			}
		}
		if !strings.Contains(found, want) || strings.Contains(found, "hidden") {
			t.Errorf("%s: %q, want %q in it", settings, found, want)
		}
	}
}
