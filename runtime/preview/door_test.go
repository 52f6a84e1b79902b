package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

// fromAddr is a connection from an address.
type fromAddr struct {
	net.Conn
	from net.Addr
	shut atomic.Bool
}

func (c *fromAddr) RemoteAddr() net.Addr { return c.from }
func (c *fromAddr) Close() error         { c.shut.Store(true); return nil }

// crowd is a listener that has connections from addresses waiting.
type crowd struct{ waiting []*fromAddr }

func (c *crowd) Accept() (net.Conn, error) {
	if len(c.waiting) == 0 {
		return nil, net.ErrClosed
	}
	next := c.waiting[0]
	c.waiting = c.waiting[1:]
	return next, nil
}
func (c *crowd) Close() error   { return nil }
func (c *crowd) Addr() net.Addr { return &net.TCPAddr{} }

func address(text string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)) }

// comes lets a connection in at a door.
func comes(t *testing.T, d *door, from string) (*doorConn, *fromAddr) {
	t.Helper()
	raw := &fromAddr{from: address(from)}
	d.Listener.(*crowd).waiting = append(d.Listener.(*crowd).waiting, raw)
	c, err := d.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*doorConn), raw
}

// TestDoor: whoever comes is let in; too many of one address, or in all, and the
// oldest of the address with the most goes. Those who are known stay.
func TestDoor(t *testing.T) {
	d := &door{Listener: &crowd{}, strangers: newRoom(6, 3), known: newRoom(4, 4)}
	open := func(what string, want bool, conns ...*fromAddr) {
		t.Helper()
		for i, c := range conns {
			if c.shut.Load() == want {
				t.Errorf("%s: connection %d is open: %v", what, i, !want)
			}
		}
	}
	var flood []*fromAddr
	for range 4 {
		_, c := comes(t, d, "192.0.2.1:5000")
		flood = append(flood, c)
	}
	open("the first of four of one address", false, flood[0])
	open("the others", true, flood[1:]...)

	viewer, own := comes(t, d, "192.0.2.1:6000") // right behind the flood
	open("a viewer of that address", true, own)
	d.know(viewer)
	d.know(viewer) // a second request
	for range 20 {
		comes(t, d, "192.0.2.1:5000")
	}
	open("a viewer who is known", true, own)

	_, lone := comes(t, d, "198.51.100.7:1")
	for i := range 20 {
		comes(t, d, fmt.Sprintf("203.0.113.%d:1", i%3))
	}
	open("one of an address of its own", true, lone)
	if d.strangers.n != 6 {
		t.Errorf("%d strangers", d.strangers.n)
	}
	// A site's IPv6 addresses are one.
	var six []*fromAddr
	for i := range 4 {
		_, c := comes(t, d, fmt.Sprintf("[2001:db8::%d]:1", i))
		six = append(six, c)
	}
	open("the first of a /64", false, six[0])
	if err := viewer.Close(); err != nil {
		t.Error(err)
	}
	viewer.Close()
	if d.known.n != 0 || len(d.known.from) != 0 {
		t.Errorf("%d known are left", d.known.n)
	}
}

