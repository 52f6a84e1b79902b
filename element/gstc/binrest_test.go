package gstc_test

import (
	"errors"
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
