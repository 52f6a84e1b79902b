package fanout

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	channelLabel = "avid"
	// channelQueue bounds the messages between the pipeline and a viewer's
	// goroutine, channelBytes those that SCTP has not sent.
	channelQueue = 64
	channelBytes = 256 << 10
	// pingsEach is how many pings a second are answered.
	pingsEach = 10
	// foreignChannels is how many channels with another label a viewer may
	// open: each costs 64 KiB until it is closed.
	foreignChannels = 8
)

// channel is the data channel of one viewer.
type channel struct {
	hello   func() []byte
	now     func() time.Time
	skipped *atomic.Uint64
	out     chan []byte
	abused  func() // ends the viewer

	dc    atomic.Pointer[webrtc.DataChannel] // set once it is open
	taken atomic.Bool                        // there is one already
	wrong atomic.Int32                       // channels that were refused

	mu     sync.Mutex // guards what follows; a leaf
	second time.Time
	pings  int
}

func newChannel(s *Source, abused func()) *channel {
	return &channel{
		abused: abused,
		hello:  func() []byte { return encodeHello(s.Present(), s.time.Now()) },
		now:    s.time.Now, skipped: &s.skipped, out: make(chan []byte, channelQueue),
	}
}

// accept takes the one data channel with our label and closes all others.
func (c *channel) accept(dc *webrtc.DataChannel) {
	if dc.Label() != channelLabel || c.taken.Swap(true) {
		if c.wrong.Add(1) > foreignChannels {
			c.abused()
		}
		dc.OnOpen(func() { _ = dc.Close() }) // before, there is nothing to close
		return
	}
	// A ping may be handed over before the channel is said to be open, and what
	// a viewer gets first is the hello all the same.
	greet := sync.OnceFunc(func() {
		if dc.SendText(string(c.hello())) == nil {
			c.dc.Store(dc)
		}
	})
	dc.OnOpen(greet)
	dc.OnMessage(func(m webrtc.DataChannelMessage) {
		greet()
		c.answer(dc, m.Data)
	})
}

func (c *channel) open() bool { return c.dc.Load() != nil }

// send hands a message over to the viewer's goroutine; false when that is too
// far behind.
func (c *channel) send(text []byte) bool {
	select {
	case c.out <- text:
		return true
	default:
		return false
	}
}

// write sends a message; it counts what the connection has no room for.
func (c *channel) write(text []byte) {
	dc := c.dc.Load()
	if dc == nil || dc.ReadyState() != webrtc.DataChannelStateOpen {
		return
	}
	if dc.BufferedAmount() > channelBytes || dc.SendText(string(text)) != nil {
		c.skipped.Add(1)
	}
}

// answer replies to a ping, to pingsEach of them a second.
func (c *channel) answer(dc *webrtc.DataChannel, text []byte) {
	t, ok := parsePing(text)
	if !ok || !c.mayAnswer() || dc.BufferedAmount() > channelBytes {
		return
	}
	// An error means that the channel is closing.
	_ = dc.SendText(string(encode(pongMessage{Type: "pong", T: t, Server: unixMillis(c.now())})))
}

func (c *channel) mayAnswer() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.second) >= time.Second {
		c.second, c.pings = now, 0
	}
	c.pings++
	return c.pings <= pingsEach
}
