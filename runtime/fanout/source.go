package fanout

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Source is one encoded stream and the peers that it is sent to. Its methods may
// be called from any goroutine; none of them waits for a viewer, and only Wait
// blocks.
type Source struct {
	config StreamConfig
	log    *slog.Logger
	time   Timing
	keys   *keyRequests
	calls  sync.WaitGroup // of the functions in config, and the rate's goroutine
	end    chan struct{}  // closed by Close

	sent    atomic.Uint64 // bytes
	skipped atomic.Uint64 // messages that a viewer's data channel had no room for

	mu         sync.Mutex // before queue.mu and keyRequests.mu; held for no call out
	packetizer *packetizer
	gop        gop
	viewers    map[*Peer]struct{} // connected
	stats      StreamStats
	last       time.Time     // of the last frame, or since when one is due
	seen       time.Time     // of the last meta, or of the beginning
	lag        time.Duration // of the newest meta; 0: not known
	status     Status        // by the newest meta of a frame, with the events so far
	interest   interest
	rate       uint   // bits/s written in the last second or so
	counted    uint64 // bytes up to then
	closed     bool
	// Size of the pictures, which may change: the config's, then the metas'.
	width, height int
}

// NewSource checks the description, fills in its defaults and starts the source;
// the caller owns it and ends it with Close, then Wait. The logger must not be
// nil. The errors are ErrPath and ErrConfig.
func NewSource(c StreamConfig, t Timing, log *slog.Logger) (*Source, error) {
	c, err := c.normal()
	if err != nil {
		return nil, err
	}
	s := &Source{
		config: c, log: log.With("stream", c.Path), time: t, end: make(chan struct{}),
		packetizer: newPacketizer(c.Codec, rand.Uint32()), viewers: map[*Peer]struct{}{}, last: t.Now(), seen: t.Now(),
		interest: interest{changed: make(chan struct{}, 1), left: t.Now()}, width: c.Width, height: c.Height,
	}
	s.keys = &keyRequests{call: c.KeyFrame, now: t.Now, wait: &s.calls}
	s.calls.Go(s.watchRate)
	if c.Watched != nil {
		s.calls.Go(s.watchInterest)
	}
	return s, nil
}

// Config returns what the source was made with, defaults filled in.
func (s *Source) Config() StreamConfig { return s.config }

// WriteFrame hands a frame to all viewers. It never waits for one. The errors
// are ErrClosed and ErrConfig (a negative time).
func (s *Source) WriteFrame(frame Frame) error {
	if frame.PTS < 0 {
		return fmt.Errorf("%w: frame at %v", ErrConfig, frame.PTS)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	now := s.time.Now()
	s.aliveLocked(&s.last, now)
	s.stats.Frames++
	s.stats.Bytes += uint64(len(frame.Data))
	p := s.packetizer.packetize(frame)
	if p == nil {
		return nil
	}
	if p.key {
		s.stats.KeyFrames++
		s.keys.came()
	}
	s.gop.add(p, now)
	for v := range s.viewers {
		s.enqueueLocked(v, p)
	}
	return nil
}

// enqueueLocked puts a frame into a viewer's queue. What is dropped before the
// first frame is only the wait for a key frame, and not counted.
func (s *Source) enqueueLocked(v *Peer, p *packetized) {
	dropped, needKey := v.queue.push(p)
	if v.began {
		s.stats.Dropped += uint64(dropped)
	}
	if needKey {
		s.keys.ask(keyDrops)
	}
	v.began = v.began || !needKey
}

// join adds a connected viewer. It starts at once from the present group of
// pictures where that is young, or where the source gives no key frame on
// demand; else a key frame is asked for.
func (s *Source) join(v *Peer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.viewers[v] = struct{}{}
	s.stats.Joined++
	if s.config.KeyFrame == nil || s.gop.fresh(s.time.Now()) {
		s.startLocked(v)
	} else {
		s.keys.ask(keyJoin)
	}
	return nil
}

// startOld is for a viewer that has waited for its key frame in vain.
func (s *Source) startOld(v *Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !v.began {
		s.startLocked(v)
	}
}

func (s *Source) startLocked(v *Peer) {
	if len(s.gop.frames) > 0 {
		v.queue.start(s.gop.frames)
		v.began = true
	}
}

// leave takes a viewer off again.
func (s *Source) leave(v *Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.viewers, v)
}

// all lists the connected viewers.
func (s *Source) all() []*Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Peer, 0, len(s.viewers))
	for v := range s.viewers {
		list = append(list, v)
	}
	return list
}

// Close ends the source and returns false when it was closed before. It does not
// end the peers: the caller ends them, waits for their Run, and then calls Wait.
func (s *Source) Close() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	close(s.end)
	s.keys.stop()
	s.gop = gop{}
	return true
}

// Wait returns once no function of the configuration is running or will be
// called. Call it after Close and the end of all peers, and never from one of
// those functions.
func (s *Source) Wait() { s.calls.Wait() }
