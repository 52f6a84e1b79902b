package onnx

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	pb "avid/models/onnx/onnxpb"
)

// Marshal checks the graph and encodes it as an ONNX model. The bytes are the
// same for the same graph.
func (g *Graph) Marshal() ([]byte, error) {
	if g.err != nil {
		return nil, g.err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	m := &pb.ModelProto{
		IrVersion:    proto.Int64(irVersion),
		ProducerName: proto.String("avid"),
		OpsetImport:  []*pb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(Opset)}},
		Graph:        g.proto(),
	}
	out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("onnx: encoding %s: %w", g.Name, err)
	}
	return out, nil
}

// proto is the graph with its bodies, without what nothing reads.
func (g *Graph) proto() *pb.GraphProto {
	p := &pb.GraphProto{Name: proto.String(g.Name)}
	for _, v := range g.Inputs {
		p.Input = append(p.Input, g.info(v))
	}
	for _, v := range g.Outputs {
		p.Output = append(p.Output, g.info(v))
	}
	read := map[*Value]bool{}
	g.reads(read)
	for _, v := range g.Consts {
		if read[v] {
			p.Initializer = append(p.Initializer, initializer(v))
		}
	}
	for _, n := range g.Nodes {
		p.Node = append(p.Node, nodeProto(n))
	}
	return p
}

// reads notes what the nodes of g and of its bodies read, and the outputs.
func (g *Graph) reads(into map[*Value]bool) {
	for _, v := range g.Outputs {
		into[v] = true
	}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			into[v] = true
		}
		if b := n.Body(); b != nil {
			b.reads(into)
		}
	}
}

func (g *Graph) info(v *Value) *pb.ValueInfoProto {
	shape := &pb.TensorShapeProto{}
	names := g.DimNames[v]
	for i, d := range v.Shape {
		dim := &pb.TensorShapeProto_Dimension{}
		switch {
		case d != Dyn:
			dim.Value = &pb.TensorShapeProto_Dimension_DimValue{DimValue: d}
		case i < len(names):
			dim.Value = &pb.TensorShapeProto_Dimension_DimParam{DimParam: names[i]}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	return &pb.ValueInfoProto{Name: proto.String(v.Name), Type: &pb.TypeProto{
		Value: &pb.TypeProto_TensorType{TensorType: &pb.TypeProto_Tensor{
			ElemType: proto.Int32(int32(v.Type)), Shape: shape,
		}},
	}}
}

func initializer(v *Value) *pb.TensorProto {
	t := &pb.TensorProto{Name: proto.String(v.Name), DataType: proto.Int32(int32(v.Type)), Dims: v.Shape}
	for _, x := range v.Const.F32 {
		if v.Type == Float16 {
			t.RawData = binary.LittleEndian.AppendUint16(t.RawData, halfBits(x))
		} else {
			t.RawData = binary.LittleEndian.AppendUint32(t.RawData, math.Float32bits(x))
		}
	}
	for _, x := range v.Const.I64 {
		t.RawData = binary.LittleEndian.AppendUint64(t.RawData, uint64(x))
	}
	return t
}

func nodeProto(n *Node) *pb.NodeProto {
	p := &pb.NodeProto{OpType: proto.String(n.Op), Domain: proto.String(n.Domain), Name: proto.String(n.Out[0].Name)}
	for _, v := range n.In {
		name := "" // left out
		if v != nil {
			name = v.Name
		}
		p.Input = append(p.Input, name)
	}
	for _, v := range n.Out {
		p.Output = append(p.Output, v.Name)
	}
	for _, k := range slices.Sorted(maps.Keys(n.Attrs)) {
		a := &pb.AttributeProto{Name: proto.String(k)}
		switch v := n.Attrs[k].(type) {
		case int64:
			a.Type, a.I = pb.AttributeProto_INT.Enum(), proto.Int64(v)
		case float32:
			a.Type, a.F = pb.AttributeProto_FLOAT.Enum(), proto.Float32(v)
		case string:
			a.Type, a.S = pb.AttributeProto_STRING.Enum(), []byte(v)
		case []int64:
			a.Type, a.Ints = pb.AttributeProto_INTS.Enum(), v
		case *Graph:
			a.Type, a.G = pb.AttributeProto_GRAPH.Enum(), v.proto()
		}
		p.Attribute = append(p.Attribute, a)
	}
	return p
}
