package train

import (
	"fmt"
	"slices"

	"avid/models/autodiff"
	"avid/models/average"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
)

// Losses are the figures of one step, each a mean over the batch.
type Losses struct {
	Reconstruction float32 // weighted ‖X − I(X̃)‖² a pixel and channel
	Adversarial    float32 // −ln D(I(X̃)) a region: I's part of Eq. 3
	Auxiliary      float32 // cross-entropy of D on pseudo-irregularities
	Real           float32 // −ln D(X) a region
	Fake           float32 // −ln(1 − D(I(X̃))) a region
	RealAccuracy   float32 // share of real regions that D calls normal
	FakeAccuracy   float32 // share of inpainted regions that D calls irregular
}

const lossCount = 7

// batch is what one step reads; all tensors are float32.
type batch struct {
	clean       *compute.Tensor // [B,3,H,W] X
	pseudo      *compute.Tensor // [B,3,H,W] X with pseudo-irregularities
	noisy       *compute.Tensor // [B,3,H,W] pseudo + γ·η
	weight      *compute.Tensor // [B,1,H,W] weight of each pixel's reconstruction
	target      *compute.Tensor // [B,1,n1,n2] wanted O
	judged      *compute.Tensor // [B,1,n1,n2] weight of each region in teaching D
	adversarial *compute.Tensor // [1] share of the weight of D's adversarial loss, 1 to 0

	// Of an I that returns the ground, else nil, [B,1,H,W] each:
	ground *compute.Tensor // the ground as it was of late, in another light
	place  *compute.Tensor // the ground now, in the light of X: what I is to return
	front  *compute.Tensor // newest frame with pseudo-irregularities less place
	thing  *compute.Tensor // 1 where something irregular is in it
	near   *compute.Tensor // weight of each pixel in teaching where
}

func newBatch(c Config, rows, cols int) *batch {
	b, n1, n2 := int64(c.Batch), int64(rows), int64(cols)
	picture := func(channels int64) *compute.Tensor {
		return compute.Floats(b, channels, int64(c.Height), int64(c.Width))
	}
	new := &batch{
		clean: picture(average.Channels), pseudo: picture(average.Channels), noisy: picture(average.Channels), weight: picture(1),
		target: compute.Floats(b, 1, n1, n2), judged: compute.Floats(b, 1, n1, n2), adversarial: compute.Floats(1),
	}
	if c.Inpainter.Ground != "" {
		new.ground, new.place, new.front, new.thing, new.near = picture(1), picture(1), picture(1), picture(1), picture(1)
	}
	return new
}

// tensors are what a step reads, in the order of stepValues.
func (b *batch) tensors() []*compute.Tensor {
	all := []*compute.Tensor{b.clean, b.pseudo, b.noisy, b.weight, b.target, b.judged, b.adversarial}
	if b.ground != nil {
		all = append(all, b.ground, b.place, b.front, b.thing, b.near)
	}
	return all
}

// taught are the tensors that teaching D alone reads, in the order of auxiliaryValues.
func (b *batch) taught() []*compute.Tensor {
	all := []*compute.Tensor{b.pseudo, b.target, b.judged}
	if b.ground != nil {
		all = append(all, b.front, b.thing, b.near)
	}
	return all
}

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

// stepValues are a batch in a graph; the second line is nil where I returns no ground.
type stepValues struct {
	clean, pseudo, noisy, weight, target, judged, adversarial *onnx.Value
	ground, place, front, thing, near                         *onnx.Value
}

// auxiliaryValues are what teaching D alone reads, in a graph.
type auxiliaryValues struct{ pseudo, target, judged, front, thing, near *onnx.Value }

func (v stepValues) taught() auxiliaryValues {
	return auxiliaryValues{v.pseudo, v.target, v.judged, v.front, v.thing, v.near}
}

