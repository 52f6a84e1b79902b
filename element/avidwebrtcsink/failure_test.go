package avidwebrtcsink

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// TestStartFails reaches the rows of the error table that fail the start, most
// of them with the real server.
func TestStartFails(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	const free = "media-ips=127.0.0.1 listen=127.0.0.1:0 "
	for _, c := range []struct {
		name, properties string
		err              error // of the faked listening; nil: the real server is used
		code             gstc.Code
		words            string
	}{
		{"open to all", "listen=0.0.0.0:0", nil, gstc.LibrarySettings, "token"},
		{"no port", "listen=here", nil, gstc.LibrarySettings, "host:port"},
		{"path", free + "path=a/b", nil, gstc.LibrarySettings, "path"},
		{"reserved path", free + "path=metrics", nil, gstc.LibrarySettings, "path"},
		{"no key", free + "tls-cert=x", nil, gstc.LibrarySettings, "tls-key"},
		{"no certificate", free + "tls-cert=/nonexistent tls-key=/nonexistent", nil, gstc.LibrarySettings, "/nonexistent"},
		{"bad certificate", free + "tls-cert=" + junk + " tls-key=" + junk, nil, gstc.LibrarySettings, "junk.pem"},
		{"token", free + "token=\"a b\"", nil, gstc.LibrarySettings, "token"},
		{"STUN", free + "stun-server=nowhere", nil, gstc.LibrarySettings, "stun-server"},
		{"TURN", free + "turn-servers=turn:host:3478", nil, gstc.LibrarySettings, "turn-servers"},
		{"bit rates", free + "min-bitrate=2000000 max-bitrate=1000000", nil, gstc.LibrarySettings, "min-bitrate"},
		{"WHIP and TLS", "whip-endpoint=http://127.0.0.1:1/x tls-cert=x", nil, gstc.LibrarySettings, "whip-endpoint"},
		{"WHIP address", "whip-endpoint=ftp://host/x", nil, gstc.LibrarySettings, "http(s)"},
		{"busy", "listen=" + busy.Addr().String(), nil, gstc.ResourceBusy, "another program"},
		{"not ours", "listen=192.0.2.1:0 token=x", nil, gstc.ResourceOpenReadWrite, "192.0.2.1"},
		{"unknown", "", errors.New("unknown"), gstc.LibraryFailed, "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			use(t, &fakes{fail: c.err})
			element := "avidwebrtcsink "
			if c.err != nil {
				element = "avidwebrtcfaked "
			}
			messages, err := play(t, raw(1, small)+element+c.properties)
			if err == nil {
				t.Error("it started")
			}
			expect(t, messages, c.code, c.words)
		})
	}
}

// TestSharing: sinks with one address share a server, if they agree and have
// paths of their own; the last one closes it.
func TestSharing(t *testing.T) {
	two := func(a, b string) string {
		return raw(5, small) + "tee name=t t. ! queue ! avidwebrtcfaked codec=vp8 listen=127.0.0.1:1234 path=a " + a +
			" t. ! queue ! avidwebrtcfaked codec=vp8 listen=localhost:1234 path=b " + b
	}
	f := use(t, &fakes{})
	mustPlay(t, two("token=x", "token=x"))
	if len(f.servers) != 1 || len(f.servers[0].added) != 2 || f.servers[0].closed != 1 {
		t.Errorf("%d servers: %+v", len(f.servers), f.servers[0])
	}
	for a, words := range map[string]string{
		"path=b": "set path=", "token=y": "token", "tls-cert=c tls-key=k": "tls-cert", "stun-server=stun:h:1": "stun-server",
		"turn-servers=turn:u:p@h:1": "turn-servers", "max-viewers=5": "max-viewers",
	} {
		f := use(t, &fakes{})
		messages, err := play(t, two(a, ""))
		if err == nil {
			t.Errorf("%s: it started", a)
		}
		expect(t, messages, gstc.LibrarySettings, words)
		for _, s := range f.servers {
			if s.closed != 1 {
				t.Errorf("%s: a server was closed %d times", a, s.closed)
			}
		}
	}
	f = use(t, &fakes{})
	mustPlay(t, strings.ReplaceAll(strings.ReplaceAll(two("", ""), "localhost:1234", "127.0.0.1:0"), ":1234", ":0"))
	if len(f.servers) != 2 {
		t.Errorf("%d servers for port 0", len(f.servers))
	}
}

