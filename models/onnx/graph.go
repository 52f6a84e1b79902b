// Package onnx builds, checks, reads and writes ONNX graphs: the networks of
// avid are Go code that ends in these messages. It covers the operators that
// avid uses, at opset 17 of the standard domain
// (https://onnx.ai/onnx/operators), float32 unless said otherwise; Half has the
// heavy part of a graph in float16.
package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Opset is the version of the standard operator set that graphs are written
// for: the newest whose reductions still take their axes as attributes.
const Opset = 17

// irVersion is the ONNX IR version that came with opset 17.
const irVersion = 8

// Type is an element type, numbered as TensorProto.DataType.
type Type int32

// The element types avid uses.
const (
	Float   Type = 1
	Uint8   Type = 2
	Int64   Type = 7
	Bool    Type = 9
	Float16 Type = 10
)

// String names the type as Go does.
func (t Type) String() string {
	switch t {
	case Float:
		return "float32"
	case Uint8:
		return "uint8"
	case Int64:
		return "int64"
	case Bool:
		return "bool"
	case Float16:
		return "float16"
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Dyn is a dimension whose size is known only at run time.
const Dyn int64 = -1

// Shape is a list of dimensions, Dyn where unknown. Empty means a scalar.
type Shape []int64

// Static tells whether every dimension is known.
func (s Shape) Static() bool { return !slices.Contains(s, Dyn) }

// Len is the number of elements of a static shape, math.MaxInt64 where they are
// more.
func (s Shape) Len() int64 {
	n := int64(1)
	if slices.Contains(s, 0) {
		return 0
	}
	for _, d := range s {
		if d > 0 && n > math.MaxInt64/d {
			return math.MaxInt64
		}
		n *= d
	}
	return n
}

// Value is one edge of the graph: an input, a constant or a node's output.
type Value struct {
	Name  string
	Shape Shape
	Type  Type
	Node  *Node  // producer; nil for inputs and constants
	Const *Const // data of a constant; else nil
}

// Const is the data of a constant; exactly one slice is not nil.
type Const struct {
	F32 []float32 // of Float, and of Float16 exactly
	I64 []int64
}

// Graph is an ONNX graph under construction, nodes in topological order. The
// first mistake is kept and reported by Err and Marshal, so that networks read
// as formulas.
type Graph struct {
	Name    string
	Inputs  []*Value
	Outputs []*Value
	Consts  []*Value
	Nodes   []*Node
	// DimNames names the Dyn dimensions of inputs, by input and axis.
	DimNames map[*Value][]string

	outer  *Graph // whose node runs this one; nil for a model's graph
	err    error
	next   int // of the outermost graph: names are unique over all
	scope  []string
	scalar map[float32]*Value
}

// NewGraph returns an empty graph.
func NewGraph(name string) *Graph {
	return &Graph{Name: name, DimNames: map[*Value][]string{}, scalar: map[float32]*Value{}}
}

// ErrGraph is the root of every error about a malformed graph.
var ErrGraph = errors.New("onnx: malformed graph")

// Err returns the first mistake made while building.
func (g *Graph) Err() error { return g.err }

func (g *Graph) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf("%w: %s", ErrGraph, fmt.Sprintf(format, args...))
	}
}

// Scope prefixes the names of what is made inside f, for readable graphs.
func (g *Graph) Scope(name string, f func()) {
	g.scope = append(g.scope, name)
	defer func() { g.scope = g.scope[:len(g.scope)-1] }()
	f()
}

func (g *Graph) fresh(op string) string {
	top := g
	for top.outer != nil {
		top = top.outer
	}
	top.next++
	return strings.Join(append(slices.Clone(g.scope), fmt.Sprintf("%s_%d", op, top.next)), "/")
}

// Input adds a graph input; dims are sizes (int, int64) or names (string) of
// sizes known only at run time.
func (g *Graph) Input(name string, t Type, dims ...any) *Value {
	v := &Value{Name: name, Type: t}
	names := make([]string, len(dims))
	for i, d := range dims {
		switch d := d.(type) {
		case int:
			v.Shape = append(v.Shape, int64(d))
		case int64:
			v.Shape = append(v.Shape, d)
		case string:
			v.Shape = append(v.Shape, Dyn)
			names[i] = d
		default:
			g.fail("input %s: dimension of type %T", name, d)
		}
	}
	g.DimNames[v] = names
	g.Inputs = append(g.Inputs, v)
	return v
}

// Output names v as a graph output. The value is renamed, so a graph input
// cannot be an output.
func (g *Graph) Output(name string, v *Value) {
	if v.Node == nil || slices.Contains(g.Outputs, v) {
		v = g.Op("Identity", nil, v)
	}
	v.Name = name
	g.Outputs = append(g.Outputs, v)
}

// Floats adds a float constant; data is kept, not copied.
func (g *Graph) Floats(data []float32, shape ...int64) *Value {
	v := &Value{Name: g.fresh("const"), Shape: shape, Type: Float, Const: &Const{F32: data}}
	if v.Shape.Len() != int64(len(data)) {
		g.fail("constant of %d values for shape %v", len(data), shape)
	}
	g.Consts = append(g.Consts, v)
	return v
}

// Scalar returns the float constant x with shape [], the same value for the
// same x.
func (g *Graph) Scalar(x float32) *Value {
	if v, ok := g.scalar[x]; ok && !math.IsNaN(float64(x)) {
		return v
	}
	v := g.Floats([]float32{x})
	v.Shape = Shape{}
	g.scalar[x] = v
	return v
}

// Ints adds an int64 vector constant, which may be empty.
func (g *Graph) Ints(data ...int64) *Value {
	if data == nil {
		data = []int64{}
	}
	v := &Value{Name: g.fresh("ints"), Shape: Shape{int64(len(data))}, Type: Int64, Const: &Const{I64: data}}
	g.Consts = append(g.Consts, v)
	return v
}

// Op adds a node with one output of the standard domain.
func (g *Graph) Op(op string, attrs Attrs, in ...*Value) *Value {
	return g.node(op, "", 1, attrs, in)[0]
}

func (g *Graph) node(op, domain string, outs int, attrs Attrs, in []*Value) []*Value {
	n := &Node{Op: op, Domain: domain, In: in, Attrs: attrs}
	for range outs {
		n.Out = append(n.Out, &Value{Name: g.fresh(op), Node: n})
	}
	if g.err == nil {
		if err := infer(n); err != nil {
			g.err = fmt.Errorf("%w: %s(%s): %w", ErrGraph, op, describe(in), err)
		}
	}
	g.Nodes = append(g.Nodes, n)
	return n.Out
}

func describe(in []*Value) string {
	var b []string
	for _, v := range in {
		if v == nil {
			b = append(b, "none")
			continue
		}
		b = append(b, fmt.Sprintf("%.60q %v", v.Name, []int64(v.Shape)))
	}
	return strings.Join(b, ", ")
}
