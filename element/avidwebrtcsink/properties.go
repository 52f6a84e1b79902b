package avidwebrtcsink

import (
	"math"
	"strings"

	"avid/element/gstc"
	"avid/models/redact"
)

// property is a row of the table with how it is read from and written to the
// settings. Rows without set are read-only, and those without get too are
// answered by the element itself.
type property struct {
	gstc.Property
	get func(*settings) gstc.Value
	set func(*settings, gstc.Value)
}

// text is a row for a string of the settings; without Ready it is read on the
// way to READY, as the server needs it. It is read back without secrets, since
// GStreamer's logs and graphs have what can be read.
func text(p gstc.Property, field func(*settings) *string) property {
	p.Kind, p.Start = gstc.String, !p.Ready
	row := property{Property: p, set: func(s *settings, v gstc.Value) { *field(s) = strings.TrimSpace(v.Text) }}
	if !p.WriteOnly {
		row.get = func(s *settings) gstc.Value { return gstc.Value{Text: redact.Text(*field(s))} }
	}
	return row
}

// number is such a row for an unsigned number.
func number(p gstc.Property, field func(*settings) *uint) property {
	p.Kind, p.Start = gstc.Uint, !p.Ready
	return property{Property: p,
		get: func(s *settings) gstc.Value { return gstc.Value{Uint: *field(s)} },
		set: func(s *settings, v gstc.Value) { *field(s) = v.Uint }}
}

// The rows that the element itself answers.
const (
	rowURL     = "url"
	rowViewers = "viewers"
	rowStats   = "stats"
)

