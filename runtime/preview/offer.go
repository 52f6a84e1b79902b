package preview

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
)

var (
	errOffer   = errors.New("malformed offer")
	errNoCodec = errors.New("no codec in common")
)

// offer is what we take of a viewer's offer.
type offer struct {
	payload, rtx webrtc.PayloadType // of the stream's codec; rtx 0: none
	fmtp         string
	ufrag        string // ICE user name of the viewer
	candidates   int    // in all sections
}

// readOffer looks for the codec of the stream in the first video section of an
// offer. Only that is then registered with pion, so that the answer names
// nothing that we could not send. The errors are errOffer, errNoCodec.
func readOffer(text string, c fanout.Codec, profile string) (offer, error) {
	var description sdp.SessionDescription
	if err := description.UnmarshalString(text); err != nil {
		return offer{}, fmt.Errorf("%w: %w", errOffer, err)
	}
	if n := len(description.MediaDescriptions); n < 1 || n > 16 {
		return offer{}, fmt.Errorf("%w: %d media sections, allowed are 1 to 16", errOffer, n)
	}
	candidates := 0
	for _, media := range description.MediaDescriptions {
		for _, a := range media.Attributes {
			if a.Key == "candidate" {
				candidates++
			}
		}
	}
	if candidates > sessionCandidates {
		return offer{}, fmt.Errorf("%w: %d candidates, allowed are %d", errOffer, candidates, sessionCandidates)
	}
	for _, media := range description.MediaDescriptions {
		if media.MediaName.Media != "video" {
			continue
		}
		for _, a := range media.Attributes {
			if a.Key == "sendonly" || a.Key == "inactive" {
				return offer{}, fmt.Errorf("%w: the video is %s, it has to receive", errOffer, a.Key)
			}
		}
		o, err := chooseCodec(media, c, profile)
		o.candidates = candidates
		if o.ufrag, _ = media.Attribute("ice-ufrag"); o.ufrag == "" {
			o.ufrag, _ = description.Attribute("ice-ufrag")
		}
		return o, err
	}
	return offer{}, fmt.Errorf("%w: no video section", errNoCodec)
}

// chooseCodec takes the best payload type that has the codec.
func chooseCodec(media *sdp.MediaDescription, c fanout.Codec, profile string) (offer, error) {
	fmtps, names := map[int]string{}, map[int]string{}
	for _, a := range media.Attributes {
		payload, rest, ok := numbered(a.Value)
		switch {
		case !ok:
		case a.Key == "rtpmap":
			name, rate, _ := strings.Cut(rest, "/")
			if rate == strconv.Itoa(fanout.ClockRate) {
				names[payload] = name
			}
		case a.Key == "fmtp":
			fmtps[payload] = rest
		}
	}
	best, taken := 0, offer{}
	for _, format := range media.MediaName.Formats {
		payload, err := strconv.ParseUint(format, 10, 7)
		if err != nil || !strings.EqualFold(names[int(payload)], c.RTPName()) {
			continue
		}
		fmtp := fmtps[int(payload)]
		if rank := c.Rank(parseFmtp(fmtp), profile); rank > best {
			best, taken = rank, offer{payload: webrtc.PayloadType(payload), fmtp: fmtp}
		}
	}
	if best == 0 {
		return offer{}, fmt.Errorf("%w: the stream is %s", errNoCodec, c.RTPName())
	}
	for payload, name := range names {
		if strings.EqualFold(name, "rtx") && parseFmtp(fmtps[payload])["apt"] == strconv.Itoa(int(taken.payload)) {
			taken.rtx = webrtc.PayloadType(payload)
		}
	}
	return taken, nil
}

// numbered splits "96 VP8/90000".
func numbered(s string) (payload int, rest string, ok bool) {
	number, rest, ok := strings.Cut(s, " ")
	n, err := strconv.ParseUint(number, 10, 7)
	return int(n), rest, ok && err == nil
}

// parseFmtp reads "a=1;b=2"; the names in lower case.
func parseFmtp(s string) map[string]string {
	values := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		if name, value, ok := strings.Cut(part, "="); ok {
			values[strings.ToLower(strings.TrimSpace(name))] = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return values
}
