package train

import (
	"context"
	"fmt"
	"slices"

	"avid/models/compute"
)

// looped makes up to StepsPerRun steps in one Run, so that weights and optimizer
// state reach the device once a Run, not once a step.
type looped struct {
	session compute.Session
	batches [][]*compute.Tensor // of each step
	taught  [][]*compute.Tensor // of each step's auxiliary steps, AuxiliarySteps a step
	// The memory of all batches, and what else goes in and out, each with the
	// steps on its first axis. Without AuxiliarySteps what is taught has no size.
	joint, teaching []*compute.Tensor
	rates           [2]*compute.Tensor // of I, D; [K,1]
	taughtRates     *compute.Tensor    // [K,E,1]
	losses          *compute.Tensor    // [K,7]
	taughtLosses    *compute.Tensor    // [K,E,1]
	count           *compute.Tensor    // [1]
	leads           map[lead]*compute.Tensor
}

// lead names the first n of a tensor's steps.
type lead struct {
	of *compute.Tensor
	n  int
}

func newLooped(r *run) (stepper, error) {
	k, e := int64(r.c.StepsPerRun), int64(r.c.AuxiliarySteps)
	l := &looped{rates: [2]*compute.Tensor{compute.Floats(k, 1), compute.Floats(k, 1)}, losses: compute.Floats(k, lossCount),
		taughtRates: compute.Floats(k, e, 1), taughtLosses: compute.Floats(k, e, 1),
		count: &compute.Tensor{Shape: []int64{1}, I64: []int64{0}}, leads: map[lead]*compute.Tensor{}}
	like := newBatch(r.c, r.regions.Rows, r.regions.Cols)
	l.joint, l.batches = stacked(like.tensors(), k)
	l.teaching, l.taught = stacked(like.taught(), k, e)
	var err error
	if l.session, err = r.loadStep(loopGraph); err != nil {
		return nil, err
	}
	return l, nil
}

// stacked is memory for as many lists of tensors as lead says: all of it, with
// the leading axes before each tensor's own, and the lists that are parts of it.
func stacked(like []*compute.Tensor, lead ...int64) (all []*compute.Tensor, parts [][]*compute.Tensor) {
	parts = make([][]*compute.Tensor, compute.Len(lead))
	for _, t := range like {
		whole, n := compute.Floats(slices.Concat(lead, t.Shape)...), len(t.F32)
		all = append(all, whole)
		for i := range parts {
			parts[i] = append(parts[i], &compute.Tensor{Shape: t.Shape, F32: whole.F32[i*n : (i+1)*n]})
		}
	}
	return all, parts
}

// first is a tensor's first n steps, in the same memory; always the same tensor,
// as sessions like it.
func (l *looped) first(t *compute.Tensor, n int) *compute.Tensor {
	if n == int(t.Shape[0]) {
		return t
	}
	key := lead{t, n}
	if l.leads[key] == nil {
		shape := append([]int64{int64(n)}, t.Shape[1:]...)
		l.leads[key] = &compute.Tensor{Shape: shape, F32: t.F32[:compute.Len(shape)]}
	}
	return l.leads[key]
}

func (l *looped) close() { _ = l.session.Close() }

func (l *looped) steps(ctx context.Context, r *run, n int) ([]Losses, error) {
	e := r.c.AuxiliarySteps
	before := r.mark()
	for i := range n {
		at := r.step + 1 + i
		decay := r.decay(at)
		b := r.supply.take()
		b.adversarial.F32[0] = r.adversarial(at)
		copyAll(l.batches[i], b.tensors())
		r.supply.give(b)
		for k, rates := range l.rates {
			rates.F32[i] = r.rate(k, decay)
		}
		for j := range e {
			b := r.supply.take()
			copyAll(l.taught[i*e+j], b.taught())
			r.supply.give(b)
			l.taughtRates.F32[i*e+j] = r.rate(1, decay)
		}
	}
	if err := l.run(ctx, r, n); err != nil {
		if cancelled(ctx, err) {
			r.back(before)
		}
		return nil, fmt.Errorf("steps %d to %d: %w", r.step+1, r.step+n, err)
	}
	out := make([]Losses, n)
	for i := range out {
		joint := l.losses.F32[i*lossCount : (i+1)*lossCount]
		for _, losses := range [][]float32{joint, l.taughtLosses.F32[i*e : (i+1)*e]} {
			if err := finite(r.step+1+i, losses); err != nil {
				return nil, err
			}
		}
		out[i] = asLosses(joint)
	}
	return out, nil
}

func copyAll(dst, src []*compute.Tensor) {
	for i, t := range src {
		copy(dst[i].F32, t.F32)
	}
}

// run makes the first n of the steps that are ready.
func (l *looped) run(ctx context.Context, r *run, n int) error {
	l.count.I64[0] = int64(n)
	in, out := []*compute.Tensor{l.count}, []*compute.Tensor{}
	for _, t := range l.joint {
		in = append(in, l.first(t, n))
	}
	for k, rates := range l.rates {
		i, o := r.nets[k].turn(l.first(rates, n))
		in, out = append(in, i...), append(out, o...)
	}
	out = append(out, l.first(l.losses, n))
	if r.c.AuxiliarySteps > 0 {
		for _, t := range l.teaching {
			in = append(in, l.first(t, n))
		}
		in, out = append(in, l.first(l.taughtRates, n)), append(out, l.first(l.taughtLosses, n))
	}
	return l.session.Run(ctx, in, out)
}
