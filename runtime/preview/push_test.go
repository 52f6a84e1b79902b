package preview

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

// mediaServer stands in for a WHIP endpoint.
type mediaServer struct {
	t        *testing.T
	http     *httptest.Server
	frames   chan webrtctest.Received
	messages chan string
	gaps     atomic.Int32

	mu       sync.Mutex
	seen     []string // "METHOD path token"
	answers  []int    // statuses to answer POST with, before 201 for good
	location string   // of the resource
	links    []string
	redirect string // where POST is sent on to
	noData   bool   // 400 for offers with a data channel
	peers    map[string]*webrtc.PeerConnection
}

func newMediaServer(t *testing.T) *mediaServer {
	m := &mediaServer{t: t, frames: make(chan webrtctest.Received, 4096), messages: make(chan string, 4096),
		location: "/resource/", peers: map[string]*webrtc.PeerConnection{}}
	m.http = httptest.NewServer(m)
	t.Cleanup(func() {
		m.http.Close()
		m.hangUp()
	})
	return m
}

// hangUp ends all connections.
func (m *mediaServer) hangUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, pc := range m.peers {
		_ = pc.GracefulClose()
		delete(m.peers, id)
	}
}

func (m *mediaServer) requests() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.seen, "\n")
}

func (m *mediaServer) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *mediaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
	for _, l := range m.links {
		w.Header().Add("Link", l)
	}
	switch r.Method {
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		m.post(w, r)
	case http.MethodDelete:
		id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if pc := m.peers[id]; pc != nil {
			go func() { _ = pc.GracefulClose() }()
			delete(m.peers, id)
		}
	}
}

func (m *mediaServer) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil || r.Header.Get("Content-Type") != typeSDP:
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	case m.redirect != "":
		w.Header().Set("Location", m.redirect)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	case len(m.answers) > 0:
		w.WriteHeader(m.answers[0])
		m.answers = m.answers[1:]
		return
	case m.noData && strings.Contains(string(body), "m=application"):
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id, answer := m.admit(string(body))
	w.Header().Set("Content-Type", typeSDP)
	w.Header().Set("Location", m.location+id)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer)
}

// admit answers an offer as a media server would.
func (m *mediaServer) admit(offer string) (id, answer string) {
	pc := webrtctest.ClientPC(m.t, webrtctest.Options{Codecs: webrtctest.VP8Parameters()})
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		w := &webrtctest.Watcher{Frames: m.frames}
		w.Read(track)
		m.gaps.Add(int32(w.Gaps))
	})
	pc.OnDataChannel(func(dc *webrtc.DataChannel) {
		dc.OnMessage(func(msg webrtc.DataChannelMessage) { m.messages <- dc.Label() + string(msg.Data) })
	})
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		m.t.Error(err)
	}
	a, err := pc.CreateAnswer(nil)
	if err != nil {
		m.t.Error(err)
	}
	if err := pc.SetLocalDescription(a); err != nil {
		m.t.Error(err)
	}
	<-gathered
	id = newID()
	m.peers[id] = pc
	return id, pc.LocalDescription().SDP
}

// push starts a Push to an endpoint, with a source that runs.
func push(t *testing.T, c PushConfig, change func(*timing)) (*Push, *source) {
	t.Helper()
	src := &source{}
	c.Stream.Codec, c.Stream.KeyFrame, c.Logger = fanout.VP8, src.AskKey, testLogger()
	times := defaultTiming()
	times.backoff, times.backoffMost, times.refused = 20*time.Millisecond, 100*time.Millisecond, 300*time.Millisecond
	times.Disconnect, times.Fail = time.Second, time.Second
	if change != nil {
		change(&times)
	}
	p, err := startPush(c, times)
	if err != nil {
		t.Fatal(err)
	}
	src.to(p)
	src.Run(t)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, src
}

func (m *mediaServer) frame(t *testing.T) webrtctest.Received {
	t.Helper()
	select {
	case f := <-m.frames:
		return f
	case <-time.After(webrtctest.Patience):
		t.Fatalf("no frame came; requests:\n%s", m.requests())
		return webrtctest.Received{}
	}
}

