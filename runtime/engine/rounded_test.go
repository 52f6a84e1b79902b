package engine_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
	"avid/runtime/engine"
)

// TestRoundEach: rounding by plain operators is what the slow reference has,
// which knows float16, and not merely near it.
func TestRoundEach(t *testing.T) {
	const h, w = 32, 48
	full := testBundle(t, h, w)
	half, err := nets.InPrecision(full, bundle.FP16)
	if err != nil {
		t.Fatal(err)
	}
	native, _, err := engine.NewBackend(options(t))
	if err != nil {
		t.Fatal(err)
	}
	run := func(b compute.Backend, model []byte) []float32 {
		s, err := b.Load(model, nets.FusedInputs(&full.Manifest), nets.FusedOutputs(&full.Manifest))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		io := nets.NewFusedTensors(full.Manifest, 1)
		copy(io.Frames.U8, randomFrames(rand.New(rand.NewPCG(5, 5)), len(io.Frames.U8)))
		io.Smoothing.F32[0] = 1
		if err := s.Run(t.Context(), io.Inputs(), io.Outputs()); err != nil {
			t.Fatal(err)
		}
		return append(io.Error.F32, io.Next.F32...)
	}
	apart := func(a, b []float32) float64 {
		var d difference
		for i := range a {
			d.add(a[i], b[i])
		}
		return math.Sqrt(d.squares)
	}
	known, plain, before := run(ref.Backend{}, half.Fused), run(native, roundEach(t, half.Fused)), run(native, full.Fused)
	if got, whole := apart(known, plain), apart(known, before); !(got < whole/10) {
		t.Errorf("%g from the reference, which is %g from the graph in float32", got, whole)
	}
}

// roundEach is a graph that computes in float32 and rounds to float16's eleven
// digits wherever the given one computes in float16. The rounding is Veltkamp's
// (Dekker, 1971, section 4), p = 8193·y, y' = p − (p − y), of plain operators.
func roundEach(t *testing.T, model []byte) []byte {
	t.Helper()
	g, err := onnx.Parse(model)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range g.Consts {
		if c.Type == onnx.Float16 {
			c.Type = onnx.Float
		}
	}
	factor := g.Scalar(8193)
	factor.Name = "veltkamp"
	rounded := map[*onnx.Value]*onnx.Value{}
	var nodes []*onnx.Node
	add := func(op, name string, a, b *onnx.Value) *onnx.Value {
		n := &onnx.Node{Op: op, In: []*onnx.Value{a, b}}
		v := &onnx.Value{Name: name, Shape: a.Shape, Type: onnx.Float, Node: n}
		n.Out = []*onnx.Value{v}
		nodes = append(nodes, n)
		return v
	}
	for _, n := range g.Nodes {
		for i, v := range n.In {
			if r := rounded[v]; r != nil {
				n.In[i] = r
			}
		}
		nodes = append(nodes, n)
		y := n.Out[0]
		if y.Type != onnx.Float16 {
			continue
		}
		y.Type = onnx.Float
		if n.Op == "Cast" {
			n.Attrs["to"] = int64(onnx.Float)
		}
		if n.Op == "Cast" || n.Op == "Conv" { // the others hand on what is rounded
			p := add("Mul", y.Name+".p", y, factor)
			rounded[y] = add("Sub", y.Name+".rounded", p, add("Sub", y.Name+".rest", p, y))
		}
	}
	g.Nodes = nodes
	text, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestHalfNetworksRun: I and D alone run in float16 too, at any size and number
// of pictures, and give what they gave.
func TestHalfNetworksRun(t *testing.T) {
	full := testBundle(t, 32, 48)
	half, err := nets.InPrecision(full, bundle.FP16)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := engine.NewBackend(options(t))
	if err != nil {
		t.Fatal(err)
	}
	x, rng := compute.Floats(2, 3, 48, 64), rand.New(rand.NewPCG(7, 7))
	for i := range x.F32 {
		x.F32[i] = rng.Float32()
	}
	run := func(model []byte, name string, out *compute.Tensor) []float32 {
		s, err := b.Load(model, []string{"x"}, []string{name})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Run(t.Context(), []*compute.Tensor{x}, []*compute.Tensor{out}); err != nil {
			t.Fatal(err)
		}
		return out.F32
	}
	for name, c := range map[string]struct {
		full, half []byte
		shape      []int64
	}{"inpainted": {full.Inpainter, half.Inpainter, []int64{2, 3, 48, 64}}, "regions": {full.Detector, half.Detector, []int64{2, 1, 12, 16}}} {
		want, got := run(c.full, name, compute.Floats(c.shape...)), run(c.half, name, compute.Floats(c.shape...))
		var d difference
		for i := range want {
			d.add(want[i], got[i])
		}
		if d.rms() > 0.005 || d.worst == 0 {
			t.Errorf("%s: off by %g RMS, %g at most", name, d.rms(), d.worst)
		}
	}
}
