package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"avid/models/autodiff"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/train"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// cases are the model sizes and batches that are timed.
func cases(quick bool) (sizes [][2]int, batches []int, least time.Duration) {
	if quick {
		return [][2]int{{64, 96}}, []int{1, 2}, 0
	}
	return [][2]int{{240, 360}, {480, 640}}, []int{1, 4, 16, 64}, time.Second
}

// networks are those that are timed: of the default widths.
func networks(h, w int) train.Config {
	c := train.DefaultConfig()
	c.Height, c.Width = h, w
	c.Inpainter.Depth = 2 // 240×360 is no multiple of what a depth of 3 wants
	return c
}

// eachBundle calls f with networks of each size in each precision; their weights
// do not matter for speed.
func eachBundle(sizes [][2]int, f func(c train.Config, b *bundle.Bundle, precision string) error) error {
	for _, size := range sizes {
		c, rng := networks(size[0], size[1]), rand.New(rand.NewPCG(1, 1))
		full, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
		if err != nil {
			return err
		}
		for _, precision := range []string{bundle.FP32, bundle.FP16} {
			b, err := nets.InPrecision(full, precision)
			if err != nil {
				return err
			}
			if err := f(c, b, precision); err != nil {
				return fmt.Errorf("%d×%d, %s: %w", size[0], size[1], precision, err)
			}
		}
	}
	return nil
}

// sized names the size of networks in a column of a table.
func sized(c train.Config) string { return fmt.Sprintf("%d×%d", c.Height, c.Width) }

// throughput times the fused graph, several windows at once.
func throughput(out io.Writer, on engine.Options, quick bool) error {
	backend, _, err := engine.NewBackend(on)
	if err != nil {
		return err
	}
	peak, err := product(backend, quick)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nbare matrix product: fp32 %.0f GFLOP/s, fp16 %.0f GFLOP/s; the limit is a frame's work at that rate\n", peak[bundle.FP32], peak[bundle.FP16])
	fmt.Fprintf(out, "%-10s %-9s %5s %12s %12s %8s\n", "size", "precision", "batch", "frames/s", "limit", "share")
	sizes, batches, least := cases(quick)
	return eachBundle(sizes, func(c train.Config, b *bundle.Bundle, precision string) error {
		work, err := c.ForwardWork()
		if err != nil {
			return err
		}
		for _, n := range batches {
			each, err := timeBatch(backend, b, n, least)
			if err != nil {
				return fmt.Errorf("batch %d: %w", n, err)
			}
			rate, limit := float64(n)/each, peak[precision]/work
			fmt.Fprintf(out, "%-10s %-9s %5d %12.1f %12.1f %7.1f %%\n", sized(c), precision, n, rate, limit, 100*rate/limit)
		}
		return nil
	})
}

// product is the rate of a large matrix product in each precision, GFLOP/s.
func product(backend compute.Backend, quick bool) (map[string]float64, error) {
	n := 4096
	if quick {
		n = 256
	}
	rates := map[string]float64{}
	for precision, t := range map[string]onnx.Type{bundle.FP32: onnx.Float, bundle.FP16: onnx.Float16} {
		g := onnx.NewGraph("product")
		a := g.Cast(g.Input("a", onnx.Float, n, n), t)
		p := a
		const times = 8 // so that what goes to the device and back counts little
		for range times {
			p = g.MatMul(p, a)
		}
		g.Output("p", g.Cast(g.ReduceMax(p, true, 0, 1), onnx.Float))
		model, err := g.Marshal()
		if err != nil {
			return nil, err
		}
		s, err := backend.Load(model, []string{"a"}, []string{"p"})
		if err != nil {
			return nil, err
		}
		side := int64(n)
		each, err := fastest(s, []*compute.Tensor{compute.Floats(side, side)}, []*compute.Tensor{compute.Floats(1, 1)}, 0)
		if err = errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		rates[precision] = times * 2 * float64(n) * float64(n) * float64(n) / 1e9 / each
	}
	return rates, nil
}

