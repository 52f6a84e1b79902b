package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/train"
	"avid/runtime/engine"
)

// cases are the model sizes and batches that are timed.
func cases(quick bool) (sizes [][2]int, batches []int, least time.Duration) {
	if quick {
		return [][2]int{{64, 96}}, []int{1, 2}, 0
	}
	return [][2]int{{240, 360}, {480, 640}}, []int{1, 4, 16, 64}, time.Second
}

// randomBundle has networks of the default widths; their weights do not matter
// for speed.
func randomBundle(h, w int, precision string) (*bundle.Bundle, error) {
	c, rng := train.DefaultConfig(), rand.New(rand.NewPCG(1, 1))
	c.Height, c.Width = h, w
	c.Inpainter.Depth = 2 // 240×360 is no multiple of what a depth of 3 wants
	b, err := train.Pack(c.Fused(), c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
	if err != nil {
		return nil, err
	}
	return nets.InPrecision(b, precision)
}

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
	for _, size := range sizes {
		for _, precision := range []string{bundle.FP32, bundle.FP16} {
			b, err := randomBundle(size[0], size[1], precision)
			if err != nil {
				return err
			}
			work, err := workOf(size)
			if err != nil {
				return err
			}
			for _, n := range batches {
				each, err := timeBatch(backend, b, n, least)
				if err != nil {
					return fmt.Errorf("%d×%d, %s, batch %d: %w", size[0], size[1], precision, n, err)
				}
				rate, limit := float64(n)/each, peak[precision]/work
				fmt.Fprintf(out, "%-10s %-9s %5d %12.1f %12.1f %7.1f %%\n", fmt.Sprintf("%d×%d", size[0], size[1]), precision, n, rate, limit, 100*rate/limit)
			}
		}
	}
	return nil
}

// workOf is the work of I and D on one frame, GFLOP.
func workOf(size [2]int) (float64, error) {
	c := train.DefaultConfig()
	c.Inpainter.Depth = 2
	g := onnx.NewGraph("work")
	rng := rand.New(rand.NewPCG(1, 1))
	pi, err1 := c.Inpainter.Layout().Constants(g, c.Inpainter.Layout().Init(rng))
	pd, err2 := c.Detector.Layout().Constants(g, c.Detector.Layout().Init(rng))
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("%w %w", err1, err2)
	}
	x := g.Input("x", onnx.Float, 1, nets.Channels, size[0], size[1])
	g.Output("inpainted", c.Inpainter.Forward(g, pi, x, nil))
	g.Output("logits", c.Detector.Forward(g, pd, x))
	return onnx.Flops(g) / 1e9, g.Err()
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
		if err = closing(s, err); err != nil {
			return nil, err
		}
		rates[precision] = times * 2 * float64(n) * float64(n) * float64(n) / 1e9 / each
	}
	return rates, nil
}

func closing(s compute.Session, err error) error {
	if e := s.Close(); err == nil {
		err = e
	}
	return err
}

// timeBatch is the time of one run of n windows, seconds.
func timeBatch(backend compute.Backend, b *bundle.Bundle, n int, least time.Duration) (float64, error) {
	m := b.Manifest
	h, w, n1, n2, k := int64(m.Height), int64(m.Width), int64(m.Regions.Rows), int64(m.Regions.Cols), int64(n)
	s, err := backend.Load(b.Fused, nets.FusedInputs, nets.FusedOutputs)
	if err != nil {
		return 0, err
	}
	scale := compute.Floats(n1, 1)
	for i := range scale.F32 {
		scale.F32[i] = 1
	}
	frames := compute.Bytes(k, nets.Frames, h, w)
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range frames.U8 {
		frames.U8[i] = byte(rng.Uint32())
	}
	in := []*compute.Tensor{frames, compute.Floats(k, n1, n2), compute.Floats(k, 1, 1), compute.Floats(h, w), compute.Floats(n1, 1), scale, compute.Floats(1)}
	out := []*compute.Tensor{compute.Bytes(k, h, w), compute.Floats(k), compute.Floats(k, h, w), compute.Floats(k, n1, n2), compute.Floats(k, n1, n2), compute.Floats(k, h, w)}
	each, err := fastest(s, in, out, least)
	return each, closing(s, err)
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
		if err := s.Run(in, out); err != nil {
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
	for _, size := range sizes {
		for _, precision := range []string{bundle.FP32, bundle.FP16} {
			b, err := randomBundle(size[0], size[1], precision)
			if err != nil {
				return err
			}
			times, err := inferTimes(b, on, least)
			if err != nil {
				return err
			}
			alone, err := timeBatch(backend, b, 1, least)
			if err != nil {
				return err
			}
			p50, p99 := times[len(times)/2], times[len(times)*99/100]
			fmt.Fprintf(out, "%-10s %-9s %10.3f %10.3f %13.3f ms %8.2f\n", fmt.Sprintf("%d×%d", size[0], size[1]), precision,
				1e3*p50, 1e3*p99, 1e3*alone, times[0]/alone)
		}
	}
	return nil
}

// inferTimes are the sorted times of many inferences, seconds.
func inferTimes(b *bundle.Bundle, on engine.Options, least time.Duration) ([]float64, error) {
	e, err := engine.Open(b, on)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }() // measured already
	h, w := e.Size()
	r, frames := e.NewResult(), make([]byte, nets.Frames*h*w)
	var times []float64
	for begin := time.Now(); len(times) < 10 || len(times) < 2000 && time.Since(begin) < 2*least; {
		start := time.Now()
		if err := e.Infer(frames, engine.Calibrated(), r); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	return times, nil
}

// trainingStep times a step of the default recipe.
func trainingStep(out io.Writer, on engine.Options, quick bool) error {
	on.LowMemory = true
	backend, _, err := engine.NewBackend(on)
	if err != nil {
		return err
	}
	c, repeats := train.DefaultConfig(), 10
	if quick {
		c.Height, c.Width, c.Batch, repeats = 32, 48, 2, 1
	}
	s, err := train.MeasureSpeed(c, backend, repeats)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\ntraining, %d×%d×%d: step %.1f ms, %.0f GFLOP/s; forward alone %.0f GFLOP/s\n", c.Batch, c.Height, c.Width,
		1e3*s.Step.Seconds, s.Step.PerSecond(), s.Forward.PerSecond())
	return nil
}
