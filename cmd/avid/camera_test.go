//go:build !nogst

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/cameras"
	"avid/runtime/event"
	"avid/runtime/publish"
)

// board is a carrier that shows what is so now.
type board struct {
	mu   sync.Mutex
	said []string
	last publish.State
}

func (b *board) say(text string) { b.mu.Lock(); defer b.mu.Unlock(); b.said = append(b.said, text) }

func (b *board) Send(_ context.Context, records []event.Record) (int, error) {
	for _, r := range records {
		b.say("sent " + r.Type)
	}
	return len(records), nil
}

func (b *board) Close() error { return nil }
func (b *board) Camera(c publish.Camera) {
	what := fmt.Sprint("away ", c.Away)
	if c.Gone {
		what = "gone"
	}
	b.say(fmt.Sprint("camera ", c.Name, " ", what))
}
func (b *board) Now(r event.Record)      { b.say("now " + r.Type) }
func (b *board) Snapshot(string, []byte) {}
func (b *board) State(name string, s publish.State) {
	b.say("state of " + name)
	b.last = s
}

// TestCameraState: while a stream runs it is told each ten seconds how it is with it, and
// scenes and events go to whoever takes them.
func TestCameraState(t *testing.T) {
	needLibrary(t)
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := avidfilter.Register(); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse("videotestsrc num-buffers=20 ! video/x-raw,format=GRAY8,width=352,height=240,framerate=10/1 ! avidfilter name=filter model=" + demoBundle + " ! fakesink")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	b := &board{}
	send, err := publish.New(publish.DefaultConfig(t.TempDir()), []publish.Route{{Name: "board", ID: "board", Carrier: b}})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	cam, err := newCamera("yard", "Yard", demoBundle, send, func(text string) { told = append(told, text) })
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	cam.tick(now) // there is no pipeline yet
	cam.begins(p)
	if err := p.SetState(pipeline.StatePlaying, time.Minute); err != nil {
		t.Fatal(err)
	}
	for m, ok := p.Pop(time.Minute); m.Kind != pipeline.MessageEOS; m, ok = p.Pop(time.Minute) {
		if err := m.Err(); err != nil || !ok {
			t.Fatal(m, err)
		}
	}
	cam.present(false) // it is tried again, and the next run has no frame yet
	empty, err := pipeline.Parse("videotestsrc num-buffers=0 ! video/x-raw,format=GRAY8,width=352,height=240,framerate=10/1 ! avidfilter name=filter model=" + demoBundle + " ! fakesink")
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if err := empty.SetState(pipeline.StatePlaying, time.Minute); err != nil {
		t.Fatal(err)
	}
	cam.begins(empty)
	cam.tick(now.Add(-time.Second))
	cam.begins(p)
	for _, after := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 19 * time.Second, 20 * time.Second} {
		cam.tick(now.Add(after))
	}
	dark := &gstc.Structure{Name: gstc.SceneName, Fields: []gstc.Field{{Name: "kind", Value: "dark"}, {Name: "state", Value: "begin"}, {Name: "time", Value: uint64(1)},
		{Name: "held", Value: true}, {Name: "text", Value: "it is dark"}, {Name: "wall-time", Value: uint64(1)}}}
	if err := cam.note(dark); err != nil {
		t.Fatal(err)
	}
	cam.present(false)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := send.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for want, times := range map[string]int{"state of yard": 3, "camera yard away false": 1, "camera yard away true": 3, "now scene-begin": 1, "sent scene-begin": 1} {
		if n := len(slices.DeleteFunc(slices.Clone(b.said), func(s string) bool { return s != want })); n != times {
			t.Errorf("%q %d times, want %d: %q", want, n, times, b.said)
		}
	}
	if b.last.State == "" || b.last.Threshold == nil || b.last.FPS != 0 || len(told) > 0 {
		t.Errorf("state %+v, told %q", b.last, told)
	}
	if err := cam.note(&gstc.Structure{Name: gstc.ReportName}); err == nil {
		t.Error("a report without fields is taken")
	}
}

// TestCameraGone: a camera that was taken out of the file is told of as gone, and one that
// ends otherwise as away.
func TestCameraGone(t *testing.T) {
	b := &board{}
	send, err := publish.New(publish.DefaultConfig(t.TempDir()), []publish.Route{{Name: "board", ID: "board", Carrier: b}})
	if err != nil {
		t.Fatal(err)
	}
	d := &duty{send: send, order: []cameras.Camera{{Name: "door"}}}
	for _, name := range []string{"door", "yard"} {
		p := &post{duty: d, camera: cameras.Camera{Name: name}}
		p.teller = &camera{origin: event.Origin{Camera: name}, send: p}
		p.end()
	}
	if err := send.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"camera door away true", "camera yard gone"}; !slices.Equal(b.said, want) {
		t.Errorf("%q, want %q", b.said, want)
	}
}
