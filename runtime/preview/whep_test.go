package preview

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

func TestSession(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) {
		c.STUNServer, c.TURNServers = "stun:stun.example", []string{"turn://u:p@turn.example:3478"}
	})
	stream, src := addSource(t, s, fanout.StreamConfig{})
	src.Run(t)
	w := watch(t, s, "live", webrtctest.Options{})
	defer w.Close()
	h := w.header
	if !strings.HasPrefix(w.location, "/live/whep/") || len(w.etag) != 34 || h.Get("Content-Type") != typeSDP ||
		h.Get("Accept-Patch") != typeFragment || len(parseLinks(h.Values("Link"))) != 2 {
		t.Errorf("%v", h)
	}
	for line := range strings.Lines(w.answer) {
		if strings.HasPrefix(line, "a=candidate") && !strings.Contains(line, " 127.0.0.1 ") {
			t.Errorf("not for this machine only: %s", line)
		}
	}
	w.Frame(t)
	fragment := "a=ice-ufrag:" + ufragOf(w.Watcher) + "\r\na=ice-pwd:x\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" +
		"a=candidate:1 1 udp 2122260223 127.0.0.1 61764 typ host\r\n"
	restart := strings.Replace(fragment, "ufrag:", "ufrag:new", 1)
	patch := func(change ...string) map[string]string {
		headers := map[string]string{"Content-Type": typeFragment, "If-Match": w.etag}
		for i := 0; i < len(change); i += 2 {
			headers[change[i]] = change[i+1]
		}
		return headers
	}
	for _, c := range []struct {
		name, path, body string
		headers          map[string]string
		want             int
	}{
		{"candidate", w.location, fragment, patch(), 204},
		{"any ETag", w.location, fragment, patch("If-Match", "*"), 204},
		{"end", w.location, "a=end-of-candidates", patch(), 204},
		{"mDNS name", w.location, strings.Replace(fragment, "127.0.0.1", "9ac3c1cc-3a4b-4c4e-9d3f-1c1b2a3d4e5f.local", 1), patch(), 204},
		{"no ETag", w.location, fragment, patch("If-Match", ""), 428},
		{"wrong ETag", w.location, fragment, patch("If-Match", `"x"`), 412},
		{"other type", w.location, fragment, patch("Content-Type", typeSDP), 415},
		{"no type", w.location, fragment, patch("Content-Type", ""), 415},
		{"malformed", w.location, "hello", patch(), 400},
		{"malformed candidate", w.location, strings.Replace(fragment, "2122260223", "x", 1), patch(), 400},
		{"nothing", w.location, "", patch(), 400},
		{"too long", w.location, strings.Repeat(fragment, 1000), patch(), 413},
		{"ICE restart", w.location, restart, patch("If-Match", "*"), 422},
		{"other session", "/live/whep/0123", fragment, patch(), 404},
		{"other stream's", "/other" + strings.TrimPrefix(w.location, "/live"), fragment, patch(), 404},
	} {
		if got := request(t, s, "PATCH", c.path, c.body, c.headers); got.code != c.want {
			t.Errorf("%s: %d %s", c.name, got.code, got.body)
		}
	}
	w.Frame(t) // all that did it no harm
	if got := request(t, s, "DELETE", w.location, "", nil); got.code != 200 {
		t.Errorf("DELETE: %d", got.code)
	}
	if stream.Stats().Viewers != 0 {
		t.Error("still there after DELETE")
	}
	for _, method := range []string{"DELETE", "PATCH"} {
		if got := request(t, s, method, w.location, fragment, patch()); got.code != 404 {
			t.Errorf("%s to a dead session: %d", method, got.code)
		}
	}
}

func ufragOf(w *webrtctest.Watcher) string {
	_, rest, _ := strings.Cut(w.PC.LocalDescription().SDP, "a=ice-ufrag:")
	ufrag, _, _ := strings.Cut(rest, "\r\n")
	return ufrag
}

// TestTrickle connects a viewer whose candidates come after its offer.
func TestTrickle(t *testing.T) {
	s := testServer(t, nil)
	_, src := addSource(t, s, fanout.StreamConfig{})
	src.Run(t)
	w, offer := webrtctest.NewWatcher(t, webrtctest.Options{})
	defer w.Close()
	var bare, candidates strings.Builder
	for line := range strings.Lines(offer) {
		if strings.HasPrefix(line, "a=candidate") || strings.HasPrefix(line, "a=end-of") {
			candidates.WriteString(line)
		} else {
			bare.WriteString(line)
		}
	}
	got := request(t, s, "POST", "/live/whep", bare.String(), map[string]string{"Content-Type": typeSDP})
	if got.code != 201 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	patched := request(t, s, "PATCH", got.header.Get("Location"),
		"a=ice-ufrag:"+ufragOf(w)+"\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"+candidates.String(),
		map[string]string{"Content-Type": typeFragment, "If-Match": got.header.Get("ETag")})
	if patched.code != 204 {
		t.Fatalf("%d %s", patched.code, patched.body)
	}
	if err := w.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: got.body}); err != nil {
		t.Fatal(err)
	}
	w.Frame(t)
}

