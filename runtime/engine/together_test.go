package engine_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"avid/models/bundle"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

func openShared(t *testing.T, b *bundle.Bundle, batch int) *engine.Engine {
	t.Helper()
	o := options(t)
	o.Batch = batch
	e, err := engine.Open(t.Context(), b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// TestTogetherAsAlone: streams that share a session get what each gets from a
// session of its own, with their own past and thresholds, and do share runs.
func TestTogetherAsAlone(t *testing.T) {
	t.Run("X", func(t *testing.T) { togetherAsAlone(t, testBundle(t, 32, 48)) })
	t.Run("ground", func(t *testing.T) { togetherAsAlone(t, groundNetwork().pack(t)) })
}

func togetherAsAlone(t *testing.T, b *bundle.Bundle) {
	t.Helper()
	b.Manifest.Calibration.Smoothing = 0.4
	const streams, windows = 5, 40
	var all sync.WaitGroup
	together := make([]int, streams)
	problems := make([]error, streams)
	begin := make([]sync.WaitGroup, windows) // all streams have come to a window
	for n := range begin {
		begin[n].Add(streams)
	}
	for i := range streams {
		alone, shared := open(t, b), openShared(t, b, 4)
		all.Go(func() {
			together[i], problems[i] = sameResults(t, alone, shared, uint64(i), begin, verdict.Thresholds{Alpha: -1, Zeta: -1 + float64(i/4)*1.5})
		})
	}
	all.Wait()
	if err := errors.Join(problems...); err != nil {
		t.Fatal(err)
	}
	if most := slices.Max(together); most < 2 || most > 4 {
		t.Errorf("the largest runs of the streams had %v windows, want 2 to 4", together)
	}
}

// sameResults compares two engines window by window, each of which begins once all streams
// have come to it, and gives the largest run of the second.
func sameResults(t *testing.T, alone, shared *engine.Engine, seed uint64, begin []sync.WaitGroup, by verdict.Thresholds) (together int, err error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	want, got := alone.NewVerdict(), shared.NewVerdict()
	for n := range begin {
		if n == len(begin)/2 {
			alone.Restart()
			shared.Restart()
		}
		frames := randomFrames(rng, 6*32*48)
		problem := alone.Infer(t.Context(), frames, by, want)
		begin[n].Done()
		begin[n].Wait()
		if err = errors.Join(err, problem, shared.Infer(t.Context(), frames, by, got)); err != nil {
			continue // the others wait for this one
		}
		together = max(together, shared.BatchSize())
		if alone.BatchSize() != 1 || want.Threshold != got.Threshold || !alike(want.Error, got.Error) || !alike(want.Regions, got.Regions) || !alike(want.Pixel, got.Pixel) ||
			!alike([]float32{want.Score}, []float32{got.Score}) {
			err = fmt.Errorf("stream %d, window %d: not what it gets alone", seed, n)
		}
	}
	return together, err
}

// alike allows for sums in another order.
func alike(a, b []float32) bool {
	for i := range a {
		if d := math.Abs(float64(a[i] - b[i])); d > 1e-4*max(1, math.Abs(float64(a[i]))) {
			return false
		}
	}
	return len(a) == len(b)
}

// TestSharedIsClosedByTheLast: an engine that closes leaves the others theirs,
// and after the last the next begins anew.
func TestSharedIsClosedByTheLast(t *testing.T) {
	b := testBundle(t, 32, 48)
	frames := randomFrames(rand.New(rand.NewPCG(4, 4)), 6*32*48)
	for range 2 {
		first, second := openShared(t, b, 8), openShared(t, b, 8)
		r := second.NewVerdict()
		for range 2 {
			if err := errors.Join(first.Close(), second.Infer(t.Context(), frames, verdict.Calibrated(), r)); err != nil {
				t.Fatal(err)
			}
		}
		if err := first.Infer(t.Context(), frames, verdict.Calibrated(), r); !errors.Is(err, engine.ErrModel) {
			t.Errorf("closed engine: %v", err)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
