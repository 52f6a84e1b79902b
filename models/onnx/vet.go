package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "avid/models/onnx/onnxpb"
)

// ErrRefused says that a graph is well-formed, or might be, but is nothing that
// avid writes to be run on a camera's frames: it could keep the process busy, or
// take its memory.
var ErrRefused = errors.New("onnx: graph refused")

// Limits are what a graph from a file may have at most.
type Limits struct {
	Dims      map[string]int64 // the sizes of the named dimensions of its inputs
	Tensor    int64            // elements of each input and of each node's outputs
	Sum       int64            // elements of all nodes' outputs together
	Integers  int64            // elements of each constant of integers
	Nodes     int
	Structure int     // bytes of the model without its weights
	Work      float64 // operations of a run
}

// inference lists the operators of the graphs that avid writes into bundles,
// each with its attributes, all of which it has. None runs another graph, and the
// shapes that each makes are those that infer gives.
var inference = map[string][]string{
	"Abs": nil, "Add": nil, "Clip": nil, "Div": nil, "GreaterOrEqual": nil, "MatMul": nil, "Max": nil, "Min": nil, "Mul": nil, "Neg": nil,
	"Relu": nil, "Reshape": nil, "Sigmoid": nil, "Slice": nil, "Sub": nil, "TopK": nil, "Where": nil,
	"Cast": {"to"}, "Transpose": {"perm"}, "Concat": {"axis"}, "Gather": {"axis"}, "Pad": {"mode"},
	"ReduceMax": {"axes", "keepdims"}, "ReduceMean": {"axes", "keepdims"},
	"SpaceToDepth": {"blocksize"}, "DepthToSpace": {"blocksize", "mode"},
	"Conv":        {"group", "pads", "strides"},
	"MaxPool":     {"kernel_shape", "pads", "strides"},
	"AveragePool": {"count_include_pad", "kernel_shape", "pads", "strides"},
}

// InferenceOperators names the operators that Vet lets by, sorted.
func InferenceOperators() []string { return slices.Sorted(maps.Keys(inference)) }

// Vet is Parse for models that come from elsewhere and are to be run: it lets by
// the operators of avid's own inference graphs, with finite weights that are in
// the model itself, and sizes within the limits. The graph it returns has them
// fixed by Limits.Dims. What the model declares is not believed, and little
// memory is taken before it is found wanting. Errors wrap ErrRefused or ErrGraph.
func Vet(model []byte, l Limits) (*Graph, error) {
	if n := structure(model); n > l.Structure {
		return nil, fmt.Errorf("%w: it has %d bytes beside its weights, allowed are %d", ErrRefused, n, l.Structure)
	}
	m := &pb.ModelProto{}
	if err := proto.Unmarshal(model, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGraph, err)
	}
	if err := vetModel(m, l); err != nil {
		return nil, err
	}
	g, err := parse(m)
	if err != nil {
		return nil, err
	}
	if err := finiteConsts(g); err != nil {
		return nil, err
	}
	if err := g.fix(l); err != nil {
		return nil, err
	}
	if work := g.work(); !(work <= l.Work) {
		return nil, fmt.Errorf("%w: a run takes %.3g operations, allowed are %.3g", ErrRefused, work, l.Work)
	}
	return g, nil
}

// work is how many operations a run takes at least to the order of magnitude: two
// for each weight of a convolution and each of its outputs, grouped ones too, one
// for each pixel under a pool's kernel, and one for each element that is read or
// written.
func (g *Graph) work() (sum float64) {
	for _, n := range g.Nodes {
		for _, v := range n.In {
			sum += float64(v.Shape.Len())
		}
		out := float64(n.Out[0].Shape.Len())
		each := 1.0
		switch n.Op {
		case "Conv":
			each = 2 * float64(n.In[1].Shape[1:].Len())
		case "MatMul":
			each = 2 * float64(n.In[0].Shape[len(n.In[0].Shape)-1])
		case "MaxPool", "AveragePool":
			each = float64(Shape(n.Attrs.Ints("kernel_shape")).Len())
		}
		sum += each * out
	}
	return sum
}

// The numbers of the fields that lead to a model's weights, in onnx-ml.proto.
const (
	modelGraph       protowire.Number = 7
	graphInitializer protowire.Number = 5
	tensorRaw        protowire.Number = 9
)

// structure is how many bytes of a model are no weights: what decoding it may
// blow up.
func structure(model []byte) int {
	n := len(model)
	inside(model, modelGraph, func(graph []byte) {
		inside(graph, graphInitializer, func(tensor []byte) {
			inside(tensor, tensorRaw, func(raw []byte) { n -= len(raw) })
		})
	})
	return n
}

// inside calls f for each field of that number and of the length-delimited kind;
// what cannot be read ends it, and proto.Unmarshal says what that is.
func inside(message []byte, number protowire.Number, f func([]byte)) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(num, typ, message); n < 0 {
			return
		}
		if num == number && typ == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			f(value)
		}
		message = message[n:]
	}
}