// TestCandidatesAreBounded: each is sent checks, so nobody may name many, be it
// at once or one after the other.
func TestCandidatesAreBounded(t *testing.T) {
	s := testServer(t, nil)
	addSource(t, s, fanout.StreamConfig{})
	list := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a=candidate:%d 1 udp 2130706431 127.0.0.1 %d typ host\r\n", i, 9+i)
		}
		return b.String()
	}
	post := map[string]string{"Content-Type": typeSDP}
	if got := request(t, s, "POST", "/live/whep", browserOffer+list(sessionCandidates+1), post); got.code != http.StatusBadRequest {
		t.Errorf("an offer with too many: %d", got.code)
	}
	got := request(t, s, "POST", "/live/whep", browserOffer, post)
	headers := map[string]string{"Content-Type": typeFragment, "If-Match": got.header.Get("ETag")}
	for i, want := range []int{http.StatusNoContent, http.StatusBadRequest, http.StatusBadRequest} {
		body := "m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n" + list(sessionCandidates/2+5)
		if patched := request(t, s, "PATCH", got.header.Get("Location"), body, headers); patched.code != want {
			t.Errorf("PATCH %d: %d %s", i, patched.code, patched.body)
		}
	}
}

// TestSoundBeforePicture: clients ask for sound too, in the first section.
func TestSoundBeforePicture(t *testing.T) {
	s := testServer(t, nil)
	addSource(t, s, fanout.StreamConfig{})
	got := request(t, s, "POST", "/live/whep", browserOffer, map[string]string{"Content-Type": typeSDP})
	if got.code != 201 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	_, video, _ := strings.Cut(got.body, "m=video 9 ")
	video, _, _ = strings.Cut(video, "m=application")
	for _, want := range []string{"a=mid:1\r\n", "a=candidate:", "a=sendonly", "a=rtpmap:96 VP8/90000", "a=fmtp:97 apt=96",
		"playout-delay", "transport-wide-cc", "nack pli"} {
		if !strings.Contains(video, want) {
			t.Errorf("video section without %q", want)
		}
	}
	if !strings.Contains(got.body, "m=audio 0 ") || !strings.Contains(got.body, "a=mid:0\r\n") || strings.Contains(got.body, "H264") {
		t.Errorf("%s", got.body)
	}
}

func TestMaxViewers(t *testing.T) {
	s := testServer(t, func(c *Config, times *timing) {
		c.MaxViewers = 2
		times.Connect = 500 * time.Millisecond
	})
	addSource(t, s, fanout.StreamConfig{Path: "a"})
	addSource(t, s, fanout.StreamConfig{Path: "b"})
	post := func(path string) reply {
		return request(t, s, "POST", path, browserOffer, map[string]string{"Content-Type": typeSDP})
	}
	first, second := post("/a/whep"), post("/b/whep")
	if first.code != 201 || second.code != 201 {
		t.Fatalf("%d %d", first.code, second.code)
	}
	if third := post("/a/whep"); third.code != 503 || third.header.Get("Retry-After") == "" {
		t.Errorf("third: %d", third.code)
	}
	if got := request(t, s, "DELETE", first.header.Get("Location"), "", nil); got.code != 200 {
		t.Errorf("DELETE: %d", got.code)
	}
	if fourth := post("/a/whep"); fourth.code != 201 {
		t.Errorf("after one left: %d", fourth.code)
	}
	// None of them ever connects: their slots are free again in a while.
	webrtctest.Eventually(t, "slots are given back", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.slots == 0 && len(s.sessions) == 0 })
	if last := post("/b/whep"); last.code != 201 {
		t.Errorf("later: %d", last.code)
	}
}

// TestViewerIsNamed: who hears of a viewer learns its identifier, its address and
// what it says of itself.
func TestViewerIsNamed(t *testing.T) {
	s := testServer(t, nil)
	joined := make(chan fanout.Viewer, 1)
	_, src := addSource(t, s, fanout.StreamConfig{Joined: func(v fanout.Viewer) { joined <- v }})
	src.Run(t)
	w := watch(t, s, "live", webrtctest.Options{})
	defer w.Close()
	w.Frame(t)
	if v := <-joined; w.location != "/live/whep/"+v.ID || len(v.ID) != 32 || v.Remote == "" || v.Agent == "" {
		t.Errorf("%+v at %s", v, w.location)
	}
}

// TestVanishedViewer: a viewer that goes without a word is gone in a while.
func TestVanishedViewer(t *testing.T) {
	s := testServer(t, func(_ *Config, times *timing) {
		times.Disconnect, times.Fail = 500*time.Millisecond, 500*time.Millisecond
	})
	left := make(chan fanout.Viewer, 1)
	stream, src := addSource(t, s, fanout.StreamConfig{Left: func(v fanout.Viewer) { left <- v }})
	src.Run(t)
	offline := make(chan struct{})
	w := watch(t, s, "live", webrtctest.Options{Offline: offline})
	defer w.Close()
	w.Frame(t)
	close(offline)
	select {
	case <-left:
	case <-time.After(webrtctest.Patience):
		t.Fatal("still there")
	}
	if stream.Stats().Viewers != 0 {
		t.Error("still counted")
	}
}

