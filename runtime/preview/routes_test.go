package preview

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

func TestLocate(t *testing.T) {
	for address, want := range map[string]place{
		"/": placePage, "/live": placePage, "/live/": placeNone, "//": placeNone, "": placeNone, "//live": placeNone,
		"/api": placeNone, "/api/streams": placeStreams, "/api/streams/": placeAPI, "/api/whep": placeAPI,
		"/api/me": placeMe, "/history": placeHistory, "/history/whep": placeNone, "/metrics": placeMetrics, "/metrics/whep": placeNone, "/healthz": placeHealth, "/favicon.ico": placeIcon,
		"/page/x.js": placeFile, "/page/": placeFile, "/page": placeNone,
		"/live/whep": placeWHEP, "/live/whep/": placeNone, "/live/whep/abc": placeSession, "/live/whep/abc/d": placeNone,
		"/live/whip": placeNone, "/../x": placeNone, "/./whep": placeNone, "/a b": placeNone, "/ä": placeNone,
		"/" + strings.Repeat("x", 600): placeNone,
	} {
		if got, _, _ := locate(address); got != want {
			t.Errorf("%q: %d, want %d", address, got, want)
		}
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("/live/whep/abc")
	f.Add("/page/../../etc/passwd")
	f.Fuzz(func(t *testing.T, address string) {
		p, path, id := locate(address)
		if path != "" && !ValidPath(path) || id != "" && !fanout.IsSegment(id) {
			t.Fatalf("%q: %d %q %q", address, p, path, id)
		}
	})
}

func TestMethods(t *testing.T) {
	s := testServer(t, nil)
	addSource(t, s, fanout.StreamConfig{})
	for path, allow := range map[string]string{
		"/": "GET, HEAD, OPTIONS", "/live": "GET, HEAD, OPTIONS", "/page/index.html": "GET, HEAD, OPTIONS",
		"/api/streams": "GET, HEAD, OPTIONS", "/api/me": "GET, HEAD, OPTIONS", "/history": "GET, HEAD, OPTIONS", "/metrics": "GET, HEAD, OPTIONS", "/healthz": "GET, HEAD, OPTIONS",
		"/live/whep": "POST, OPTIONS", "/live/whep/abc": "PATCH, DELETE, OPTIONS",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} {
			got := request(t, s, method, path, "", nil)
			if allowed := strings.Contains(allow, method); (got.code == 405) == allowed {
				t.Errorf("%s %s: %d", method, path, got.code)
			} else if !allowed && got.header.Get("Allow") != allow {
				t.Errorf("%s %s: Allow %q", method, path, got.header.Get("Allow"))
			}
		}
	}
}

func TestPages(t *testing.T) {
	s := testServer(t, nil)
	addSource(t, s, fanout.StreamConfig{Path: "live", Title: "Yard", Width: 640, Height: 480, Rate: 25})
	for _, c := range []struct {
		path string
		code int
		kind string
	}{
		{"/", 200, "text/html; charset=utf-8"},
		{"/live", 200, "text/html; charset=utf-8"},
		{"/other", 404, "text/plain; charset=utf-8"},
		{"/page/index.html", 200, "text/html; charset=utf-8"},
		{"/page/", 404, ""},
		{"/page/none.js", 404, ""},
		{"/page/../server.go", 404, ""},
		{"/page/..%2f..%2fpreview.go", 404, ""},
		{"/favicon.ico", 204, ""},
		{"/live/whep/abc/d", 404, ""},
		{"/api/streams", 200, "application/json"},
	} {
		got := request(t, s, "GET", c.path, "", nil)
		if got.code != c.code || c.kind != "" && got.header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %d %q", c.path, got.code, got.header.Get("Content-Type"))
		}
		h := got.header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", c.path, h)
		}
	}
	if me := request(t, s, "GET", "/api/me", "", nil); me.body != `{"name":"","manage":true,"history":false}`+"\n" {
		t.Errorf("%s", me.body)
	}
	if got := request(t, s, "GET", "/history", "", nil); got.code != 404 {
		t.Errorf("/history: %d where nothing is recorded", got.code)
	}
	s.KeepsHistory()
	if got := request(t, s, "GET", "/history", "", nil); got.code != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("/history: %d %v", got.code, got.header)
	}
	list := request(t, s, "GET", "/api/streams", "", nil)
	const want = `[{"path":"live","title":"Yard","codec":"vp8","width":640,"height":480,"rate":25,"viewers":0,"bitrate":0}]` + "\n"
	if list.body != want || list.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s", list.body)
	}
}

