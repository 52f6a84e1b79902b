package preview

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

func testLogger() *slog.Logger {
	if os.Getenv("AVID_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// testServer listens on a free port of loopback until the test ends.
func testServer(t *testing.T, change func(*Config, *timing)) *Server {
	t.Helper()
	c, times := DefaultConfig(), defaultTiming()
	c.MediaIPs = []string{"127.0.0.1"}
	c.Listen, c.Logger = "127.0.0.1:0", testLogger()
	times.wrong = 0
	if change != nil {
		change(&c, &times)
	}
	s, err := listen(c, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// source writes made-up frames with a metadata message each.
type source struct {
	webrtctest.Camera
	out Output
}

// to says where the source writes.
func (s *source) to(out Output) {
	s.out = out
	s.Write = func(f webrtctest.Frame) error {
		if err := out.WriteFrame(fanout.Frame{PTS: f.PTS, Key: f.Key, Data: f.Data}); err != nil {
			return err
		}
		out.WriteMeta(fanout.Meta{PTS: f.PTS, Judged: true, Score: 1, Confidence: 0.7, Width: 64, Height: 48})
		return nil
	}
}

// addSource adds a stream with a source to a server.
func addSource(t *testing.T, s *Server, c fanout.StreamConfig) (*Stream, *source) {
	t.Helper()
	src := &source{}
	if c.Codec == "" {
		c.Codec = fanout.VP8
	}
	if c.Path == "" {
		c.Path = "live"
	}
	if c.KeyFrame == nil {
		c.KeyFrame = src.AskKey
	}
	stream, err := s.Add(c)
	if err != nil {
		t.Fatal(err)
	}
	src.to(stream)
	return stream, src
}

// watcher is a WHEP client.
type watcher struct {
	*webrtctest.Watcher
	location, etag, answer string
	header                 http.Header
}

// watch connects to a stream.
func watch(t testing.TB, s *Server, path string, o webrtctest.Options) *watcher {
	t.Helper()
	client, offer := webrtctest.NewWatcher(t, o)
	reply := request(t, s, http.MethodPost, "/"+path+"/whep", offer, map[string]string{
		"Content-Type": typeSDP,
	})
	if reply.code != http.StatusCreated {
		t.Fatalf("POST: %d %s", reply.code, reply.body)
	}
	client.Accept(t, reply.body)
	return &watcher{client, reply.header.Get("Location"), reply.header.Get("ETag"), reply.body, reply.header}
}

// reply is an HTTP answer, read to its end.
type reply struct {
	code   int
	header http.Header
	body   string
}

// testClient follows no redirect, so that tests see them.
var testClient = &http.Client{
	Timeout:       webrtctest.Patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func request(t testing.TB, s *Server, method, path, body string, headers map[string]string) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), webrtctest.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if host := headers["Host"]; host != "" {
		r.Host = host
	}
	answer, err := testClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, answer.Body); err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, text.String()}
}

// lineLogger writes everything, pion's traces too, to a builder, from one goroutine at a time.
func lineLogger(to *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
}
