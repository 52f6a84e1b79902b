//go:build !nogst

package video

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/element/pipeline/testcamera"
	"avid/runtime/cameras"
)

// slow is a filter that notes how late its pictures are, and takes its time.
type slow struct {
	mu   sync.Mutex
	lags []time.Duration
}

const slowBy = 150 * time.Millisecond

// lastSlow is the body that was made last.
var lastSlow *slow

func (s *slow) Process(f *gstc.Frame) error {
	if lag, ok := f.Lag(); ok {
		s.mu.Lock()
		s.lags = append(s.lags, lag)
		s.mu.Unlock()
	}
	time.Sleep(slowBy)
	return nil
}

func (s *slow) seen() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lags)
}

func (s *slow) Start() error                { return nil }
func (s *slow) Stop()                       {}
func (s *slow) Negotiate(gstc.Format) error { return nil }
func (s *slow) Handle(gstc.Event)           {}
func (s *slow) Latency() time.Duration      { return 0 }
func (*slow) Interrupt(bool)                {}
func (s *slow) Set(int, gstc.Value)         {}
func (s *slow) Get(int) gstc.Value          { return gstc.Value{} }

var slowClass = &gstc.Class{TypeName: "AvidTestSlow", Name: "avidtestslow", LongName: "test", Klass: "Filter/Video", Description: "test", Author: "test",
	Caps: "video/x-raw", New: func(*gstc.Element) gstc.Body { lastSlow = new(slow); return lastSlow }}

// TestLive: of a camera that sends more than can be looked at, what is looked at
// is never old, and the rest is counted. The camera's settings are as asked for.
func TestLive(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := gstc.Register(slowClass); err != nil {
		t.Fatal(err)
	}
	camera, err := testcamera.Open(320, 240, 20)
	if err != nil {
		t.Fatal(err)
	}
	defer camera.Close()
	const latency = 300 * time.Millisecond
	live := Live{Latency: latency, Transport: "tcp"}
	if want := (pipeline.Preset{Factory: "rtspsrc", Property: "latency", Value: "300"}); !slices.Contains(live.presets(), want) {
		t.Errorf("presets %+v", live.presets())
	}
	p, gate, err := live.Parse(camera.URL(), RawCaps()+" ! avidtestslow ! fakesink sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer gate.Close()
	began := time.Now()
	_ = p.SetState(pipeline.StatePlaying, poll) // it takes its time
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && len(lastSlow.seen()) < 25; time.Sleep(poll) {
		if err := failure(p); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(began)
	lags := lastSlow.seen()
	encoded, pictures := gate.Dropped()
	if len(lags) < 25 || slices.Max(lags) > 1300*time.Millisecond+latency {
		t.Errorf("%d pictures in %v, late by %v", len(lags), took, lags)
	}
	if encoded != 0 || pictures < uint64(len(lags)) {
		t.Errorf("%d encoded frames and %d pictures dropped, for %d that were looked at", encoded, pictures, len(lags))
	}
	if asked := camera.Transports(); len(asked) != 1 || !strings.HasPrefix(asked[0], "RTP/AVP/TCP") {
		t.Errorf("transports %q", asked)
	}
}

// TestLiveTransports: what is asked of a camera.
func TestLiveTransports(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	camera, err := testcamera.Open(64, 64, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer camera.Close()
	for _, c := range []struct {
		transport string
		works     bool
		first     string
	}{{"auto", true, "RTP/AVP;unicast"}, {"udp", false, "RTP/AVP;unicast"}, {"tcp", true, "RTP/AVP/TCP"}} {
		before := len(camera.Transports())
		p, gate, err := Live{Latency: cameras.DefaultLatency, Transport: c.transport}.Parse(camera.URL(), "fakesink name=out sync=false")
		if err != nil {
			t.Fatal(err)
		}
		_ = p.SetState(pipeline.StatePlaying, poll) // it takes its time
		var failed error
		for deadline := time.Now().Add(patience); failed == nil && time.Now().Before(deadline) && p.Position() <= 0; time.Sleep(poll) {
			failed = failure(p)
		}
		asked := camera.Transports()[before:]
		if c.works != (failed == nil) || len(asked) == 0 || !strings.HasPrefix(asked[0], c.first) {
			t.Errorf("%s: %v; asked for %q", c.transport, failed, asked)
		}
		gate.Close()
		p.Close()
	}
}
