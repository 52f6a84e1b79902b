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
	return parse(m)
}

// parse is Parse of a model that is decoded.
func parse(m *pb.ModelProto) (*Graph, error) {
	if len(m.OpsetImport) != 1 || m.OpsetImport[0].GetDomain() != "" || m.OpsetImport[0].GetVersion() != Opset {
		return nil, fmt.Errorf("%w: wants opset %d of the standard domain alone", ErrGraph, Opset)
	}
	s := &scope{g: NewGraph(m.GetGraph().GetName()), values: map[string]*Value{}, named: map[string]bool{}}
	if err := s.graph(m.GetGraph()); err != nil {
		return nil, err
	}
	return s.g, s.g.check()
}

// maxDepth is how deep graphs may lie in each other: training has two.
const maxDepth = 8

// scope is one graph being read; its nodes see the values of the graphs around
// it.
type scope struct {
	g      *Graph
	values map[string]*Value
	named  map[string]bool // of all graphs of the model
	outer  *scope
	depth  int
}

func (s *scope) define(v *Value) {
	if s.named[v.Name] || v.Name == "" {
		s.g.fail("value %.60q is defined twice or has no name", v.Name)
	}
	s.named[v.Name], s.values[v.Name] = true, v
}

// find is the value of that name that a node sees, nil when there is none.
func (s *scope) find(name string) *Value {
	for ; s != nil; s = s.outer {
		if v := s.values[name]; v != nil {
			return v
		}
	}
	return nil
}

// graph reads what a graph is made of into s.g.
func (s *scope) graph(m *pb.GraphProto) error {
	g := s.g
	for _, p := range m.GetInitializer() {
		v, err := constant(p)
		if err != nil {
			return err
		}
		g.Consts = append(g.Consts, v)
		s.define(v)
	}
	for _, p := range m.GetInput() {
		v := valueInfo(p, g)
		if err := v.Shape.inRange(); err != nil {
			return fmt.Errorf("%w: input %.60q: %w", ErrGraph, v.Name, err)
		}
		g.Inputs = append(g.Inputs, v)
		s.define(v)
	}
	for _, p := range m.GetNode() {
		if err := s.node(p); err != nil {
			return err
		}
	}
	for _, p := range m.GetOutput() {
		v, want := s.values[p.GetName()], valueInfo(p, g)
		if v == nil {
			return fmt.Errorf("%w: output %.60q is never made", ErrGraph, p.GetName())
		}
		delete(g.DimNames, want)
		if v.Type != want.Type || !compatible(v.Shape, want.Shape) {
			return fmt.Errorf("%w: output %.60q is %v %v, declared %v %v", ErrGraph, v.Name, v.Type, v.Shape, want.Type, want.Shape)
		}
		g.Outputs = append(g.Outputs, v)
	}
	return g.err
}

func (s *scope) node(p *pb.NodeProto) error {
	n := &Node{Op: p.GetOpType(), Domain: p.GetDomain()}
	var err error
	if n.Attrs, err = s.attrs(p.GetAttribute()); err != nil {
		return err
	}
	for _, name := range p.GetInput() {
		v := s.find(name)
		if v == nil && name != "" {
			return fmt.Errorf("%w: %.40q reads %.60q before it is made", ErrGraph, n.Op, name)
		}
		n.In = append(n.In, v)
	}
	for _, name := range p.GetOutput() {
		n.Out = append(n.Out, &Value{Name: name, Node: n})
	}
	if len(n.Out) == 0 {
		return fmt.Errorf("%w: %.40q has no output", ErrGraph, n.Op)
	}
	if err := infer(n); err != nil {
		return fmt.Errorf("%w: %.40q(%s): %w", ErrGraph, n.Op, describe(n.In), err)
	}
	for _, v := range n.Out {
		s.define(v)
	}
	s.g.Nodes = append(s.g.Nodes, n)
	return nil
}

func (s *scope) attrs(list []*pb.AttributeProto) (Attrs, error) {
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
		case pb.AttributeProto_GRAPH: // of training alone: Vet refuses it
			if a.GetName() != "body" || s.depth == maxDepth {
				return nil, fmt.Errorf("%w: a graph as %.40q, %d deep", ErrGraph, a.GetName(), s.depth+1)
			}
			b := &scope{g: NewGraph(a.GetG().GetName()), values: map[string]*Value{}, named: s.named, outer: s, depth: s.depth + 1}
			b.g.outer = s.g
			if err := b.graph(a.GetG()); err != nil {
				return nil, err
			}
			out[a.GetName()] = b.g
		}
	}
	return out, nil
}

func compatible(a, b Shape) bool {
	return slices.EqualFunc(a, b, func(x, y int64) bool { return x == y || x == Dyn || y == Dyn })
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
			return nil, fmt.Errorf("%w: constant %.60q of shape %v", ErrGraph, v.Name, v.Shape)
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
		return nil, fmt.Errorf("%w: constant %.60q: %d bytes for %v of %v", ErrGraph, v.Name, len(raw), v.Shape, v.Type)
	}
	return v, nil
}
