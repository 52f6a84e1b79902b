package fanout

import (
	"log/slog"
	"net"
	"os"
	"testing"

	"github.com/pion/webrtc/v4"

	"avid/runtime/internal/webrtctest"
)

func testLogger() *slog.Logger {
	if os.Getenv("AVID_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// testSource makes a source that ends with the test, VP8 unless c says otherwise,
// and a camera that writes to it, with a metadata message for each frame.
func testSource(t *testing.T, c StreamConfig, change func(*Timing)) (*Source, *webrtctest.Camera) {
	t.Helper()
	camera := &webrtctest.Camera{}
	if c.Codec == "" {
		c.Codec = VP8
	}
	if c.Path == "" {
		c.Path = "live"
	}
	if c.KeyFrame == nil {
		c.KeyFrame = camera.AskKey
	}
	times := DefaultTiming()
	if change != nil {
		change(&times)
	}
	s, err := NewSource(c, times, testLogger())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); s.Wait() })
	camera.Write = func(f webrtctest.Frame) error {
		if err := s.WriteFrame(Frame{PTS: f.PTS, Key: f.Key, Data: f.Data}); err != nil {
			return err
		}
		s.WriteMeta(Meta{PTS: f.PTS, Judged: true, Score: 1, Confidence: 0.7, Width: 64, Height: 48})
		return nil
	}
	return s, camera
}

var testViewer = Viewer{ID: "0123456789abcdef", Remote: "127.0.0.1:9", Agent: "test"}

// watch connects a viewer to a source, over loopback, until the test ends.
func watch(t *testing.T, s *Source, o webrtctest.Options) *webrtctest.Watcher {
	t.Helper()
	w, offer := webrtctest.NewWatcher(t, o)
	settings := NewSettings(s.time, testLogger())
	settings.SetIPFilter(net.IP.IsLoopback)
	peer, err := NewPeer(s, testViewer, settings, webrtc.Configuration{}, VP8.Parameters(100, 101, ""))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := peer.Answer(t.Context(), offer)
	if err != nil {
		peer.Discard()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		peer.Run()
	}()
	t.Cleanup(func() { peer.End(); <-ended })
	w.Accept(t, answer)
	return w
}