func TestNetwork(t *testing.T) {
	for from, want := range map[string]string{"192.0.2.1:1": "192.0.2.1/32", "[::ffff:192.0.2.1]:1": "192.0.2.1/32",
		"[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64"} {
		if got := network(address(from)).String(); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

// TestIdleStrangersKeepNobodyOut: thousands of connections that ask nothing, half a
// request, or without the token do not keep the right token from its answer.
func TestIdleStrangersKeepNobodyOut(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	addSource(t, s, fanout.StreamConfig{})
	s.door.mu.Lock()
	s.door.strangers = newRoom(500, 400)
	s.door.mu.Unlock()
	var all sync.WaitGroup
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
		all.Wait()
	}()
	for i := range 1500 {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		switch i % 3 {
		case 1:
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n")
		case 2:
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		}
	}
	right := map[string]string{"Authorization": "Bearer " + testToken}
	for range 3 {
		if got := request(t, s, "GET", "/api/streams", "", right); got.code != 200 {
			t.Fatalf("the right token: %d", got.code)
		}
	}
	d := s.door
	d.mu.Lock()
	strangers := d.strangers.n
	d.mu.Unlock()
	if strangers > 400 {
		t.Errorf("%d strangers of one address are connected", strangers)
	}
}

// TestNoTokenNoConnection: what is answered without a token ends its connection; with
// one it stays.
func TestNoTokenNoConnection(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	for name, c := range map[string]struct {
		head string
		stay bool
	}{
		"page":        {"GET / HTTP/1.1\r\n", false},
		"no such":     {"GET /a/b/c HTTP/1.1\r\n", false},
		"preflight":   {"OPTIONS /live/whep HTTP/1.1\r\n", false},
		"an offer":    {"POST /live/whep HTTP/1.1\r\nContent-Type: application/sdp\r\nContent-Length: 60000\r\n", false},
		"wrong token": {"GET / HTTP/1.1\r\nAuthorization: Bearer x\r\n", false},
		"right token": {"GET /api/streams HTTP/1.1\r\nAuthorization: Bearer " + testToken + "\r\n", true},
	} {
		conn, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.head+"Host: x\r\n\r\n")
		in := bufio.NewReader(conn)
		got, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = io.Copy(io.Discard, got.Body)
		got.Body.Close()
		if got.Close == c.stay {
			t.Errorf("%s: the connection ends: %v", name, got.Close)
		}
		if !c.stay {
			_ = conn.SetReadDeadline(time.Now().Add(webrtctest.Patience))
			if _, err := in.ReadByte(); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: it is still open", name)
			}
		}
		conn.Close()
	}
}

// TestMistakes: some wrong tokens are for nothing, then answers are held, as many as
// there is room for; a minute later it begins anew. The log has the address and the
// number, and never a token.
func TestMistakes(t *testing.T) {
	var text bytes.Buffer
	now := time.Unix(1e9, 0)
	m := newMistakes(slog.New(slog.NewTextHandler(&text, nil)), func() time.Time { return now })
	one, other := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	held := 0
	for i := range 200 {
		if m.made(one) {
			held++
		} else if i >= freeMistakes && held < mostHeld {
			t.Fatalf("number %d is not held", i)
		}
	}
	if held != mostHeld || m.count() != 200 {
		t.Errorf("%d are held of %d", held, m.count())
	}
	if m.made(other) {
		t.Error("another address is held back too")
	}
	for range held {
		m.release()
	}
	now = now.Add(mistakesWithin)
	if m.made(one) {
		t.Error("a minute later it is held at once")
	}
	if log := text.String(); strings.Count(log, "192.0.2.1") != 2 || !strings.Contains(log, "number=200") {
		t.Errorf("log:\n%s", log)
	}
	for i := range 2 * mostSuspects {
		m.made(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32))
	}
	if len(m.from) > mostSuspects {
		t.Errorf("%d addresses are remembered", len(m.from))
	}
}

// TestWrongTokensAreSlow: the answer to one wrong token of many comes after the wait,
// and meanwhile the right one is answered.
func TestWrongTokensAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{time: defaultTiming(), mistakes: newMistakes(quiet(nil), time.Now)}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = "192.0.2.1:5"
		begin := time.Now()
		for range freeMistakes {
			s.hold(r)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("mistakes wait %v", waited)
		}
		for range 3 {
			s.hold(r)
		}
		if waited := time.Since(begin); waited != 3*s.time.wrong {
			t.Errorf("three more wait %v", waited)
		}
	})
	s := testServer(t, func(c *Config, times *timing) { c.Token, times.wrong = testToken, time.Hour })
	for range freeMistakes {
		request(t, s, "GET", "/", "", map[string]string{"Authorization": "Bearer x"})
	}
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n")
	for s.mistakes.count() <= freeMistakes {
		time.Sleep(time.Millisecond)
	}
	if got := request(t, s, "GET", "/metrics", "", map[string]string{"Authorization": "Bearer " + testToken}); got.code != 200 || !strings.Contains(got.body, "avid_wrong_tokens_total 6") {
		t.Errorf("the right token meanwhile: %d\n%s", got.code, got.body)
	}
}

