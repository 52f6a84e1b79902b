package onnx_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"avid/models/onnx"
	pb "avid/models/onnx/onnxpb"
)

// vetLimits are for a picture of 8×8.
func vetLimits() onnx.Limits {
	return onnx.Limits{Dims: map[string]int64{"n": 1}, Tensor: 1 << 12, Sum: 1 << 14, Integers: 8, Nodes: 20, Structure: 4096, Work: 1e7}
}

// vettable is a graph like those of bundles.
func vettable(t *testing.T, more func(g *onnx.Graph, x *onnx.Value) *onnx.Value) []byte {
	t.Helper()
	g := onnx.NewGraph("small")
	x := g.Input("x", onnx.Float, "n", 2, 8, 8)
	y := g.Relu(g.Conv(x, g.Floats(make([]float32, 3*2*3*3), 3, 2, 3, 3), nil, onnx.ConvOptions{Stride: 1, Pad: 1}))
	if more != nil {
		y = more(g, y)
	}
	g.Output("y", y)
	model, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// edited changes the message of a model.
func edited(t *testing.T, change func(m *pb.ModelProto)) []byte {
	t.Helper()
	m := &pb.ModelProto{}
	if err := proto.Unmarshal(vettable(t, nil), m); err != nil {
		t.Fatal(err)
	}
	change(m)
	model, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestVet(t *testing.T) {
	g, err := onnx.Vet(vettable(t, nil), vetLimits())
	if err != nil {
		t.Fatal(err)
	}
	if s := g.Outputs[0].Shape; !s.Static() || s[0] != 1 {
		t.Errorf("the output has the shape %v", s)
	}
}

// TestVetRefuses: each kind of what no bundle has, in a sentence that names it,
// before anything is made of it.
func TestVetRefuses(t *testing.T) {
	loops, err := powers().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	node := func(op string) func(*pb.ModelProto) {
		return func(m *pb.ModelProto) { m.Graph.Node[len(m.Graph.Node)-1].OpType = proto.String(op) }
	}
	weights := func(change func(*pb.TensorProto)) func(*pb.ModelProto) {
		return func(m *pb.ModelProto) { change(m.Graph.Initializer[0]) }
	}
	for name, c := range map[string]struct {
		model []byte
		says  string
	}{
		"a loop": {loops, "no bundle has loops or branches"},
		"a branch": {edited(t, func(m *pb.ModelProto) {
			m.Graph.Node[0].Attribute = append(m.Graph.Node[0].Attribute, &pb.AttributeProto{Name: proto.String("then_branch"), Type: pb.AttributeProto_GRAPH.Enum(), G: &pb.GraphProto{}})
		}), "runs a graph of its own"},
		"a function":        {edited(t, func(m *pb.ModelProto) { m.Functions = []*pb.FunctionProto{{Name: proto.String("f")}} }), "functions of its own"},
		"Expand":            {edited(t, node("Expand")), `operator "Expand"`},
		"Tile":              {edited(t, node("Tile")), `operator "Tile"`},
		"ConstantOfShape":   {edited(t, node("ConstantOfShape")), `operator "ConstantOfShape"`},
		"Resize":            {edited(t, node("Resize")), `operator "Resize"`},
		"RandomNormal":      {edited(t, node("RandomNormal")), `operator "RandomNormal"`},
		"another domain":    {edited(t, func(m *pb.ModelProto) { m.Graph.Node[0].Domain = proto.String("com.microsoft") }), "com.microsoft"},
		"an attribute":      {edited(t, func(m *pb.ModelProto) { m.Graph.Node[0].Attribute[0].Name = proto.String("auto_pad") }), "auto_pad"},
		"weights elsewhere": {edited(t, weights(func(p *pb.TensorProto) { p.DataLocation = pb.TensorProto_EXTERNAL.Enum() })), "external data"},
		"weights in a list": {edited(t, weights(func(p *pb.TensorProto) { p.FloatData = []float32{1} })), "not raw data"},
		"not a number":      {edited(t, weights(func(p *pb.TensorProto) { copy(p.RawData[8:], []byte{0, 0, 0xc0, 0x7f}) })), "not a finite number"},
		"infinite":          {edited(t, weights(func(p *pb.TensorProto) { copy(p.RawData[8:], []byte{0, 0, 0x80, 0x7f}) })), "not a finite number"},
		"many nodes":        {vettable(t, func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return chain(g, x, 30) }), "nodes"},
		"padded to no end":  {vettable(t, func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Pad(x, 0, 0, 0, 0, 0, 0, 0, 90000, 90000) }), "reaches the size"},
		"much together": {vettable(t, func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return chain(g, g.Concat(1, x, x, x, x, x, x, x, x), 12)
		}), "together"},
		"an input too large": {edited(t, func(m *pb.ModelProto) {
			m.Graph.Input[0].Type.GetTensorType().Shape.Dim[0].Value = &pb.TensorShapeProto_Dimension_DimValue{DimValue: 1 << 20}
		}), "input"},
		"many integers": {vettable(t, func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.Gather(x, 3, make([]int64, 100)...) }), "integers"},
		"a field of another avid": {edited(t, func(m *pb.ModelProto) {
			m.Graph.Node[0].ProtoReflect().SetUnknown(protowire.AppendBytes(protowire.AppendTag(nil, 999, protowire.BytesType), []byte("x")))
		}), "fields that this avid does not know"},
		"much text": {edited(t, func(m *pb.ModelProto) { m.DocString = proto.String(strings.Repeat("x", 9000)) }), "beside its weights"},
		"no model":  {[]byte("\xff\xff"), "graph"},
	} {
		_, err := onnx.Vet(c.model, vetLimits())
		if !errors.Is(err, onnx.ErrRefused) && !errors.Is(err, onnx.ErrGraph) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
}