// vetModel looks at the message before anything is made of it.
func vetModel(m *pb.ModelProto, l Limits) error {
	g := m.GetGraph()
	switch {
	case hasUnknown(m.ProtoReflect()):
		return fmt.Errorf("%w: it has fields that this avid does not know, and cannot tell what they do", ErrRefused)
	case len(m.GetFunctions()) > 0:
		return fmt.Errorf("%w: it defines functions of its own, which no bundle does", ErrRefused)
	case len(m.GetTrainingInfo()) > 0 || len(g.GetSparseInitializer()) > 0 || len(g.GetQuantizationAnnotation()) > 0 || len(g.GetValueInfo()) > 0:
		return fmt.Errorf("%w: it has sparse weights, quantization, training or declared shapes of inner values, which avid never writes", ErrRefused)
	case len(g.GetNode()) > l.Nodes:
		return fmt.Errorf("%w: it has %d nodes, allowed are %d", ErrRefused, len(g.GetNode()), l.Nodes)
	}
	for _, t := range g.GetInitializer() {
		if err := vetConst(t, l); err != nil {
			return err
		}
	}
	for _, n := range g.GetNode() {
		if err := vetNode(n); err != nil {
			return err
		}
	}
	return nil
}

// hasUnknown tells whether a message, or one in it, has a field that is none of
// onnx-ml.proto: ONNX Runtime may know it.
func hasUnknown(m protoreflect.Message) (found bool) {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				found = found || hasUnknown(v.List().Get(i).Message())
			}
		default:
			found = hasUnknown(v.Message())
		}
		return !found
	})
	return found
}

// vetConst looks where the data of a constant is.
func vetConst(t *pb.TensorProto, l Limits) error {
	switch {
	case len(t.GetExternalData()) > 0 || t.GetDataLocation() != pb.TensorProto_DEFAULT:
		return fmt.Errorf("%w: the weights %.60q are in another file (external data), where a bundle has all its own", ErrRefused, t.GetName())
	case t.GetSegment() != nil || len(t.GetFloatData()) > 0 || len(t.GetInt32Data()) > 0 || len(t.GetInt64Data()) > 0 ||
		len(t.GetStringData()) > 0 || len(t.GetDoubleData()) > 0 || len(t.GetUint64Data()) > 0:
		return fmt.Errorf("%w: the weights %.60q are not raw data", ErrRefused, t.GetName())
	case Type(t.GetDataType()) == Int64 && int64(len(t.GetRawData())) > 8*l.Integers:
		return fmt.Errorf("%w: the constant %.60q has %d integers, allowed are %d", ErrRefused, t.GetName(), len(t.GetRawData())/8, l.Integers)
	}
	return nil
}

// vetNode looks at an operator's name and attributes.
func vetNode(n *pb.NodeProto) error {
	for _, a := range n.GetAttribute() {
		if a.GetG() != nil || len(a.GetGraphs()) > 0 {
			return fmt.Errorf("%w: its operator %.40q runs a graph of its own (%.40q): no bundle has loops or branches", ErrRefused, n.GetOpType(), a.GetName())
		}
	}
	want, ok := inference[n.GetOpType()]
	if !ok || n.GetDomain() != "" || n.GetOverload() != "" || len(n.GetDeviceConfigurations()) > 0 {
		return fmt.Errorf("%w: the operator %.40q (domain %.40q) is none of those that avid's bundles have", ErrRefused, n.GetOpType(), n.GetDomain())
	}
	seen := make([]string, 0, len(want))
	for _, a := range n.GetAttribute() {
		if a.GetRefAttrName() != "" || !slices.Contains(want, a.GetName()) || slices.Contains(seen, a.GetName()) {
			return fmt.Errorf("%w: %s has the attribute %.40q, which avid does not write, or has it twice", ErrRefused, n.GetOpType(), a.GetName())
		}
		seen = append(seen, a.GetName())
	}
	if len(seen) != len(want) {
		return fmt.Errorf("%w: %s has the attributes %v, it takes %v", ErrRefused, n.GetOpType(), seen, want)
	}
	return nil
}

// finiteConsts wants numbers for weights.
func finiteConsts(g *Graph) error {
	for _, c := range g.Consts {
		for i, x := range c.Const.F32 {
			if x-x != 0 { // NaN and the infinite alone
				return fmt.Errorf("%w: weight %d of %.60q is %g, which is not a finite number", ErrRefused, i, c.Name, x)
			}
		}
	}
	return nil
}

// fix gives the named dimensions of the inputs their sizes, infers every shape
// anew and holds each against the limits.
func (g *Graph) fix(l Limits) error {
	for _, v := range g.Inputs {
		for i, name := range g.DimNames[v] {
			if d, ok := l.Dims[name]; ok && v.Shape[i] == Dyn {
				v.Shape[i] = d
			}
		}
		if err := bounded("the input", v, l); err != nil {
			return err
		}
	}
	var sum int64
	for _, n := range g.Nodes {
		if err := infer(n); err != nil {
			return fmt.Errorf("%w: %s(%s): %w", ErrGraph, n.Op, describe(n.In), err)
		}
		for _, v := range n.Out {
			if err := bounded(n.Op, v, l); err != nil {
				return err
			}
			if sum += v.Shape.Len(); sum > l.Sum {
				return fmt.Errorf("%w: its values have more than %d elements together, which a picture of this size does not need", ErrRefused, l.Sum)
			}
		}
	}
	return nil
}

func bounded(what string, v *Value, l Limits) error {
	switch {
	case !v.Shape.Static():
		return fmt.Errorf("%w: the size %v of %s %.60q is not known before it runs", ErrRefused, []int64(v.Shape), what, v.Name)
	case v.Shape.Len() > l.Tensor:
		return fmt.Errorf("%w: %s %.60q reaches the size %v, a picture of this size needs %d elements at most", ErrRefused, what, v.Name, []int64(v.Shape), l.Tensor)
	}
	return nil
}