// batchInputs adds a batch to a graph's inputs, or more than one with leading
// dimensions before each of its own.
func batchInputs(g *onnx.Graph, c Config, rows, cols int, lead ...any) stepValues {
	in := func(name string, dims ...any) *onnx.Value {
		return g.Input(name, onnx.Float, slices.Concat(lead, dims)...)
	}
	picture := func(name string) *onnx.Value { return in(name, c.Batch, average.Channels, c.Height, c.Width) }
	plane := func(name string) *onnx.Value { return in(name, c.Batch, 1, c.Height, c.Width) }
	v := stepValues{clean: picture("clean"), pseudo: picture("pseudo"), noisy: picture("noisy"), weight: in("weight", c.Batch, 1, c.Height, c.Width),
		target: in("target", c.Batch, 1, rows, cols), judged: in("judged", c.Batch, 1, rows, cols), adversarial: in("adversarial", 1)}
	if c.Inpainter.Ground != "" {
		v.ground, v.place, v.front, v.thing, v.near = plane("ground"), plane("place"), plane("front"), plane("thing"), plane("near")
	}
	return v
}

// auxiliaryInputs is batchInputs for what teaching reads.
func auxiliaryInputs(g *onnx.Graph, c Config, prefix string, rows, cols int, lead ...any) auxiliaryValues {
	in := func(name string, dims ...any) *onnx.Value {
		return g.Input(prefix+name, onnx.Float, slices.Concat(lead, dims)...)
	}
	v := auxiliaryValues{pseudo: in("pseudo", c.Batch, average.Channels, c.Height, c.Width),
		target: in("target", c.Batch, 1, rows, cols), judged: in("judged", c.Batch, 1, rows, cols)}
	if c.Inpainter.Ground != "" {
		plane := func(name string) *onnx.Value { return in(name, c.Batch, 1, c.Height, c.Width) }
		v.front, v.thing, v.near = plane("front"), plane("thing"), plane("near")
	}
	return v
}

// auxiliaryGraph writes a step of D alone on pseudo-irregularities.
func auxiliaryGraph(c Config, rows, cols int) (*stepModel, error) {
	g := onnx.NewGraph("avid auxiliary step")
	in := auxiliaryInputs(g, c, "", rows, cols)
	o := inputOptimizer(g, c.detector(), 1)
	loss, err := auxiliaryStep(g, c, in, o)
	if err != nil {
		return nil, err
	}
	o.output(g)
	g.Output("losses", loss)
	return newStepModel(g)
}

// auxiliaryStep writes the nodes of a step of D alone; the loss is of shape [1].
func auxiliaryStep(g *onnx.Graph, c Config, in auxiliaryValues, o *optimizer) (loss *onnx.Value, err error) {
	t := autodiff.NewTape(g, c.WeightGradient)
	l := lossGraph{g: g, c: c}
	loss, where := l.taught(c.Detector.Layout().Split(g, o.theta), in)
	grad, err := t.Gradients(where, o.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of D: %w", err)
	}
	o.update(g, grad[0])
	return loss, nil
}

// stepGraph writes one training step: forward passes of I and D, the losses,
// their gradients and the update of both weight vectors.
func stepGraph(c Config, rows, cols int) (*stepModel, error) {
	g := onnx.NewGraph("avid training step")
	in := batchInputs(g, c, rows, cols)
	oi := inputOptimizer(g, c.inpainter(), 1)
	od := inputOptimizer(g, c.detector(), 1)
	losses, err := jointStep(g, c, in, oi, od)
	if err != nil {
		return nil, err
	}
	oi.output(g)
	od.output(g)
	g.Output("losses", losses)
	return newStepModel(g)
}

