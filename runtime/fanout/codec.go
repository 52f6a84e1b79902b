package fanout

import (
	"strconv"

	"github.com/pion/rtp"
	rtpcodecs "github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// RTPName returns the codec's name in a=rtpmap, empty for a codec that is not
// known.
func (c Codec) RTPName() string { return codecs[c].name }

// Rank says how well a payload type of an offer fits a stream of this codec, by
// the parameters of its a=fmtp line, in lower case, and the stream's profile:
// higher is better, 0 cannot be taken. The codec must be one of the constants.
func (c Codec) Rank(fmtp map[string]string, profile string) int { return codecs[c].rank(fmtp, profile) }

// Parameters returns what a peer connection needs to send the codec under the
// payload types and with the a=fmtp line that the other side offered; rtx, for
// retransmissions, may be 0: none.
func (c Codec) Parameters(payload, rtx webrtc.PayloadType, fmtp string) []webrtc.RTPCodecParameters {
	return codecs[c].parameters(payload, rtx, fmtp)
}

// Offer returns the parameters with which we offer the codec ourselves, for a
// stream of that profile. The codec must be one of the constants.
func (c Codec) Offer(profile string) []webrtc.RTPCodecParameters {
	known := codecs[c]
	return known.parameters(known.payload, known.payload+1, known.fmtp(profile))
}

// codec is what there is to know of a Codec.
type codec struct {
	name      string // in a=rtpmap
	mime      string
	payload   webrtc.PayloadType // that we offer it as
	payloader func() rtp.Payloader
	fmtp      func(profile string) string
	rank      func(fmtp map[string]string, profile string) int // of an offer; 0: cannot be taken
}

var codecs = map[Codec]codec{
	H264: {"H264", webrtc.MimeTypeH264, 102, func() rtp.Payloader {
		// One NAL unit a packet: an aggregate would hold the last SPS and PPS
		// only, and streams may have several.
		return &rtpcodecs.H264Payloader{DisableStapA: true}
	}, h264Fmtp, h264Rank},
	H265: {"H265", webrtc.MimeTypeH265, 116, func() rtp.Payloader { return &rtpcodecs.H265Payloader{} }, noFmtp, h265Rank},
	VP8: {"VP8", webrtc.MimeTypeVP8, 96, func() rtp.Payloader {
		return &rtpcodecs.VP8Payloader{EnablePictureID: true}
	}, noFmtp, anyRank},
	VP9: {"VP9", webrtc.MimeTypeVP9, 98, func() rtp.Payloader { return &rtpcodecs.VP9Payloader{} }, vp9Fmtp, vp9Rank},
	AV1: {"AV1", webrtc.MimeTypeAV1, 45, func() rtp.Payloader { return &rtpcodecs.AV1Payloader{} }, noFmtp, av1Rank},
}

func noFmtp(string) string { return "" }

func anyRank(map[string]string, string) int { return 1 }

// baseline is the profile that every receiver knows (RFC 7742 §6.2).
const baseline = "42e01f"

func h264Fmtp(profile string) string {
	if len(profile) != 6 {
		profile = baseline
	}
	return "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + profile
}

// h264Rank takes any profile: decoders in practice take baseline, main and
// high whatever they offered. It prefers the stream's own. Our packets are
// packetization mode 1 (RFC 6184 §6.3); a missing mode means 0.
func h264Rank(fmtp map[string]string, profile string) int {
	if fmtp["packetization-mode"] != "1" {
		return 0
	}
	id := fmtp["profile-level-id"]
	switch {
	case len(id) == 6 && len(profile) == 6 && id[:4] == profile[:4]:
		return 4
	case len(id) == 6 && len(profile) == 6 && id[:2] == profile[:2]:
		return 3
	case len(id) == 6 && id[:4] == baseline[:4]:
		return 2
	}
	return 1
}

// h265Rank takes the main profile (RFC 7798 §7.1: 1 where not named).
func h265Rank(fmtp map[string]string, profile string) int {
	return sameProfile(fmtp["profile-id"], profile, "1")
}

func vp9Fmtp(profile string) string {
	if profile == "" {
		profile = "0"
	}
	return "profile-id=" + profile
}

// vp9Rank takes the stream's profile only (RFC 9628 §6: 0 where not named).
func vp9Rank(fmtp map[string]string, profile string) int {
	return sameProfile(fmtp["profile-id"], profile, "0")
}

// av1Rank is the same with the AV1 RTP specification, §7.2.
func av1Rank(fmtp map[string]string, profile string) int {
	return sameProfile(fmtp["profile"], profile, "0")
}

func sameProfile(offered, wanted, usual string) int {
	if offered == "" {
		offered = usual
	}
	if wanted == "" {
		wanted = usual
	}
	if offered == wanted {
		return 1
	}
	return 0
}

// feedback is what viewers may tell us of how the packets arrive.
var feedback = []webrtc.RTCPFeedback{
	{Type: webrtc.TypeRTCPFBNACK},
	{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
	{Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
	{Type: webrtc.TypeRTCPFBTransportCC},
	{Type: webrtc.TypeRTCPFBGoogREMB},
}

// ClockRate is that of all video in RTP, Hz.
const ClockRate = 90000

// parameters are the codec, and the retransmissions of it where rtx is not 0.
func (c codec) parameters(payload, rtx webrtc.PayloadType, fmtp string) []webrtc.RTPCodecParameters {
	all := []webrtc.RTPCodecParameters{{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: c.mime, ClockRate: ClockRate, SDPFmtpLine: fmtp, RTCPFeedback: feedback,
		},
		PayloadType: payload,
	}}
	if rtx != 0 {
		all = append(all, webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeRTX, ClockRate: ClockRate, SDPFmtpLine: aptLine(payload),
			},
			PayloadType: rtx,
		})
	}
	return all
}

func aptLine(payload webrtc.PayloadType) string {
	return "apt=" + strconv.Itoa(int(payload))
}
