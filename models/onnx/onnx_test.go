package onnx_test

import (
	"bytes"
	"errors"
	"testing"

	"avid/models/onnx"
	"avid/models/onnx/ref"
)

func small() *onnx.Graph {
	g := onnx.NewGraph("small")
	x := g.Input("x", onnx.Float, "n", 2, 4, 6)
	w := g.Floats(make([]float32, 3*2*3*3), 3, 2, 3, 3)
	g.Scope("body", func() { x = g.Relu(g.Conv(x, w, nil, onnx.ConvOptions{Pad: 1, Stride: 2})) })
	g.Output("y", x)
	return g
}

func TestMarshalParseRoundTrip(t *testing.T) {
	first, err := small().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	g, err := onnx.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("a parsed graph encodes to other bytes")
	}
	if y := g.Outputs[0]; y.Name != "y" || y.Shape[0] != onnx.Dyn || y.Shape[1] != 3 || y.Shape[2] != 2 || y.Shape[3] != 3 {
		t.Errorf("output is %s %v", y.Name, y.Shape)
	}
}

func TestShapes(t *testing.T) {
	type want []int64
	for _, c := range []struct {
		name string
		f    func(g *onnx.Graph, x *onnx.Value) *onnx.Value // x is [2,4,6,8]
		want want
	}{
		{"conv", func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Conv(x, g.Floats(make([]float32, 5*4*9), 5, 4, 3, 3), nil, onnx.ConvOptions{Stride: 2, Pad: 1})
		}, want{2, 5, 3, 4}},
		{"conv transpose", func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.ConvTranspose(x, g.Floats(make([]float32, 4*5*9), 4, 5, 3, 3), onnx.ConvOptions{Stride: 2, Pad: 1}, [2]int64{1, 0})
		}, want{2, 5, 12, 15}},
		{"reshape", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Reshape(x, 0, -1, 3) }, want{2, 64, 3}},
		{"slice", func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Slice(x, []int64{1, -3}, []int64{6, 100}, []int64{2, 3}, []int64{2, 1})
		}, want{2, 4, 3, 3}},
		{"flip", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Flip(x, 3) }, want{2, 4, 6, 8}},
		{"concat", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Concat(3, x, x, x) }, want{2, 4, 6, 24}},
		{"split", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Split(x, 1, 1, 3)[1] }, want{2, 3, 6, 8}},
		{"pad", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Pad(x, 0, 0, 0, 1, 2, 0, 0, 3, 4) }, want{2, 4, 10, 14}},
		{"gather", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Gather(x, 2, 0, 0, 5) }, want{2, 4, 3, 8}},
		{"reduce", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.ReduceSum(x, false, 1, 2) }, want{2, 8}},
		{"mean", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.ReduceMean(x, true, 1) }, want{2, 1, 6, 8}},
		{"matmul", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.MatMul(x, g.Transpose(x, 0, 1, 3, 2)) }, want{2, 4, 6, 6}},
		{"space to depth", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.SpaceToDepth(x, 2) }, want{2, 16, 3, 4}},
		{"depth to space", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.DepthToSpace(x, 2) }, want{2, 1, 12, 16}},
		{"average pool", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.AveragePool(x, 3) }, want{2, 4, 6, 8}},
		{"max pool", func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.MaxPool(x, 3) }, want{2, 4, 6, 8}},
		{"broadcast", func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Add(x, g.Floats(make([]float32, 6), 6, 1))
		}, want{2, 4, 6, 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := onnx.NewGraph("test")
			y := c.f(g, g.Input("x", onnx.Float, 2, 4, 6, 8))
			g.Output("y", y)
			if _, err := g.Marshal(); err != nil {
				t.Fatal(err)
			}
			if !shapeIs(y.Shape, c.want) {
				t.Errorf("inferred %v, want %v", y.Shape, c.want)
			}
			// The reference computes shapes on its own.
			out, err := ref.Run(g, map[string]*ref.Tensor{"x": ref.New(2, 4, 6, 8)})
			if err != nil {
				t.Fatal(err)
			}
			if !shapeIs(out["y"].Shape, c.want) {
				t.Errorf("the reference has %v, want %v", out["y"].Shape, c.want)
			}
		})
	}
}

