package preview

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// viewer is one connection that a feed is sent over.
type viewer struct {
	Viewer
	feed      *feed
	log       *slog.Logger
	pc        *webrtc.PeerConnection
	estimator cc.BandwidthEstimator
	track     *track
	channel   *channel
	queue     *queue
	write     func(*packed) (int, error) // track.write

	began bool // has had its first frame; guarded by feed.mu

	// From the viewer's RTCP.
	heard    atomic.Int64  // when, Unix ns
	arrivals atomic.Bool   // it told when packets came
	remb     atomic.Uint64 // bits/s; 0: it never said

	ctx       context.Context // ends the viewer
	cancel    context.CancelFunc
	connected chan struct{}
	once      sync.Once     // closes connected
	done      chan struct{} // closed when nothing of it is left
}

// newViewer prepares a connection: call pc's negotiation, then go run.
func newViewer(f *feed, who Viewer, settings webrtc.SettingEngine, c webrtc.Configuration, codecs []webrtc.RTPCodecParameters) (*viewer, error) {
	v := &viewer{
		Viewer: who, feed: f, log: f.log.With("viewer", shortID(who.ID)),
		track: newTrack(codecOf(f), f.config.Path), queue: newQueue(),
		connected: make(chan struct{}), done: make(chan struct{}),
	}
	v.write = v.track.write
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.channel = newChannel(f, v.cancel)
	var err error
	v.pc, v.estimator, err = newConnection(settings, c, codecs, f.rates())
	if err != nil {
		v.cancel()
		return nil, err
	}
	f.comes()
	v.pc.OnConnectionStateChange(v.changed)
	v.pc.OnDataChannel(v.channel.accept)
	t, err := v.pc.AddTransceiverFromTrack(v.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		v.discard()
		return nil, err
	}
	go v.listen(t.Sender())
	return v, nil
}

func codecOf(f *feed) codec { return codecs[f.config.Codec] }

// rates bound the estimates of new connections.
func (f *feed) rates() rates {
	f.mu.Lock()
	defer f.mu.Unlock()
	lowest, highest := f.config.MinBitrate, f.config.MaxBitrate
	return rates{startRate(f.stats.Bitrate, lowest, highest), lowest, highest}
}

// shortID is as much of an identifier as a log needs: who has all of it can
// end the session.
func shortID(id string) string { return id[:min(len(id), 8)] }

// changed is called by pion; it must not wait.
func (v *viewer) changed(state webrtc.PeerConnectionState) {
	v.log.Debug("connection", "state", state.String())
	switch state {
	case webrtc.PeerConnectionStateConnected:
		v.once.Do(func() { close(v.connected) })
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		v.cancel()
	}
}

// discard ends a viewer that was never run.
func (v *viewer) discard() {
	v.cancel()
	v.feed.goes()
	_ = v.pc.GracefulClose() // an error leaves nothing to do
}

// run lives as long as the connection. It ends with ctx, and when there is no
// connection within the time for it. The caller closes done.
func (v *viewer) run() {
	defer v.feed.goes()
	defer v.cancel()
	deadline := time.NewTimer(v.feed.time.connect)
	defer deadline.Stop()
	select {
	case <-v.ctx.Done():
	case <-deadline.C:
		v.log.Debug("no connection in time")
	case <-v.connected:
		v.watch()
	}
	if err := v.pc.GracefulClose(); err != nil {
		v.log.Debug("close", "error", err)
	}
}

// watch sends to a connected viewer until ctx ends.
func (v *viewer) watch() {
	v.heard.Store(v.feed.time.now().UnixNano())
	if v.feed.join(v) != nil {
		return
	}
	v.log.Info("viewer joined", "remote", v.Remote)
	var sending sync.WaitGroup
	sending.Go(v.send)
	if v.feed.config.Joined != nil {
		v.feed.config.Joined(v.Viewer)
	}
	<-v.ctx.Done()
	v.feed.leave(v)
	// A write may be stuck in the connection until that is closed.
	_ = v.pc.Close()
	sending.Wait()
	v.log.Info("viewer left")
	if v.feed.config.Left != nil {
		v.feed.config.Left(v.Viewer)
	}
}

// send empties the queue, and the messages beside it: those first, so that a
// page has them when it shows their frame.
func (v *viewer) send() {
	waited := time.NewTimer(v.feed.time.firstKey)
	defer waited.Stop()
	for {
		select {
		case <-v.ctx.Done():
			return
		case <-waited.C:
			v.feed.startOld(v)
		case text := <-v.channel.out:
			v.channel.write(text)
		case <-v.queue.ready:
			v.sendFrames()
		}
	}
}

func (v *viewer) sendMessages() {
	for {
		select {
		case text := <-v.channel.out:
			v.channel.write(text)
		default:
			return
		}
	}
}

func (v *viewer) sendFrames() {
	for v.ctx.Err() == nil {
		v.sendMessages()
		f := v.queue.take()
		if f == nil {
			return
		}
		n, err := v.write(f)
		v.feed.sent.Add(uint64(n))
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			v.log.Debug("send", "error", err)
		}
	}
}

// listen reads the viewer's RTCP, which also drives the interceptors.
func (v *viewer) listen(sender *webrtc.RTPSender) {
	for failures := 0; failures < 100 && v.ctx.Err() == nil; {
		packets, _, err := sender.ReadRTCP()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
			return
		case err != nil: // a packet that nobody could have sent in earnest
			failures++
			continue
		}
		failures = 0
		v.heard.Store(v.feed.time.now().UnixNano())
		for _, p := range packets {
			v.take(p)
		}
	}
}

func (v *viewer) take(p rtcp.Packet) {
	switch p := p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		v.feed.keys.ask(keyLoss)
	case *rtcp.TransportLayerCC:
		v.arrivals.Store(true)
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		v.remb.Store(uint64(max(p.Bitrate, 0)))
	}
}

// estimate is what the viewer can receive, bits/s; false when it does not
// tell, or has gone silent.
func (v *viewer) estimate(now time.Time) (uint, bool) {
	if now.Sub(time.Unix(0, v.heard.Load())) > silent {
		return 0, false
	}
	if v.arrivals.Load() && v.track.tells() {
		return uint(max(v.estimator.GetTargetBitrate(), 0)), true
	}
	remb := v.remb.Load()
	return uint(remb), remb > 0
}
