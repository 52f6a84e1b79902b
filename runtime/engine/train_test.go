package engine_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"avid/models/autodiff"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx/ref"
	"avid/models/train"
	"avid/runtime/engine"
)

// TestTrainingStep runs the first steps of a training on ONNX Runtime and on
// the float64 reference: forward pass, gradients and update must agree, for
// every optimizer, normalization and form of the weight gradient.
func TestTrainingStep(t *testing.T) {
	for _, c := range []struct {
		kind train.Optimizer
		norm string
		form autodiff.WeightGradient
	}{{train.Adam, "none", autodiff.Im2col}, {train.SGD, "none", autodiff.Slices}, {train.SGD, "batch", autodiff.Im2col}} {
		t.Run(fmt.Sprintf("%s %s %d", c.kind, c.norm, c.form), func(t *testing.T) {
			cfg := train.DefaultConfig()
			cfg.Height, cfg.Width, cfg.Batch, cfg.Steps = 32, 48, 2, 3
			cfg.Optimizer, cfg.WeightGradient, cfg.InpainterRate, cfg.DetectorRate = c.kind, c.form, 1e-4, 1e-4
			cfg.Inpainter = nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: c.norm}
			cfg.Detector = nets.ConvDetector{Box: 8, Layers: []nets.ConvLayer{
				{Out: 4, Kernel: 6, Stride: 2, Pad: 2}, {Out: 3, Kernel: 4, Stride: 4}, {Out: 1, Kernel: 1, Stride: 1}}}
			run := func(b compute.Backend) []train.Losses {
				var out []train.Losses
				_, err := train.Run(context.Background(), cfg, walk(cfg.Height, cfg.Width), b,
					train.Options{Progress: func(p train.Progress) { out = append(out, p.Losses) }})
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			got, want := run(backend(t)), run(ref.Backend{})
			for i := range want {
				a, b := figures(got[i]), figures(want[i])
				for k := range b {
					if math.Abs(a[k]-b[k]) > 2e-3*max(math.Abs(b[k]), 0.05) {
						t.Errorf("step %d, loss %d: %g on ONNX Runtime, %g on the reference", i+1, k, a[k], b[k])
					}
				}
			}
		})
	}
}

// figures are the smooth losses; accuracies jump where a logit crosses zero.
func figures(l train.Losses) []float64 {
	return []float64{float64(l.Reconstruction), float64(l.Adversarial), float64(l.Auxiliary), float64(l.Real), float64(l.Fake)}
}

// walk is footage of a square that walks over a gradient.
func walk(h, w int) []train.Clip {
	c := train.Clip{Name: "walk"}
	for t := range 160 {
		f := make([]byte, h*w)
		for i := range f {
			f[i] = byte(60 + i%w)
		}
		for y := 8; y < 16; y++ {
			for x := range 6 {
				f[y*w+(t+x)%w] = 220
			}
		}
		c.Frames = append(c.Frames, f)
	}
	return []train.Clip{c}
}

// TestSpeed measures tiny graphs: the figures must be there and be finite.
func TestSpeed(t *testing.T) {
	b, _, err := engine.NewBackend(options(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg := train.DefaultConfig()
	cfg.Height, cfg.Width, cfg.Batch, cfg.StepsPerRun = 32, 48, 2, 3
	s, err := train.MeasureSpeed(t.Context(), cfg, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]train.Rate{"step": s.Step, "steps in one Run": s.Looped, "forward": s.Forward, "product": s.Product} {
		if !(r.Seconds > 0 && r.GFLOP > 0 && !math.IsInf(r.PerSecond(), 0)) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if s.Looped.GFLOP != s.Step.GFLOP {
		t.Errorf("a step of many does %g GFLOP, one alone %g", s.Looped.GFLOP, s.Step.GFLOP)
	}
	if ratio := s.Step.GFLOP / s.Forward.GFLOP; ratio < 3 || ratio > 8 {
		t.Errorf("a step does %.1f times the work of a forward pass", ratio)
	}
}
