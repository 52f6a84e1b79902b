package preview

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
)

func TestConfigValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		names  string // in the error; empty: none
	}{
		{"default", func(*Config) {}, ""},
		{"localhost", func(c *Config) { c.Listen = "localhost:0" }, ""},
		{"IPv6 loopback", func(c *Config) { c.Listen = "[::1]:80" }, ""},
		{"all of 127/8", func(c *Config) { c.Listen = "127.9.9.9:80" }, ""},
		{"mapped loopback", func(c *Config) { c.Listen = "[::ffff:127.0.0.1]:80" }, ""},
		{"no port", func(c *Config) { c.Listen = "127.0.0.1" }, "listen"},
		{"bad port", func(c *Config) { c.Listen = "127.0.0.1:65536" }, "listen"},
		{"named port", func(c *Config) { c.Listen = "127.0.0.1:http" }, "listen"},
		{"everybody", func(c *Config) { c.Listen = ":8889" }, "token"},
		{"everybody, IPv4", func(c *Config) { c.Listen = "0.0.0.0:8889" }, "token"},
		{"everybody, IPv6", func(c *Config) { c.Listen = "[::]:8889" }, "token"},
		{"another name", func(c *Config) { c.Listen = "camera.example:8889" }, "token"},
		{"everybody with a token", func(c *Config) { c.Listen, c.Token = ":8889", "s3cret" }, ""},
		{"everybody, insecure", func(c *Config) { c.Listen, c.Insecure = ":8889", true }, ""},
		{"token with a space", func(c *Config) { c.Token = "a b" }, "token"},
		{"long token", func(c *Config) { c.Token = strings.Repeat("x", 513) }, "token"},
		{"certificate alone", func(c *Config) { c.TLSCert = "x" }, "tls-key"},
		{"key alone", func(c *Config) { c.TLSKey = "x" }, "tls-cert"},
		{"no viewers", func(c *Config) { c.MaxViewers = 0 }, "max-viewers"},
		{"too many", func(c *Config) { c.MaxViewers = 1001 }, "max-viewers"},
		{"STUN", func(c *Config) { c.STUNServer = "stun:stun.example:3478" }, ""},
		{"STUN, GStreamer's form", func(c *Config) { c.STUNServer = "stun://stun.example:3478" }, ""},
		{"STUN that is none", func(c *Config) { c.STUNServer = "http://x" }, "stun-server"},
		{"TURN as STUN", func(c *Config) { c.STUNServer = "turn://u:p@x" }, "stun-server"},
		{"TURN", func(c *Config) {
			c.TURNServers = []string{"turn://u:p@turn.example:3478?transport=udp", "turns://u:p@x"}
		}, ""},
		{"TURN without credentials", func(c *Config) { c.TURNServers = []string{"turn:turn.example"} }, "turn-servers"},
	} {
		config := DefaultConfig()
		c.change(&config)
		err := config.Validate()
		if (err == nil) != (c.names == "") || err != nil && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.names)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && config.Token != "" && strings.Contains(err.Error(), config.Token) {
			t.Errorf("%s: the token is in %v", c.name, err)
		}
	}
}

func TestListenFails(t *testing.T) {
	s := testServer(t, nil)
	c := DefaultConfig()
	c.Listen = s.Addr()
	if _, err := Listen(c); !errors.Is(err, ErrListen) {
		t.Errorf("port taken: %v", err)
	}
	c.Listen, c.TLSCert, c.TLSKey = "127.0.0.1:0", "/nowhere/cert.pem", "/nowhere/key.pem"
	if _, err := Listen(c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "/nowhere/cert.pem") {
		t.Errorf("no certificate: %v", err)
	}
	if _, err := Listen(Config{}); !errors.Is(err, ErrConfig) {
		t.Errorf("empty: %v", err)
	}
}

