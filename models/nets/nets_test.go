package nets_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
)

// TestPaperDetector holds the geometry of the paper's figure 2.
func TestPaperDetector(t *testing.T) {
	d := nets.PaperDetector()
	r, err := d.Regions(224, 224)
	if err != nil {
		t.Fatal(err)
	}
	if d.ReceptiveField() != 51 || r.Stride != 16 || r.Center != 25 || r.Rows != 11 || r.Cols != 11 || r.Box != 51 {
		t.Errorf("receptive field %d, regions %+v; want 51, 11×11 at 25+16k", d.ReceptiveField(), r)
	}
	if n := d.Layout().Len(); n < 2_470_000 || n > 2_490_000 {
		t.Errorf("%d parameters, want 2.48 million", n)
	}
}

func TestDefaultDetector(t *testing.T) {
	d := nets.DefaultDetector()
	r, err := d.Regions(128, 192)
	if err != nil {
		t.Fatal(err)
	}
	if d.ReceptiveField() != 32 || r.Stride != 8 || r.Center != 3.5 || r.Rows != 16 || r.Cols != 24 {
		t.Errorf("receptive field %d, regions %+v; want 32, 16×24 at 3.5+8k", d.ReceptiveField(), r)
	}
}

// TestGridDetector: each region of a grid of 11×11 cells of 20 pixels is one cell.
func TestGridDetector(t *testing.T) {
	r, err := nets.GridDetector().Regions(220, 220)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 11 || r.Cols != 11 {
		t.Fatalf("regions %+v, want 11×11", r)
	}
	for k := range 11 {
		if lo, hi := r.Span(k, 220); lo != 20*k || hi != 20*k+20 {
			t.Errorf("cell %d covers pixels %d to %d, want %d to %d", k, lo, hi, 20*k, 20*k+20)
		}
	}
}

// TestMembers: the logit of several members is the mean of theirs.
func TestMembers(t *testing.T) {
	d := nets.ConvDetector{EnsembleSize: 3, Layers: []nets.ConvLayer{{Out: 3, Kernel: 4, Stride: 4}, {Out: 1, Kernel: 1, Stride: 1}}}
	one := d
	one.EnsembleSize = 1
	weights := d.Layout().Init(rand.New(rand.NewPCG(1, 1)))
	x := ref.New(1, 3, 16, 16)
	for i := range x.Data {
		x.Data[i] = float64(i%17) / 17
	}
	n := int(one.Layout().Len())
	if len(weights) != 3*n {
		t.Fatalf("%d weights, want three times %d", len(weights), n)
	}
	got := logits(t, d, weights, x)
	for i := range got {
		var want float64
		for m := range 3 {
			want += logits(t, one, weights[m*n:(m+1)*n], x)[i] / 3
		}
		if math.Abs(got[i]-want) > 1e-6*max(1, math.Abs(want)) {
			t.Fatalf("region %d has %g, want %g", i, got[i], want)
		}
	}
}

// logits are what D gives for x [1,3,h,w], row by row.
func logits(t *testing.T, d nets.Detector, weights []float32, x *ref.Tensor) []float64 {
	t.Helper()
	g := onnx.NewGraph("test")
	p, err := d.Layout().Constants(g, weights)
	if err != nil {
		t.Fatal(err)
	}
	g.Output("y", d.Forward(g, p, g.Input("x", onnx.Float, 1, 3, int(x.Shape[2]), int(x.Shape[3]))))
	out, err := ref.Run(g, map[string]*ref.Tensor{"x": x})
	if err != nil {
		t.Fatal(err)
	}
	return out["y"].Data
}

// mirrored is v with each row of w values turned round.
func mirrored(v []float64, w int) []float64 {
	v = slices.Clone(v)
	for row := range slices.Chunk(v, w) {
		slices.Reverse(row)
	}
	return v
}

