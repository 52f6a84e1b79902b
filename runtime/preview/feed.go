package preview

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Output is what frames are written to: a Stream of a Server, or a Push.
type Output interface {
	WriteFrame(Frame) error
	WriteMeta(Meta)
	Stats() StreamStats
	Close() error
}

// feed is one encoded stream and who is sent it: the part that Stream and Push
// have in common.
type feed struct {
	config StreamConfig
	log    *slog.Logger
	time   timing
	keys   *keyRequests
	calls  sync.WaitGroup // of the functions in config, and the rate's goroutine
	end    chan struct{}  // closed by close

	sent    atomic.Uint64 // bytes
	skipped atomic.Uint64 // messages that a viewer's data channel had no room for

	mu       sync.Mutex // before queue.mu and keyRequests.mu; held for no call out
	packer   *packer
	group    group
	viewers  map[*viewer]struct{} // connected
	stats    StreamStats
	last     time.Time     // of the last frame, or since when one is due
	seen     time.Time     // of the last meta, or of the beginning
	lag      time.Duration // of the newest meta; 0: not known
	said     said          // by the newest meta of a frame
	events   uint64        // that have begun
	interest interest
	rate     uint   // bits/s written in the last second or so
	counted  uint64 // bytes up to then
	closed   bool
	// Size of the pictures, which may change: the config's, then the metas'.
	width, height int
}

// said is what the filter says of a stream with a frame.
type said struct {
	state, reason    string
	judged           bool
	score, threshold float64 // logits
}

// newFeed takes a config that normal has returned.
func newFeed(c StreamConfig, t timing, log *slog.Logger) *feed {
	f := &feed{
		config: c, log: log.With("stream", c.Path), time: t, end: make(chan struct{}),
		packer: newPacker(c.Codec, rand.Uint32()), viewers: map[*viewer]struct{}{}, last: t.now(), seen: t.now(),
		interest: interest{changed: make(chan struct{}, 1), left: t.now()}, width: c.Width, height: c.Height,
	}
	f.keys = &keyRequests{call: c.KeyFrame, now: t.now, wait: &f.calls}
	f.calls.Go(f.watchRate)
	if c.Watched != nil {
		f.calls.Go(f.watchInterest)
	}
	return f
}

// WriteFrame hands a frame to all viewers. It never waits for one. The errors
// are ErrClosed and ErrConfig (a negative time).
func (f *feed) WriteFrame(frame Frame) error {
	if frame.PTS < 0 {
		return fmt.Errorf("%w: frame at %v", ErrConfig, frame.PTS)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	now := f.time.now()
	f.aliveLocked(&f.last, now)
	f.stats.Frames++
	f.stats.Bytes += uint64(len(frame.Data))
	p := f.packer.pack(frame)
	if p == nil {
		return nil
	}
	if p.key {
		f.stats.KeyFrames++
		f.keys.came()
	}
	f.group.add(p, now)
	for v := range f.viewers {
		f.offerLocked(v, p)
	}
	return nil
}

// offerLocked puts a frame into a viewer's queue. What is dropped before the
// first frame is only the wait for a key frame, and not counted.
func (f *feed) offerLocked(v *viewer, p *packed) {
	dropped, needKey := v.queue.push(p)
	if v.began {
		f.stats.Dropped += uint64(dropped)
	}
	if needKey {
		f.keys.ask(keyDrops)
	}
	v.began = v.began || !needKey
}

// join adds a connected viewer. It starts at once from the present group of
// pictures where that is young, or where the source gives no key frame on
// demand; else a key frame is asked for.
func (f *feed) join(v *viewer) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	f.viewers[v] = struct{}{}
	f.stats.Joined++
	if f.config.KeyFrame == nil || f.group.fresh(f.time.now()) {
		f.startLocked(v)
	} else {
		f.keys.ask(keyJoin)
	}
	return nil
}

// startOld is for a viewer that has waited for its key frame in vain.
func (f *feed) startOld(v *viewer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !v.began {
		f.startLocked(v)
	}
}

func (f *feed) startLocked(v *viewer) {
	if len(f.group.frames) > 0 {
		v.queue.start(f.group.frames)
		v.began = true
	}
}

// present is the stream as it is now.
func (f *feed) present() StreamConfig {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.config
	c.Width, c.Height = f.width, f.height
	return c
}

