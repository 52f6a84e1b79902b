package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// crowd is what some streams at once came to.
type crowd struct {
	took     time.Duration
	windows  int
	together int // sum over the windows of how many each was judged with
	device   string
}

// benchStreams measures several streams of one camera's bundle at once: with a
// session for each, and with one for all, as avidfilter's max-batch has it.
func benchStreams(ctx context.Context, out io.Writer, o engine.Options, f *benchFlags) error {
	b, _, remove, err := benchBundle(f.model)
	if err != nil {
		return err
	}
	defer remove()
	o.Threads = 0 // as the element has it
	own, one := o, o
	own.Batch, one.Batch = 1, f.batch
	var apart, shared crowd
	for range benchRounds {
		for _, way := range []struct {
			o    engine.Options
			best *crowd
		}{{own, &apart}, {one, &shared}} {
			c, err := runCrowd(ctx, b, way.o, f.streams, max(f.frames/f.streams, 1))
			if err != nil {
				return err
			}
			if way.best.took == 0 || c.took < way.best.took {
				*way.best = c
			}
		}
	}
	m := b.Manifest
	fmt.Fprintf(out, "%d streams on %s, %d windows each, model %v (width × height)\n", f.streams, apart.device, apart.windows/f.streams, size{m.Height, m.Width})
	rate := func(c crowd) float64 { return float64(c.windows) / c.took.Seconds() }
	fmt.Fprintf(out, "  a session for each        %8.1f windows/s\n", rate(apart))
	fmt.Fprintf(out, "  one session, batch ≤ %-2d   %8.1f windows/s, judged with %.1f on average\n", f.batch, rate(shared), float64(shared.together)/float64(shared.windows))
	fmt.Fprintf(out, "  one session / a session for each: %.3f\n", rate(shared)/rate(apart))
	return nil
}

// runCrowd has each stream judge windows as fast as it can.
func runCrowd(ctx context.Context, b *bundle.Bundle, o engine.Options, streams, windows int) (c crowd, err error) {
	engines := make([]*engine.Engine, streams)
	defer func() {
		for _, e := range engines {
			if e != nil {
				err = errors.Join(err, e.Close())
			}
		}
	}()
	for i := range engines {
		if engines[i], err = engine.Open(ctx, b, o); err != nil {
			return c, err
		}
	}
	h, w := engines[0].Size()
	frames := noise(rand.New(rand.NewPCG(3, 3)), average.Frames*h*w)
	together, problems := make([]int, streams), make([]error, streams)
	var all sync.WaitGroup
	begin := time.Now()
	for i, e := range engines {
		all.Go(func() {
			r := e.NewVerdict()
			for range windows {
				if err := e.Infer(ctx, frames, verdict.Calibrated(), r); err != nil {
					problems[i] = err
					return
				}
				together[i] += e.BatchSize()
			}
		})
	}
	all.Wait()
	c = crowd{took: time.Since(begin), windows: streams * windows, device: where(engines[0].Device(), engines[0].FallbackReason())}
	for _, n := range together {
		c.together += n
	}
	return c, errors.Join(problems...)
}
