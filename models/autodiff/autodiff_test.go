package autodiff_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"avid/models/autodiff"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
)

// check compares the gradients of Σ r·f(inputs), r random, with central
// differences in float64.
func check(t *testing.T, form autodiff.WeightGradient, shapes [][]int64, positive bool,
	f func(g *onnx.Graph, t *autodiff.Tape, in []*onnx.Value) *onnx.Value, tolerance float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 11))
	g := onnx.NewGraph("test")
	tape := autodiff.NewTape(g, form)
	values := map[string]*ref.Tensor{}
	var in []*onnx.Value
	for i, s := range shapes {
		name := fmt.Sprintf("in%d", i)
		dims := make([]any, len(s))
		for k, d := range s {
			dims[k] = d
		}
		in = append(in, g.Input(name, onnx.Float, dims...))
		v := ref.New(s...)
		for k := range v.Data {
			if v.Data[k] = rng.NormFloat64(); positive {
				v.Data[k] = 0.5 + math.Abs(v.Data[k])
			}
		}
		values[name] = v
	}
	y := f(g, tape, in)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	weights := make([]float32, y.Shape.Len())
	for i := range weights {
		weights[i] = float32(rng.NormFloat64())
	}
	flat := g.Reshape(g.Mul(y, g.Floats(weights, y.Shape...)), 1, -1)
	loss := g.Reshape(g.ReduceSum(flat, true, 1), 1)
	g.Output("loss", loss)
	grads, err := tape.Gradients(loss, in...)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range grads {
		g.Output(fmt.Sprintf("grad%d", i), d)
	}
	if _, err := g.Marshal(); err != nil {
		t.Fatal(err)
	}
	run := func() map[string]*ref.Tensor {
		out, err := ref.Run(g, values)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	base := run()
	const h = 1e-5
	for i := range shapes {
		v, got := values[fmt.Sprintf("in%d", i)], base[fmt.Sprintf("grad%d", i)]
		if len(got.Data) != len(v.Data) {
			t.Fatalf("gradient %d has %d values, want %d", i, len(got.Data), len(v.Data))
		}
		var difference, size float64
		for n := range min(len(v.Data), 24) {
			k := n * len(v.Data) / min(len(v.Data), 24)
			old := v.Data[k]
			v.Data[k] = old + h
			up := run()["loss"].Data[0]
			v.Data[k] = old - h
			down := run()["loss"].Data[0]
			v.Data[k] = old
			want := (up - down) / (2 * h)
			difference += (want - got.Data[k]) * (want - got.Data[k])
			size += want * want
		}
		if math.Sqrt(difference) > tolerance*math.Sqrt(size)+1e-9 {
			t.Errorf("gradient of input %d is off by %.2g of its size", i, math.Sqrt(difference/size))
		}
	}
}