func (f *feed) leave(v *viewer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.viewers, v)
}

// all lists the connected viewers.
func (f *feed) all() []*viewer {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*viewer, 0, len(f.viewers))
	for v := range f.viewers {
		list = append(list, v)
	}
	return list
}

// WriteMeta sends what is known of a frame to all viewers that have a data
// channel. It never waits for one.
func (f *feed) WriteMeta(m Meta) {
	f.mu.Lock()
	f.stats.Metas++
	if now := f.time.now(); !m.Captured.IsZero() { // it is of a frame, and not only of an event
		f.lag = max(now.Sub(m.Captured), 0)
		f.aliveLocked(&f.seen, now)
		f.said = said{m.State, m.Reason, m.Judged, m.Score, m.Threshold}
	}
	if m.Event != nil && m.Event.Kind == "begin" {
		f.events++
	}
	if m.Width > 0 && m.Height > 0 {
		f.width, f.height = m.Width, m.Height
	}
	stamp := f.packer.stamp(m.PTS)
	f.mu.Unlock()
	var text []byte
	for _, v := range f.all() {
		if !v.channel.open() {
			continue
		}
		if text == nil {
			text = encodeMeta(m, stamp)
		}
		if !v.channel.send(text) {
			f.skipped.Add(1)
		}
	}
}

// Stats returns the counts so far.
func (f *feed) Stats() StreamStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	stats := f.stats
	stats.Viewers = len(f.viewers)
	stats.Sent = f.sent.Load()
	stats.Idle, stats.Lag = f.interest.idle, f.lag
	return stats
}

// saying is what the filter said last, and how many events have begun. A stream
// that has no frames says nothing, so that it is silent.
func (f *feed) saying() (said, uint64) {
	quiet := f.stalled() > 0
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.said
	if quiet && now.state != "" {
		now.state, now.reason, now.judged = "silent", "no frames come", false
	}
	return now, f.events
}

// stalled says how long there has been no frame, 0 when all is well.
func (f *feed) stalled() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if since := f.time.now().Sub(f.lastLocked()); since >= f.time.stall {
		return since
	}
	return 0
}

// aliveLocked sets last to now, as a frame has come. After a silence a frame that
// is as old is no sign of life: parsers and decoders keep the last frame of a
// camera until the stream is given up. It needs mu.
func (f *feed) aliveLocked(last *time.Time, now time.Time) {
	if now.Sub(*last) < f.time.stall || f.lag < f.time.stall {
		*last = now
	}
}

// lastLocked is when the video was known to go on last: by a frame, or, while
// none is encoded, by what is said of it. It needs mu.
func (f *feed) lastLocked() time.Time {
	if f.interest.idle {
		return f.seen
	}
	return f.last
}

// due says, of a feed that has had no frame yet, since when one is due.
func (f *feed) due(since time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = since
}

// lastFrame is lastLocked.
func (f *feed) lastFrame() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastLocked()
}

// watchRate asks the encoder for the bit rate that its viewers can receive.
func (f *feed) watchRate() {
	ticker := time.NewTicker(f.time.rate)
	defer ticker.Stop()
	for {
		select {
		case <-f.end:
			return
		case <-ticker.C:
			f.adaptRate()
		}
	}
}

func (f *feed) adaptRate() {
	var estimates []uint
	for _, v := range f.all() {
		if rate, ok := v.estimate(f.time.now()); ok {
			estimates = append(estimates, rate)
		}
	}
	f.mu.Lock()
	f.rate = uint(float64(f.stats.Bytes-f.counted) * 8 / f.time.rate.Seconds())
	f.counted = f.stats.Bytes
	c := &f.config
	next := chooseRate(estimates, f.stats.Bitrate, c.MinBitrate, c.MaxBitrate)
	changed := next != f.stats.Bitrate && c.Bitrate != nil && !f.closed
	if changed {
		f.stats.Bitrate = next
	}
	f.mu.Unlock()
	if changed {
		f.log.Debug("bit rate", "bits/s", next, "viewers", len(estimates))
		c.Bitrate(next)
	}
}

// close ends the feed; false when it was closed before. The viewers are the
// caller's to end; wait then waits for the calls under way.
func (f *feed) close() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.closed = true
	close(f.end)
	f.keys.stop()
	f.group = group{}
	return true
}
