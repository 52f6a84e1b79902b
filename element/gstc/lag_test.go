package gstc_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
)

// lagging is a filter that notes how far each frame is behind, and then takes
// its time.
type lagging struct {
	body
	sleep time.Duration

	mu     sync.Mutex
	lags   []time.Duration
	times  []time.Duration
	unsure int // frames of which it is not known
}

// lastLagging is the body that was made last.
var lastLagging *lagging

func (l *lagging) Process(f *gstc.Frame) error {
	lag, ok := f.Lag()
	l.mu.Lock()
	l.times = append(l.times, f.PTS())
	if ok {
		l.lags = append(l.lags, lag)
	} else {
		l.unsure++
	}
	l.mu.Unlock()
	time.Sleep(l.sleep)
	return nil
}

func (l *lagging) Set(_ int, v gstc.Value) { l.sleep = time.Duration(v.Uint) * time.Millisecond }
func (l *lagging) Get(int) gstc.Value      { return gstc.Value{Uint: uint(l.sleep / time.Millisecond)} }

// seen is what it noted so far.
func (l *lagging) seen() (lags, times []time.Duration, unsure int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lags), slices.Clone(l.times), l.unsure
}

var laggingClass = &gstc.Class{TypeName: "AvidTestLagging", Name: "avidtestlagging", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw", Properties: []gstc.Property{{Name: "sleep", Kind: gstc.Uint, Max: 1e6}},
	New: func(el *gstc.Element) gstc.Body { lastLagging = &lagging{body: body{el: el}}; return lastLagging }}

// slowDecoder stands in for a decoder that is too slow: what GStreamer takes for
// one, which passes its H.264 on.
var slowDecoderClass = &gstc.Class{TypeName: "AvidTestSlowDecoder", Name: "avidtestslowdecoder", LongName: "test", Klass: "Codec/Decoder/Video",
	Description: "test", Author: "test", Caps: "video/x-h264", Properties: []gstc.Property{{Name: "sleep", Kind: gstc.Uint, Max: 1e6}},
	New: func(el *gstc.Element) gstc.Body { return &slowDecoder{lagging{body: body{el: el}}} }}

type slowDecoder struct{ lagging }

func (s *slowDecoder) Negotiate(gstc.Format) error { return nil }

func registerLagging(t *testing.T) {
	t.Helper()
	if err := gstc.Init(); err != nil {
		t.Fatal(err)
	}
	if err := gstc.Register(laggingClass); err != nil {
		t.Fatal(err)
	}
}

// TestLag: it is the clock's running time less the buffer's, of the moment it is
// asked for.
func TestLag(t *testing.T) {
	registerLagging(t)
	h, err := harness.New("avidtestlagging")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	h.Caps(testCaps)
	h.Time(10 * time.Second)
	for _, pts := range []time.Duration{7 * time.Second, 10 * time.Second, 11 * time.Second, gstc.None} {
		h.Push(harness.In{Data: make([]byte, 8), PTS: pts, Duration: gstc.None})
	}
	h.Segment(8 * time.Second) // of running time 0
	h.Push(harness.In{Data: make([]byte, 8), PTS: 9 * time.Second, Duration: gstc.None})
	h.State(pipeline.StatePaused)
	h.State(pipeline.StatePlaying)
	lags, _, unsure := lastLagging.seen()
	if want := []time.Duration{3 * time.Second, 0, 0, 9 * time.Second}; !slices.Equal(lags, want) || unsure != 1 {
		t.Errorf("lags %v, want %v; %d not known, want the one without a time", lags, want, unsure)
	}
}

// TestLagAllocatesNothing: it is asked for each frame.
func TestLagAllocatesNothing(t *testing.T) {
	registerLagging(t)
	if err := gstc.Register(countingClass); err != nil {
		t.Fatal(err)
	}
	h, err := harness.New("avidtestcounting")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	h.Caps(testCaps)
	h.Time(time.Second)
	h.Push(harness.In{Data: make([]byte, 8)})
	if n := lastCounting.allocations; n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

// counting measures Lag inside its callback.
type counting struct {
	body
	allocations float64
}

var lastCounting *counting

func (c *counting) Process(f *gstc.Frame) error {
	c.allocations = testing.AllocsPerRun(100, func() { f.Lag() })
	return nil
}

var countingClass = &gstc.Class{TypeName: "AvidTestCounting", Name: "avidtestcounting", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw", New: func(el *gstc.Element) gstc.Body {
		lastCounting = &counting{body: body{el: el}, allocations: -1}
		return lastCounting
	}}

// TestLagOfPipelines: a live source is behind by what comes after it; one that
// is not live is not behind at all.
func TestLagOfPipelines(t *testing.T) {
	registerLagging(t)
	const held = 200 * time.Millisecond
	for live, line := range map[bool]string{
		true:  "videotestsrc is-live=true num-buffers=20 ! video/x-raw,width=32,height=32,framerate=20/1 ! identity sleep-time=1000 ! queue min-threshold-buffers=6 ! avidtestlagging ! fakesink sync=false",
		false: "videotestsrc num-buffers=20 ! video/x-raw,width=32,height=32,framerate=20/1 ! avidtestlagging ! fakesink sync=true",
	} {
		p, err := pipeline.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(time.Minute); err != nil {
			t.Error(err)
		}
		p.Close()
		lags, _, unsure := lastLagging.seen()
		switch {
		case !live && (len(lags) > 0 || unsure != 20):
			t.Errorf("not live: lags %v, %d not known", lags, unsure)
		case live && (len(lags) < 19 || slices.Max(lags) < held || slices.Max(lags) > time.Minute):
			t.Errorf("live: lags %v, the greatest should be %v or more; %d not known", lags, held, unsure)
		}
	}
}
