package gstc_test

import (
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
	"avid/element/pipeline"
)

// refusals are modes in which a chain is refused before the good one is built:
// each at another step.
var refusals = map[string]struct{ chain, words string }{
	"second after parsing": {"nosuchelement", "nosuchelement"},
	"second after READY":   {"queue name=entry ! capsfilter caps=audio/x-raw", "does not take"},
	"second after PAUSED":  {"identity name=entry filesrc location=/nonexistent ! fakesink", "not found"},
	"second after error":   {"queue name=entry ! identity error-after=1", "as requested"},
	"second after nothing": {"queue name=entry ! identity drop-probability=1", "nothing comes out"},
	"second after linking": {"queue name=entry ! fakesink async=false", "cannot be linked"},
}

// TestBinSecondChain: a chain that is refused leaves nothing behind, neither in
// the bin nor on the bus: the next one works, and again in the next run.
func TestBinSecondChain(t *testing.T) {
	playBin(t, frames, "avidtestbin") // registers
	for mode := range refusals {
		p, err := pipeline.Parse(frames + " ! avidtestbin mode=\"" + mode + "\"")
		if err != nil {
			t.Fatal(err)
		}
		for run := 1; run <= 2; run++ {
			messages, err := p.Run(time.Minute)
			if err != nil {
				t.Errorf("%s, run %d: %v", mode, run, err)
			}
			for _, m := range messages {
				if m.Kind == pipeline.MessageError || m.Kind == pipeline.MessageWarning {
					t.Errorf("%s, run %d: %s %s", mode, run, m.Text, m.Debug)
				}
			}
			if err := p.SetState(pipeline.StateNull, time.Minute); err != nil {
				t.Error(err)
			}
			if b := lastBin; len(b.frames) != 3*run || b.marks != 3*run {
				t.Errorf("%s, run %d: %d frames, %d marks", mode, run, len(b.frames), b.marks)
			}
			lastBin.inputs = nil
		}
		p.Close()
	}
}

// TestBinSecondStart: the first frame, which comes before the clock runs, does
// not wait for a time of the run before.
func TestBinSecondStart(t *testing.T) {
	playBin(t, frames, "avidtestbin") // registers
	p, err := pipeline.Parse(frames + " ! avidtestbin")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for run := 1; run <= 2; run++ {
		time.Sleep(time.Duration(run-1) * 2 * time.Second)
		if err := p.SetState(pipeline.StatePaused, time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // the first frame is there
		began := time.Now()
		if _, err := p.Run(time.Minute); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("run %d took %v for 20 ms", run, took)
		}
		if err := p.SetState(pipeline.StateReady, time.Minute); err != nil {
			t.Fatal(err)
		}
		lastBin.inputs = nil
	}
}

// slowing is a filter whose frames take long from its twentieth on. It says so,
// with much to spare, and has the pipeline know if tell is set.
type slowing struct {
	body
	tell    bool
	n, late int
	latency atomic.Int64
}

// lastSlowing is the body that was made last.
var lastSlowing *slowing

const slowingFrom, slowingTime = 20, 15 * time.Millisecond

func (s *slowing) Latency() time.Duration { return time.Duration(s.latency.Load()) }
func (*slowing) Interrupt(bool)           {}

func (s *slowing) Set(_ int, v gstc.Value) { s.tell = v.Bool }

func (s *slowing) Get(int) gstc.Value { return gstc.Value{Bool: s.tell} }

func (s *slowing) Process(f *gstc.Frame) error {
	if s.n++; s.n <= slowingFrom {
		return nil
	}
	if s.n == slowingFrom+1 {
		s.latency.Store(int64(time.Second))
		if s.tell {
			s.el.PostLatency()
		}
	}
	if f.Late() && s.n > 100 {
		s.late++
	}
	time.Sleep(slowingTime)
	return nil
}

var slowingClass = &gstc.Class{TypeName: "AvidTestSlowing", Name: "avidtestslowing", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw,format=GRAY8", Properties: []gstc.Property{{Name: "tell", Kind: gstc.Bool}},
	New: func(el *gstc.Element) gstc.Body { lastSlowing = &slowing{body: body{el: el}}; return lastSlowing }}

// TestBinLatencyGrows: filters that become slower while they play, and say so,
// are not told for ever that they are late. There are two, in threads of their
// own: together they take longer than the frame that a live source allows for.
func TestBinLatencyGrows(t *testing.T) {
	for _, tell := range []string{"true", "false"} {
		playBin(t, frames, "avidtestbin") // registers
		if err := gstc.Register(slowingClass); err != nil {
			t.Fatal(err)
		}
		codes, debug := playBin(t, "videotestsrc is-live=true num-buffers=140 ! video/x-raw,format=GRAY8,width=4,height=2,framerate=50/1 ! avidtestslowing tell="+tell+" ! queue ! avidtestslowing tell="+tell, "avidtestbin")
		if len(codes) != 0 || lastSlowing.n != 140 || lastSlowing.late != 0 {
			t.Errorf("tell=%s: of %d frames, %d of the last 40 were late: %v %s", tell, lastSlowing.n, lastSlowing.late, codes, debug)
		}
	}
}

// leaking marks the process that TestBinLeaks starts.
const leaking = "AVID_TEST_LEAKS"

// TestBinLeaks: GStreamer's own tracer finds nothing left of chains that were
// refused. The tracer reports at the end of GStreamer, so that is in a process
// of its own.
func TestBinLeaks(t *testing.T) {
	if os.Getenv(leaking) != "" {
		TestBinSecondChain(t)
		TestBinFails(t)
		gst.Deinit()
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBinLeaks$")
	cmd.Env = append(os.Environ(), leaking+"=1", "GOGC=off", "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7", "GST_DEBUG_NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "leaks") {
		t.Fatalf("%v\n%s", err, out)
	}
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "object-alive, type-name=(string)Gst") || strings.Contains(l, "object-alive, type-name=(string)Avid") {
			t.Error(l)
		}
	}
}
