package train

import (
	"fmt"

	"avid/models/autodiff"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
)

// Losses are the figures of one step, each a mean over the batch.
type Losses struct {
	Reconstruction float32 // weighted ‖X − I(X̃)‖² a pixel and channel
	Adversarial    float32 // −ln D(I(X̃)) a region: I's part of Eq. 3
	Teaching       float32 // cross-entropy of D on pseudo-irregularities
	Real           float32 // −ln D(X) a region
	Fake           float32 // −ln(1 − D(I(X̃))) a region
	RealAccuracy   float32 // share of real regions that D calls normal
	FakeAccuracy   float32 // share of inpainted regions that D calls irregular
}

const lossCount = 7

// batch is what one step reads; all tensors are float32.
type batch struct {
	clean  *compute.Tensor // [B,3,H,W] X
	pseudo *compute.Tensor // [B,3,H,W] X with pseudo-irregularities
	noisy  *compute.Tensor // [B,3,H,W] pseudo + γ·η
	weight *compute.Tensor // [B,1,H,W] weight of each pixel's reconstruction
	target *compute.Tensor // [B,1,n1,n2] wanted O
	judged *compute.Tensor // [B,1,n1,n2] weight of each region in teaching D
	game   *compute.Tensor // [1] what is left of D's game against I, 1 to 0
}

func newBatch(size, h, w, rows, cols int) *batch {
	b, n1, n2 := int64(size), int64(rows), int64(cols)
	picture := func(c int64) *compute.Tensor { return compute.Floats(b, c, int64(h), int64(w)) }
	return &batch{
		clean: picture(nets.Channels), pseudo: picture(nets.Channels), noisy: picture(nets.Channels), weight: picture(1),
		target: compute.Floats(b, 1, n1, n2), judged: compute.Floats(b, 1, n1, n2), game: compute.Floats(1),
	}
}

func (b *batch) tensors() []*compute.Tensor {
	return []*compute.Tensor{b.clean, b.pseudo, b.noisy, b.weight, b.target, b.judged, b.game}
}

// taught are the tensors that teaching D alone reads.
func (b *batch) taught() []*compute.Tensor { return []*compute.Tensor{b.pseudo, b.target, b.judged} }

// stepModel is a step as a model, its inputs and outputs in the order in which
// a run gives them.
type stepModel struct {
	model           []byte
	inputs, outputs []string
}

func newStepModel(g *onnx.Graph) (*stepModel, error) {
	m := &stepModel{}
	var err error
	if m.model, err = g.Marshal(); err != nil {
		return nil, err
	}
	for _, v := range g.Inputs {
		m.inputs = append(m.inputs, v.Name)
	}
	for _, v := range g.Outputs {
		m.outputs = append(m.outputs, v.Name)
	}
	return m, nil
}

// teachGraph writes a step of D alone on pseudo-irregularities.
func teachGraph(c Config, rows, cols int) (*stepModel, error) {
	g := onnx.NewGraph("avid teaching step")
	t := autodiff.NewTape(g, c.WeightGradient)
	pseudo := g.Input("pseudo", onnx.Float, c.Batch, nets.Channels, c.Height, c.Width)
	target := g.Input("target", onnx.Float, c.Batch, 1, rows, cols)
	judged := g.Input("judged", onnx.Float, c.Batch, 1, rows, cols)
	layout := c.Detector.Layout()
	o := newOptimizer(g, c.Optimizer, "detector", layout.Len())
	l := lossGraph{g: g, c: c}
	loss := l.teaching(c.Detector.Forward(g, layout.Split(g, o.theta), pseudo), target, judged)
	grad, err := t.Gradients(g.Scale(loss, c.TeachingWeight), o.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of D: %w", err)
	}
	o.update(grad[0])
	g.Output("losses", loss)
	return newStepModel(g)
}

