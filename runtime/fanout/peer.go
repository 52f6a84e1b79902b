package fanout

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/webrtc/v4"
)

// Peer is one connection that a Source is sent over: to a viewer, or to a server
// that has viewers. Its methods may be called from any goroutine, but negotiate
// (Answer, or Offer and TakeAnswer) before Run, and call either Run or Discard,
// once.
type Peer struct {
	Viewer
	source    *Source
	log       *slog.Logger
	pc        *webrtc.PeerConnection
	estimator cc.BandwidthEstimator
	track     *track
	channel   *channel
	queue     *queue
	write     func(*packetized) (int, error) // track.write

	began bool // has had its first frame; guarded by Source.mu

	// From the viewer's RTCP.
	heard    atomic.Int64  // when, Unix ns
	arrivals atomic.Bool   // it told when packets came
	remb     atomic.Uint64 // bits/s; 0: it never said

	ctx       context.Context // ends the peer
	cancel    context.CancelFunc
	connected chan struct{}
	once      sync.Once // closes connected
}

// NewPeer prepares a connection to who, which counts as somebody who watches from
// here on. The settings come from NewSettings, the parameters from Codec.Parameters
// or Codec.Offer. The caller owns the peer and ends it with Run or Discard. The
// errors are those of pion.
func NewPeer(s *Source, who Viewer, settings webrtc.SettingEngine, c webrtc.Configuration, parameters []webrtc.RTPCodecParameters) (*Peer, error) {
	p := &Peer{
		Viewer: who, source: s, log: s.log.With("viewer", shortID(who.ID)),
		track: newTrack(codecs[s.config.Codec], s.config.Path), queue: newQueue(),
		connected: make(chan struct{}),
	}
	p.write = p.track.write
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.channel = newChannel(s, p.cancel)
	var err error
	p.pc, p.estimator, err = newConnection(settings, c, parameters, s.rates())
	if err != nil {
		p.cancel()
		return nil, err
	}
	s.comes()
	p.pc.OnConnectionStateChange(p.changed)
	p.pc.OnDataChannel(p.channel.accept)
	t, err := p.pc.AddTransceiverFromTrack(p.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		p.Discard()
		return nil, err
	}
	go p.listen(t.Sender())
	return p, nil
}

// rates bound the estimates of new connections.
func (s *Source) rates() rates {
	s.mu.Lock()
	defer s.mu.Unlock()
	lowest, highest := s.config.MinBitrate, s.config.MaxBitrate
	return rates{startRate(s.stats.Bitrate, lowest, highest), lowest, highest}
}

// shortID is as much of an identifier as a log needs: who has all of it can
// end the session.
func shortID(id string) string { return id[:min(len(id), 8)] }

// changed is called by pion; it must not wait.
func (p *Peer) changed(state webrtc.PeerConnectionState) {
	p.log.Debug("connection", "state", state.String())
	switch state {
	case webrtc.PeerConnectionStateConnected:
		p.once.Do(func() { close(p.connected) })
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.cancel()
	}
}

// Connected returns a channel that is closed once the connection stands.
func (p *Peer) Connected() <-chan struct{} { return p.connected }

// Ending returns a channel that is closed once the connection is to end, by End,
// by the other side or by a failure. Run returns soon after.
func (p *Peer) Ending() <-chan struct{} { return p.ctx.Done() }

// End makes the connection end. It does not wait: Run returns when nothing of the
// peer is left. Twice is fine.
func (p *Peer) End() { p.cancel() }

// Discard ends a peer that was never run, and waits until nothing of it is left.
func (p *Peer) Discard() {
	p.cancel()
	p.source.goes()
	_ = p.pc.GracefulClose() // an error leaves nothing to do
}

// Run sends frames and messages for as long as the connection lives, and returns
// when nothing of the peer is left. It ends by End, and when there is no
// connection within Timing.Connect.
func (p *Peer) Run() {
	defer p.source.goes()
	defer p.cancel()
	deadline := time.NewTimer(p.source.time.Connect)
	defer deadline.Stop()
	select {
	case <-p.ctx.Done():
	case <-deadline.C:
		p.log.Debug("no connection in time")
	case <-p.connected:
		p.watch()
	}
	if err := p.pc.GracefulClose(); err != nil {
		p.log.Debug("close", "error", err)
	}
}

// watch sends to a connected viewer until ctx ends.
func (p *Peer) watch() {
	p.heard.Store(p.source.time.Now().UnixNano())
	if p.source.join(p) != nil {
		return
	}
	p.log.Info("viewer joined", "remote", p.Remote)
	var sending sync.WaitGroup
	sending.Go(p.send)
	if p.source.config.Joined != nil {
		p.source.config.Joined(p.Viewer)
	}
	<-p.ctx.Done()
	p.source.leave(p)
	// A write may be stuck in the connection until that is closed.
	_ = p.pc.Close()
	sending.Wait()
	p.log.Info("viewer left")
	if p.source.config.Left != nil {
		p.source.config.Left(p.Viewer)
	}
}

// send empties the queue, and the messages beside it: those first, so that a
// page has them when it shows their frame.
func (p *Peer) send() {
	waited := time.NewTimer(p.source.time.FirstKey)
	defer waited.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-waited.C:
			p.source.startOld(p)
		case text := <-p.channel.out:
			p.channel.write(text)
		case <-p.queue.ready:
			p.sendFrames()
		}
	}
}

func (p *Peer) sendMessages() {
	for {
		select {
		case text := <-p.channel.out:
			p.channel.write(text)
		default:
			return
		}
	}
}

func (p *Peer) sendFrames() {
	for p.ctx.Err() == nil {
		p.sendMessages()
		f := p.queue.take()
		if f == nil {
			return
		}
		n, err := p.write(f)
		p.source.sent.Add(uint64(n))
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			p.log.Debug("send", "error", err)
		}
	}
}