func TestAddressKey(t *testing.T) {
	for listen, want := range map[string]string{"localhost:1": "127.0.0.1:1", "LOCALHOST:1": "127.0.0.1:1", "0.0.0.0:1": ":1", ":1": ":1", "[::]:1": ":1",
		"127.0.0.1:0": "", "nothing": "", "[::1]:2": "[::1]:2", "[::ffff:127.0.0.1]:2": "127.0.0.1:2"} {
		if got := addressKey(listen); got != want {
			t.Errorf("%s: %q, want %q", listen, got, want)
		}
	}
}

// TestStreamFails reaches the rows that stop a running stream.
func TestStreamFails(t *testing.T) {
	failing := func(err error) func(*fakeOutput, int) {
		return func(o *fakeOutput, i int) {
			o.mu.Lock()
			defer o.mu.Unlock()
			if i == 2 {
				o.fail = err
			}
		}
	}
	for _, c := range []struct {
		name  string
		fakes *fakes
		line  string
		code  gstc.Code
		words string
	}{
		{"no encoder", &fakes{only: "none"}, "avidwebrtcfaked", gstc.CoreMissingPlugin, "x264enc, openh264enc, vavp8enc, vp8enc is there; install gstreamer1.0-plugins-ugly"},
		{"no VP9 encoder", &fakes{only: "none"}, "avidwebrtcfaked codec=vp9", gstc.CoreMissingPlugin, "vp9enc"},
		{"broken encoder", &fakes{only: "none2", broken: []string{"vah264enc"}}, "avidwebrtcfaked", gstc.CoreNegotiation, "vah264enc: chain of elements does not work: no element"},
		{"panic", &fakes{on: func(*fakeOutput, int) { panic("as wanted") }}, "avidwebrtcfaked", gstc.LibraryFailed, "internal error"},
		{"unknown", &fakes{on: failing(errors.New("unknown"))}, "avidwebrtcfaked", gstc.LibraryFailed, "failed"},
		{"refused stream", &fakes{}, "avidwebrtcfaked whip-endpoint=http://127.0.0.1/x path=late", gstc.LibrarySettings, "path"},
		{"no caps", &fakes{}, "", gstc.CoreNegotiation, "does not say what it is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			use(t, c.fakes)
			line := raw(20, "format=I420,"+small) + c.line
			switch c.name {
			case "refused stream":
				c.fakes.fail = fmt.Errorf("%w: as wanted", fanout.ErrPath)
			case "no caps": // live: another source may stamp its frames before the pipeline has a base time
				line = "fakesrc is-live=true num-buffers=5 sizetype=fixed sizemax=10 filltype=zero format=time do-timestamp=true ! avidwebrtcfaked"
			}
			messages, err := play(t, line)
			if err == nil {
				t.Error("it went well")
			}
			expect(t, messages, c.code, c.words)
		})
	}
}

// TestBrokenEncoder: an encoder that exists but cannot be used is passed over.
func TestBrokenEncoder(t *testing.T) {
	need(t, "x264enc")
	f := use(t, &fakes{only: "x264enc", broken: []string{"nvh264enc", "vah264enc"}})
	mustPlay(t, raw(5, "format=I420,"+small)+"avidwebrtcfaked")
	if c := f.output(t).config; c.Codec != fanout.H264 {
		t.Errorf("%+v", c)
	}
	f = use(t, &fakes{only: "vp8enc"})
	mustPlay(t, raw(5, "format=I420,"+small)+"avidwebrtcfaked")
	if c := f.output(t).config; c.Codec != fanout.VP8 {
		t.Errorf("auto without H.264: %+v", c)
	}
}

// TestFallsBack: an encoder that fails with its first picture is passed over,
// without an error on the bus.
func TestFallsBack(t *testing.T) {
	need(t, "x264enc", "vp8enc")
	f := use(t, &fakes{})
	mustPlay(t, raw(5, "format=I420,width=1,height=64")+"avidwebrtcfaked")
	if c := f.output(t).config; c.Codec != fanout.VP8 || c.Width != 1 {
		t.Errorf("%+v", c)
	}
}

