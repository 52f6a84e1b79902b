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

// patiently opens something that cannot be interrupted, in a goroutine of its own.
// Where ctx ends or the time is over, what is opened in the end is closed at once,
// and nobody waits for it.
func patiently[T any](ctx context.Context, patience time.Duration, open func() (T, error), shut func(T) error) (none T, err error) {
	type result struct {
		opened T
		err    error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("%w: %v", errPanic, p)
			}
			done <- r
		}()
		r.opened, r.err = open()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.opened, r.err
	case <-ctx.Done():
		err = interrupted(ctx)
	case <-timer.C:
		err = fmt.Errorf("%w: more than %v; the device may be hung, or the model too large for it", ErrPatience, patience)
	}
	go func() {
		if r := <-done; r.err == nil {
			_ = shut(r.opened) // nobody is there to be told
		}
	}()
	return none, err
}
