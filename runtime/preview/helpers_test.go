package preview

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	rtpcodecs "github.com/pion/rtp/codecs"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// patience is for what must happen some time.
const patience = 20 * time.Second

func testLogger() *slog.Logger {
	if os.Getenv("AVID_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// testServer listens on a free port of loopback until the test ends.
func testServer(t *testing.T, change func(*Config, *timing)) *Server {
	t.Helper()
	c, times := DefaultConfig(), defaultTiming()
	c.MediaIPs = []string{"127.0.0.1"}
	c.Listen, c.Logger = "127.0.0.1:0", testLogger()
	if change != nil {
		change(&c, &times)
	}
	s, err := listen(c, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// source writes made-up frames of VP8 until the test ends: its payload holds
// anything, since nobody decodes it.
type source struct {
	out     Output
	mu      sync.Mutex
	n       int
	key     bool
	asked   int
	written []Frame
}

func (s *source) askKey() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = true
	s.asked++
}

const frameTime = time.Second / 30

// next writes the next frame, with a metadata message.
func (s *source) next() error {
	s.mu.Lock()
	f := Frame{PTS: time.Duration(s.n) * frameTime, Key: s.key || s.n == 0}
	s.key = false
	f.Data = frameData(s.n, f.Key)
	s.n++
	s.written = append(s.written, f)
	s.mu.Unlock()
	if err := s.out.WriteFrame(f); err != nil {
		return err
	}
	s.out.WriteMeta(Meta{PTS: f.PTS, Judged: true, Score: 1, Confidence: 0.7, Width: 64, Height: 48})
	return nil
}

func frameData(n int, key bool) []byte {
	size := 500
	if key {
		size = 5000
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(n + i)
	}
	binary.BigEndian.PutUint32(data, uint32(n))
	return data
}

// run writes frames at their rate until stop is called.
func (s *source) run(t *testing.T) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(frameTime / 2)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				if s.next() != nil {
					return
				}
			}
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { close(end); <-ended }) }
	t.Cleanup(stop)
	return stop
}

// addSource adds a stream with a source to a server.
func addSource(t *testing.T, s *Server, c StreamConfig) (*Stream, *source) {
	t.Helper()
	src := &source{}
	if c.Codec == "" {
		c.Codec = VP8
	}
	if c.Path == "" {
		c.Path = "live"
	}
	if c.KeyFrame == nil {
		c.KeyFrame = src.askKey
	}
	stream, err := s.Add(c)
	if err != nil {
		t.Fatal(err)
	}
	src.out = stream
	return stream, src
}

// received is one frame as a watcher got it.
type received struct {
	stamp   uint32
	data    []byte
	packets int
}

// watcher is a WHEP client made with pion.
type watcher struct {
	pc       *webrtc.PeerConnection
	frames   chan received
	messages chan string
	state    chan webrtc.PeerConnectionState
	location string
	etag     string
	header   http.Header
	answer   string
	gaps     int // missing sequence numbers; read after close
	reading  sync.WaitGroup
}

type watchOptions struct {
	codecs  []webrtc.RTPCodecParameters
	channel bool
	token   string
	stalled bool // never reads a packet

	feedback bool          // tells when packets came
	foreign  int           // data channels with another label
	offline  chan struct{} // once closed, nothing goes in or out any more
}

func vp8Parameters() []webrtc.RTPCodecParameters {
	return codecs[VP8].parameters(100, 101, "")
}

