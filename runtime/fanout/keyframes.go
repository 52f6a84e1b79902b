package fanout

import (
	"sync"
	"time"
)

// The least time from one request for a key frame to the next, by reason.
// Key frames are big: each costs every viewer.
const (
	keyJoin  = 100 * time.Millisecond // a viewer came and sees nothing yet
	keyLoss  = 500 * time.Millisecond // a viewer lost packets (PLI, FIR)
	keyDrops = time.Second            // a viewer is too slow
)

// keyRequests merges what viewers ask for into calls of one function.
type keyRequests struct {
	call func()           // may be nil
	now  func() time.Time // the clock
	wait *sync.WaitGroup  // counts the calls under way

	mu      sync.Mutex // a leaf
	last    time.Time  // of the last call
	due     time.Time  // when timer fires
	timer   *time.Timer
	stopped bool
}

// ask calls now, or once the least time since the last call has gone by.
func (k *keyRequests) ask(between time.Duration) {
	if k.call == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return
	}
	now := k.now()
	left := k.last.Add(between).Sub(now)
	if left <= 0 {
		k.fireLocked(now)
		return
	}
	due := now.Add(left)
	if k.timer != nil {
		if !due.Before(k.due) {
			return
		}
		k.timer.Stop()
	}
	k.due = due
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.timer == timer && !k.stopped {
			k.fireLocked(k.now())
		}
	})
	k.timer = timer
}

// fireLocked calls from a goroutine of its own, never under a lock.
func (k *keyRequests) fireLocked(now time.Time) {
	k.cancelLocked()
	k.last = now
	k.wait.Go(k.call)
}

func (k *keyRequests) cancelLocked() {
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
}

// came says that there is a key frame: what waited for one has it.
func (k *keyRequests) came() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cancelLocked()
}

func (k *keyRequests) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	k.cancelLocked()
}
