package avidwebrtcsink

import (
	"encoding/hex"

	"avid/element/gstc"
	"avid/runtime/fanout"
)

// codec is a value of the property codec.
type codec uint

// The codecs, as in the table.
const (
	codecAuto codec = iota
	codecH264
	codecVP8
	codecVP9
	codecAV1
	codecH265
)

// kinds says of each codec what runtime/preview calls it, what GStreamer does,
// and how its frames are brought into the form that is sent.
var kinds = map[codec]struct {
	name   fanout.Codec
	media  string
	parser string // from any form of it, a chain of its own
	even   bool   // halved colour needs even sides
}{
	codecH264: {fanout.H264, "video/x-h264", "h264parse config-interval=-1 ! capsfilter caps=video/x-h264,stream-format=byte-stream,alignment=au", true},
	codecH265: {fanout.H265, "video/x-h265", "h265parse config-interval=-1 ! capsfilter caps=video/x-h265,stream-format=byte-stream,alignment=au", true},
	codecVP8:  {fanout.VP8, "video/x-vp8", "identity silent=true", false},
	codecVP9:  {fanout.VP9, "video/x-vp9", "vp9parse ! capsfilter caps=video/x-vp9,alignment=super-frame", false},
	codecAV1:  {fanout.AV1, "video/x-av1", "av1parse ! capsfilter caps=video/x-av1,stream-format=obu-stream,alignment=tu", false},
}

// codecOf is the codec of an encoded stream; false for another one.
func codecOf(media string) (codec, bool) {
	for c, k := range kinds {
		if k.media == media {
			return c, true
		}
	}
	return codecAuto, false
}

// profiles are the numbers in SDP of the profiles' names in caps: RFC 7798
// §7.1 and the AV1 RTP specification §7.2. VP9's are numbers there too.
var profiles = map[codec]map[string]string{
	codecH265: {"main": "1", "main-10": "2"},
	codecAV1:  {"main": "0", "high": "1", "professional": "2"},
	codecVP9:  {"0": "0", "1": "1", "2": "2", "3": "3"},
}

// profileOf is what the session description says of the profile, or "".
func profileOf(c codec, out gstc.Output, frame []byte) string {
	if c == codecH264 {
		return profileLevelID(frame)
	}
	return profiles[c][out.Profile]
}

// profileLevelID is the profile-level-id (RFC 6184 §8.1) of an H.264 access
// unit in byte stream form: the three bytes behind the head of its SPS. It is
// "" where there is none.
func profileLevelID(unit []byte) string {
	for i := 0; i+6 < len(unit); i++ {
		if unit[i] == 0 && unit[i+1] == 0 && unit[i+2] == 1 && unit[i+3]&31 == 7 {
			return hex.EncodeToString(unit[i+4 : i+7])
		}
	}
	return ""
}
