package fanout

import "sync"

// A viewer that is this far behind is slow: two seconds at 30 frames/s.
const (
	queueFrames = 64
	queueBytes  = 4 << 20
)

// queue holds the frames that a viewer has still to be sent. When it is full,
// all up to a key frame is dropped: half a group of pictures shows nothing.
type queue struct {
	ready chan struct{} // holds one token when there may be something to take

	mu     sync.Mutex // a leaf
	frames []*packetized
	bytes  int
	// What a viewer starts with may be longer than the bound; the bound is
	// that much wider until it is sent.
	ahead, aheadBytes int
	// needKey is true until a key frame comes: at first, and after a drop.
	needKey bool
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), needKey: true}
}

// start fills the empty queue with a group of pictures, key frame first.
func (q *queue) start(group []*packetized) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.needKey || len(group) == 0 {
		return
	}
	q.needKey = false
	for _, f := range group {
		q.appendLocked(f)
	}
	q.ahead, q.aheadBytes = len(group), q.bytes
}

// push adds a frame and returns how many were dropped for it, itself included;
// the caller then asks for a key frame if needKey says so.
func (q *queue) push(f *packetized) (dropped int, needKey bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.needKey && !f.key {
		return 1, true
	}
	q.needKey = false
	if !q.roomLocked(f) {
		dropped = q.dropLocked(f)
		if q.needKey {
			return dropped + 1, true
		}
	}
	q.appendLocked(f)
	return dropped, false
}

func (q *queue) roomLocked(f *packetized) bool {
	return len(q.frames) == 0 ||
		len(q.frames) < queueFrames+q.ahead && q.bytes+f.size <= queueBytes+q.aheadBytes
}

// dropLocked makes room for f: it drops all before the last key frame that
// waits, or all where that is not enough.
func (q *queue) dropLocked(f *packetized) (dropped int) {
	from := len(q.frames)
	for i := len(q.frames) - 1; i > 0 && !f.key; i-- {
		if q.frames[i].key {
			from = i
			break
		}
	}
	q.ahead, q.aheadBytes = 0, 0
	for {
		dropped += from
		for _, old := range q.frames[:from] {
			q.bytes -= old.size
		}
		q.frames = append([]*packetized(nil), q.frames[from:]...)
		if q.roomLocked(f) {
			break
		}
		from = len(q.frames)
	}
	q.needKey = len(q.frames) == 0 && !f.key
	return dropped
}

func (q *queue) appendLocked(f *packetized) {
	q.frames = append(q.frames, f)
	q.bytes += f.size
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns the oldest frame, nil when there is none.
func (q *queue) take() *packetized {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.frames) == 0 {
		return nil
	}
	f := q.frames[0]
	q.frames[0] = nil
	q.frames = q.frames[1:]
	q.bytes -= f.size
	if q.ahead > 0 {
		q.ahead--
		q.aheadBytes -= f.size
	}
	return f
}
