package preview

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

func TestWriteAfterClose(t *testing.T) {
	s := testServer(t, nil)
	stream, src := addSource(t, s, fanout.StreamConfig{})
	var out Output = stream
	if err := out.WriteFrame(fanout.Frame{PTS: -1}); !errors.Is(err, fanout.ErrConfig) {
		t.Errorf("negative time: %v", err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
	if err := out.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
	out.WriteMeta(fanout.Meta{})
	if err := src.Next(); !errors.Is(err, fanout.ErrClosed) {
		t.Errorf("frame: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.Add(fanout.StreamConfig{Path: "x", Codec: fanout.VP8}); !errors.Is(err, fanout.ErrClosed) {
		t.Errorf("add: %v", err)
	}
}

// TestSizeChanges: who asks later is told the present size.
func TestSizeChanges(t *testing.T) {
	s := testServer(t, nil)
	stream, _ := addSource(t, s, fanout.StreamConfig{Width: 64, Height: 48})
	stream.WriteMeta(fanout.Meta{Width: 32, Height: 24})
	if got := request(t, s, "GET", "/api/streams", "", nil); !strings.Contains(got.body, `"width":32,"height":24`) {
		t.Errorf("%s", got.body)
	}
}

// TestExpected: a stream that is expected and not there is listed with the
// reason, and after a while the server is not well.
func TestExpected(t *testing.T) {
	now := time.Now()
	s := testServer(t, func(_ *Config, times *timing) { times.Now = func() time.Time { return now } })
	e, err := s.Expect("yard", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Expect("yard", ""); !errors.Is(err, fanout.ErrPath) {
		t.Errorf("expected twice: %v", err)
	}
	check := func(when, list string, health int) {
		t.Helper()
		if got := request(t, s, "GET", "/api/streams", "", nil); !strings.Contains(got.body, list) {
			t.Errorf("%s: %s", when, got.body)
		}
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != health {
			t.Errorf("%s: health %d %s", when, got.code, got.body)
		}
	}
	e.Note("connection refused")
	check("at first", `"title":"Yard"`, 200)
	now = now.Add(time.Minute)
	check("a minute later", `"missing":true,"note":"connection refused"`, 503)
	stream, err := s.Add(fanout.StreamConfig{Path: "yard", Codec: fanout.VP8})
	if err != nil {
		t.Fatal(err)
	}
	check("there without a frame", `"codec":"vp8"`, 503)
	write := func() {
		t.Helper()
		if err := stream.WriteFrame(fanout.Frame{Key: true, Data: webrtctest.FrameData(0, true)}); err != nil {
			t.Fatal(err)
		}
	}
	write()
	check("there", `"codec":"vp8"`, 200)
	now = now.Add(9 * time.Second)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	check("gone again", `"missing":true`, 200)
	now = now.Add(2 * time.Second)
	check("eleven seconds after the last frame", `"missing":true`, 503)
	for range 2 { // it comes and goes without a frame, as a camera that is tried again
		if stream, err = s.Add(fanout.StreamConfig{Path: "yard", Codec: fanout.VP8}); err != nil {
			t.Fatal(err)
		}
		check("there for a moment", `"codec":"vp8"`, 503)
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
		check("gone in that moment", `"missing":true`, 503)
		now = now.Add(time.Second)
	}
	if stream, err = s.Add(fanout.StreamConfig{Path: "yard", Codec: fanout.VP8}); err != nil {
		t.Fatal(err)
	}
	write()
	check("frames again", `"codec":"vp8"`, 200)
	now = now.Add(12 * time.Second)
	check("silent", `"codec":"vp8"`, 503)
	stream.WriteMeta(fanout.Meta{Captured: now.Add(-12 * time.Second)}) // what a decoder gives back as the stream ends
	write()
	check("the last frame comes late", `"codec":"vp8"`, 503)
	stream.WriteMeta(fanout.Meta{Captured: now.Add(-3 * time.Second)})
	write()
	check("new frames", `"codec":"vp8"`, 200)
	e.Dropped(7)
	check("with frames dropped", `"dropped":7`, 200)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	check("away with frames dropped", `"dropped":7`, 200)
	e.Restarted(3)
	if got := request(t, s, "GET", "/metrics", "", nil); !strings.Contains(got.body, `avid_restarts_total{stream="yard"} 3`) || !strings.Contains(got.body, `avid_up{stream="yard"} 0`) {
		t.Errorf("metrics %s", got.body)
	}
	if got := request(t, s, "GET", "/metrics", "", nil); !strings.Contains(got.body, `avid_input_dropped_frames_total{stream="yard"} 7`) {
		t.Errorf("metrics: %s", got.body)
	}
	e.Close()
	check("no more expected", `[]`, 200)
}

// TestExpectedWithoutSecrets: neither the title nor the reason why a stream is away
// shows what a source says of its address.
func TestExpectedWithoutSecrets(t *testing.T) {
	s := testServer(t, nil)
	e, err := s.Expect("yard", "rtsp://admin:hunter2@cam/1")
	if err != nil {
		t.Fatal(err)
	}
	e.Note("No video: not found, URL: http://cam/?pwd=hunter2. Trying again.")
	reply := request(t, s, http.MethodGet, "/api/streams", "", nil)
	if !strings.Contains(reply.body, `"title":"rtsp://***@cam/1"`) || !strings.Contains(reply.body, "cam/?pwd=***. Trying again") {
		t.Errorf("%s", reply.body)
	}
	for _, page := range []string{"/", "/yard", "/metrics", "/healthz"} {
		if reply := request(t, s, http.MethodGet, page, "", nil); strings.Contains(reply.body, "hunter2") {
			t.Errorf("%s: %s", page, reply.body)
		}
	}
}
