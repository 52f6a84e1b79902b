package fanout

import (
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// playoutDelayURI is a header extension by which Chromium shows frames as soon
// as it has them, see webrtc.org/experiments/rtp-hdrext/playout-delay.
const playoutDelayURI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

var errUnbound = errors.New("fanout: connection is not negotiated")

// track is the one video track of one viewer. Packets are shared between
// viewers; what differs is the header: payload type, source, extensions, and
// sequence numbers, which have no gap so that dropped frames are not taken for
// lost packets.
type track struct {
	codec  codec
	stream string // media stream's identifier

	mu       sync.Mutex
	writer   webrtc.TrackLocalWriter
	header   rtp.Header
	playout  uint8 // identifier of the extension, 0: not negotiated
	twcc     bool  // the viewer tells when each packet came
	sequence uint16
}

func newTrack(c codec, stream string) *track {
	// From the lower half of the numbers, lest an early loss hides a wrap from
	// SRTP (RFC 3711 §3.3.1).
	return &track{codec: c, stream: stream, sequence: uint16(rand.UintN(1 << 15))}
}

// Bind is called by pion once the connection is negotiated.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range c.CodecParameters() {
		if p.MimeType != t.codec.mime {
			continue
		}
		t.writer = c.WriteStream()
		t.header = rtp.Header{Version: 2, PayloadType: uint8(p.PayloadType), SSRC: uint32(c.SSRC())}
		for _, e := range c.HeaderExtensions() {
			switch e.URI {
			case playoutDelayURI:
				if e.ID <= 14 { // one-byte form, RFC 8285 §4.2
					t.playout = uint8(e.ID)
				}
			case sdp.TransportCCURI:
				t.twcc = true
			}
		}
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the connection ends.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer = nil
	return nil
}

// ID, RID, StreamID and Kind are what pion asks of a track.
func (t *track) ID() string { return "video" }

// RID is empty: there is no simulcast.
func (t *track) RID() string { return "" }

// StreamID is the stream's path.
func (t *track) StreamID() string { return t.stream }

// Kind is video.
func (t *track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeVideo }

// tells says whether the viewer's bandwidth can be estimated from when its
// packets came.
func (t *track) tells() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.twcc
}

// write sends a frame and returns the bytes of it that went out. It may block
// for as long as the connection does.
func (t *track) write(f *packetized) (sent int, err error) {
	t.mu.Lock()
	writer, header, playout, sequence := t.writer, t.header, t.playout, t.sequence
	t.sequence += uint16(len(f.payloads))
	t.mu.Unlock()
	if writer == nil {
		return 0, errUnbound
	}
	header.Timestamp = f.stamp
	for i, payload := range f.payloads {
		h := header
		h.SequenceNumber = sequence + uint16(i)
		h.Marker = i == len(f.payloads)-1
		if playout != 0 && i == 0 {
			// Least and most delay 0; a receiver keeps it for the frames after.
			if err := h.SetExtension(playout, []byte{0, 0, 0}); err != nil {
				return sent, err
			}
		}
		n, err := writer.WriteRTP(&h, payload)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}