func TestOperators(t *testing.T) {
	type fn = func(g *onnx.Graph, in []*onnx.Value) *onnx.Value
	for _, c := range []struct {
		name     string
		shapes   [][]int64
		positive bool
		f        fn
	}{
		{"add", [][]int64{{2, 3}, {2, 3}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Add(in[0], in[1]) }},
		{"add broadcast", [][]int64{{2, 3, 4}, {3, 1}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Add(in[0], in[1]) }},
		{"sub broadcast", [][]int64{{3, 1}, {2, 3, 4}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Sub(in[0], in[1]) }},
		{"mul broadcast", [][]int64{{2, 3, 4}, {4}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Mul(in[0], in[1]) }},
		{"mul twice", [][]int64{{5}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Mul(in[0], in[0]) }},
		{"div broadcast", [][]int64{{2, 3}, {3}}, true, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Div(in[0], in[1]) }},
		{"relu", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Relu(in[0]) }},
		{"sigmoid", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Sigmoid(in[0]) }},
		{"softplus", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Softplus(in[0]) }},
		{"sqrt", [][]int64{{20}}, true, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Sqrt(in[0]) }},
		{"abs", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Abs(in[0]) }},
		{"neg", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Neg(in[0]) }},
		{"identity", [][]int64{{20}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Op("Identity", nil, in[0]) }},
		{"matmul", [][]int64{{2, 3, 4}, {2, 4, 5}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.MatMul(in[0], in[1]) }},
		{"matmul broadcast", [][]int64{{3, 4}, {2, 4, 5}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.MatMul(in[0], in[1]) }},
		{"transpose", [][]int64{{2, 3, 4}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Transpose(in[0], 2, 0, 1) }},
		{"reshape", [][]int64{{2, 6}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Reshape(in[0], 3, -1) }},
		{"slice", [][]int64{{4, 6}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value {
			return g.Slice(in[0], []int64{1, 2}, []int64{3, 6}, []int64{0, 1}, []int64{1, 1})
		}},
		{"concat", [][]int64{{2, 3}, {2, 1}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.Concat(1, in[0], in[1]) }},
		{"split", [][]int64{{7, 2}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value {
			p := g.Split(in[0], 0, 2, 4, 1)
			return g.Concat(0, g.Relu(p[1]), p[2])
		}},
		{"reduce mean", [][]int64{{2, 3, 4}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.ReduceMean(in[0], false, 0, 2) }},
		{"reduce sum", [][]int64{{2, 3, 4}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.ReduceSum(in[0], true, 1) }},
		{"space to depth", [][]int64{{1, 2, 4, 6}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.SpaceToDepth(in[0], 2) }},
		{"depth to space", [][]int64{{1, 8, 2, 3}}, false, func(g *onnx.Graph, in []*onnx.Value) *onnx.Value { return g.DepthToSpace(in[0], 2) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, autodiff.Slices, c.shapes, c.positive, func(g *onnx.Graph, _ *autodiff.Tape, in []*onnx.Value) *onnx.Value {
				return c.f(g, in)
			}, 1e-6)
		})
	}
}

func TestConvolutions(t *testing.T) {
	for _, c := range []struct{ n, c, o, k, stride, pad, h, w int }{
		{2, 3, 4, 3, 1, 1, 5, 6},
		{2, 5, 2, 3, 1, 1, 5, 6}, // more channels in than out
		{2, 5, 2, 3, 1, 0, 6, 5},
		{1, 3, 2, 1, 1, 0, 4, 5},
		{2, 2, 3, 6, 2, 2, 8, 12}, // stride divides kernel
		{2, 2, 3, 4, 2, 1, 9, 7},  // with rows that no window reaches
		{1, 2, 3, 3, 2, 0, 9, 8},  // stride does not divide kernel
		{1, 1, 2, 11, 4, 0, 19, 23},
	} {
		for _, form := range []autodiff.WeightGradient{autodiff.Slices, autodiff.Im2col} {
			t.Run(fmt.Sprintf("%+v form %d", c, form), func(t *testing.T) {
				shapes := [][]int64{{int64(c.n), int64(c.c), int64(c.h), int64(c.w)}, {int64(c.o), int64(c.c), int64(c.k), int64(c.k)}, {int64(c.o)}}
				check(t, form, shapes, false, func(g *onnx.Graph, _ *autodiff.Tape, in []*onnx.Value) *onnx.Value {
					return g.Conv(in[0], in[1], in[2], onnx.ConvOptions{Stride: c.stride, Pad: c.pad})
				}, 1e-6)
			})
		}
	}
}

func TestBatchNorm(t *testing.T) {
	check(t, autodiff.Slices, [][]int64{{3, 2, 4, 5}, {2}, {2}}, false, func(g *onnx.Graph, tape *autodiff.Tape, in []*onnx.Value) *onnx.Value {
		return nets.TrainNorm(tape)(g, "n", in[0], in[1], in[2])
	}, 1e-5)
}

