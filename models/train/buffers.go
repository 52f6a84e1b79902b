package train

import (
	"math/rand/v2"

	"avid/models/compute"
)

// netBuffers are the two sets of buffers of one network: a Run reads one and
// writes the other.
type netBuffers struct {
	theta   [2]*compute.Tensor
	state   [][2]*compute.Tensor
	side    int     // which set is the newest
	updates int     // how many there were
	best    Weights // Best, BestAt and BestMark alone
}

func newNetBuffers(w Weights) *netBuffers {
	pair := func(v []float32) (p [2]*compute.Tensor) {
		for i := range p {
			p[i] = compute.Floats(int64(len(v)))
			copy(p[i].F32, v)
		}
		return p
	}
	n := &netBuffers{theta: pair(w.Theta), updates: w.Updates, best: w}
	for _, s := range w.State {
		n.state = append(n.state, pair(s))
	}
	return n
}

// rate counts an update and is its rate.
func (n *netBuffers) rate(o Optimizer, base float64) float32 {
	n.updates++
	return float32(o.rate(base, n.updates))
}

// turn returns the inputs of the next Run, rates among them, and its outputs, and makes
// the output set the current one.
func (n *netBuffers) turn(rates *compute.Tensor) (in, out []*compute.Tensor) {
	in, out = []*compute.Tensor{n.theta[n.side], rates}, []*compute.Tensor{n.theta[1-n.side]}
	for _, s := range n.state {
		in, out = append(in, s[n.side]), append(out, s[1-n.side])
	}
	n.side = 1 - n.side
	return in, out
}

// moment is where a run stands between two of its Runs.
type moment struct {
	random  []byte
	updates [2]int
}

func (r *run) mark() moment {
	return moment{r.supply.random, [2]int{r.nets[0].updates, r.nets[1].updates}}
}

// back undoes the turn that both networks took for a Run that was interrupted: what
// it read is the newest again.
func (r *run) back(to moment) {
	r.supply.random = to.random
	for k, n := range r.nets {
		n.side, n.updates = 1-n.side, to.updates[k]
	}
}

func first(l learner, rng *rand.Rand) Weights {
	w := Weights{Theta: l.layout.Init(rng)}
	for range l.slots() {
		w.State = append(w.State, make([]float32, l.layout.Len()))
	}
	return w
}