func TestCloseEndsAll(t *testing.T) {
	s := testServer(t, nil)
	stream, src := addSource(t, s, fanout.StreamConfig{})
	other, _ := addSource(t, s, fanout.StreamConfig{Path: "other"})
	src.Run(t)
	a, b := watch(t, s, "live", webrtctest.Options{}), watch(t, s, "other", webrtctest.Options{})
	defer a.Close()
	defer b.Close()
	a.Frame(t)
	webrtctest.Eventually(t, "both are there", func() bool { return stream.Stats().Viewers == 1 && other.Stats().Viewers == 1 })
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	if other.Stats().Viewers != 1 {
		t.Error("the other stream's viewer is gone too")
	}
	if got := request(t, s, "GET", "/live", "", nil); got.code != 404 {
		t.Errorf("its page: %d", got.code)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Error("still listens")
	}
	for _, w := range []*watcher{a, b} {
		for state := range w.State {
			if state == webrtc.PeerConnectionStateClosed || state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateDisconnected {
				break
			}
		}
	}
}

// TestJoinsAndLeaves: 200 viewers come and go, and nothing of them stays.
func TestJoinsAndLeaves(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	s := testServer(t, nil)
	stream, src := addSource(t, s, fanout.StreamConfig{})
	src.Run(t)
	visit := func(n int) {
		w := watch(t, s, "live", webrtctest.Options{Channel: n%2 == 0})
		w.Frame(t)
		if n%3 == 0 {
			request(t, s, "DELETE", w.location, "", nil)
		}
		w.Close()
	}
	measure := func() (goroutines int, heap uint64) {
		webrtctest.Eventually(t, "all have left", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.slots == 0 && len(s.sessions) == 0
		})
		testClient.CloseIdleConnections()
		src.Forget() // the test's own
		for last := -1; last != goroutines; time.Sleep(200 * time.Millisecond) {
			last, goroutines = goroutines, runtime.NumGoroutine()
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return goroutines, m.HeapAlloc
	}
	for n := range 20 {
		visit(n)
	}
	goroutines, heap := measure()
	for n := range 200 {
		visit(n)
	}
	after, heapAfter := measure()
	t.Logf("goroutines %d, then %d; heap %d KiB, then %d KiB", goroutines, after, heap>>10, heapAfter>>10)
	if after > goroutines+5 {
		buffer := make([]byte, 1<<20)
		t.Errorf("goroutines %d, then %d\n%s", goroutines, after, buffer[:runtime.Stack(buffer, true)])
	}
	if heapAfter > heap+4<<20 {
		t.Errorf("heap %d KiB, then %d KiB", heap>>10, heapAfter>>10)
	}
	if st := stream.Stats(); st.Joined != 220 || st.Viewers != 0 {
		t.Errorf("%+v", st)
	}
}

func TestTLS(t *testing.T) {
	cert, key := testCertificate(t)
	s := testServer(t, func(c *Config, _ *timing) { c.TLSCert, c.TLSKey, c.Token = cert, key, testToken })
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Error(s.URL())
	}
	client := &http.Client{Timeout: webrtctest.Patience, CheckRedirect: testClient.CheckRedirect,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(s.URL() + "?token=" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(testToken))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || !strings.Contains(answer.Header.Get("Set-Cookie"), "Secure") {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	// Hundreds that begin no handshake keep nobody out, and who has the token is
	// known under TLS too.
	for range 300 {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"api/streams", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	client.CloseIdleConnections()
	answer, err = client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() // closed unread, it takes the connection with it
	d := s.door
	d.mu.Lock()
	known, strangers := d.known.n, d.strangers.n
	d.mu.Unlock()
	if answer.StatusCode != http.StatusOK || known != 1 || strangers > 300 {
		t.Errorf("%d, with %d known and %d strangers", answer.StatusCode, known, strangers)
	}
}

// testCertificate writes a certificate for 127.0.0.1.
func testCertificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestListenOnAll(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "[::]:0", ":0", "[::1]:0"} {
		c := DefaultConfig()
		c.Listen, c.Insecure = listen, true
		s, err := Listen(c)
		if err != nil {
			t.Logf("%s: %v", listen, err) // a machine without IPv6
			continue
		}
		if got, err := testClient.Get(s.URL()); err != nil || got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s: %v", listen, s.URL(), err)
		} else {
			got.Body.Close()
		}
		if listen != "[::1]:0" {
			_, src := addSource(t, s, fanout.StreamConfig{})
			stop := src.Run(t)
			w := watch(t, s, "live", webrtctest.Options{})
			w.Frame(t)
			w.Close()
			stop()
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
