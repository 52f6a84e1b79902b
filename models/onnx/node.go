package onnx

// Node is one operator.
type Node struct {
	Op     string
	Domain string   // "" is the standard domain
	In     []*Value // nil where an optional input is left out
	Out    []*Value
	Attrs  Attrs
}

// Body is the graph that a node runs, such as a Loop's; nil for most nodes.
func (n *Node) Body() *Graph { b, _ := n.Attrs["body"].(*Graph); return b }

// Attrs are a node's attributes: int64, float32, string, []int64 or *Graph.
type Attrs map[string]any

// Ints returns an integer list attribute, nil when absent.
func (a Attrs) Ints(name string) []int64 { v, _ := a[name].([]int64); return v }

// Int returns an integer attribute or def when absent.
func (a Attrs) Int(name string, def int64) int64 {
	if v, ok := a[name].(int64); ok {
		return v
	}
	return def
}

// Float returns a float attribute or def when absent.
func (a Attrs) Float(name string, def float32) float32 {
	if v, ok := a[name].(float32); ok {
		return v
	}
	return def
}
