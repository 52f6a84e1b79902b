package webrtctest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	rtpcodecs "github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// Received is one frame as a Watcher got it.
type Received struct {
	Stamp   uint32
	Data    []byte
	Packets int
}

// Watcher is a viewer made with pion.
type Watcher struct {
	PC       *webrtc.PeerConnection
	Frames   chan Received
	Messages chan string // of the data channel
	State    chan webrtc.PeerConnectionState
	Gaps     int // missing sequence numbers; read after Close
	reading  sync.WaitGroup
}

// Options are how a Watcher behaves.
type Options struct {
	Codecs  []webrtc.RTPCodecParameters // nil: VP8Parameters
	Channel bool                        // opens the data channel "avid" and sends a ping
	Stalled bool                        // never reads a packet

	Feedback bool          // tells when packets came
	Foreign  int           // data channels with another label
	Offline  chan struct{} // once closed, nothing goes in or out any more
}

// VP8Parameters are VP8 as payload type 100, with retransmissions as 101.
func VP8Parameters() []webrtc.RTPCodecParameters {
	feedback := []webrtc.RTCPFeedback{
		{Type: webrtc.TypeRTCPFBNACK}, {Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"}, {Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
		{Type: webrtc.TypeRTCPFBTransportCC}, {Type: webrtc.TypeRTCPFBGoogREMB},
	}
	return []webrtc.RTPCodecParameters{
		{PayloadType: 100, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}},
		{PayloadType: 101, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=100"}},
	}
}

// ClientPC makes a receiving peer connection that stays on loopback.
func ClientPC(t testing.TB, o Options) *webrtc.PeerConnection {
	t.Helper()
	media := &webrtc.MediaEngine{}
	for _, p := range o.Codecs {
		if err := media.RegisterCodec(p, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(net.IP.IsLoopback)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	if o.Offline != nil {
		settings.SetNet(newCutNet(t, o.Offline))
	}
	options := []func(*webrtc.API){webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings)}
	if o.Feedback {
		registry := &interceptor.Registry{}
		if err := webrtc.ConfigureTWCCSender(media, registry); err != nil {
			t.Fatal(err)
		}
		options = append(options, webrtc.WithInterceptorRegistry(registry))
	}
	pc, err := webrtc.NewAPI(options...).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// NewWatcher makes a viewer and its offer, with all its candidates; the caller
// closes it.
func NewWatcher(t testing.TB, o Options) (*Watcher, string) {
	t.Helper()
	if o.Codecs == nil {
		o.Codecs = VP8Parameters()
	}
	w := &Watcher{
		PC: ClientPC(t, o), Frames: make(chan Received, 4096), Messages: make(chan string, 4096),
		State: make(chan webrtc.PeerConnectionState, 16),
	}
	w.PC.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { w.State <- s })
	w.PC.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if !o.Stalled {
			w.reading.Go(func() { w.Read(track) })
		}
	})
	if _, err := w.PC.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	if o.Channel {
		zero := uint16(0)
		dc, err := w.PC.CreateDataChannel("avid", &webrtc.DataChannelInit{MaxRetransmits: &zero})
		if err != nil {
			t.Fatal(err)
		}
		dc.OnMessage(func(m webrtc.DataChannelMessage) {
			select {
			case w.Messages <- string(m.Data):
			default:
			}
		})
		dc.OnOpen(func() { _ = dc.SendText(`{"type":"ping","t":12.5}`) })
	}
	for range o.Foreign {
		if _, err := w.PC.CreateDataChannel("other", nil); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := w.PC.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(w.PC)
	if err := w.PC.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return w, w.PC.LocalDescription().SDP
}

// Read puts the packets of a track together again, until the track ends.
func (w *Watcher) Read(track *webrtc.TrackRemote) {
	var frame Received
	var last *uint16
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if last != nil && p.SequenceNumber != *last+1 {
			w.Gaps++
		}
		last = &p.SequenceNumber
		payload := depacketize(track.Codec().MimeType, p)
		if frame.Packets > 0 && frame.Stamp != p.Timestamp {
			frame = Received{}
		}
		frame.Stamp = p.Timestamp
		frame.Data = append(frame.Data, payload...)
		frame.Packets++
		if p.Marker {
			select {
			case w.Frames <- frame:
			default:
			}
			frame = Received{}
		}
	}
}

func depacketize(mime string, p *rtp.Packet) []byte {
	var d interface{ Unmarshal([]byte) ([]byte, error) }
	switch mime {
	case webrtc.MimeTypeVP8:
		d = &rtpcodecs.VP8Packet{}
	default:
		return p.Payload
	}
	payload, err := d.Unmarshal(p.Payload)
	if err != nil {
		return nil
	}
	return payload
}

// Accept takes the answer to the viewer's offer.
func (w *Watcher) Accept(t testing.TB, answer string) {
	t.Helper()
	if err := w.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
}

// Close ends the connection.
func (w *Watcher) Close() {
	_ = w.PC.GracefulClose()
	w.reading.Wait()
}

// Frame waits for the next one.
func (w *Watcher) Frame(t testing.TB) Received {
	t.Helper()
	select {
	case f := <-w.Frames:
		return f
	case <-time.After(Patience):
		t.Fatal("no frame came")
		return Received{}
	}
}