// TestVetBoundsWork: each way to keep a processor busy counts, those too that have
// no weights and those in groups, which Flops leaves out.
func TestVetBoundsWork(t *testing.T) {
	l := vetLimits()
	l.Work = 3e5
	if _, err := onnx.Vet(vettable(t, nil), l); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]func(g *onnx.Graph, x *onnx.Value) *onnx.Value{
		"convolution": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Conv(x, g.Floats(make([]float32, 30*3*15*15), 30, 3, 15, 15), nil, onnx.ConvOptions{Stride: 1, Pad: 7})
		},
		"convolution in groups": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return g.Op("Conv", onnx.Attrs{"group": int64(3), "strides": []int64{1, 1}, "pads": []int64{60, 60, 60, 60}},
				x, g.Floats(make([]float32, 3*100*100), 3, 1, 100, 100))
		},
		"pool":    func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.MaxPool(x, 63) },
		"average": func(g *onnx.Graph, x *onnx.Value) *onnx.Value { return g.AveragePool(x, 63) },
		"elements": func(g *onnx.Graph, x *onnx.Value) *onnx.Value {
			return chain(g, g.Pad(x, 0, 0, 0, 0, 0, 0, 0, 92, 92), 10)
		},
	} {
		roomy := l
		roomy.Tensor, roomy.Sum, roomy.Nodes, roomy.Structure, roomy.Integers = 1<<20, 1<<24, 100, 1<<20, 100
		if _, err := onnx.Vet(vettable(t, more), roomy); !errors.Is(err, onnx.ErrRefused) || !strings.Contains(err.Error(), "operations") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// chain is n operators one after the other.
func chain(g *onnx.Graph, x *onnx.Value, n int) *onnx.Value {
	for range n {
		x = g.Relu(x)
	}
	return x
}

func FuzzVet(f *testing.F) {
	g := onnx.NewGraph("fuzz")
	g.Output("y", g.Relu(g.Input("x", onnx.Float, "n", 2)))
	model, err := g.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(model)
	f.Fuzz(func(t *testing.T, model []byte) {
		g, err := onnx.Vet(model, vetLimits())
		if err == nil && (len(g.Nodes) > 20 || !(onnx.Flops(g) <= 1e7)) {
			t.Errorf("%d nodes, %g operations", len(g.Nodes), onnx.Flops(g))
		}
	})
}