// table is every property of avidwebrtcsink: name, type, range, unit, default
// and words, in the order in which they are read. The element's docs and the
// golden file of gst-inspect are made from it.
var table = []property{
	text(gstc.Property{Name: "listen", Text: "127.0.0.1:8889",
		Doc: "Address to serve the page at, host:port; sinks that name the same one share a server, port 0 takes a free one of its own; beyond this machine it needs token or insecure"},
		func(s *settings) *string { return &s.Listen }),
	text(gstc.Property{Name: "path", Text: "live",
		Doc: "The stream's name in addresses, 1 to 64 of A-Z a-z 0-9 . _ -, each stream of a server another; the page is /PATH, WHEP /PATH/whep"},
		func(s *settings) *string { return &s.Path }),
	text(gstc.Property{Name: "title", Ready: true, Doc: "What the page calls the stream; path where not set"},
		func(s *settings) *string { return &s.Title }),
	text(gstc.Property{Name: "token", WriteOnly: true,
		Doc: "Secret that everybody who watches must have, or the bearer token for whip-endpoint; it cannot be read back, but ps shows it on a command line: see token-file"},
		func(s *settings) *string { return &s.Token }),
	text(gstc.Property{Name: "token-file", Doc: "File with the token in one line, instead of token; only its owner should be able to read it"},
		func(s *settings) *string { return &s.TokenFile }),
	text(gstc.Property{Name: "tls-cert", Doc: "Certificate chain (PEM file) to serve HTTPS with; needs tls-key"},
		func(s *settings) *string { return &s.TLSCert }),
	text(gstc.Property{Name: "tls-key", Doc: "Private key (PEM file) of tls-cert"},
		func(s *settings) *string { return &s.TLSKey }),
	text(gstc.Property{Name: "stun-server", Doc: "STUN server for viewers behind other networks, stun:host:port"},
		func(s *settings) *string { return &s.STUNServer }),
	text(gstc.Property{Name: "turn-servers", WriteOnly: true,
		Doc: "TURN servers, turn:user:password@host:port, with commas between; they cannot be read back, but ps shows them on a command line: see turn-servers-file"},
		func(s *settings) *string { return &s.TURNServers }),
	text(gstc.Property{Name: "turn-servers-file", Doc: "File with the TURN servers in one line, instead of turn-servers; only its owner should be able to read it"},
		func(s *settings) *string { return &s.TURNServersFile }),
	text(gstc.Property{Name: "media-ips",
		Doc: "Addresses of this machine that media is sent from, with commas between; not set: that of listen, and where that is loopback or 0.0.0.0 all, heard by this machine alone where it is loopback"},
		func(s *settings) *string { return &s.MediaIPs }),
	number(gstc.Property{Name: "max-viewers", Min: 1, Max: 1000, Default: 32, Unit: "viewers",
		Doc: "Viewers of all streams of the server together; more are turned away"},
		func(s *settings) *uint { return &s.MaxViewers }),
	number(gstc.Property{Name: "min-bitrate", Ready: true, Min: 10e3, Max: math.MaxInt32, Default: 200e3, Unit: "bit/s",
		Doc: "The encoder never gets less, however bad the viewers' connections are"},
		func(s *settings) *uint { return &s.MinBitrate }),
	number(gstc.Property{Name: "max-bitrate", Ready: true, Min: 10e3, Max: math.MaxInt32, Default: 8e6, Unit: "bit/s",
		Doc: "The encoder never gets more"},
		func(s *settings) *uint { return &s.MaxBitrate }),
	{gstc.Property{Name: "codec", Kind: gstc.Enum, BitsName: "AvidWebRTCSinkCodec", Ready: true,
		Bits: []gstc.Bit{
			{Value: uint(codecAuto), Nick: "auto", Doc: "H.264 where it can be encoded, else VP8"},
			{Value: uint(codecH264), Nick: "h264", Doc: "H.264, which every browser takes"},
			{Value: uint(codecVP8), Nick: "vp8", Doc: "VP8, which every browser takes"},
			{Value: uint(codecVP9), Nick: "vp9", Doc: "VP9, by software"},
			{Value: uint(codecAV1), Nick: "av1", Doc: "AV1, by software"},
			{Value: uint(codecH265), Nick: "h265", Doc: "H.265, by software; few browsers take it"},
		},
		Doc: "How to encode raw video; encoded video is passed on as it is, whatever is set here"},
		func(s *settings) gstc.Value { return gstc.Value{Uint: uint(s.Codec)} },
		func(s *settings, v gstc.Value) { s.Codec = codec(v.Uint) }},
	{gstc.Property{Name: "insecure", Kind: gstc.Bool, Start: true,
		Doc: "Listen beyond this machine without a token: everybody who reaches it may watch"},
		func(s *settings) gstc.Value { return gstc.Value{Bool: s.Insecure} },
		func(s *settings, v gstc.Value) { s.Insecure = v.Bool }},
	text(gstc.Property{Name: "whip-endpoint",
		Doc: "Push the stream to this address of a media server by WHIP, http(s)://host/path, and serve nothing"},
		func(s *settings) *string { return &s.WHIPEndpoint }),
	{Property: gstc.Property{Name: rowURL, Kind: gstc.String, ReadOnly: true,
		Doc: "Address of the page once the element listens; an element message \"avid-webrtc\" has it too"}},
	{Property: gstc.Property{Name: rowViewers, Kind: gstc.Uint, Max: math.MaxInt32, ReadOnly: true,
		Doc: "Viewers of this stream at present"}},
	{Property: gstc.Property{Name: rowStats, Kind: gstc.Record, ReadOnly: true,
		Doc: "Counts since the stream began: frames, key-frames, bytes, sent (bytes to all viewers), dropped (frames, for slow viewers), metas, viewers, joined, bitrate asked of the encoder in bit/s; codec, encoder, idle (nobody watches, and nothing is encoded), lag (of the newest frame behind the clock of a live source, in seconds), and state of the push"}},
}

// properties is the table as gstc takes it.
func properties() []gstc.Property {
	rows := make([]gstc.Property, len(table))
	for i, p := range table {
		rows[i] = p.Property
	}
	return rows
}
