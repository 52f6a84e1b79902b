package nets_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"avid/models/appearance"
	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/onnx"
	pb "avid/models/onnx/onnxpb"
	"avid/models/train"
)

// recipes are bundles of every sort that avid writes, made once for all tests.
var recipes = sync.OnceValues(func() (map[string]*bundle.Bundle, error) {
	out := map[string]*bundle.Bundle{}
	var errs []error
	add := func(name string, c train.Config, change func(*train.Config)) {
		if change != nil {
			change(&c)
		}
		rng := rand.New(rand.NewPCG(8, 8))
		b, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
		out[name], errs = b, append(errs, err)
	}
	add("default", train.DefaultConfig(), nil)
	add("default, not mirrored", train.DefaultConfig(), func(c *train.Config) { c.Mirror = false })
	add("ground taught", train.DefaultConfig(), func(c *train.Config) { c.SetGround(nets.Taught) })
	add("no ground", train.DefaultConfig(), func(c *train.Config) { c.SetGround("") })
	add("least regions", train.DefaultConfig(), func(c *train.Config) { c.Detector.MinRegions = 3 })
	add("smallest", train.DefaultConfig(), func(c *train.Config) { c.Height, c.Width = 32, 32 })
	add("large", train.DefaultConfig(), func(c *train.Config) { c.Height, c.Width = 480, 640 })
	add("paper", train.PaperConfig(), nil)
	add("still", train.StillConfig(), nil)
	add("widest", train.PaperConfig(), func(c *train.Config) {
		c.Inpainter.BaseWidth, c.Inpainter.Depth = 256, 1
		c.Detector = train.DefaultConfig().Detector
		c.Detector.EnsembleSize, c.Detector.Where = 16, nets.Where{}
	})
	for _, name := range []string{"default", "paper", "still", "least regions"} {
		half, err := nets.InPrecision(out[name], bundle.FP16)
		out[name+" in float16"], errs = half, append(errs, err)
	}
	demo, err := bundle.Open("../../demo/walkway.avid")
	out["the demo's"] = demo
	return out, errors.Join(append(errs, err)...)
})

// TestVetRecipes: all that avid writes is let by, and no operator is let by that
// it does not write.
func TestVetRecipes(t *testing.T) {
	all, err := recipes()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	weights, err := appearance.Read("../../build/lib/efficientnet-lite0.pth")
	if err != nil {
		t.Fatal(err)
	}
	features, err := weights.Features(32, 32, make([]float32, 152))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range features.Nodes {
		used[n.Op] = true
	}
	for name, b := range all {
		if err := nets.Vet(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, model := range [][]byte{b.Inpainter, b.Detector, b.Fused} {
			g, err := onnx.Parse(model)
			if err != nil {
				t.Fatal(name, err)
			}
			for _, n := range g.Nodes {
				used[n.Op] = true
			}
		}
	}
	for _, op := range onnx.InferenceOperators() {
		if !used[op] {
			t.Errorf("%s is let by, and no bundle has it", op)
		}
	}
}

// TestLimits holds the figures that the limits are made from.
func TestLimits(t *testing.T) {
	all, err := recipes()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ tensor, sum, work, nodes float64 }{
		"default":   {12, 438, 0.09e6, 233},
		"no ground": {12, 465, 0.12e6, 168},
		"still":     {12, 174, 0.03e6, 70},
		"paper":     {48, 664, 0.2e6, 103},
		"large":     {12, 438, 0.09e6, 233},
	} {
		m := all[name].Manifest
		none := int64(math.MaxInt64)
		g, err := onnx.Vet(all[name].Fused, onnx.Limits{Dims: map[string]int64{"n": 1}, Tensor: none, Sum: none, Integers: 4096,
			Nodes: math.MaxInt, Structure: 30_000, Work: math.Inf(1)})
		if err != nil {
			t.Fatal(name, err)
		}
		pixels := float64(m.Height * m.Width)
		var tensor, sum float64
		for _, n := range g.Nodes {
			for _, v := range n.Out {
				tensor, sum = max(tensor, float64(v.Shape.Len())/pixels), sum+float64(v.Shape.Len())/pixels
			}
		}
		work := onnx.Flops(g) / pixels
		if tensor != want.tensor || math.Round(sum) != want.sum || math.Round(work/1e4) != math.Round(want.work/1e4) || float64(len(g.Nodes)) != want.nodes {
			t.Errorf("%s: %g values in one tensor, %g in all and %g operations for each pixel, %d nodes; want %+v", name, tensor, sum, work, len(g.Nodes), want)
		}
	}
}