// TestCookies: a cookie ends, is renewed while it is used, and is of one server and
// one token.
func TestCookies(t *testing.T) {
	now := time.Now()
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	open := func(token string) *Server {
		return testServer(t, func(c *Config, times *timing) { c.Token, times.Now = token, clock })
	}
	s, same, other := open(testToken), open(testToken), open("another")
	login := request(t, s, "GET", "/?token="+strings.ReplaceAll(strings.ReplaceAll(testToken, "+", "%2B"), "=", "%3D"), "", nil)
	value, rest, _ := strings.Cut(login.header.Get("Set-Cookie"), ";")
	if !strings.Contains(rest, "Max-Age=43200") {
		t.Errorf("cookie: %s", rest)
	}
	_, value, _ = strings.Cut(value, "=")
	asks := func(at *Server) reply {
		return request(t, at, "GET", "/", "", map[string]string{"Cookie": at.guard.name + "=" + value})
	}
	for name, c := range map[string]struct {
		at   *Server
		want int
	}{"its own": {s, 200}, "another port": {same, 401}, "another token": {other, 401}} {
		if got := asks(c.at); got.code != c.want || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, %q", name, got.code, got.header.Get("Set-Cookie"))
		}
	}
	if got := request(t, s, "GET", "/", "", map[string]string{"Cookie": s.guard.name + "=" + value, "Host": "elsewhere.example"}); got.code != 401 {
		t.Errorf("by another name: %d", got.code)
	}
	pass := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	pass(cookieLasts * 2 / 3)
	renewed := asks(s)
	fresh, _, _ := strings.Cut(renewed.header.Get("Set-Cookie"), ";")
	if renewed.code != 200 || fresh == "" {
		t.Errorf("in its second half: %d, %q", renewed.code, fresh)
	}
	pass(cookieLasts / 2)
	if got := asks(s); got.code != 401 {
		t.Errorf("after its end: %d", got.code)
	}
	if got := request(t, s, "GET", "/", "", map[string]string{"Cookie": fresh}); got.code != 200 {
		t.Errorf("the renewed one: %d", got.code)
	}
	for _, bad := range []string{"", ".", "zz.00", "7fffffffffffffff." + strings.Repeat("0", 64), value + "0"} {
		if got := request(t, s, "GET", "/", "", map[string]string{"Cookie": s.guard.name + "=" + bad}); got.code != 401 {
			t.Errorf("%q: %d", bad, got.code)
		}
	}
}

func TestWeakTokens(t *testing.T) {
	for token, want := range map[string]string{"": "", "short": "5 characters", "0123456789abcde": "15 characters", "0123456789abcdef": "",
		"aaaaaaaaaaaaaaaaaaaaaaaa": "1 different", strings.Repeat("0af3", 8): "4 different", "Tr0ub4dor&3-horse-battery": ""} {
		c := DefaultConfig()
		c.Token = token
		if got := c.Weakness(); (got == "") != (want == "") || !strings.Contains(got, want) || token != "" && strings.Contains(got, token) {
			t.Errorf("%q: %q, want %q", token, got, want)
		}
	}
}

// TestHastyViewers: offers that never connect take half of the slots at most, and
// another address still finds one.
func TestHastyViewers(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.MaxViewers = 10 })
	stream, _ := addSource(t, s, fanout.StreamConfig{})
	flood, viewer := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	offers := func(from netip.Prefix) error {
		_, _, err := s.admit(t.Context(), stream, browserOffer, fanout.Viewer{}, from)
		return err
	}
	for range 5 {
		if err := offers(flood); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		if err := offers(flood); !errors.Is(err, errHasty) || status(err) != http.StatusServiceUnavailable {
			t.Errorf("%v", err)
		}
	}
	for range 5 {
		if err := offers(viewer); err != nil {
			t.Error(err)
		}
	}
	if err := offers(viewer); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

func TestRoomFor(t *testing.T) {
	for files, want := range map[int][2]int{0: {4096, 3072}, 1 << 20: {4096, 3072}, 1024: {256, 192}, 2: {4, 3}} {
		if r := roomFor(maxStrangers, files); r.most != want[0] || r.each != want[1] {
			t.Errorf("%d files: %d, %d of one address; want %v", files, r.most, r.each, want)
		}
	}
}
