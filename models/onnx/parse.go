package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	pb "avid/models/onnx/onnxpb"
)

// Parse decodes a model of the operators this package knows, infers every
// shape anew and checks that they agree with what the model declares. It is
// the checker for models that come from a file: errors wrap ErrGraph.
func Parse(model []byte) (*Graph, error) {
	m := &pb.ModelProto{}
	if err := proto.Unmarshal(model, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGraph, err)
	}
	if len(m.OpsetImport) != 1 || m.OpsetImport[0].GetDomain() != "" || m.OpsetImport[0].GetVersion() != Opset {
		return nil, fmt.Errorf("%w: wants opset %d of the standard domain alone", ErrGraph, Opset)
	}
	g := NewGraph(m.GetGraph().GetName())
	values := map[string]*Value{}
	define := func(v *Value) {
		if _, twice := values[v.Name]; twice || v.Name == "" {
			g.fail("value %q is defined twice or has no name", v.Name)
		}
		values[v.Name] = v
	}
	for _, p := range m.GetGraph().GetInitializer() {
		v, err := constant(p)
		if err != nil {
			return nil, err
		}
		g.Consts = append(g.Consts, v)
		define(v)
	}
	for _, p := range m.GetGraph().GetInput() {
		v := valueInfo(p, g)
		g.Inputs = append(g.Inputs, v)
		define(v)
	}
	for _, p := range m.GetGraph().GetNode() {
		n := &Node{Op: p.GetOpType(), Domain: p.GetDomain(), Attrs: attrs(p.GetAttribute())}
		for _, name := range p.GetInput() {
			if values[name] == nil {
				return nil, fmt.Errorf("%w: %s reads %q before it is made", ErrGraph, n.Op, name)
			}
			n.In = append(n.In, values[name])
		}
		for _, name := range p.GetOutput() {
			n.Out = append(n.Out, &Value{Name: name, Node: n})
		}
		if len(n.Out) == 0 {
			return nil, fmt.Errorf("%w: %s has no output", ErrGraph, n.Op)
		}
		if err := infer(n); err != nil {
			return nil, fmt.Errorf("%w: %s(%s): %w", ErrGraph, n.Op, describe(n.In), err)
		}
		for _, v := range n.Out {
			define(v)
		}
		g.Nodes = append(g.Nodes, n)
	}
	for _, p := range m.GetGraph().GetOutput() {
		v, want := values[p.GetName()], valueInfo(p, g)
		if v == nil {
			return nil, fmt.Errorf("%w: output %q is never made", ErrGraph, p.GetName())
		}
		delete(g.DimNames, want)
		if v.Type != want.Type || !compatible(v.Shape, want.Shape) {
			return nil, fmt.Errorf("%w: output %s is %v %v, declared %v %v", ErrGraph, v.Name, v.Type, v.Shape, want.Type, want.Shape)
		}
		g.Outputs = append(g.Outputs, v)
	}
	if g.err != nil {
		return nil, g.err
	}
	return g, g.check()
}

func compatible(a, b Shape) bool {
	return slices.EqualFunc(a, b, func(x, y int64) bool { return x == y || x == Dyn || y == Dyn })
}

// check verifies what the builder cannot see node by node: names are unique
// and every input is made before it is read.
func (g *Graph) check() error {
	seen := map[string]bool{}
	made := map[*Value]bool{}
	for _, list := range [][]*Value{g.Inputs, g.Consts} {
		for _, v := range list {
			if seen[v.Name] {
				return fmt.Errorf("%w: two values named %s", ErrGraph, v.Name)
			}
			seen[v.Name], made[v] = true, true
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			if !made[v] {
				return fmt.Errorf("%w: %s reads %s before it is made", ErrGraph, n.Op, v.Name)
			}
		}
		for _, v := range n.Out {
			if seen[v.Name] {
				return fmt.Errorf("%w: two values named %s", ErrGraph, v.Name)
			}
			seen[v.Name], made[v] = true, true
		}
	}
	for _, v := range g.Outputs {
		if !made[v] {
			return fmt.Errorf("%w: output %s is never made", ErrGraph, v.Name)
		}
	}
	if len(g.Outputs) == 0 {
		return fmt.Errorf("%w: no output", ErrGraph)
	}
	return nil
}

func valueInfo(p *pb.ValueInfoProto, g *Graph) *Value {
	t := p.GetType().GetTensorType()
	v := &Value{Name: p.GetName(), Type: Type(t.GetElemType()), Shape: Shape{}}
	var names []string
	for _, d := range t.GetShape().GetDim() {
		size := Dyn
		if _, ok := d.GetValue().(*pb.TensorShapeProto_Dimension_DimValue); ok {
			size = d.GetDimValue()
		}
		v.Shape, names = append(v.Shape, size), append(names, d.GetDimParam())
	}
	g.DimNames[v] = names
	return v
}

func constant(p *pb.TensorProto) (*Value, error) {
	v := &Value{Name: p.GetName(), Type: Type(p.GetDataType()), Shape: Shape(p.GetDims()), Const: &Const{}}
	raw, n := p.GetRawData(), int64(1)
	for _, d := range v.Shape {
		// Each factor and the product so far are below 2³¹: no overflow.
		if d < 0 || d > math.MaxInt32 || n*d > math.MaxInt32 {
			return nil, fmt.Errorf("%w: constant %s of shape %v", ErrGraph, v.Name, v.Shape)
		}
		n *= d
	}
	switch {
	case v.Type == Float && int64(len(raw)) == 4*n:
		v.Const.F32 = make([]float32, n)
		for i := range v.Const.F32 {
			v.Const.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case v.Type == Float16 && int64(len(raw)) == 2*n:
		v.Const.F32 = make([]float32, n)
		for i := range v.Const.F32 {
			v.Const.F32[i] = fromHalfBits(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case v.Type == Int64 && int64(len(raw)) == 8*n:
		v.Const.I64 = make([]int64, n)
		for i := range v.Const.I64 {
			v.Const.I64[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	default:
		return nil, fmt.Errorf("%w: constant %s: %d bytes for %v of %v", ErrGraph, v.Name, len(raw), v.Shape, v.Type)
	}
	return v, nil
}

func attrs(list []*pb.AttributeProto) Attrs {
	out := Attrs{}
	for _, a := range list {
		switch a.GetType() {
		case pb.AttributeProto_INT:
			out[a.GetName()] = a.GetI()
		case pb.AttributeProto_FLOAT:
			out[a.GetName()] = a.GetF()
		case pb.AttributeProto_STRING:
			out[a.GetName()] = string(a.GetS())
		case pb.AttributeProto_INTS:
			out[a.GetName()] = a.GetInts()
		}
	}
	return out
}