// TestNetworks checks I and D end to end with respect to their flat weights.
func TestNetworks(t *testing.T) {
	for _, form := range []autodiff.WeightGradient{autodiff.Slices, autodiff.Im2col} {
		for _, norm := range []string{"none", "batch"} {
			t.Run(fmt.Sprintf("inpainter %s form %d", norm, form), func(t *testing.T) {
				c := nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: norm}
				l := c.Layout()
				// Kinks of ReLU and float32 constants leave a little.
				check(t, form, [][]int64{{2, 3, 8, 8}, {l.Len()}}, false, func(g *onnx.Graph, tape *autodiff.Tape, in []*onnx.Value) *onnx.Value {
					return c.Forward(g, l.Split(g, g.Scale(in[1], 0.3)), in[0], nil, nets.TrainNorm(tape))
				}, 1e-4)
			})
		}
		t.Run(fmt.Sprintf("given ground form %d", form), func(t *testing.T) {
			c := nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none", Ground: nets.Given}
			l := c.Layout()
			x, rng := make([]float32, 2*3*8*8), rand.New(rand.NewPCG(9, 9))
			for i := range x {
				x[i] = rng.Float32()
			}
			// Footage has no gradient, weights alone do.
			check(t, form, [][]int64{{l.Len()}}, false, func(g *onnx.Graph, _ *autodiff.Tape, in []*onnx.Value) *onnx.Value {
				return c.Forward(g, l.Split(g, g.Scale(in[0], 0.3)), g.Floats(x, 2, 3, 8, 8), g.Floats(slices.Repeat([]float32{0.4}, 128), 2, 1, 8, 8), nil)
			}, 1e-4)
		})
		t.Run(fmt.Sprintf("second head form %d", form), func(t *testing.T) {
			d := nets.ConvDetector{EnsembleSize: 2, Where: nets.Where{Width: 4}, Layers: []nets.ConvLayer{{Out: 4, Kernel: 6, Stride: 2, Pad: 2},
				{Out: 3, Kernel: 4, Stride: 2, Pad: 1}, {Out: 3, Kernel: 6, Stride: 2, Pad: 2}, {Out: 1, Kernel: 1, Stride: 1}}}
			l := d.Layout()
			check(t, form, [][]int64{{2, 3, 16, 24}, {l.Len()}, {2, 1, 16, 24}}, false, func(g *onnx.Graph, _ *autodiff.Tape, in []*onnx.Value) *onnx.Value {
				_, where := d.ForwardWhere(g, l.Split(g, g.Scale(in[1], 0.3)), in[0], in[2])
				return where
			}, 1e-4)
		})
		t.Run(fmt.Sprintf("detector form %d", form), func(t *testing.T) {
			d := nets.ConvDetector{Layers: []nets.ConvLayer{{Out: 4, Kernel: 6, Stride: 2, Pad: 2}, {Out: 3, Kernel: 4, Stride: 2, Pad: 1}, {Out: 1, Kernel: 1, Stride: 1}}}
			l := d.Layout()
			check(t, form, [][]int64{{2, 3, 16, 12}, {l.Len()}}, false, func(g *onnx.Graph, _ *autodiff.Tape, in []*onnx.Value) *onnx.Value {
				return d.Forward(g, l.Split(g, g.Scale(in[1], 0.3)), in[0])
			}, 1e-5)
		})
	}
}

func TestGradientsRefuse(t *testing.T) {
	g := onnx.NewGraph("test")
	x := g.Input("x", onnx.Float, 2)
	tape := autodiff.NewTape(g, autodiff.Slices)
	if _, err := tape.Gradients(x, x); err == nil {
		t.Error("a loss of two elements was accepted")
	}
	other := g.Input("other", onnx.Float, 1)
	loss := g.ReduceSum(x, true, 0)
	if _, err := tape.Gradients(loss, other); err == nil {
		t.Error("a value that does not reach the loss got a gradient")
	}
	if _, err := tape.Gradients(g.Max(loss, loss), x); err == nil {
		t.Error("an operator without a rule got a gradient")
	}
}