// clientPC makes a receiving peer connection that stays on loopback.
func clientPC(t testing.TB, o watchOptions) *webrtc.PeerConnection {
	t.Helper()
	media := &webrtc.MediaEngine{}
	for _, p := range o.codecs {
		if err := media.RegisterCodec(p, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(net.IP.IsLoopback)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.LoggerFactory = logFactory{quiet(nil)}
	if o.offline != nil {
		settings.SetNet(newCutNet(t, o.offline))
	}
	options := []func(*webrtc.API){webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings)}
	if o.feedback {
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

// newWatcher prepares an offer.
func newWatcher(t testing.TB, o watchOptions) (*watcher, string) {
	t.Helper()
	if o.codecs == nil {
		o.codecs = vp8Parameters()
	}
	w := &watcher{
		pc: clientPC(t, o), frames: make(chan received, 4096), messages: make(chan string, 4096),
		state: make(chan webrtc.PeerConnectionState, 16),
	}
	w.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { w.state <- s })
	w.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if !o.stalled {
			w.reading.Go(func() { w.read(track) })
		}
	})
	if _, err := w.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	if o.channel {
		zero := uint16(0)
		dc, err := w.pc.CreateDataChannel(channelLabel, &webrtc.DataChannelInit{MaxRetransmits: &zero})
		if err != nil {
			t.Fatal(err)
		}
		dc.OnMessage(func(m webrtc.DataChannelMessage) {
			select {
			case w.messages <- string(m.Data):
			default:
			}
		})
		dc.OnOpen(func() { _ = dc.SendText(`{"type":"ping","t":12.5}`) })
	}
	for range o.foreign {
		if _, err := w.pc.CreateDataChannel("other", nil); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := w.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(w.pc)
	if err := w.pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return w, w.pc.LocalDescription().SDP
}

// watch connects to a stream.
func watch(t testing.TB, s *Server, path string, o watchOptions) *watcher {
	t.Helper()
	w, offer := newWatcher(t, o)
	reply := request(t, s, http.MethodPost, "/"+path+"/whep", offer, map[string]string{
		"Content-Type": typeSDP, "Authorization": bearer(o.token),
	})
	if reply.code != http.StatusCreated {
		t.Fatalf("POST: %d %s", reply.code, reply.body)
	}
	w.header, w.location, w.etag, w.answer = reply.header, reply.header.Get("Location"), reply.header.Get("ETag"), reply.body
	if err := w.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: reply.body}); err != nil {
		t.Fatal(err)
	}
	return w
}

func bearer(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// read puts packets together again.
func (w *watcher) read(track *webrtc.TrackRemote) {
	var frame received
	var last *uint16
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if last != nil && p.SequenceNumber != *last+1 {
			w.gaps++
		}
		last = &p.SequenceNumber
		payload := depacketize(track.Codec().MimeType, p)
		if frame.packets > 0 && frame.stamp != p.Timestamp {
			frame = received{}
		}
		frame.stamp = p.Timestamp
		frame.data = append(frame.data, payload...)
		frame.packets++
		if p.Marker {
			select {
			case w.frames <- frame:
			default:
			}
			frame = received{}
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

func (w *watcher) close() {
	_ = w.pc.GracefulClose()
	w.reading.Wait()
}

// frame waits for the next one.
func (w *watcher) frame(t testing.TB) received {
	t.Helper()
	select {
	case f := <-w.frames:
		return f
	case <-time.After(patience):
		t.Fatal("no frame came")
		return received{}
	}
}

// reply is an HTTP answer, read to its end.
type reply struct {
	code   int
	header http.Header
	body   string
}

// testClient follows no redirect, so that tests see them.
var testClient = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func request(t testing.TB, s *Server, method, path, body string, headers map[string]string) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if host := headers["Host"]; host != "" {
		r.Host = host
	}
	answer, err := testClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, answer.Body); err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, text.String()}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal(fmt.Sprint("in vain: ", what))
}

// cutNet is a network that can be cut off.
type cutNet struct {
	*stdnet.Net
	cut chan struct{}
}

func newCutNet(t testing.TB, cut chan struct{}) *cutNet {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return &cutNet{n, cut}
}

func (n *cutNet) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil {
		return nil, err
	}
	return &cutConn{c, n.cut}, nil
}

type cutConn struct {
	transport.UDPConn
	cut chan struct{}
}

func (c *cutConn) off() bool {
	select {
	case <-c.cut:
		return true
	default:
		return false
	}
}

func (c *cutConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.off() {
			return n, from, err
		}
	}
}

func (c *cutConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.off() {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

// lineLogger writes everything to a builder, from one goroutine at a time.
func lineLogger(to *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: levelTrace}))
}
