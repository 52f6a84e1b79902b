package fanout

import (
	"context"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"
)

// Answer takes the other side's SDP offer and returns the answer, with all our
// candidates that come within Timing.Gather. It may block for as long, and ends
// with ctx. The errors are those of pion and ctx.
func (p *Peer) Answer(ctx context.Context, offer string) (string, error) {
	remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}
	if err := p.pc.SetRemoteDescription(remote); err != nil {
		return "", err
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	if err := p.describe(ctx, answer); err != nil {
		return "", err
	}
	return p.pc.LocalDescription().SDP, nil
}

// Offer returns an SDP offer of the video, and of the data channel if wanted,
// with all our candidates. It blocks and fails as Answer does.
func (p *Peer) Offer(ctx context.Context, channel bool) (string, error) {
	if channel {
		ordered, retransmits := true, uint16(0)
		dc, err := p.pc.CreateDataChannel(channelLabel, &webrtc.DataChannelInit{Ordered: &ordered, MaxRetransmits: &retransmits})
		if err != nil {
			return "", fmt.Errorf("data channel: %w", err)
		}
		p.channel.accept(dc)
	}
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return "", fmt.Errorf("offer: %w", err)
	}
	if err := p.describe(ctx, offer); err != nil {
		return "", fmt.Errorf("offer: %w", err)
	}
	return p.pc.LocalDescription().SDP, nil
}

// TakeAnswer takes the other side's SDP answer to Offer. The errors are those of
// pion.
func (p *Peer) TakeAnswer(answer string) error {
	err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// AddCandidate takes an ICE candidate that the other side found after its offer.
// The errors are those of pion.
func (p *Peer) AddCandidate(c webrtc.ICECandidateInit) error { return p.pc.AddICECandidate(c) }

// describe sets the local description and waits until our candidates are in
// it, for so long as that may take.
func (p *Peer) describe(ctx context.Context, d webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		return err
	}
	limit := time.NewTimer(p.source.time.Gather)
	defer limit.Stop()
	select {
	case <-gathered:
	case <-limit.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
