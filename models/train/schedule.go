package train

import (
	"context"
	"time"
)

// atOnce is how many steps the next Run makes: no more than to the next
// validation, to the last step and, at the pace of those before, to the end of
// the time. One where the run is over already, or to learn the pace.
func (r *run) atOnce(ctx context.Context) int {
	n := min(max(r.c.StepsPerRun, 1), r.interval()-r.step%r.interval())
	if r.c.Steps > 0 {
		n = min(n, r.c.Steps-r.step)
	}
	switch {
	case ctx.Err() != nil, r.c.Duration > 0 && r.pace == 0:
		n = 1
	case r.c.Duration > 0:
		n = int(min(time.Duration(n), 1+(r.steppingTime()-r.elapsed())/r.pace))
	}
	return max(n, 1)
}

func (r *run) elapsed() time.Duration { return r.before + time.Since(r.start) }

func (r *run) done() bool {
	return r.c.Steps > 0 && r.step >= r.c.Steps || r.c.Duration > 0 && r.elapsed() >= r.steppingTime()
}

// steppingTime is what a limit of time leaves for steps: another step must fit
// too.
func (r *run) steppingTime() time.Duration { return r.c.Duration - r.finish - r.pace }

// interval is the number of steps between validations: 20 in a run.
func (r *run) interval() int {
	if r.c.Steps > 0 {
		return max(r.c.Steps/20, 10)
	}
	return 50
}

// fraction is how much of the run is over at a step, 0 to 1.
func (r *run) fraction(step int) float64 {
	var f float64
	if r.c.Steps > 0 {
		f = float64(step) / float64(r.c.Steps)
	}
	if r.c.Duration > 0 {
		f = max(f, float64(r.elapsed())/float64(max(r.steppingTime(), 1)))
	}
	return min(f, 1)
}

// decay lowers both rates to a tenth over the last third of a run with Adam;
// the paper's SGD keeps its rate.
func (r *run) decay(step int) float64 {
	const from, to = 2.0 / 3, 0.1
	f := r.fraction(step)
	if r.c.Optimizer != Adam || f < from {
		return 1
	}
	return 1 - (1-to)*(f-from)/(1-from)
}

// adversarial returns the share of the weight of D's adversarial loss that is left.
// Once I paints well, D would have to tell apart what is all but equal, which upsets
// what the auxiliary loss teaches it; so the one opens a run and the other ends it.
func (r *run) adversarial(step int) float32 {
	if r.c.AdversarialShare == 0 {
		return 1
	}
	return float32(max(1-r.fraction(step)/r.c.AdversarialShare, 0))
}
