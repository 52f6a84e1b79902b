package preview

import (
	"errors"
	"strings"
	"testing"

	"avid/runtime/fanout"
)

// A browser's offer in short, as Chromium writes it.
const browserOffer = `v=0
o=- 3023396000184319258 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:YUYI
a=ice-pwd:amyhXLQxprxnKT310zYdZg8E
a=fingerprint:sha-256 12:57:3A:67:34:10:5A:5C:5E:B5:02:2C:3D:97:DA:74:E5:16:89:20:45:2C:58:94:30:37:B7:62:9C:61:73:14
a=setup:actpass
a=mid:0
a=recvonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 102 103 104 105 106 108 109 45 46 49
c=IN IP4 0.0.0.0
a=ice-ufrag:YUYI
a=ice-pwd:amyhXLQxprxnKT310zYdZg8E
a=ice-options:trickle
a=fingerprint:sha-256 12:57:3A:67:34:10:5A:5C:5E:B5:02:2C:3D:97:DA:74:E5:16:89:20:45:2C:58:94:30:37:B7:62:9C:61:73:14
a=setup:actpass
a=mid:1
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:98 VP9/90000
a=fmtp:98 profile-id=0
a=rtpmap:99 rtx/90000
a=fmtp:99 apt=98
a=rtpmap:100 VP9/90000
a=fmtp:100 profile-id=2
a=rtpmap:101 rtx/90000
a=fmtp:101 apt=100
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:104 H264/90000
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:105 rtx/90000
a=fmtp:105 apt=104
a=rtpmap:106 H264/90000
a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
a=rtpmap:108 H264/90000
a=fmtp:108 level-asymmetry-allowed=1; Packetization-Mode=1; profile-level-id=64001F
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
a=rtpmap:45 AV1/90000
a=fmtp:45 level-idx=5;profile=0;tier=0
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:49 H265/90000
a=fmtp:49 level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:YUYI
a=ice-pwd:amyhXLQxprxnKT310zYdZg8E
a=fingerprint:sha-256 12:57:3A:67:34:10:5A:5C:5E:B5:02:2C:3D:97:DA:74:E5:16:89:20:45:2C:58:94:30:37:B7:62:9C:61:73:14
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
`

func TestReadOffer(t *testing.T) {
	for _, c := range []struct {
		codec        fanout.Codec
		profile      string
		payload, rtx int
	}{
		{fanout.VP8, "", 96, 97},
		{fanout.VP9, "", 98, 99},
		{fanout.VP9, "2", 100, 101},
		{fanout.AV1, "", 45, 46},
		{fanout.H265, "", 49, 0},
		{fanout.H264, "", 104, 105},
		{fanout.H264, "42c01e", 104, 105}, // no such profile: by its first byte
		{fanout.H264, "4d401f", 106, 0},
		{fanout.H264, "640028", 108, 109},
		{fanout.H264, "f4001f", 104, 105}, // none alike: what all can
	} {
		o, err := readOffer(browserOffer, c.codec, c.profile)
		if err != nil || int(o.payload) != c.payload || int(o.rtx) != c.rtx || o.ufrag != "YUYI" {
			t.Errorf("%s %s: %+v %v", c.codec, c.profile, o, err)
		}
	}
}

func TestReadOfferRefuses(t *testing.T) {
	cut := func(old, now string) string { return strings.ReplaceAll(browserOffer, old, now) }
	for _, c := range []struct {
		name, offer string
		codec       fanout.Codec
		want        error
	}{
		{"empty", "", fanout.VP8, errOffer},
		{"no SDP", "hello", fanout.VP8, errOffer},
		{"cut short", browserOffer[:20], fanout.VP8, errOffer},
		{"no video", cut("m=video", "m=audio"), fanout.VP8, errNoCodec},
		{"other codec", cut("VP8", "VP7"), fanout.VP8, errNoCodec},
		{"other clock", cut("VP8/90000", "VP8/48000"), fanout.VP8, errNoCodec},
		{"profile", cut("profile-id=0", "profile-id=3"), fanout.VP9, errNoCodec},
		{"only packetization mode 0", cut("acketization-", "x"), fanout.H264, errNoCodec},
		{"sends itself", cut("a=recvonly", "a=sendonly"), fanout.VP8, errOffer},
		{"inactive", cut("a=recvonly", "a=inactive"), fanout.VP8, errOffer},
		{"too many sections", browserOffer + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\n", 17), fanout.VP8, errOffer},
	} {
		if _, err := readOffer(c.offer, c.codec, ""); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzReadOffer(f *testing.F) {
	f.Add(browserOffer)
	f.Add("v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []fanout.Codec{fanout.H264, fanout.H265, fanout.VP8, fanout.VP9, fanout.AV1} {
			o, err := readOffer(text, c, "")
			if err != nil && !errors.Is(err, errOffer) && !errors.Is(err, errNoCodec) {
				t.Fatal(err)
			}
			if err == nil && o.payload > 127 {
				t.Fatalf("%s: payload type %d", c, o.payload)
			}
		}
	})
}

func FuzzTidyAnswer(f *testing.F) {
	f.Add(browserOffer, browserOffer)
	f.Add(strings.ReplaceAll(browserOffer, "m=audio 9", "m=audio 0"), browserOffer)
	f.Fuzz(func(_ *testing.T, answer, offer string) {
		_, _ = tidyAnswer(answer, offer) // may refuse, but not panic
	})
}

func TestTidyAnswer(t *testing.T) {
	answer := `v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 1
m=audio 0 UDP/TLS/RTP/SAVPF 0
c=IN IP4 0.0.0.0
a=candidate:1 1 udp 2130706431 127.0.0.1 39431 typ host
a=end-of-candidates
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=rtpmap:96 VP8/90000
`
	got, err := tidyAnswer(answer, browserOffer)
	if err != nil {
		t.Fatal(err)
	}
	want := `v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 1
m=audio 0 UDP/TLS/RTP/SAVPF 0
c=IN IP4 0.0.0.0
a=mid:0
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=rtpmap:96 VP8/90000
a=candidate:1 1 udp 2130706431 127.0.0.1 39431 typ host
a=end-of-candidates
`
	if got = strings.ReplaceAll(got, "\r\n", "\n"); got != want {
		t.Errorf("%s", got)
	}
	if _, err := tidyAnswer(strings.ReplaceAll(answer, "m=video 9", "m=video 0"), browserOffer); !errors.Is(err, errNoCodec) {
		t.Errorf("all refused: %v", err)
	}
}
