package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"avid/models/average"
	"avid/models/compute"
	"avid/models/onnx"
)

// Rate is how fast a graph runs.
type Rate struct {
	Seconds float64 // of the fastest run
	GFLOP   float64 // work of one run, in 10⁹ operations (onnx.Flops)
}

// PerSecond is the rate in GFLOP/s.
func (r Rate) PerSecond() float64 { return r.GFLOP / r.Seconds }

// Speed compares a training step with what the same machine does otherwise.
type Speed struct {
	Step    Rate // a step of both networks
	Looped  Rate // such a step among StepsPerRun in one Run; zero without them
	Forward Rate // the forward passes of I and D alone, weights constant
	Product Rate // a bare matrix product of 1024×1024 matrices
}

// MeasureSpeed times each graph repeats times after a first run and keeps the
// fastest, on random data.
func MeasureSpeed(ctx context.Context, c Config, backend compute.Backend, repeats int) (Speed, error) {
	var s Speed
	if err := c.Validate(); err != nil {
		return s, err
	}
	regions, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		return s, err
	}
	step, err := stepGraph(c, regions.Rows, regions.Cols)
	if err != nil {
		return s, err
	}
	both := c
	both.AuxiliarySteps = 0
	looped, err := loopGraph(both, regions.Rows, regions.Cols)
	if err != nil {
		return s, err
	}
	g, err := forwardGraph(c)
	if err != nil {
		return s, err
	}
	forward, err := g.Marshal()
	if err != nil {
		return s, err
	}
	product, err := productGraph()
	if err != nil {
		return s, err
	}
	for _, m := range []struct {
		name  string
		model []byte
		steps int
		rate  *Rate
	}{{"step", step.model, 1, &s.Step}, {"steps in one Run", looped.model, c.StepsPerRun, &s.Looped}, {"forward", forward, 1, &s.Forward}, {"product", product, 1, &s.Product}} {
		if m.rate == &s.Looped && m.steps <= 1 {
			continue
		}
		if *m.rate, err = measure(ctx, m.model, backend, repeats, m.steps); err != nil {
			return s, fmt.Errorf("timing the %s: %w", m.name, err)
		}
	}
	return s, nil
}

// ForwardWork is the work of a bundle's I and D on one window, in 10⁹ operations
// (onnx.Flops).
func (c Config) ForwardWork() (float64, error) {
	var err error
	if c.Detector, err = c.bundled(); err != nil {
		return 0, err
	}
	c.Batch = 1
	g, err := forwardGraph(c)
	if err != nil {
		return 0, err
	}
	return onnx.Flops(g) / 1e9, nil
}

// forwardGraph is I and D on one batch with constant weights.
func forwardGraph(c Config) (*onnx.Graph, error) {
	g := onnx.NewGraph("avid forward")
	rng := rand.New(rand.NewPCG(c.Seed, weightStream))
	li, ld := c.Inpainter.Layout(), c.Detector.Layout()
	pi, err := li.Constants(g, li.Init(rng))
	if err != nil {
		return nil, err
	}
	pd, err := ld.Constants(g, ld.Init(rng))
	if err != nil {
		return nil, err
	}
	x := g.Input("x", onnx.Float, c.Batch, average.Channels, c.Height, c.Width)
	if c.Inpainter.Ground == "" {
		g.Output("inpainted", c.Inpainter.Forward(g, pi, x, nil, nil))
		g.Output("logits", c.Detector.Forward(g, pd, x))
		return g, g.Err()
	}
	plane := func(name string) *onnx.Value { return g.Input(name, onnx.Float, c.Batch, 1, c.Height, c.Width) }
	g.Output("inpainted", c.Inpainter.Forward(g, pi, x, plane("ground"), nil))
	if !c.Detector.Where.There() {
		g.Output("logits", c.Detector.Forward(g, pd, x))
		return g, g.Err()
	}
	logits, where := c.Detector.ForwardWhere(g, pd, x, plane("front"))
	g.Output("logits", logits)
	g.Output("where", where)
	return g, g.Err()
}

func productGraph() ([]byte, error) {
	const n = 1024
	g := onnx.NewGraph("product")
	g.Output("c", g.MatMul(g.Input("a", onnx.Float, n, n), g.Input("b", onnx.Float, n, n)))
	return g.Marshal()
}

// measure times a model of the given number of steps; the rate is one step's.
func measure(ctx context.Context, model []byte, backend compute.Backend, repeats, steps int) (Rate, error) {
	g, err := onnx.Parse(model)
	if err != nil {
		return Rate{}, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	tensors := func(list []*onnx.Value) (names []string, out []*compute.Tensor) {
		for _, v := range list {
			shape := slices.Clone(v.Shape)
			if len(shape) > 0 && shape[0] == onnx.Dyn { // as many as there are steps
				shape[0] = int64(steps)
			}
			t := compute.Floats(shape...)
			for i := range t.F32 {
				t.F32[i] = 0.1 * rng.Float32() // small enough for every loss to stay finite
			}
			if v.Type == onnx.Int64 { // the number of steps
				t = &compute.Tensor{Shape: shape, I64: []int64{int64(steps)}}
			}
			names, out = append(names, v.Name), append(out, t)
		}
		return names, out
	}
	inNames, in := tensors(g.Inputs)
	outNames, out := tensors(g.Outputs)
	s, err := backend.Load(model, inNames, outNames)
	if err != nil {
		return Rate{}, err
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	r := Rate{GFLOP: onnx.Flops(g) / 1e9}
	for i := range repeats + 1 {
		start := time.Now()
		if err := s.Run(ctx, in, out); err != nil {
			return r, err
		}
		if d := time.Since(start).Seconds() / float64(steps); i > 0 && (r.Seconds == 0 || d < r.Seconds) {
			r.Seconds = d
		}
	}
	return r, nil
}
