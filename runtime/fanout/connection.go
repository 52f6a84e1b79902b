package fanout

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// NewSettings returns the settings that all connections have in common, whoever
// offers them; callers add to them what is theirs. The logger must not be nil.
func NewSettings(t Timing, log *slog.Logger) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = logFactory{log}
	s.SetICETimeouts(t.Disconnect, t.Fail, keepAlive)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(true)
	s.DisableActiveTCP(true)
	s.SetSTUNGatherTimeout(t.Gather)
	s.SetSCTPMaxMessageSize(messageBytes)
	return s
}

// pacer sends each packet at once. The estimator's own would hold packets
// back by up to 5 ms each; its NoOpPacer knows the video's source only, and so
// refuses retransmissions, which have another.
type pacer struct {
	out atomic.Pointer[interceptor.RTPWriter]
}

func (p *pacer) AddStream(_ uint32, w interceptor.RTPWriter) { p.out.Store(&w) }
func (p *pacer) SetTargetBitrate(int)                        {}
func (p *pacer) Close() error                                { return nil }

func (p *pacer) Write(h *rtp.Header, b []byte, a interceptor.Attributes) (int, error) {
	w := p.out.Load()
	if w == nil {
		return 0, errUnbound
	}
	return (*w).Write(h, b, a)
}

// rates bound a bandwidth estimate, bits/s.
type rates struct{ first, lowest, highest uint }

// newConnection makes a peer connection that can send the given codec and
// nothing else, and its bandwidth estimator.
func newConnection(settings webrtc.SettingEngine, c webrtc.Configuration, codecs []webrtc.RTPCodecParameters, r rates) (*webrtc.PeerConnection, cc.BandwidthEstimator, error) {
	media := &webrtc.MediaEngine{}
	for _, p := range codecs {
		if err := media.RegisterCodec(p, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, nil, fmt.Errorf("codec: %w", err)
		}
	}
	for _, uri := range []string{sdp.TransportCCURI, playoutDelayURI} {
		err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo)
		if err != nil {
			return nil, nil, fmt.Errorf("header extension: %w", err)
		}
	}
	var estimator cc.BandwidthEstimator
	registry, err := newRegistry(settings, r, func(e cc.BandwidthEstimator) { estimator = e })
	if err != nil {
		return nil, nil, err
	}
	// Header extensions in the clear: nothing in them is secret, and not every
	// receiver knows RFC 9335.
	c.RTPHeaderEncryptionPolicy = webrtc.RTPHeaderEncryptionPolicyDisable
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings), webrtc.WithInterceptorRegistry(registry))
	pc, err := api.NewPeerConnection(c)
	if err != nil {
		return nil, nil, fmt.Errorf("peer connection: %w", err)
	}
	return pc, estimator, nil
}

// nackPackets is how many packets are kept to be sent again: at 4 Mbit/s, one
// second.
const nackPackets = 512

// newRegistry builds the chain that packets go through, the last one first:
// sender reports, copies for retransmission, transport-wide numbers, and the
// estimator, which must see those numbers on retransmissions too.
func newRegistry(settings webrtc.SettingEngine, r rates, made func(cc.BandwidthEstimator)) (*interceptor.Registry, error) {
	logs := settings.LoggerFactory
	estimator, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) {
		return gcc.NewSendSideBWE(
			gcc.SendSideBWEInitialBitrate(int(r.first)),
			gcc.SendSideBWEMinBitrate(int(r.lowest)),
			gcc.SendSideBWEMaxBitrate(int(r.highest)),
			gcc.SendSideBWEPacer(&pacer{}),
			gcc.WithLoggerFactory(logs),
		)
	})
	if err != nil {
		return nil, fmt.Errorf("bandwidth estimator: %w", err)
	}
	estimator.OnNewPeerConnection(func(_ string, e cc.BandwidthEstimator) { made(e) })
	numbers, err := twcc.NewHeaderExtensionInterceptor()
	if err != nil {
		return nil, fmt.Errorf("transport-wide numbers: %w", err)
	}
	resend, err := nack.NewResponderInterceptor(nack.ResponderSize(nackPackets), nack.WithResponderLoggerFactory(logs))
	if err != nil {
		return nil, fmt.Errorf("retransmission: %w", err)
	}
	reports, err := report.NewSenderInterceptor(report.WithSenderLoggerFactory(logs))
	if err != nil {
		return nil, fmt.Errorf("sender reports: %w", err)
	}
	registry := &interceptor.Registry{}
	for _, f := range []interceptor.Factory{estimator, numbers, resend, reports} {
		registry.Add(f)
	}
	return registry, nil
}