func shapeIs(got []int64, want []int64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

func TestBuilderRefuses(t *testing.T) {
	for name, f := range map[string]func(g *onnx.Graph, x *onnx.Value) *onnx.Value{
		"unknown operator": func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Op("Frobnicate", nil, x) },
		"sizes":            func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Add(x, g.Floats(make([]float32, 3), 3)) },
		"channels": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Conv(x, g.Floats(make([]float32, 5), 1, 5, 1, 1), nil, onnx.ConvOptions{})
		},
		"kernel too large": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Conv(x, g.Floats(make([]float32, 4*49), 1, 4, 7, 7), nil, onnx.ConvOptions{})
		},
		"reshape":      func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Reshape(x, 7) },
		"perm":         func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Transpose(x, 0, 0, 1, 2) },
		"block of 2³²": func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.DepthToSpace(x, 1<<32) },
		"blocks":       func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.SpaceToDepth(x, 5) },
		"types":        func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Add(x, g.Ints(1)) },
		"conv of two types": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Conv(g.Cast(x, onnx.Float16), g.Floats(make([]float32, 4), 1, 4, 1, 1), nil, onnx.ConvOptions{})
		},
		"product of two types": func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.MatMul(x, g.Cast(x, onnx.Float16)) },
		"pad of another type": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Pad(g.Cast(x, onnx.Float16), 0, 0, 0, 0, 0, 0, 0, 0, 0)
		},
		"cast to what is unknown": func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Cast(x, 11) },
		"axis":                    func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.ReduceSum(x, true, 9) },
		"index":                   func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Gather(x, 1, 4) },
		"split sum":               func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Split(x, 1, 1, 1)[0] },
		"constant":                func(g *onnx.Graph, _ *onnx.Value) *onnx.Value { return g.Floats(make([]float32, 2), 3) },
	} {
		t.Run(name, func(t *testing.T) {
			g := onnx.NewGraph("test")
			g.Output("y", f(g, g.Input("x", onnx.Float, 1, 4, 6, 6)))
			if _, err := g.Marshal(); !errors.Is(err, onnx.ErrGraph) {
				t.Errorf("got %v, want ErrGraph", err)
			}
		})
	}
}

func TestMarshalRefusesForeignValues(t *testing.T) {
	g, other := onnx.NewGraph("a"), onnx.NewGraph("b")
	g.Output("y", g.Relu(other.Input("x", onnx.Float, 1)))
	if _, err := g.Marshal(); !errors.Is(err, onnx.ErrGraph) {
		t.Errorf("got %v, want ErrGraph", err)
	}
	if _, err := onnx.NewGraph("empty").Marshal(); !errors.Is(err, onnx.ErrGraph) {
		t.Errorf("a graph without outputs: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	model, err := small().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(model)
	f.Add(model[:len(model)/2])
	if model, err = powers().Marshal(); err != nil {
		f.Fatal(err)
	}
	f.Add(model)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := onnx.Parse(data)
		if err != nil {
			if !errors.Is(err, onnx.ErrGraph) {
				t.Errorf("error %v does not wrap ErrGraph", err)
			}
			return
		}
		if _, err := g.Marshal(); err != nil {
			t.Errorf("parsed but does not encode: %v", err)
		}
	})
}

func TestFlops(t *testing.T) {
	g := onnx.NewGraph("test")
	x := g.Input("x", onnx.Float, 2, 3, 8, 8)
	y := g.Conv(x, g.Floats(make([]float32, 5*3*9), 5, 3, 3, 3), nil, onnx.ConvOptions{Pad: 1})
	z := g.MatMul(y, g.Transpose(y, 0, 1, 3, 2))
	g.Output("z", z)
	if got, want := onnx.Flops(g), 2.0*(2*5*8*8)*27+2.0*(2*5*8*8)*8; got != want {
		t.Errorf("%g operations, want %g", got, want)
	}
}
