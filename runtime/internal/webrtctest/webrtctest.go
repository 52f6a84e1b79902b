// Package webrtctest helps the tests of fanout and preview: its Camera makes
// frames, its Watcher receives them over WebRTC.
package webrtctest

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Patience is for what must happen some time.
const Patience = 20 * time.Second

// Eventually waits until a condition holds.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal(fmt.Sprint("in vain: ", what))
}

// Frame is one frame of a Camera.
type Frame struct {
	PTS  time.Duration
	Key  bool
	Data []byte
}

// Camera makes up frames of VP8: their payload holds anything, since nobody
// decodes it.
type Camera struct {
	// Write is called with each frame.
	Write func(Frame) error

	mu      sync.Mutex
	n       int
	key     bool
	asked   int
	written []Frame
}

// AskKey makes the next frame a key frame.
func (c *Camera) AskKey() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = true
	c.asked++
}

// Asked returns how often AskKey was called.
func (c *Camera) Asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// At returns a frame that was written.
func (c *Camera) At(n int) Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written[n]
}

// Forget drops what At returns.
func (c *Camera) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = nil
}

// FrameTime is from one frame of a Camera to the next.
const FrameTime = time.Second / 30

// Next writes the next frame.
func (c *Camera) Next() error {
	c.mu.Lock()
	f := Frame{PTS: time.Duration(c.n) * FrameTime, Key: c.key || c.n == 0}
	c.key = false
	f.Data = FrameData(c.n, f.Key)
	c.n++
	c.written = append(c.written, f)
	c.mu.Unlock()
	return c.Write(f)
}

// FrameData is the payload of frame n, which begins with n as 32 bits.
func FrameData(n int, key bool) []byte {
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

// Run writes frames at their rate until stop is called.
func (c *Camera) Run(t *testing.T) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(FrameTime / 2)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				if c.Next() != nil {
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
