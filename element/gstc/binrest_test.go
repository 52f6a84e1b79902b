package gstc_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"avid/element/gstc"
)

// restBody is a bin that keeps its frames out of its chain for a while.
type restBody struct {
	binBody
	marked, written, known int
	late                   time.Duration // the greatest lag
}

// lastRest is the body that was made last.
var lastRest *restBody

// restFrom and restTo are the frames between which it rests.
const restFrom, restTo = 5, 15

func (b *restBody) Mark(m *gstc.Marks) {
	if lag, ok := m.Lag(); ok {
		b.known++
		b.late = max(b.late, lag)
	}
	b.marked++
	b.bin.Rest(b.marked >= restFrom && b.marked < restTo)
}

func (b *restBody) Write(*gstc.Coded) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.written++
	return nil
}

var restClass = &gstc.BinClass{TypeName: "AvidTestRest", Name: "avidtestrest", LongName: "test", Klass: "Sink", Description: "test", Author: "test",
	Caps: "video/x-raw", New: func(bin *gstc.Bin) gstc.BinBody { lastRest = &restBody{binBody: binBody{bin: bin}}; return lastRest }}

// TestBinRests: all frames are looked at, those of the rest go no further; how
// late they are is known where the source is live.
func TestBinRests(t *testing.T) {
	if err := errors.Join(gstc.Init(), gstc.RegisterBin(restClass)); err != nil {
		t.Fatal(err)
	}
	for source, known := range map[string]int{"videotestsrc": 0, "videotestsrc is-live=true": 20} {
		codes, debug := playBin(t, source+" num-buffers=20 ! video/x-raw,width=32,height=32,framerate=20/1 ! queue min-threshold-buffers=3", "avidtestrest")
		b := lastRest
		if len(codes) != 0 || b.marked != 20 || b.written != 20-(restTo-restFrom) {
			t.Errorf("%s: %d frames looked at, %d went on: %v %s", source, b.marked, b.written, codes, debug)
		}
		if b.known < known-1 || known == 0 && b.known > 0 || known > 0 && (b.late < 50*time.Millisecond || b.late > time.Minute) {
			t.Errorf("%s: the lag of %d frames is known, at most %v", source, b.known, b.late)
		}
	}
}

// reportBody pushes a report before each frame.
type reportBody struct{ body }

func (b *reportBody) Process(*gstc.Frame) error {
	b.el.PushEvent(&gstc.Structure{Name: gstc.ReportName, Fields: []gstc.Field{{Name: "kind", Value: "change"}}})
	return nil
}

// hearBody counts the reports that reach it.
type hearBody struct{ heard *atomic.Int64 }

func (hearBody) Start() error              { return nil }
func (hearBody) Stop()                     {}
func (b hearBody) Report(*gstc.Structure)  { b.heard.Add(1) }
func (hearBody) Set(int, gstc.Value)       {}
func (hearBody) Get(int) (none gstc.Value) { return none }

// hearingBody is a restBody with a hearBody in its chain.
type hearingBody struct{ restBody }

func (b *hearingBody) Negotiate(gstc.Input) error {
	return b.bin.Build("queue name=entry ! avidtesthear", nil)
}

// TestBinRestsFromReports: while frames rest, so do reports: an encoder would keep them
// for its next frame, however many.
func TestBinRestsFromReports(t *testing.T) {
	var heard atomic.Int64
	err := errors.Join(gstc.Init(),
		gstc.Register(&gstc.Class{TypeName: "AvidTestReport", Name: "avidtestreport", LongName: "test", Klass: "Filter", Description: "test", Author: "test",
			Caps: "video/x-raw,format=I420", New: func(el *gstc.Element) gstc.Body { return &reportBody{body{el: el}} }}),
		gstc.RegisterReader(&gstc.ReaderClass{TypeName: "AvidTestHear", Name: "avidtesthear", LongName: "test", Klass: "Filter", Description: "test", Author: "test",
			New: func(*gstc.Reader) gstc.ReaderBody { return hearBody{&heard} }}),
		gstc.RegisterBin(&gstc.BinClass{TypeName: "AvidTestHearing", Name: "avidtesthearing", LongName: "test", Klass: "Sink", Description: "test", Author: "test",
			Caps: "video/x-raw", New: func(bin *gstc.Bin) gstc.BinBody { return &hearingBody{restBody{binBody: binBody{bin: bin}}} }}))
	if err != nil {
		t.Fatal(err)
	}
	codes, debug := playBin(t, "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=32,height=32,framerate=20/1 ! avidtestreport", "avidtesthearing")
	if n := heard.Load(); len(codes) != 0 || n != 20-(restTo-restFrom) {
		t.Errorf("%d reports went on: %v %s", n, codes, debug)
	}
}
