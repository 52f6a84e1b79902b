package publish

import (
	"context"
	"math/rand/v2"
	"time"
)

// Option is a clock, a source of chance, or a log.
type Option func(*options)

type options struct {
	wait   func(context.Context, time.Duration) error
	chance func() float64 // 0 to 1
	log    func(text string)
	now    func() time.Time
}

func newOptions(all []Option) options {
	o := options{wait: sleep, chance: rand.Float64, log: func(string) {}, now: time.Now}
	for _, set := range all {
		set(&o)
	}
	return o
}

// WithLog sets what is told, in a sentence without a full stop, when records are
// dropped and when a carrier fails or works again. It is called by several
// goroutines.
func WithLog(log func(text string)) Option { return func(o *options) { o.log = log } }

// WithClock sets the clock; wait returns when the time is over or ctx is.
func WithClock(now func() time.Time, wait func(ctx context.Context, d time.Duration) error) Option {
	return func(o *options) { o.now, o.wait = now, wait }
}

// WithChance sets the source of chance, of numbers from 0 to 1.
func WithChance(chance func() float64) Option { return func(o *options) { o.chance = chance } }

// sleep waits by the machine's clock.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
