package train

import (
	"context"
	"fmt"
	"math"

	"avid/models/compute"
)

// stepper makes training steps: each one of both networks against each other,
// then AuxiliarySteps of D alone on more pseudo-irregularities. The results are
// the same from every stepper.
type stepper interface {
	// steps makes the n steps that follow r.step, n ≤ StepsPerRun, and returns
	// the losses of each. Where ctx ends its Run all is as before them.
	steps(ctx context.Context, r *run, n int) ([]Losses, error)
	close()
}

// single makes each update in a Run of its own.
type single struct {
	session   compute.Session    // a step of both networks
	auxiliary compute.Session    // a step of D alone; nil without AuxiliarySteps
	rates     [2]*compute.Tensor // of I, D; [1]
	losses    *compute.Tensor
	taught    *compute.Tensor // the loss of the auxiliary
}

func newSingle(r *run) (stepper, error) {
	s := &single{rates: [2]*compute.Tensor{compute.Floats(1), compute.Floats(1)}, losses: compute.Floats(lossCount), taught: compute.Floats(1)}
	var err error
	if s.session, err = r.loadStep(stepGraph); err == nil && r.c.AuxiliarySteps > 0 {
		s.auxiliary, err = r.loadStep(auxiliaryGraph)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// loadStep readies a graph of steps.
func (r *run) loadStep(graph func(c Config, rows, cols int) (*stepModel, error)) (compute.Session, error) {
	m, err := graph(r.c, r.regions.Rows, r.regions.Cols)
	if err != nil {
		return nil, err
	}
	s, err := r.backend.Load(m.model, m.inputs, m.outputs)
	if err != nil {
		return nil, fmt.Errorf("loading the training step: %w", err)
	}
	return s, nil
}

func (s *single) close() {
	for _, session := range []compute.Session{s.session, s.auxiliary} {
		if session != nil {
			_ = session.Close()
		}
	}
}

func (s *single) steps(ctx context.Context, r *run, n int) ([]Losses, error) {
	out := make([]Losses, n)
	for i := range out {
		at := r.step + 1 + i
		decay := r.decay(at)
		before := r.mark()
		b := r.supply.take()
		b.adversarial.F32[0] = r.adversarial(at)
		err := s.update(ctx, r, s.session, b.tensors(), s.losses, at, decay, 0, 1)
		r.supply.give(b)
		if cancelled(ctx, err) {
			r.back(before)
			return nil, err
		}
		// What began a step ends it: there is no way back from here.
		for range r.c.AuxiliarySteps {
			if err != nil {
				break
			}
			b := r.supply.take()
			err = s.update(context.WithoutCancel(ctx), r, s.auxiliary, b.taught(), s.taught, at, decay, 1)
			r.supply.give(b)
		}
		if err != nil {
			return nil, err
		}
		out[i] = asLosses(s.losses.F32)
	}
	return out, nil
}

// update moves the given networks.
func (s *single) update(ctx context.Context, r *run, session compute.Session, in []*compute.Tensor, losses *compute.Tensor, step int, decay float64, nets ...int) error {
	var out []*compute.Tensor
	for _, k := range nets {
		s.rates[k].F32[0] = r.rate(k, decay)
		i, o := r.nets[k].turn(s.rates[k])
		in, out = append(in, i...), append(out, o...)
	}
	if err := session.Run(ctx, in, append(out, losses)); err != nil {
		return fmt.Errorf("step %d: %w", step, err)
	}
	return finite(step, losses.F32)
}

// rate counts an update of network k and is its rate.
func (r *run) rate(k int, decay float64) float32 {
	base := [2]float64{r.c.InpainterRate, r.c.DetectorRate}[k]
	return r.nets[k].rate(r.c.Optimizer, decay*base)
}

// finite is ErrDiverged where a loss of the step is no number.
func finite(step int, losses []float32) error {
	for _, l := range losses {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
			return fmt.Errorf("step %d: %w", step, ErrDiverged)
		}
	}
	return nil
}

func asLosses(l []float32) Losses { return Losses{l[0], l[1], l[2], l[3], l[4], l[5], l[6]} }