// stepGraph writes one training step: forward passes of I and D, the losses,
// their gradients and the update of both weight vectors.
func stepGraph(c Config, rows, cols int) (*stepModel, error) {
	g := onnx.NewGraph("avid training step")
	t := autodiff.NewTape(g, c.WeightGradient)
	in := func(name string, dims ...any) *onnx.Value { return g.Input(name, onnx.Float, dims...) }
	clean := in("clean", c.Batch, nets.Channels, c.Height, c.Width)
	pseudo := in("pseudo", c.Batch, nets.Channels, c.Height, c.Width)
	noisy := in("noisy", c.Batch, nets.Channels, c.Height, c.Width)
	weight := in("weight", c.Batch, 1, c.Height, c.Width)
	target := in("target", c.Batch, 1, rows, cols)
	judged := in("judged", c.Batch, 1, rows, cols)
	game := in("game", 1)
	li, ld := c.Inpainter.Layout(), c.Detector.Layout()
	oi := newOptimizer(g, c.Optimizer, "inpainter", li.Len())
	od := newOptimizer(g, c.Optimizer, "detector", ld.Len())
	pi, pd := li.Split(g, oi.theta), ld.Split(g, od.theta)

	l := lossGraph{g: g, c: c}
	var inpainted *onnx.Value
	g.Scope("I", func() { inpainted = c.Inpainter.Forward(g, pi, noisy, nets.TrainNorm(t)) })
	d := func(x *onnx.Value) (o *onnx.Value) {
		g.Scope("D", func() { o = c.Detector.Forward(g, pd, x) })
		return o
	}
	half := int64(max(c.Batch/2, 1))
	part := func(v *onnx.Value) *onnx.Value { return g.Slice(v, []int64{0}, []int64{half}, []int64{0}, []int64{1}) }

	rec := l.reconstruction(inpainted, clean, weight)
	fake, real := d(part(inpainted)), d(part(clean))
	adversarial := l.entropy(fake, 1)
	lossI := g.Add(g.Scale(rec, c.ReconstructionWeight), g.Scale(adversarial, c.AdversarialWeight))
	teach := l.teaching(d(pseudo), target, judged)
	lossReal, lossFake := l.entropy(real, c.RealLabel), l.entropy(fake, 0)
	played := g.Mul(g.Scale(g.Add(lossReal, lossFake), c.GameWeight), game)
	lossD := g.Add(played, g.Scale(teach, c.TeachingWeight))

	gi, err := t.Gradients(lossI, oi.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of I: %w", err)
	}
	gd, err := t.Gradients(lossD, od.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of D: %w", err)
	}
	oi.update(gi[0])
	od.update(gd[0])
	accuracy := func(o *onnx.Value) *onnx.Value { return g.Reshape(g.ReduceMean(g.Step(o), true, 0, 1, 2, 3), 1) }
	g.Output("losses", g.Concat(0, rec, adversarial, teach, lossReal, lossFake, accuracy(real), accuracy(g.Neg(fake))))
	return newStepModel(g)
}

type lossGraph struct {
	g *onnx.Graph
	c Config
}

func (l lossGraph) mean(v *onnx.Value) *onnx.Value {
	return l.g.Reshape(l.g.ReduceMean(v, true, 0, 1, 2, 3), 1)
}

// reconstruction is the weighted mean of (X − I(X̃))², section 3.3.
func (l lossGraph) reconstruction(inpainted, clean, weight *onnx.Value) *onnx.Value {
	d := l.g.Sub(inpainted, clean)
	return l.mean(l.g.Mul(l.g.Mul(d, d), weight))
}

// entropy is the cross-entropy −y·ln O − (1−y)·ln(1−O) of logits o with one
// label y, averaged over the matrix O: Eq. 3 region by region.
func (l lossGraph) entropy(o *onnx.Value, y float32) *onnx.Value {
	return l.mean(l.point(o, l.g.Scalar(y)))
}

// point is softplus(o) − y·o, the cross-entropy without overflow.
func (l lossGraph) point(o, y *onnx.Value) *onnx.Value {
	return l.g.Sub(l.g.Softplus(o), l.g.Mul(y, o))
}

// teaching is the cross-entropy of each region with its own label and weight.
// The weights of a batch sum to one.
func (l lossGraph) teaching(o, target, judged *onnx.Value) *onnx.Value {
	return l.g.Reshape(l.g.ReduceSum(l.g.Mul(l.point(o, target), judged), true, 0, 1, 2, 3), 1)
}

// optimizer is the part of the graph that moves one flat weight vector.
type optimizer struct {
	g     *onnx.Graph
	kind  Optimizer
	name  string
	theta *onnx.Value
	rate  *onnx.Value
	state []*onnx.Value
}

func newOptimizer(g *onnx.Graph, kind Optimizer, name string, size int64) *optimizer {
	o := &optimizer{g: g, kind: kind, name: name}
	o.theta = g.Input(name, onnx.Float, size)
	o.rate = g.Input(name+".rate", onnx.Float, 1)
	for i := range kind.slots() {
		o.state = append(o.state, g.Input(fmt.Sprintf("%s.state%d", name, i), onnx.Float, size))
	}
	return o
}

// mix is k·old + (1−k)·fresh.
func mix(g *onnx.Graph, old, fresh *onnx.Value, k float32) *onnx.Value {
	return g.Add(g.Scale(old, k), g.Scale(fresh, 1-k))
}

// update adds the outputs with the moved weights and state.
func (o *optimizer) update(grad *onnx.Value) {
	g := o.g
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
	g.Output(o.name+".next", g.Sub(o.theta, g.Mul(o.rate, step)))
	for i, s := range state {
		g.Output(fmt.Sprintf("%s.state%d.next", o.name, i), s)
	}
}
