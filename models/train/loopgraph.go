package train

import (
	"slices"

	"avid/models/onnx"
)

// at is a batch of several.
func (v stepValues) at(g *onnx.Graph, i *onnx.Value) stepValues {
	for _, p := range []**onnx.Value{&v.clean, &v.pseudo, &v.noisy, &v.weight, &v.target, &v.judged, &v.adversarial,
		&v.ground, &v.place, &v.front, &v.thing, &v.near} {
		pick(g, p, i)
	}
	return v
}

func (v auxiliaryValues) at(g *onnx.Graph, i *onnx.Value) auxiliaryValues {
	for _, p := range []**onnx.Value{&v.pseudo, &v.target, &v.judged, &v.front, &v.thing, &v.near} {
		pick(g, p, i)
	}
	return v
}

// pick makes a value, where there is one, its part i.
func pick(g *onnx.Graph, v **onnx.Value, i *onnx.Value) {
	if *v != nil {
		*v = g.Pick(*v, i)
	}
}

// loopGraph writes any number of training steps: a Loop whose rounds are the
// nodes of stepGraph and, in a Loop of their own, those of auxiliaryGraph. The
// vectors of weights and state are carried from round to round, so that they
// stay on the device. Batches, rates and the weight of D's adversarial loss come for all
// rounds at once, on a leading axis: "steps", and for the auxiliary steps "steps" and
// AuxiliarySteps; each round picks its own from them. The losses come out on the
// same leading axes.
func loopGraph(c Config, rows, cols int) (*stepModel, error) {
	g := onnx.NewGraph("avid training steps")
	count := g.Reshape(g.Input("steps", onnx.Int64, 1)) // the scalar that a Loop wants
	in := batchInputs(g, c, rows, cols, "steps")
	oi := inputOptimizer(g, c.inpainter(), "steps", 1)
	od := inputOptimizer(g, c.detector(), "steps", 1)
	var teaching auxiliaryValues
	var rates *onnx.Value
	if c.AuxiliarySteps > 0 {
		teaching = auxiliaryInputs(g, c, "taught.", rows, cols, "steps", c.AuxiliarySteps)
		rates = g.Input("taught.rate", onnx.Float, "steps", c.AuxiliarySteps, 1)
	}

	var wrong error
	vi := oi.vectors()
	last, losses := g.Loop("step", count, slices.Concat(vi, od.vectors()), func(b *onnx.Graph, i *onnx.Value, now []*onnx.Value) (next, each []*onnx.Value) {
		pi, pd := oi.with(b.Pick(oi.rate, i), now[:len(vi)]), od.with(b.Pick(od.rate, i), now[len(vi):])
		var joint *onnx.Value
		if joint, wrong = jointStep(b, c, in.at(b, i), pi, pd); wrong != nil {
			return now, nil
		}
		each = append(each, joint)
		if c.AuxiliarySteps > 0 {
			var taught *onnx.Value
			pd.next, taught, wrong = auxiliarySteps(b, c, teaching.at(b, i), b.Pick(rates, i), pd)
			each = append(each, taught)
		}
		return slices.Concat(pi.next, pd.next), each
	})
	if wrong != nil {
		return nil, wrong
	}
	oi.next, od.next = last[:len(vi)], last[len(vi):]
	oi.output(g)
	od.output(g)
	for i, l := range losses {
		g.Output([]string{"losses", "taught"}[i], l)
	}
	return newStepModel(g)
}

// auxiliarySteps writes a Loop of steps of D alone, from what o has moved already.
func auxiliarySteps(g *onnx.Graph, c Config, in auxiliaryValues, rates *onnx.Value, o *optimizer) (next []*onnx.Value, losses *onnx.Value, err error) {
	next, each := g.Loop("teach", g.Int(int64(c.AuxiliarySteps)), o.next, func(b *onnx.Graph, i *onnx.Value, now []*onnx.Value) (next, each []*onnx.Value) {
		p := o.with(b.Pick(rates, i), now)
		var loss *onnx.Value
		if loss, err = auxiliaryStep(b, c, in.at(b, i), p); err != nil {
			return now, now[:1]
		}
		return p.next, []*onnx.Value{loss}
	})
	return next, each[0], err
}