func TestPush(t *testing.T) {
	m := newMediaServer(t)
	p, src := push(t, PushConfig{Endpoint: m.http.URL + "/whip?x=1", Token: testToken}, nil)
	last := m.frame(t)
	if n := binary.BigEndian.Uint32(last.Data); !src.At(int(n)).Key {
		t.Errorf("begins at delta frame %d", n)
	}
	for range 30 {
		f := m.frame(t)
		if n := binary.BigEndian.Uint32(f.Data); n != binary.BigEndian.Uint32(last.Data)+1 {
			t.Fatalf("frame %d after %d", n, binary.BigEndian.Uint32(last.Data))
		}
		last = f
	}
	if text := <-m.messages; !strings.HasPrefix(text, `avid{"type":"hello"`) {
		t.Errorf("%s", text)
	}
	if text := <-m.messages; !strings.HasPrefix(text, `avid{"type":"frame"`) {
		t.Errorf("%s", text)
	}
	if p.State() != "live" || p.Stats().Viewers != 1 {
		t.Errorf("%s %+v", p.State(), p.Stats())
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
	if p.State() != "closed" {
		t.Error(p.State())
	}
	got := m.requests()
	if !strings.Contains(got, "POST /whip Bearer "+testToken) || !strings.Contains(got, "DELETE /resource/") ||
		!strings.HasSuffix(got, "Bearer "+testToken) || strings.Count(got, "\n") != 2 {
		t.Errorf("%s", got)
	}
	if m.gaps.Load() != 0 {
		t.Errorf("%d gaps", m.gaps.Load())
	}
}

func TestPushReconnects(t *testing.T) {
	m := newMediaServer(t)
	m.set(func() { m.answers = []int{503, 429, 404} })
	var failed, stood atomic.Int32
	p, src := push(t, PushConfig{Endpoint: m.http.URL + "/whip", Changed: func(err error) {
		if err == nil {
			stood.Add(1)
		} else {
			failed.Add(1)
		}
	}}, nil)
	m.frame(t)
	webrtctest.Eventually(t, "told of it all", func() bool { return failed.Load() == 3 && stood.Load() == 1 })
	if got := m.requests(); strings.Count(got, "POST") != 4 {
		t.Errorf("%s", got)
	}
	m.hangUp()
	for len(m.frames) > 0 {
		<-m.frames
	}
	// The first frame of the new connection is a key frame.
	webrtctest.Eventually(t, "it waits or connects", func() bool { return p.Stats().Viewers == 0 || p.Stats().Joined == 2 })
	webrtctest.Eventually(t, "a key frame comes", func() bool { return src.At(int(binary.BigEndian.Uint32(m.frame(t).Data))).Key })
	webrtctest.Eventually(t, "live again", func() bool { return p.State() == "live" })
	if p.Stats().Joined != 2 {
		t.Errorf("%+v", p.Stats())
	}
}

func TestPushWithoutChannel(t *testing.T) {
	m := newMediaServer(t)
	m.set(func() { m.noData = true })
	push(t, PushConfig{Endpoint: m.http.URL + "/whip"}, nil)
	m.frame(t)
	if got := m.requests(); strings.Count(got, "POST") != 2 {
		t.Errorf("%s", got)
	}
	if len(m.messages) != 0 {
		t.Error("a message without a channel")
	}
}

// TestPushTriesTheChannelAgain: an endpoint that fails with and without it
// refused something else.
func TestPushTriesTheChannelAgain(t *testing.T) {
	m := newMediaServer(t)
	m.set(func() { m.answers = []int{400, 503} })
	push(t, PushConfig{Endpoint: m.http.URL + "/whip"}, nil)
	webrtctest.Eventually(t, "a message comes", func() bool { return len(m.messages) > 0 })
}

// TestPushTokenStaysHome holds that no other host is shown the token, be it by
// a redirect or by the address of the session.
func TestPushTokenStaysHome(t *testing.T) {
	home, away := newMediaServer(t), newMediaServer(t)
	home.set(func() { home.redirect = away.http.URL + "/elsewhere" })
	p, _ := push(t, PushConfig{Endpoint: home.http.URL + "/whip", Token: testToken}, nil)
	away.frame(t)
	_ = p.Close()
	if got := away.requests(); strings.Contains(got, testToken) || !strings.Contains(got, "POST /elsewhere") || !strings.Contains(got, "DELETE /resource/") {
		t.Errorf("%s", got)
	}
	if !strings.Contains(home.requests(), "POST /whip Bearer "+testToken) {
		t.Errorf("%s", home.requests())
	}
	other := newMediaServer(t)
	home.set(func() { home.redirect = ""; home.location = other.http.URL + "/session/" })
	p, _ = push(t, PushConfig{Endpoint: home.http.URL + "/whip", Token: testToken}, nil)
	home.frame(t)
	_ = p.Close()
	if got := other.requests(); strings.Contains(got, testToken) || !strings.Contains(got, "DELETE /session/") {
		t.Errorf("%s", got)
	}
}

func TestPushLearnsServers(t *testing.T) {
	m := newMediaServer(t)
	m.set(func() { m.links = []string{`<stun:127.0.0.1:9>; rel="ice-server"`} })
	p, _ := push(t, PushConfig{Endpoint: m.http.URL + "/whip"}, func(times *timing) { times.Gather = 200 * time.Millisecond })
	m.frame(t)
	_ = p.Close()
	if len(p.learned) != 1 || !strings.HasPrefix(m.requests(), "OPTIONS /whip") {
		t.Errorf("%+v\n%s", p.learned, m.requests())
	}
}

func TestPushFails(t *testing.T) {
	m := newMediaServer(t)
	m.set(func() { m.answers = []int{401} })
	p, _ := push(t, PushConfig{Endpoint: m.http.URL + "/whip?key=hidden"}, func(times *timing) { times.refused = time.Hour })
	webrtctest.Eventually(t, "it says why", func() bool { return p.State() == "waiting 1h0m0s: the endpoint says 401 Unauthorized" })
	_ = p.Close()
	m.http.Close()
	p, _ = push(t, PushConfig{Endpoint: m.http.URL + "/whip?key=hidden"}, nil)
	webrtctest.Eventually(t, "it says why", func() bool { return strings.Contains(p.State(), "cannot reach the endpoint") })
	if strings.Contains(p.State(), "hidden") {
		t.Error(p.State())
	}
	_ = p.Close()
	m = newMediaServer(t)
	m.set(func() { m.redirect = "/again" })
	p, _ = push(t, PushConfig{Endpoint: m.http.URL + "/whip"}, nil)
	webrtctest.Eventually(t, "it does not turn in circles", func() bool { return strings.Contains(p.State(), "redirects") })
	_ = p.Close()
	junk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typeSDP)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "v=0 no")
	}))
	defer junk.Close()
	p, _ = push(t, PushConfig{Endpoint: junk.URL}, nil)
	webrtctest.Eventually(t, "it says why", func() bool { return strings.Contains(p.State(), "answer") })
	_ = p.Close()
}

func TestPushConfig(t *testing.T) {
	good := fanout.StreamConfig{Codec: fanout.H264}
	for _, c := range []struct {
		config PushConfig
		want   error
	}{
		{PushConfig{Endpoint: "", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "whip.example", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "ftp://whip.example", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "https://user:secret@whip.example", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "https://whip.example", Token: "a b", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "https://whip.example", STUNServer: "x", Stream: good}, ErrConfig},
		{PushConfig{Endpoint: "https://whip.example"}, fanout.ErrConfig},
		{PushConfig{Endpoint: "https://whip.example", Stream: fanout.StreamConfig{Codec: fanout.VP8, Path: "a/b"}}, fanout.ErrPath},
	} {
		if _, err := StartPush(c.config); !errors.Is(err, c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example/x", "https://A.example:443/y", true},
		{"http://a.example", "http://a.example:80", true},
		{"http://a.example", "https://a.example", false},
		{"https://a.example", "https://b.a.example", false},
		{"https://a.example:1", "https://a.example:2", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if sameOrigin(a, b) != c.want {
			t.Errorf("%s %s", c.a, c.b)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, " 5 ": 5 * time.Second, "-1": 0, "99999": longestAfter, "99999999999999": 0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