// TestMirrors: the logits are the mean of a window's and, mirrored back, of its
// mirror image's; a width whose regions would not be the same is refused.
func TestMirrors(t *testing.T) {
	const h, w = 32, 48
	for _, members := range []int{0, 2} {
		d := nets.DefaultDetector()
		d.EnsembleSize, d.Where = members, nets.Where{Width: 8}
		rng := rand.New(rand.NewPCG(1, 1))
		weights := d.Layout().Init(rng)
		for i := range weights {
			weights[i] += float32(0.02 * rng.NormFloat64()) // biases too
		}
		both, err := d.Mirrored(w)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := d.WithMirrors(weights)
		if err != nil {
			t.Fatal(err)
		}
		head := 2*len(weights) - len(twice) // comes last, once
		if n := len(weights) - head; both.EnsembleSize != 2*max(members, 1) || head < 100 ||
			!slices.Equal(twice[:n], weights[:n]) || !slices.Equal(twice[2*n:], weights[n:]) {
			t.Fatalf("%d members, %d weights of the second head", both.EnsembleSize, head)
		}
		x, turned := ref.New(1, 3, h, w), ref.New(1, 3, h, w)
		for i := range x.Data {
			x.Data[i] = float64(i*i%257) / 257
		}
		turned.Data = mirrored(x.Data, w)
		got, one, other := logits(t, both, twice, x), logits(t, d, weights, x), mirrored(logits(t, d, weights, turned), w/8)
		for i := range got {
			if want := (one[i] + other[i]) / 2; math.Abs(got[i]-want) > 1e-6*max(1, math.Abs(want)) || one[i] == other[i] {
				t.Fatalf("%d members: region %d has %g, want the mean of %g and %g", members, i, got[i], one[i], other[i])
			}
		}
	}
	d := nets.DefaultDetector()
	for _, w := range []int{46, 44, 47} {
		if _, err := d.Mirrored(w); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d pixels wide", w)) {
			t.Errorf("%d pixels: %v", w, err)
		}
	}
	if _, err := d.WithMirrors(make([]float32, 5)); err == nil {
		t.Error("5 weights are enough")
	}
	d.EnsembleSize, d.Where = 9, nets.Where{}
	if _, err := d.Mirrored(w); err == nil || !strings.Contains(err.Error(), "9 detectors and as many mirrored are more than 16") {
		t.Errorf("18 members: %v", err)
	}
}

// TestRegionsMatchGraph: the output size that Regions says is the graph's.
func TestRegionsMatchGraph(t *testing.T) {
	for _, d := range []nets.ConvDetector{nets.DefaultDetector(), nets.PaperDetector(),
		{Layers: []nets.ConvLayer{{Out: 2, Kernel: 12, Stride: 4, Pad: 4}, {Out: 2, Kernel: 4, Stride: 2, Pad: 1}, {Out: 1, Kernel: 6, Stride: 2, Pad: 2}}}} {
		for _, size := range [][2]int{{128, 192}, {96, 160}, {131, 77}} {
			r, err := d.Regions(size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			weights := d.Layout().Init(rand.New(rand.NewPCG(1, 1)))
			g := onnx.NewGraph("test")
			p, err := d.Layout().Constants(g, weights)
			if err != nil {
				t.Fatal(err)
			}
			y := d.Forward(g, p, g.Input("x", onnx.Float, 1, 3, size[0], size[1]))
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			if y.Shape[2] != int64(r.Rows) || y.Shape[3] != int64(r.Cols) {
				t.Errorf("%v: graph gives %v, Regions %d×%d", size, y.Shape, r.Rows, r.Cols)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for name, err := range map[string]error{
		"default inpainter": nets.DefaultInpainter(nets.Given).Validate(), "default detector": nets.DefaultDetector().Validate(),
		"paper detector": nets.PaperDetector().Validate(), "grid detector": nets.GridDetector().Validate(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := nets.DefaultDetector()
	bad.Box = 33
	crowd := nets.DefaultDetector()
	crowd.EnsembleSize = 17
	for name, err := range map[string]error{
		"width": nets.Inpainter{BaseWidth: 1, Depth: 3, Stem: 2, Norm: "none"}.Validate(),
		"depth": nets.Inpainter{BaseWidth: 16, Depth: 9, Stem: 2, Norm: "none"}.Validate(),
		"stem":  nets.Inpainter{BaseWidth: 16, Depth: 3, Stem: 3, Norm: "none"}.Validate(),
		"norm":  nets.Inpainter{BaseWidth: 16, Depth: 3, Stem: 2, Norm: "layer"}.Validate(),
		"empty": nets.ConvDetector{}.Validate(), "box": bad.Validate(), "members": crowd.Validate(),
		"channels": nets.ConvDetector{Layers: []nets.ConvLayer{{Out: 2, Kernel: 3, Stride: 1}, {Out: 2, Kernel: 1, Stride: 1}}}.Validate(),
		"stride":   nets.ConvDetector{Layers: []nets.ConvLayer{{Out: 2, Kernel: 3}, {Out: 1, Kernel: 1, Stride: 1}}}.Validate(),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestConstantsRefuseWrongLength(t *testing.T) {
	if _, err := nets.InpainterGraph(nets.DefaultInpainter(nets.Given), make([]float32, 5)); err == nil {
		t.Error("five weights were accepted")
	}
}
