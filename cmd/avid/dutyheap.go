//go:build !nogst

package main

import (
	"sync/atomic"
	"time"
)

// trimAfter is how long after a pipeline was closed memory is given back: those that are
// closed with it, or fail with it, count as one.
const trimAfter = 5 * time.Second

// trimmer gives back memory that pipelines have left. Its zero value does nothing.
type trimmer struct {
	trim  func()
	after func(time.Duration, func()) // runs a function later
	due   atomic.Bool
}

// closed notes that a pipeline was closed.
func (t *trimmer) closed() {
	if t.trim == nil || t.due.Swap(true) {
		return
	}
	t.after(trimAfter, func() {
		t.due.Store(false)
		t.trim()
	})
}