// TestChangeInReady: the settings that may change in READY count from then on,
// and are checked; the others wait for the next start.
func TestChangeInReady(t *testing.T) {
	need(t, "vp8enc", "vp9enc")
	f := use(t, &fakes{})
	p, err := pipeline.Parse(raw(3, "format=I420,"+small) + "avidwebrtcfaked name=sink codec=vp8 title=one path=a")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	set := func(property, value string) {
		if err := p.Set("sink", property, value); err != nil {
			t.Error(err)
		}
	}
	ready := func() {
		if err := p.SetState(pipeline.StateReady, idle); err != nil {
			t.Fatal(err)
		}
	}
	ready()
	set("codec", "vp9")
	set("title", "two")
	set("path", "b")
	set("min-bitrate", "300000")
	set("max-bitrate", "400000")
	if _, err := p.Run(idle); err != nil {
		t.Fatal(err)
	}
	c := f.output(t).config
	if c.Codec != fanout.VP9 || c.Title != "two" || c.MinBitrate != 300e3 || c.MaxBitrate != 400e3 || c.Path != "a" {
		t.Errorf("%+v", c)
	}
	ready()
	set("min-bitrate", "500000")
	messages, err := p.Run(idle)
	if err == nil {
		t.Error("it plays with settings that contradict each other")
	}
	expect(t, messages, gstc.LibrarySettings, "min-bitrate")
}

// TestClosedOutput: a stream that is being closed ends the flow without a word.
func TestClosedOutput(t *testing.T) {
	f := use(t, &fakes{on: func(o *fakeOutput, _ int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.fail = fanout.ErrClosed
	}})
	p, err := pipeline.Parse(raw(20, "format=I420,"+small) + "avidwebrtcfaked codec=vp8")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	for {
		m, ok := p.Pop(idle / 60)
		if !ok {
			break
		}
		if m.Kind == pipeline.MessageError {
			t.Errorf("%+v", m)
		}
	}
	p.Close()
	if n := len(f.output(t).frames); n != 2 { // the first goes well, and so do all before it is told
		t.Errorf("%d frames were tried", n)
	}
}

// TestFailureTable: an error keeps its cause, and a known failure stays as it
// is.
func TestFailureTable(t *testing.T) {
	cause := fmt.Errorf("%w: %w", preview.ErrListen, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)})
	err := failure(cause)
	var known *gstc.BusError
	if !errors.Is(err, syscall.EADDRINUSE) || !errors.As(err, &known) || known.Code != gstc.ResourceBusy {
		t.Errorf("%v", err)
	}
	if again := failure(err); !errors.Is(again, err) {
		t.Errorf("%v became %v", err, again)
	}
	if err := failure(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}

// TestWHIP: with an endpoint the stream is pushed there and nothing is served.
func TestWHIP(t *testing.T) {
	f := use(t, &fakes{})
	mustPlay(t, raw(5, "format=I420,"+small)+"avidwebrtcfaked codec=vp8 whip-endpoint=https://media.example/x token=secret stun-server=stun:h:1 turn-servers=\"turn:u:p@h:1, turn:u:p@h:2\"")
	checkTimes(t, f.output(t))
	c := f.pushed[0]
	if len(f.servers) != 0 || c.Endpoint != "https://media.example/x" || c.Token != "secret" || c.STUNServer != "stun:h:1" || len(c.TURNServers) != 2 || c.Stream.Codec != fanout.VP8 {
		t.Errorf("%d servers, %+v", len(f.servers), c)
	}
}

// TestSecretsStay: neither token nor TURN passwords can be read back.
func TestSecretsStay(t *testing.T) {
	use(t, &fakes{})
	p, err := pipeline.Parse("fakesrc ! avidwebrtcfaked name=sink token=secret turn-servers=turn:u:secret@h:1")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, row := range table {
		if row.WriteOnly {
			continue
		}
		if got, err := p.Get("sink", row.Name); err != nil || strings.Contains(got, "secret") {
			t.Errorf("%s: %q, %v", row.Name, got, err)
		}
	}
}

// TestProperties: each setting reads back what was written, and is the default
// at first.
func TestProperties(t *testing.T) {
	use(t, &fakes{})
	p, err := pipeline.Parse("fakesrc ! avidwebrtcfaked name=sink")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, want := range map[string][2]string{
		"listen": {"127.0.0.1:8889", "h:1"}, "path": {"live", "x"}, "title": {"", "A title"}, "tls-cert": {"", "c"}, "tls-key": {"", "k"},
		"stun-server": {"", "stun:h:1"}, "max-viewers": {"32", "7"}, "min-bitrate": {"200000", "300000"}, "max-bitrate": {"8000000", "900000"},
		"codec": {"auto", "vp8"}, "insecure": {"false", "true"}, "whip-endpoint": {"", "http://h/x"},
		"token-file": {"", "t"}, "turn-servers-file": {"", "u"},
	} {
		if got, err := p.Get("sink", name); err != nil || got != want[0] {
			t.Errorf("%s is %q at first, %v", name, got, err)
		}
		if err := p.Set("sink", name, want[1]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := p.Get("sink", name); err != nil || got != want[1] {
			t.Errorf("%s is %q then, %v", name, got, err)
		}
	}
}
