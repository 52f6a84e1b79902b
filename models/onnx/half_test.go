package onnx_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"avid/models/onnx"
	"avid/models/onnx/ref"
)

// scaled has what a network of ours has: whole numbers brought into range, a
// skip over convolutions, and a difference at the end.
func scaled(spoil func(weights []float32)) *onnx.Graph {
	rng := rand.New(rand.NewPCG(4, 4))
	g := onnx.NewGraph("scaled")
	weights := func(n int) []float32 {
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(rng.NormFloat64()) / 3
		}
		if spoil != nil {
			spoil(w)
		}
		return w
	}
	x := g.Cast(g.Input("frames", onnx.Uint8, "n", 2, 4, 6), onnx.Float)
	x = g.Conv(x, g.Floats([]float32{1.0 / 510, 1.0 / 510}, 1, 2, 1, 1), nil, onnx.ConvOptions{})
	h := g.SpaceToDepth(x, 2)
	skip := g.Relu(g.Conv(h, g.Floats(weights(4*4*9), 4, 4, 3, 3), g.Floats(weights(4), 4), onnx.ConvOptions{Pad: 1}))
	up := g.Conv(skip, g.Floats(weights(4*4), 4, 4, 1, 1), nil, onnx.ConvOptions{})
	out := g.Conv(g.Concat(1, skip, up), g.Floats(weights(4*8), 4, 8, 1, 1), nil, onnx.ConvOptions{})
	g.Output("error", g.Abs(g.Sub(x, g.DepthToSpace(out, 2))))
	g.Output("bare", out)
	g.Output("part", g.Split(out, 1, 1, 3)[1])
	return g
}

// TestHalfKeepsTheRest: float16 is where the convolutions are, and nowhere else.
func TestHalfKeepsTheRest(t *testing.T) {
	before := scaled(nil)
	text, err := before.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	g, err := onnx.Half(before)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]onnx.Type{"SpaceToDepth": onnx.Float16, "Relu": onnx.Float16, "Concat": onnx.Float16,
		"DepthToSpace": onnx.Float, "Sub": onnx.Float, "Abs": onnx.Float}
	narrow, casts := 0, 0
	for _, n := range g.Nodes {
		got := n.Out[0].Type
		if w, ok := want[n.Op]; ok && got != w {
			t.Errorf("%s is %v, want %v", n.Op, got, w)
		}
		switch {
		case n.Op == "Conv" && got == onnx.Float16:
			narrow++
		case n.Op == "Cast":
			casts++
		}
	}
	if narrow != 3 || casts != 3 {
		t.Errorf("%d convolutions in float16 and %d casts, want 3 and 3", narrow, casts)
	}
	for i, v := range g.Outputs {
		if v.Type != onnx.Float || v.Name != before.Outputs[i].Name || v.Shape[0] != onnx.Dyn {
			t.Errorf("output %d is %s, %v of %v", i, v.Name, v.Type, v.Shape)
		}
	}
	if in := g.Inputs[0]; in.Type != onnx.Uint8 || in.Name != "frames" || g.DimNames[in][0] != "n" {
		t.Errorf("the input is %s, %v, %v", in.Name, in.Type, g.DimNames[in])
	}
	if again, err := before.Marshal(); err != nil || !bytes.Equal(again, text) {
		t.Errorf("the graph that was given has changed, %v", err)
	}
}

// TestHalfRoundTrip: written, read and written again, it is the same; and it
// computes what the graph in float32 does, to float16's eleven digits.
func TestHalfRoundTrip(t *testing.T) {
	g, err := onnx.Half(scaled(nil))
	if err != nil {
		t.Fatal(err)
	}
	first, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := onnx.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := parsed.Marshal(); err != nil || !bytes.Equal(first, second) {
		t.Errorf("a parsed graph encodes to other bytes, %v", err)
	}
	in := ref.New(1, 2, 4, 6)
	for i := range in.Data {
		in.Data[i] = float64(i * 37 % 256)
	}
	run := func(g *onnx.Graph) []float64 {
		out, err := ref.Run(g, map[string]*ref.Tensor{"frames": in})
		if err != nil {
			t.Fatal(err)
		}
		return out["bare"].Data
	}
	full, half := run(scaled(nil)), run(parsed)
	same := true
	for i := range full {
		if math.Abs(full[i]-half[i]) > 0.004 {
			t.Errorf("value %d is %g, %g in float16", i, full[i], half[i])
		}
		same = same && full[i] == half[i]
		if onnx.RoundHalf(half[i]) != half[i] {
			t.Errorf("value %d, %g, is no float16", i, half[i])
		}
	}
	if same {
		t.Error("float16 has changed nothing")
	}
}

func TestHalfRefuses(t *testing.T) {
	put := func(x float32) func(w []float32) { return func(w []float32) { w[len(w)-1] = x } }
	plain := onnx.NewGraph("plain")
	plain.Output("y", plain.Relu(plain.Input("x", onnx.Float, 3)))
	already, err := onnx.Half(scaled(nil))
	if err != nil {
		t.Fatal(err)
	}
	bad := onnx.NewGraph("bad")
	bad.Output("y", bad.Relu(bad.Op("Frobnicate", nil, bad.Input("x", onnx.Float, 3))))
	for name, c := range map[string]struct {
		g    *onnx.Graph
		want error
		says string
	}{
		"too large":       {scaled(put(-7e4)), onnx.ErrHalf, "is -70000, the range is ±65504"},
		"infinite":        {scaled(put(float32(math.Inf(1)))), onnx.ErrHalf, "is +Inf"},
		"no number":       {scaled(put(float32(math.NaN()))), onnx.ErrHalf, "is NaN"},
		"no convolution":  {plain, onnx.ErrHalf, "no convolution"},
		"converted twice": {already, onnx.ErrHalf, "no convolution in float32"},
		"malformed":       {bad, onnx.ErrGraph, "unknown operator"},
	} {
		if _, err := onnx.Half(c.g); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
	tiny, err := onnx.Half(scaled(put(1e-9)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tiny.Consts {
		if n := len(c.Const.F32); c.Type == onnx.Float16 && c.Const.F32[n-1] != 0 {
			t.Errorf("%s: 1e-9 became %g, want 0", c.Name, c.Const.F32[n-1])
		}
	}
}

// FuzzHalf: whatever graph is read, its float16 form is one too, with the same
// inputs and outputs, or there is a reason.
func FuzzHalf(f *testing.F) {
	for _, g := range []*onnx.Graph{small(), scaled(nil)} {
		model, err := g.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(model)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := onnx.Parse(data)
		if err != nil {
			return
		}
		h, err := onnx.Half(g)
		if err != nil {
			if !errors.Is(err, onnx.ErrHalf) && !errors.Is(err, onnx.ErrGraph) {
				t.Errorf("error %v wraps neither ErrHalf nor ErrGraph", err)
			}
			return
		}
		text, err := h.Marshal()
		if err != nil {
			t.Fatalf("converted but does not encode: %v", err)
		}
		back, err := onnx.Parse(text)
		if err != nil {
			t.Fatalf("converted but does not parse: %v", err)
		}
		for i, v := range g.Outputs {
			if o := back.Outputs[i]; o.Name != v.Name || o.Type != v.Type {
				t.Fatalf("output %s %v became %s %v", v.Name, v.Type, o.Name, o.Type)
			}
		}
	})
}
