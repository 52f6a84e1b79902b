package fanout

import (
	"time"

	"github.com/pion/rtp"
)

// mtu bounds the payload of a packet: 1200 bytes are sure to arrive (RFC 8831
// §5), less what stands around it: 12 bytes of header, 16 of extensions, 2 of
// retransmission (RFC 4588 §4) and 14 of SRTP's tag.
const mtu = 1200 - 12 - 16 - 2 - 14

// packetized is a Frame cut into packets, the same for all viewers. It never
// changes.
type packetized struct {
	key      bool
	stamp    uint32 // RTP timestamp
	pts      time.Duration
	payloads [][]byte // one a packet
	size     int      // bytes of them
}

// packetizer cuts the frames of one stream into packets.
type packetizer struct {
	base      uint32 // RTP timestamp of PTS 0
	payloader rtp.Payloader
	sets      *parameterSets // nil where the codec has none
}

func newPacketizer(c Codec, base uint32) *packetizer {
	p := &packetizer{base: base, payloader: codecs[c].payloader()}
	if c == H264 || c == H265 {
		p.sets = &parameterSets{h265: c == H265}
	}
	return p
}

// stamp is the RTP timestamp of a running time, exact in integers: 90000
// ticks/s are 9 in 100000 ns. It wraps as RTP's clock does (RFC 3550 §5.1).
func (p *packetizer) stamp(pts time.Duration) uint32 {
	return p.base + uint32(pts/100_000*9+pts%100_000*9/100_000)
}

// packetize copies what it needs of the frame. It returns nil for a frame that
// holds nothing to send, as parameter sets alone.
func (p *packetizer) packetize(f Frame) *packetized {
	data := f.Data
	if p.sets != nil {
		var picture bool
		if data, picture = p.sets.complete(data, f.Key); !picture {
			return nil
		}
	}
	payloads := p.payloader.Payload(mtu, data)
	if len(payloads) == 0 {
		return nil
	}
	out := &packetized{key: f.Key, stamp: p.stamp(f.PTS), pts: f.PTS, payloads: payloads}
	for _, b := range payloads {
		out.size += len(b)
	}
	return out
}