// edit changes the message of a model.
func edit(t *testing.T, model []byte, change func(*pb.ModelProto)) []byte {
	t.Helper()
	m := &pb.ModelProto{}
	if err := proto.Unmarshal(model, m); err != nil {
		t.Fatal(err)
	}
	change(m)
	out, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// spoiled is b with what add adds to its fused graph.
func spoiled(t *testing.T, b *bundle.Bundle, add func(g *onnx.Graph)) *bundle.Bundle {
	t.Helper()
	g, err := onnx.Parse(b.Fused)
	if err != nil {
		t.Fatal(err)
	}
	g.Scope("added", func() { add(g) }) // whose names are new
	out := *b
	if out.Fused, err = g.Marshal(); err != nil {
		t.Fatal(err)
	}
	return &out
}

// TestVetRefuses: each way in which a graph could keep the process busy or take
// its memory has a sentence.
func TestVetRefuses(t *testing.T) {
	b := packed(t, nil)
	if err := nets.Vet(b); err != nil {
		t.Fatal(err)
	}
	type list = []*onnx.Value
	graph := func(add func(g *onnx.Graph)) *bundle.Bundle { return spoiled(t, b, add) }
	frames := func(g *onnx.Graph) *onnx.Value { return g.Cast(g.Inputs[0], onnx.Float) }
	message := func(change func(*pb.ModelProto)) *bundle.Bundle {
		out := *b
		out.Fused = edit(t, b.Fused, change)
		return &out
	}
	const huge = 100000
	for name, c := range map[string]struct {
		b    *bundle.Bundle
		says string
	}{
		"loop": {graph(func(g *onnx.Graph) {
			g.Loop("ever", g.Int(1<<62), list{g.Inputs[6]}, func(b *onnx.Graph, _ *onnx.Value, now list) (next, each list) {
				return list{b.Add(now[0], now[0])}, nil
			})
		}), "loops or branches"},
		"expand":    {graph(func(g *onnx.Graph) { g.Op("Expand", nil, g.Inputs[6], g.Ints(huge, huge)) }), `"Expand"`},
		"pad":       {graph(func(g *onnx.Graph) { g.Pad(g.Inputs[3], 0, 0, 0, huge, huge) }), "Pad"},
		"blocks":    {graph(func(g *onnx.Graph) { g.DepthToSpace(g.Pad(frames(g), 0, 0, 0, 0, 0, 0, 4090, 0, 0), 64) }), "a picture of this size"},
		"broadcast": {graph(func(g *onnx.Graph) { a := g.Reshape(g.Inputs[3], -1, 1); g.Mul(a, g.Reshape(a, 1, -1)) }), "Mul"},
		"gather":    {graph(func(g *onnx.Graph) { g.Gather(g.Inputs[6], 0, make([]int64, 5000)...) }), "5000 integers"},
		"reshape":   {graph(func(g *onnx.Graph) { g.Reshape(frames(g), huge, huge) }), "does not hold"},
		"many nodes": {graph(func(g *onnx.Graph) {
			for range 9000 {
				g.Relu(g.Inputs[3])
			}
		}), "nodes"},
		"many values": {graph(func(g *onnx.Graph) {
			x := g.Concat(1, slices.Repeat(list{frames(g)}, 80)...)
			for range 100 {
				x = g.Relu(x)
			}
		}), "together"},
		"much work": {graph(func(g *onnx.Graph) {
			x := g.Concat(1, slices.Repeat(list{frames(g)}, 80)...)
			w := g.Floats(make([]float32, 480*480*49), 480, 480, 7, 7)
			for range 8 {
				x = g.Conv(x, w, nil, onnx.ConvOptions{Pad: 3})
			}
		}), "operations"},
		"long names":     {graph(func(g *onnx.Graph) { g.Relu(g.Inputs[3]).Name = strings.Repeat("x", 5<<20) }), "beside its weights"},
		"not a number":   {packed(t, func(_, d []float32) { d[5] = float32(math.NaN()) }), "not a finite number"},
		"infinite":       {packed(t, func(i, _ []float32) { i[5] = float32(math.Inf(-1)) }), "not a finite number"},
		"other inputs":   {graph(func(g *onnx.Graph) { g.Inputs[3].Name = "beta" }), `"beta"`},
		"another output": {graph(func(g *onnx.Graph) { g.Output("more", g.Relu(g.Inputs[3])) }), "9 outputs"},
		"of other sizes": {func() *bundle.Bundle { out := *b; out.Manifest.Height = 64; return &out }(), "the manifest's sizes"},
		"unknown sizes": {message(func(m *pb.ModelProto) {
			m.Graph.Input[0].Type.GetTensorType().Shape.Dim[0].Value = &pb.TensorShapeProto_Dimension_DimParam{DimParam: "many"}
		}), "not known"},
		"external data": {message(func(m *pb.ModelProto) {
			w := m.Graph.Initializer[0]
			w.DataLocation = pb.TensorProto_EXTERNAL.Enum()
			w.ExternalData = []*pb.StringStringEntryProto{{Key: proto.String("location"), Value: proto.String("/dev/zero")}}
		}), "external data"},
		"functions":      {message(func(m *pb.ModelProto) { m.Functions = []*pb.FunctionProto{{}} }), "functions"},
		"sparse weights": {message(func(m *pb.ModelProto) { m.Graph.SparseInitializer = []*pb.SparseTensorProto{{}} }), "sparse"},
		"data twice":     {message(func(m *pb.ModelProto) { m.Graph.Initializer[0].FloatData = []float32{1} }), "raw data"},
		"a branch": {message(func(m *pb.ModelProto) {
			m.Graph.Node[0].Attribute = append(m.Graph.Node[0].Attribute, &pb.AttributeProto{Name: proto.String("then_branch"), G: &pb.GraphProto{}})
		}), "then_branch"},
		"another domain": {message(func(m *pb.ModelProto) { m.Graph.Node[0].Domain = proto.String("com.example") }), "com.example"},
		"dilations": {message(func(m *pb.ModelProto) {
			i := slices.IndexFunc(m.Graph.Node, func(n *pb.NodeProto) bool { return n.GetOpType() == "Conv" })
			m.Graph.Node[i].Attribute = append(m.Graph.Node[i].Attribute, &pb.AttributeProto{Name: proto.String("dilations"),
				Type: pb.AttributeProto_INTS.Enum(), Ints: []int64{9, 9}})
		}), "dilations"},
		"attribute missing": {message(func(m *pb.ModelProto) {
			i := slices.IndexFunc(m.Graph.Node, func(n *pb.NodeProto) bool { return n.GetOpType() == "Conv" })
			m.Graph.Node[i].Attribute = m.Graph.Node[i].Attribute[1:]
		}), "attributes"},
		"escapes": {message(func(m *pb.ModelProto) { m.Graph.Node[0].OpType = proto.String("\x1b[2J") }), `"\x1b[2J"`},
		"garbage": {func() *bundle.Bundle { out := *b; out.Fused = []byte("garbage"); return &out }(), "fused.onnx"},
	} {
		err := nets.Vet(c.b)
		if !errors.Is(err, onnx.ErrRefused) && !errors.Is(err, onnx.ErrGraph) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want one about %q", name, err, c.says)
		}
		if err != nil && strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%s: the error has an escape in it", name)
		}
	}
	for _, part := range []func(*bundle.Bundle) *[]byte{func(b *bundle.Bundle) *[]byte { return &b.Inpainter }, func(b *bundle.Bundle) *[]byte { return &b.Detector }} {
		bad := *b
		*part(&bad) = b.Fused
		if err := nets.Vet(&bad); !errors.Is(err, onnx.ErrRefused) {
			t.Errorf("another graph in place of one part: %v", err)
		}
		if err := nets.VetFused(bad.Fused, &bad.Manifest); err != nil {
			t.Errorf("the fused graph alone: %v", err)
		}
	}
}
