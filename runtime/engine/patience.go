package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrPatience says that opening took too long and was given up.
var ErrPatience = errors.New("opening takes too long")

// errPanic says that opening panicked.
var errPanic = errors.New("internal error")

// opening is one call of Open, seen by what it calls.
type opening struct {
	ctx context.Context // ends when the call is given up
	// began is told that something new begins on a device: its time counts anew.
	began func(Device)
}

// withoutEnd is an opening that nobody gives up.
func withoutEnd() opening { return opening{context.Background(), func(Device) {}} }

// patiently opens something that cannot be interrupted, in a goroutine of its own.
// Where ctx ends or the time for a device is over, what is opened in the end is
// closed at once, and nobody waits for it. The time before the first device is the
// CPU's.
func patiently[T any](ctx context.Context, patience func(Device) time.Duration, open func(opening) (T, error), shut func(T) error) (none T, err error) {
	type result struct {
		opened T
		err    error
	}
	within, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	begins := make(chan Device)
	o := opening{within, func(d Device) {
		select {
		case begins <- d:
		case <-within.Done():
		}
	}}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("%w: %v", errPanic, p)
			}
			done <- r
		}()
		r.opened, r.err = open(o)
	}()
	left := patience(CPU)
	timer := time.NewTimer(left)
	defer timer.Stop()
	for err == nil {
		select {
		case r := <-done:
			return r.opened, r.err
		case d := <-begins:
			left = patience(d)
			timer.Reset(left)
		case <-ctx.Done():
			err = interrupted(ctx)
		case <-timer.C:
			err = fmt.Errorf("%w: more than %v; the device may be hung, or the model too large for it", ErrPatience, left)
		}
	}
	giveUp(err)
	go func() {
		if r := <-done; r.err == nil {
			_ = shut(r.opened) // nobody is there to be told
		}
	}()
	return none, err
}
