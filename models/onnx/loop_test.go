package onnx_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"avid/models/onnx"
	"avid/models/onnx/ref"
)

// powers doubles x as often as steps says, adding an outer value each time, and
// stacks the sums over the three elements; within each round a second loop of
// two rounds adds a picked row of the table.
func powers() *onnx.Graph {
	g := onnx.NewGraph("powers")
	steps := g.Reshape(g.Input("steps", onnx.Int64, 1))
	x, table := g.Input("x", onnx.Float, 3), g.Input("table", onnx.Float, "rounds", 2, 3)
	outer := g.Relu(x)
	last, each := g.Loop("outer", steps, []*onnx.Value{x}, func(b *onnx.Graph, i *onnx.Value, now []*onnx.Value) (next, each []*onnx.Value) {
		row := b.Pick(table, i)
		y, _ := b.Loop("inner", b.Int(2), []*onnx.Value{b.Add(b.Scale(now[0], 2), outer)}, func(b *onnx.Graph, j *onnx.Value, now []*onnx.Value) (next, each []*onnx.Value) {
			return []*onnx.Value{b.Add(now[0], b.Pick(row, j))}, nil
		})
		return y, []*onnx.Value{b.ReduceSum(y[0], true, 0)}
	})
	g.Output("last", last[0])
	g.Output("sums", each[0])
	return g
}

// TestLoop computes a loop in a loop with values of the graphs around them.
func TestLoop(t *testing.T) {
	for _, c := range []struct {
		steps      float64
		last, sums []float64
	}{
		{0, []float64{1, 2, -3}, nil},
		{1, []float64{2 + 1 + 11, 4 + 2 + 11, -6 + 11}, []float64{36}},
		{2, []float64{2*14 + 1 + 22, 2*17 + 2 + 22, 2*5 + 22}, []float64{36, 51 + 58 + 32}},
	} {
		g := powers()
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		table := &ref.Tensor{Shape: []int64{2, 2, 3}, Data: []float64{1, 1, 1, 10, 10, 10, 2, 2, 2, 20, 20, 20}}
		out, err := ref.Run(g, map[string]*ref.Tensor{"steps": {Shape: []int64{1}, Data: []float64{c.steps}},
			"x": {Shape: []int64{3}, Data: []float64{1, 2, -3}}, "table": table})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(out["last"].Data, c.last) || !slices.Equal(out["sums"].Data, c.sums) || !shapeIs(out["sums"].Shape, []int64{int64(c.steps), 1}) {
			t.Errorf("%g rounds give %v and %v %v, want %v and %v", c.steps, out["last"].Data, out["sums"].Shape, out["sums"].Data, c.last, c.sums)
		}
	}
}

func TestLoopRoundTrip(t *testing.T) {
	first, err := powers().Marshal()
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
		t.Error("a parsed loop encodes to other bytes")
	}
	if s := g.Outputs[1].Shape; !shapeIs(s, []int64{onnx.Dyn, 1}) {
		t.Errorf("the stacked sums have shape %v", s)
	}
}

// TestLoopRefuses: what a body may not do.
func TestLoopRefuses(t *testing.T) {
	type list = []*onnx.Value
	var leak *onnx.Value
	for name, f := range map[string]func(g *onnx.Graph, x, n *onnx.Value){
		"another shape": func(g *onnx.Graph, x, n *onnx.Value) {
			g.Loop("l", n, list{x}, func(b *onnx.Graph, _ *onnx.Value, now list) (list, list) {
				return list{b.Concat(0, now[0], now[0])}, nil
			})
		},
		"another type": func(g *onnx.Graph, x, n *onnx.Value) {
			g.Loop("l", n, list{x}, func(b *onnx.Graph, _ *onnx.Value, now list) (list, list) {
				return list{b.Cast(now[0], onnx.Float16)}, nil
			})
		},
		"carries less": func(g *onnx.Graph, x, n *onnx.Value) {
			g.Loop("l", n, list{x}, func(*onnx.Graph, *onnx.Value, list) (list, list) { return nil, nil })
		},
		"count of floats": func(g *onnx.Graph, x, _ *onnx.Value) {
			g.Loop("l", x, list{x}, func(_ *onnx.Graph, _ *onnx.Value, now list) (list, list) { return now, nil })
		},
		"mistake in the body": func(g *onnx.Graph, x, n *onnx.Value) {
			g.Loop("l", n, list{x}, func(b *onnx.Graph, _ *onnx.Value, now list) (list, list) {
				b.Op("Frobnicate", nil, now[0])
				return now, nil
			})
		},
		"read outside": func(g *onnx.Graph, x, n *onnx.Value) {
			g.Loop("l", n, list{x}, func(b *onnx.Graph, _ *onnx.Value, now list) (list, list) {
				leak = b.Relu(now[0])
				return list{leak}, nil
			})
			g.Relu(leak)
		},
		"no body": func(g *onnx.Graph, x, n *onnx.Value) { g.Op("Loop", nil, n, nil, x) },
	} {
		g := onnx.NewGraph("test")
		x, n := g.Input("x", onnx.Float, 2), g.Int(3)
		f(g, x, n)
		g.Output("y", g.Relu(x))
		if _, err := g.Marshal(); !errors.Is(err, onnx.ErrGraph) {
			t.Errorf("%s: got %v, want ErrGraph", name, err)
		}
	}
}

func TestLoopOther(t *testing.T) {
	g := onnx.NewGraph("test")
	x := g.Input("x", onnx.Float, 4, 4)
	y, _ := g.Loop("l", g.Int(5), []*onnx.Value{x}, func(b *onnx.Graph, _ *onnx.Value, now []*onnx.Value) (next, each []*onnx.Value) {
		return []*onnx.Value{b.MatMul(now[0], x)}, nil
	})
	g.Output("y", y[0])
	if got := onnx.Flops(g); got != 5*2*4*4*4 {
		t.Errorf("five products of 4×4 are %g operations", got)
	}
	if _, err := onnx.Half(g); !errors.Is(err, onnx.ErrHalf) {
		t.Errorf("a loop in float16: %v", err)
	}
}
