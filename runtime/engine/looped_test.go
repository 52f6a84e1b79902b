package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/train"
)

// TestLoopInLoop: a body reads values of the graphs around it, and the length of
// what is stacked follows the count.
func TestLoopInLoop(t *testing.T) {
	type list = []*onnx.Value
	g := onnx.NewGraph("test")
	count := g.Reshape(g.Input("count", onnx.Int64, 1))
	x, table := g.Input("x", onnx.Float, 3), g.Input("table", onnx.Float, "rounds", 2, 3)
	outer := g.Relu(x)
	last, each := g.Loop("outer", count, list{x}, func(b *onnx.Graph, i *onnx.Value, now list) (next, each list) {
		row := b.Pick(table, i)
		y, _ := b.Loop("inner", b.Int(2), list{b.Add(b.Scale(now[0], 2), outer)}, func(b *onnx.Graph, j *onnx.Value, now list) (next, each list) {
			return list{b.Add(now[0], b.Pick(row, j))}, nil
		})
		return y, list{b.ReduceSum(y[0], true, 0)}
	})
	g.Output("last", last[0])
	g.Output("sums", each[0])
	model, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	s, err := backend(t).Load(model, []string{"count", "x", "table"}, []string{"last", "sums"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in := []*compute.Tensor{{Shape: []int64{1}, I64: []int64{0}}, {Shape: []int64{3}, F32: []float32{1, 2, -3}},
		{Shape: []int64{2, 2, 3}, F32: []float32{1, 1, 1, 10, 10, 10, 2, 2, 2, 20, 20, 20}}}
	for _, want := range []struct{ last, sums []float32 }{{[]float32{51, 58, 32}, []float32{36, 141}}, {[]float32{14, 17, 5}, []float32{36}}} {
		n := int64(len(want.sums))
		in[0].I64[0] = n
		out := []*compute.Tensor{compute.Floats(3), compute.Floats(n, 1)}
		if err := s.Run(t.Context(), in, out); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(out[0].F32, want.last) || !reflect.DeepEqual(out[1].F32, want.sums) {
			t.Errorf("%d rounds give %v and %v, want %v", n, out[0].F32, out[1].F32, want)
		}
	}
}

// TestStepsPerRun: many steps in one Run give bit by bit what one gives, also
// for numbers that do not divide the steps and when a training is stopped in the
// middle and goes on with another number.
func TestStepsPerRun(t *testing.T) {
	for _, c := range []struct {
		kind  train.Optimizer
		norm  string
		extra int
	}{{train.Adam, "none", 2}, {train.Adam, "batch", 0}, {train.SGD, "none", 1}, {train.SGD, "batch", 3}} {
		t.Run(fmt.Sprintf("%s %s %d", c.kind, c.norm, c.extra), func(t *testing.T) {
			cfg := small()
			cfg.Steps, cfg.Optimizer, cfg.Inpainter.Norm, cfg.AuxiliarySteps = 13, c.kind, c.norm, c.extra
			want, wantEnd := trained(t, cfg, 0, nil)
			cfg.StepsPerRun = 4
			got, end := trained(t, cfg, 0, nil)
			same(t, "4 steps a Run", got, want, end, wantEnd)
			got, middle := trained(t, cfg, 6, nil)
			if middle.Step != 8 {
				t.Errorf("stopped in step 6, in the Run that makes steps 5 to 8, and ended at %d", middle.Step)
			}
			cfg.StepsPerRun = 3
			rest, end := trained(t, cfg, 0, middle)
			same(t, "4, then 3 steps a Run", append(got, rest...), want, end, wantEnd)
		})
	}
}

// small are settings that learn in a moment.
func small() train.Config {
	c := train.DefaultConfig()
	c.Height, c.Width, c.Batch = 32, 48, 2
	c.Inpainter = nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none"}
	c.Detector = nets.ConvDetector{Box: 8, Layers: []nets.ConvLayer{
		{Out: 4, Kernel: 6, Stride: 2, Pad: 2}, {Out: 3, Kernel: 4, Stride: 4}, {Out: 1, Kernel: 1, Stride: 1}}}
	return c
}

// trained runs a training, stopped in step stop unless that is 0, and gives its
// losses and the state that it ended in.
func trained(t *testing.T, c train.Config, stop int, resume *train.State) (losses []train.Losses, end *train.State) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := train.Run(ctx, c, walk(c.Height, c.Width), backend(t), train.Options{Resume: resume,
		Progress: func(p train.Progress) {
			losses = append(losses, p.Losses)
			if p.Step == stop {
				cancel()
			}
		},
		Save: func(s *train.State) error {
			data, err := s.Encode()
			if err == nil {
				end, err = train.DecodeState(data)
			}
			return err
		}})
	if err != nil {
		t.Fatal(err)
	}
	return losses, end
}

func same(t *testing.T, name string, got, want []train.Losses, end, wantEnd *train.State) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: losses\n%v\nwant\n%v", name, got, want)
	}
	for _, net := range []struct {
		name string
		a, b train.Weights
	}{{"I", end.Inpainter, wantEnd.Inpainter}, {"D", end.Detector, wantEnd.Detector}} {
		if !reflect.DeepEqual(net.a.Theta, net.b.Theta) || !reflect.DeepEqual(net.a.State, net.b.State) || net.a.Updates != net.b.Updates {
			t.Errorf("%s: %s has other weights, state or updates (%d, want %d)", name, net.name, net.a.Updates, net.b.Updates)
		}
	}
	if !reflect.DeepEqual(end.Random, wantEnd.Random) || end.Step != wantEnd.Step {
		t.Errorf("%s: ends at step %d, want %d, or with other random numbers to come", name, end.Step, wantEnd.Step)
	}
}

// TestLoopedDiverges: the step at which the losses cease to be numbers is named,
// within a Run too.
func TestLoopedDiverges(t *testing.T) {
	cfg := small()
	cfg.Steps, cfg.StepsPerRun, cfg.Optimizer, cfg.InpainterRate = 40, 8, train.SGD, math.MaxFloat32
	_, err := train.Run(context.Background(), cfg, walk(cfg.Height, cfg.Width), backend(t), train.Options{})
	if !errors.Is(err, train.ErrDiverged) || !strings.HasPrefix(err.Error(), "step 2:") {
		t.Errorf("got %v, want ErrDiverged at step 2", err)
	}
}
