package onnx

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "avid/models/onnx/onnxpb"
)

// TestVetNode: an operator that is not of inference graphs is not let by, whether
// this package knows it, for training, or ONNX alone does.
func TestVetNode(t *testing.T) {
	names := []string{"Loop", "Scan", "If", "SequenceMap", "Expand", "Tile", "ConstantOfShape", "Constant", "Resize", "Upsample", "Range",
		"RandomNormal", "NonZero", "GatherND", "ScatterND", "Einsum", "Gemm", "LSTM", "QLinearConv", "Optional", "relu", ""}
	for op := range rules {
		names = append(names, op)
	}
	for _, op := range names {
		node := &pb.NodeProto{OpType: proto.String(op)}
		attrs, ours := inference[op]
		for _, a := range attrs {
			node.Attribute = append(node.Attribute, &pb.AttributeProto{Name: proto.String(a)})
		}
		if err := vetNode(node); ours != (err == nil) || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", op, err)
		}
		node.Overload = proto.String("other")
		if err := vetNode(node); !errors.Is(err, ErrRefused) {
			t.Errorf("an overload of %s: %v", op, err)
		}
	}
}

// TestShapesInRange: sizes that a hostile file makes up do not overflow into ones
// that look small.
func TestShapesInRange(t *testing.T) {
	const big = int64(1) << 62
	for name, build := range map[string]func(g *Graph, x *Value){
		"pads":        func(g *Graph, x *Value) { g.Pad(x, 0, 0, 0, big, big, 0, 0, big, big) },
		"pads to Dyn": func(g *Graph, x *Value) { g.Pad(x, 0, 0, 0, -7, 0, 0, 0, 0, 0) },
		"window": func(g *Graph, x *Value) {
			g.Op("MaxPool", Attrs{"kernel_shape": []int64{1, 1}, "strides": []int64{1, 1}, "pads": []int64{big, 0, big, 0}}, x)
		},
		"convolution": func(g *Graph, x *Value) {
			g.Conv(x, g.Floats(make([]float32, 4), 1, 4, 1, 1), nil, ConvOptions{Pad: 1 << 62})
		},
		"reshape":       func(g *Graph, x *Value) { g.Reshape(x, big, 4, 1, 4) },
		"reshape below": func(g *Graph, x *Value) { g.Reshape(x, -2, -72) },
		"a negative part": func(g *Graph, x *Value) {
			g.node("Split", "", 2, Attrs{"axis": int64(1)}, []*Value{x, g.Ints(-1, 5)})
		},
		"expand": func(g *Graph, x *Value) { g.Op("Expand", nil, x, g.Ints(big, 4, 6, 6)) },
		"ranks":  func(g *Graph, x *Value) { g.Reshape(x, append(make([]int64, 0, 99), ones(99)...)...) },
	} {
		g := NewGraph("test")
		build(g, g.Input("x", Float, 1, 4, 6, 6))
		if !errors.Is(g.Err(), ErrGraph) {
			t.Errorf("%s: %v, want ErrGraph", name, g.Err())
		}
	}
}

// ones are n sizes of 1 but for the first.
func ones(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	out[0] = 144
	return out
}
