package mqtt

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"

	"avid/runtime/publish"
)

// board has the retained messages that the broker is to have, the newest of each
// topic. It is safe for concurrent use.
type board struct {
	mu     sync.Mutex
	topics []string // in the order in which they came
	now    map[string]*notice
	names  map[string]publish.Camera // by their tokens
	more   chan struct{}
	closed bool
}

type notice struct {
	payload []byte
	shown   bool // the broker has it
	version int
}

func newBoard() *board {
	return &board{now: map[string]*notice{}, names: map[string]publish.Camera{}, more: make(chan struct{}, 1)}
}

// set puts a message up. It takes the payload.
func (b *board) set(topic string, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.now[topic]
	if n == nil {
		n = &notice{}
		b.now[topic], b.topics = n, append(b.topics, topic)
	} else if bytes.Equal(n.payload, payload) {
		return
	}
	n.payload, n.shown = payload, false
	n.version++
	b.wake()
}

// name keeps a camera.
func (b *board) name(token string, c publish.Camera) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names[token] = c
}

// camera is the one that belongs to a token.
func (b *board) camera(token string) (publish.Camera, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.names[token]
	return c, ok
}

// tokens are those of all cameras, sorted.
func (b *board) tokens() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.names))
}

// clear takes down what there is of a camera: the topics that begin with prefix, and
// another one. An empty message has the broker forget a retained one (MQTT 5, section
// 3.3.1.3), and Home Assistant a device.
func (b *board) clear(token, prefix, other string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.names, token)
	for topic, n := range b.now {
		if (topic == other || strings.HasPrefix(topic, prefix)) && len(n.payload) > 0 {
			n.payload, n.shown = nil, false
			n.version++
		}
	}
	b.wake()
}

// has tells whether there is a message of the topic.
func (b *board) has(topic string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.now[topic]
	return n != nil && len(n.payload) > 0
}

// keep puts a message up that the broker has. It takes the payload. One that is on its way
// may come after it, so that it is shown again then.
func (b *board) keep(topic string, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.now[topic]
	if n == nil {
		n = &notice{shown: true}
		b.now[topic], b.topics = n, append(b.topics, topic)
	}
	n.payload = payload
	n.version++
}

// renew has a message shown again, if there is one.
func (b *board) renew(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.now[topic]; n != nil {
		n.shown = false
		n.version++
		b.wake()
	}
}

// again forgets what the broker has.
func (b *board) again() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.now {
		n.shown = false
	}
	b.wake()
}

func (b *board) wake() {
	select {
	case b.more <- struct{}{}:
	default: // it is awake
	}
}

// close ends next's waiting.
func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.wake()
}

// next returns the first message that the broker has not; ok is false where it has
// all.
func (b *board) next() (topic string, payload []byte, version int, ok, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.topics {
		if n := b.now[t]; !n.shown {
			return t, n.payload, n.version, true, b.closed
		}
	}
	return "", nil, 0, false, b.closed
}

// shown notes that the broker has a version of a message.
func (b *board) shown(topic string, version int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.now[topic]; n.version == version {
		n.shown = true
	}
}

// drop forgets a message that the broker refuses.
func (b *board) drop(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.now, topic)
	b.topics = slices.DeleteFunc(b.topics, func(t string) bool { return t == topic })
}