// timeBatch is the time of one run of n windows, seconds.
func timeBatch(backend compute.Backend, b *bundle.Bundle, n int, least time.Duration) (float64, error) {
	s, err := backend.Load(b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest))
	if err != nil {
		return 0, err
	}
	t, rng := nets.NewFusedTensors(b.Manifest, n), rand.New(rand.NewPCG(3, 3))
	for i := range t.Frames.U8 {
		t.Frames.U8[i] = byte(rng.Uint32())
	}
	each, err := fastest(s, t.Inputs(), t.Outputs(), least)
	return each, errors.Join(err, s.Close())
}

// fastest is the shortest run after three that do not count, of at least three
// and for least.
func fastest(s compute.Session, in, out []*compute.Tensor, least time.Duration) (float64, error) {
	best := 0.0
	var counted time.Time
	for i := 0; ; i++ {
		if i == 3 {
			counted = time.Now()
		}
		if i >= 6 && time.Since(counted) >= least {
			return best, nil
		}
		start := time.Now()
		if err := s.Run(context.Background(), in, out); err != nil {
			return 0, err
		}
		if d := time.Since(start).Seconds(); i >= 3 && (best == 0 || d < best) {
			best = d
		}
	}
}

// latency times one window after the other, with all that avid does around the
// session, and the session alone.
func latency(out io.Writer, on engine.Options, quick bool) error {
	backend, _, err := engine.NewBackend(on)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%-10s %-9s %10s %10s %16s %8s\n", "size", "precision", "p50, ms", "p99, ms", "session alone", "ratio")
	sizes, _, least := cases(quick)
	return eachBundle(sizes, func(c train.Config, b *bundle.Bundle, precision string) error {
		times, err := inferTimes(b, on, least)
		if err != nil {
			return err
		}
		alone, err := timeBatch(backend, b, 1, least)
		if err != nil {
			return err
		}
		p50, p99 := times[len(times)/2], times[len(times)*99/100]
		fmt.Fprintf(out, "%-10s %-9s %10.3f %10.3f %13.3f ms %8.2f\n", sized(c), precision, 1e3*p50, 1e3*p99, 1e3*alone, times[0]/alone)
		return nil
	})
}

// inferTimes are the sorted times of many inferences, seconds.
func inferTimes(b *bundle.Bundle, on engine.Options, least time.Duration) ([]float64, error) {
	e, err := engine.Open(context.Background(), b, on)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }() // measured already
	h, w := e.Size()
	r, frames := e.NewVerdict(), make([]byte, average.Frames*h*w)
	var times []float64
	for begin := time.Now(); len(times) < 10 || len(times) < 2000 && time.Since(begin) < 2*least; {
		start := time.Now()
		if err := e.Infer(context.Background(), frames, verdict.Calibrated(), r); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	return times, nil
}

// trainingStep times a step of the default recipe, alone and among several in one
// Run.
func trainingStep(out io.Writer, on engine.Options, quick bool) error {
	on.LowMemory = true
	backend, device, err := engine.NewBackend(on)
	if err != nil {
		return err
	}
	c, repeats := train.DefaultConfig(), 10
	c.StepsPerRun = train.StepsOnDevice
	if device != engine.CPU {
		c.WeightGradient = autodiff.Slices // as avid train has it there
	}
	if quick {
		c.Height, c.Width, c.Batch, repeats = 32, 48, 2, 1
	}
	s, err := train.MeasureSpeed(context.Background(), c, backend, repeats)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\ntraining, %d×%d×%d: step %.1f ms, %.0f GFLOP/s, %.1f ms with %d in one Run; forward alone %.0f GFLOP/s\n", c.Batch, c.Height, c.Width,
		1e3*s.Step.Seconds, s.Step.PerSecond(), 1e3*s.Looped.Seconds, c.StepsPerRun, s.Forward.PerSecond())
	return nil
}
