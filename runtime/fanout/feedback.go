package fanout

import (
	"errors"
	"io"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// listen reads the viewer's RTCP, which also drives the interceptors.
func (p *Peer) listen(sender *webrtc.RTPSender) {
	for failures := 0; failures < 100 && p.ctx.Err() == nil; {
		packets, _, err := sender.ReadRTCP()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
			return
		case err != nil: // a packet that nobody could have sent in earnest
			failures++
			continue
		}
		failures = 0
		p.heard.Store(p.source.time.Now().UnixNano())
		for _, packet := range packets {
			p.take(packet)
		}
	}
}

func (p *Peer) take(packet rtcp.Packet) {
	switch packet := packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		p.source.keys.ask(keyLoss)
	case *rtcp.TransportLayerCC:
		p.arrivals.Store(true)
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		p.remb.Store(uint64(max(packet.Bitrate, 0)))
	}
}

// estimate is what the viewer can receive, bits/s; false when it does not
// tell, or has gone silent.
func (p *Peer) estimate(now time.Time) (uint, bool) {
	if now.Sub(time.Unix(0, p.heard.Load())) > silent {
		return 0, false
	}
	if p.arrivals.Load() && p.track.tells() {
		return uint(max(p.estimator.GetTargetBitrate(), 0)), true
	}
	remb := p.remb.Load()
	return uint(remb), remb > 0
}
