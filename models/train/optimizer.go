package train

import (
	"fmt"

	"avid/models/nets"
	"avid/models/onnx"
)

// learner is what training knows of one network: which weights are moved, and how.
type learner struct {
	name   string
	layout nets.Layout
	kind   Optimizer
	keep   float64 // of the weights' running mean at each update; 0: there is none
}

func (c Config) inpainter() learner {
	return learner{"inpainter", c.Inpainter.Layout(), c.Optimizer, 0}
}

func (c Config) detector() learner {
	return learner{"detector", c.Detector.Layout(), c.Optimizer, c.DetectorMean}
}

// slots is how many vectors of state are kept, the running mean of the weights
// among them where there is one.
func (l learner) slots() int {
	n := 1
	if l.kind == Adam {
		n = 2
	}
	if l.keep > 0 {
		n++
	}
	return n
}

// optimizer is the part of the graph that moves one flat weight vector.
type optimizer struct {
	learner
	theta *onnx.Value
	rate  *onnx.Value   // [1]
	state []*onnx.Value // as many as there are slots
	next  []*onnx.Value // the weights and the state after update
}

// inputOptimizer reads weights, state and rate from the graph's inputs; the
// rate's has the given dimensions.
func inputOptimizer(g *onnx.Graph, l learner, rate ...any) *optimizer {
	size := l.layout.Len()
	o := &optimizer{learner: l, theta: g.Input(l.name, onnx.Float, size), rate: g.Input(l.name+".rate", onnx.Float, rate...)}
	for i := range l.slots() {
		o.state = append(o.state, g.Input(fmt.Sprintf("%s.state%d", l.name, i), onnx.Float, size))
	}
	return o
}

// vectors are the weights and the state.
func (o *optimizer) vectors() []*onnx.Value { return append([]*onnx.Value{o.theta}, o.state...) }

// with is the same optimizer in a loop, where it has other values.
func (o *optimizer) with(rate *onnx.Value, vectors []*onnx.Value) *optimizer {
	return &optimizer{learner: o.learner, theta: vectors[0], rate: rate, state: vectors[1:]}
}

// mix is k·old + (1−k)·fresh.
func mix(g *onnx.Graph, old, fresh *onnx.Value, k float32) *onnx.Value {
	return g.Add(g.Scale(old, k), g.Scale(fresh, 1-k))
}

// update moves the weights and the state.
func (o *optimizer) update(g *onnx.Graph, grad *onnx.Value) {
	var step *onnx.Value
	var state []*onnx.Value
	switch o.kind {
	case Adam: // Kingma and Ba, 2015, Alg. 1; its bias corrections are in the rate
		m := mix(g, o.state[0], grad, adamBeta1)
		v := mix(g, o.state[1], g.Mul(grad, grad), adamBeta2)
		step, state = g.Div(m, g.Add(g.Sqrt(v), g.Scalar(adamEpsilon))), []*onnx.Value{m, v}
	default: // classical momentum: v ← μv + g, θ ← θ − ηv
		v := g.Add(g.Scale(o.state[0], sgdMomentum), grad)
		step, state = v, []*onnx.Value{v}
	}
	theta := g.Sub(o.theta, g.Mul(o.rate, step))
	if o.keep > 0 {
		state = append(state, mix(g, o.state[len(state)], theta, float32(o.keep)))
	}
	o.next = append([]*onnx.Value{theta}, state...)
}

// output adds the outputs with the moved weights and state.
func (o *optimizer) output(g *onnx.Graph) {
	g.Output(o.name+".next", o.next[0])
	for i, s := range o.next[1:] {
		g.Output(fmt.Sprintf("%s.state%d.next", o.name, i), s)
	}
}