func TestHealth(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Unix(1000, 0).UnixNano())
	s := testServer(t, func(_ *Config, times *timing) { times.Now = func() time.Time { return time.Unix(0, now.Load()) } })
	check := func(code int, want string) {
		t.Helper()
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != code || strings.TrimSpace(got.body) != want {
			t.Errorf("%d %s", got.code, got.body)
		}
	}
	check(200, `{"status":"ok","streams":0}`)
	_, a := addSource(t, s, fanout.StreamConfig{Path: "a"})
	addSource(t, s, fanout.StreamConfig{Path: "b"})
	check(200, `{"status":"ok","streams":2}`)
	now.Add(int64(9 * time.Second))
	if err := a.Next(); err != nil {
		t.Fatal(err)
	}
	now.Add(int64(1500 * time.Millisecond))
	check(503, `{"status":"stalled","streams":2,"stalled":{"b":10.5}}`)
	if err := s.stream("b").Close(); err != nil {
		t.Fatal(err)
	}
	check(200, `{"status":"ok","streams":1}`)
	e, err := s.Expect("c", "")
	if err != nil {
		t.Fatal(err)
	}
	e.Note("No video: rtsp://eve:sesame@door/ is away.")
	if _, err := s.Expect("d", ""); err != nil {
		t.Fatal(err)
	}
	now.Add(int64(11 * time.Second))
	if err := a.Next(); err != nil {
		t.Fatal(err)
	}
	check(503, `{"status":"stalled","streams":1,"stalled":{"c":11,"d":11},"reasons":{"c":"No video: rtsp://***@door/ is away."}}`)
}

func TestMetrics(t *testing.T) {
	s := testServer(t, nil)
	_, src := addSource(t, s, fanout.StreamConfig{Path: "live", Inference: func() (uint64, float64, bool) { return 12, 3.5, true }})
	addSource(t, s, fanout.StreamConfig{Path: "quiet"})
	for range 3 {
		if err := src.Next(); err != nil {
			t.Fatal(err)
		}
	}
	got := request(t, s, "GET", "/metrics", "", nil)
	values := map[string]string{}
	for line := range strings.Lines(got.body) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.HasPrefix(line, "#") && ok {
			values[name+"}"] = value
		}
	}
	for name, want := range map[string]string{
		`avid_frames_total{stream="live"}`: "3", `avid_key_frames_total{stream="live"}`: "1", `avid_bytes_total{stream="live"}`: "6000",
		`avid_sent_bytes_total{stream="live"}`: "0", `avid_dropped_frames_total{stream="live"}`: "0", `avid_viewers{stream="live"}`: "0",
		`avid_viewers_total{stream="live"}`: "0", `avid_bitrate_bits_per_second{stream="live"}`: "0", `avid_metas_total{stream="live"}`: "3",
		`avid_skipped_messages_total{stream="live"}`: "0", `avid_inferences_total{stream="live"}`: "12",
		`avid_inference_seconds_total{stream="live"}`: "3.5", `avid_frames_total{stream="quiet"}`: "0",
		`avid_inferences_total{stream="quiet"}`: "",
	} {
		if values[name] != want {
			t.Errorf("%s: %q, want %q", name, values[name], want)
		}
	}
	if strings.Contains(got.body, "go_goroutines") {
		t.Error("metrics of the process are none of ours")
	}
}