// jointStep writes the nodes of a step of both networks; the losses are those of
// Losses, of shape [7].
func jointStep(g *onnx.Graph, c Config, in stepValues, oi, od *optimizer) (losses *onnx.Value, err error) {
	t := autodiff.NewTape(g, c.WeightGradient)
	pi, pd := c.Inpainter.Layout().Split(g, oi.theta), c.Detector.Layout().Split(g, od.theta)

	l := lossGraph{g: g, c: c}
	var inpainted *onnx.Value
	g.Scope("I", func() { inpainted = c.Inpainter.Forward(g, pi, in.noisy, in.ground, nets.TrainNorm(t)) })
	d := func(x *onnx.Value) (o *onnx.Value) {
		g.Scope("D", func() { o = c.Detector.Forward(g, pd, x) })
		return o
	}
	half := int64(max(c.Batch/2, 1))
	part := func(v *onnx.Value) *onnx.Value { return g.Slice(v, []int64{0}, []int64{half}, []int64{0}, []int64{1}) }

	wanted := in.clean
	if c.Inpainter.Ground != "" {
		wanted = in.place
	}
	rec := l.reconstruction(inpainted, wanted, in.weight)
	if c.Inpainter.Ground != "" { // D judges X with its irregularities replaced by the ground
		inpainted = l.replaced(in.clean, in.pseudo, inpainted)
	}
	fake, real := d(part(inpainted)), d(part(in.clean))
	adversarial := l.entropy(fake, 1)
	lossI := g.Add(g.Scale(rec, c.ReconstructionWeight), g.Scale(adversarial, c.AdversarialWeight))
	var teach, taught *onnx.Value
	g.Scope("D", func() { teach, taught = l.taught(pd, in.taught()) })
	lossReal, lossFake := l.entropy(real, c.RealLabel), l.entropy(fake, 0)
	played := g.Mul(g.Scale(g.Add(lossReal, lossFake), c.DetectorAdversarialWeight), in.adversarial)
	lossD := g.Add(played, taught)

	gi, err := t.Gradients(lossI, oi.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of I: %w", err)
	}
	gd, err := t.Gradients(lossD, od.theta)
	if err != nil {
		return nil, fmt.Errorf("gradient of D: %w", err)
	}
	oi.update(g, gi[0])
	od.update(g, gd[0])
	accuracy := func(o *onnx.Value) *onnx.Value { return g.Reshape(g.ReduceMean(g.Step(o), true, 0, 1, 2, 3), 1) }
	return g.Concat(0, rec, adversarial, teach, lossReal, lossFake, accuracy(real), accuracy(g.Neg(fake))), nil
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

// taught is the loss of O on pseudo-irregularities, of shape [1], and what teaching D
// makes less: that, weighted, and the loss of D's second head where there is one.
func (l lossGraph) taught(p nets.Params, in auxiliaryValues) (loss, total *onnx.Value) {
	d := l.c.Detector
	if !d.Where.There() {
		loss = l.crossEntropy(d.Forward(l.g, p, in.pseudo), in.target, in.judged)
		return loss, l.g.Scale(loss, l.c.AuxiliaryWeight)
	}
	o, where := d.ForwardWhere(l.g, p, in.pseudo, in.front)
	loss = l.crossEntropy(o, in.target, in.judged)
	return loss, l.g.Add(l.g.Scale(loss, l.c.AuxiliaryWeight), l.g.Scale(l.crossEntropy(where, in.thing, in.near), l.c.WhereWeight))
}

// replaced is clean with the ground wherever pseudo is not clean.
func (l lossGraph) replaced(clean, pseudo, ground *onnx.Value) *onnx.Value {
	g := l.g
	mark := g.ReduceMax(g.Step(g.Sub(g.Abs(g.Sub(pseudo, clean)), g.Scalar(differs))), true, 1)
	return g.Add(clean, g.Mul(mark, g.Sub(ground, clean)))
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

// crossEntropy is that of each region with its own label and weight.
// The weights of a batch sum to one.
func (l lossGraph) crossEntropy(o, target, judged *onnx.Value) *onnx.Value {
	return l.g.Reshape(l.g.ReduceSum(l.g.Mul(l.point(o, target), judged), true, 0, 1, 2, 3), 1)
}