func TestAddChecks(t *testing.T) {
	s := testServer(t, nil)
	first, _ := addSource(t, s, fanout.StreamConfig{Path: "a.B-c_9"})
	if c := first.Config(); c.Title != "a.B-c_9" || c.MinBitrate != 200_000 || c.MaxBitrate != 8_000_000 {
		t.Errorf("%+v", c)
	}
	for _, c := range []struct {
		config fanout.StreamConfig
		want   error
	}{
		{fanout.StreamConfig{Path: "a.B-c_9", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "a/b", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "a b", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "..", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "metrics", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "page", Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: strings.Repeat("x", 65), Codec: fanout.VP8}, fanout.ErrPath},
		{fanout.StreamConfig{Path: "b", Codec: "mpeg2"}, fanout.ErrConfig},
	} {
		if _, err := s.Add(c.config); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	addSource(t, s, fanout.StreamConfig{Path: "a.B-c_9"}) // free again
}

func TestLinksRoundTrip(t *testing.T) {
	servers, err := iceServers("stun://stun.example:3478", []string{`turns://us%3Aer:p%40%22%5C%2C%3B@turn.example:5349?transport=tcp`})
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	addLinks(h, servers)
	joined := strings.Join(h.Values("Link"), ", ")
	for _, headers := range [][]string{h.Values("Link"), {joined}, {`<https://x>; rel="other", ` + joined + `, <>`}} {
		got := parseLinks(headers)
		if len(got) != 2 || got[0].URLs[0] != "stun:stun.example:3478" || got[1].URLs[0] != "turns:turn.example:5349?transport=tcp" ||
			got[1].Username != "us:er" || got[1].Credential != `p@"\,;` {
			t.Errorf("%q: %+v", headers, got)
		}
	}
}

func TestParseLinks(t *testing.T) {
	for header, want := range map[string]int{
		``:                                 0,
		`<stun:a>`:                         0,
		`<stun:a>; rel=ice-server`:         1,
		`<stun:a> ; REL = "Ice-Server"; x`: 1,
		`<stun:a>; rel="ice-server`:        1,
		`<turn:a>; rel="ice-server"`:       0, // no credentials
		`<http://a>; rel="ice-server"`:     0,
		`stun:a; rel="ice-server"`:         0,
		`<stun:a; rel="ice-server"`:        0,
		`<stun:a>; rel="ice-server", ,<stun:b>;rel=ice-server`:          2,
		strings.Repeat(`<stun:a>; rel="ice-server",`, 2*linkServers):    linkServers,
		`<turn:a>; rel="ice-server"; username=u; credential="\`:         1,
		`<stun:a>; title="a, <stun:b>; rel=ice-server"; rel=ice-server`: 1,
		`<stun:a>;;;rel=ice-server`:                                     1,
	} {
		if got := parseLinks([]string{header}); len(got) != want {
			t.Errorf("%s: %+v", header, got)
		}
	}
}

func FuzzParseLinks(f *testing.F) {
	f.Add(`<turn:a?transport=udp>; rel="ice-server"; username="u\"x"; credential=p`, `<stun:b>;rel=ice-server`)
	f.Fuzz(func(t *testing.T, a, b string) {
		got := parseLinks([]string{a, b})
		if len(got) > linkServers {
			t.Fatalf("%d servers", len(got))
		}
		for _, s := range got {
			// pion takes them all, or fanout.NewPeer would fail.
			pc, err := webrtc.NewPeerConnection(webrtc.Configuration{ICEServers: []webrtc.ICEServer{s}})
			if err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
			_ = pc.Close()
		}
	})
}

func FuzzICEServer(f *testing.F) {
	f.Add("turn://user:p%40ss@host:3478?transport=tcp")
	f.Add("stun:[::1]:3478")
	f.Fuzz(func(t *testing.T, s string) {
		server, err := iceServer(s)
		if err == nil && (len(server.URLs) != 1 || strings.Contains(server.URLs[0], "//")) {
			t.Fatalf("%q: %+v", s, server)
		}
	})
}