func TestBodies(t *testing.T) {
	s := testServer(t, nil)
	addSource(t, s, fanout.StreamConfig{})
	sdp := map[string]string{"Content-Type": typeSDP}
	for _, c := range []struct {
		name, path, body string
		headers          map[string]string
		want             int
	}{
		{"no stream", "/other/whep", browserOffer, sdp, 404},
		{"no type", "/live/whep", browserOffer, nil, 415},
		{"other type", "/live/whep", browserOffer, map[string]string{"Content-Type": "application/json"}, 415},
		{"bad type", "/live/whep", browserOffer, map[string]string{"Content-Type": ";;"}, 415},
		{"nothing", "/live/whep", "", sdp, 400},
		{"no SDP", "/live/whep", "hello", sdp, 400},
		{"binary", "/live/whep", "\x00\xff\x00", sdp, 400},
		{"half an offer", "/live/whep", browserOffer[:700], sdp, 400},
		{"no credentials", "/live/whep", strings.ReplaceAll(browserOffer, "a=ice-", "a=x-"), sdp, 400},
		{"no fingerprint", "/live/whep", strings.ReplaceAll(browserOffer, "a=finger", "a=x"), sdp, 400},
		{"no mid", "/live/whep", strings.ReplaceAll(browserOffer, "a=mid", "a=x"), sdp, 400},
		{"no codec", "/live/whep", strings.ReplaceAll(browserOffer, "VP8", "VP7"), sdp, 406},
		{"just too long", "/live/whep", browserOffer + strings.Repeat(" ", bodyBytes), sdp, 413},
		{"huge", "/live/whep", strings.Repeat("a=x\r\n", 1<<20), sdp, 413},
	} {
		if got := request(t, s, "POST", c.path, c.body, c.headers); got.code != c.want {
			t.Errorf("%s: %d %s", c.name, got.code, got.body)
		}
	}
	// Of unknown length.
	pipe, feed := io.Pipe()
	go func() {
		_, err := io.Copy(feed, io.LimitReader(zeros{}, 10<<20))
		feed.CloseWithError(errors.Join(err, io.EOF))
	}()
	answer, err := http.Post("http://"+s.Addr()+"/live/whep", typeSDP, pipe)
	if err == nil {
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("chunked: %d", answer.StatusCode)
		}
	} // else the connection was closed on us while we sent, which is as well
	pipe.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots != 0 || len(s.sessions) != 0 {
		t.Errorf("%d slots taken, %d sessions", s.slots, len(s.sessions))
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// TestSlowLoris holds that who never ends a request is not waited for.
func TestSlowLoris(t *testing.T) {
	s := testServer(t, func(_ *Config, times *timing) {
		times.readHeader, times.read, times.idle = 200*time.Millisecond, 400*time.Millisecond, 200*time.Millisecond
	})
	addSource(t, s, fanout.StreamConfig{})
	for name, text := range map[string]string{
		"says nothing":    "",
		"half a line":     "GET / HT",
		"half a header":   "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n",
		"half a body":     "POST /live/whep HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\nContent-Length: 1000\r\n\r\nv=0\r\n",
		"a long header":   "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + strings.Repeat("a", 64<<10),
		"after an answer": "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
	} {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, text); err != nil {
			t.Logf("%s: %v", name, err) // cut off already
		}
		if err := c.SetReadDeadline(time.Now().Add(webrtctest.Patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, bufio.NewReader(c)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: still connected", name)
		}
		c.Close()
	}
}

func TestStreamsAnswerIsJSON(t *testing.T) {
	s := testServer(t, nil)
	var list []streamInfo
	if err := json.Unmarshal([]byte(request(t, s, "GET", "/api/streams", "", nil).body), &list); err != nil || list == nil {
		t.Errorf("%v %v", list, err)
	}
}
