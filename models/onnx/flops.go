package onnx

// Flops counts the floating-point operations of a graph with static shapes: two
// for each multiply-add of convolutions and matrix products. Grouped
// convolutions do not count: here they only move data (im2col). A Loop counts as
// often as it runs, or once where that is not a constant.
func Flops(g *Graph) float64 {
	var sum float64
	for _, n := range g.Nodes {
		switch n.Op {
		case "Conv":
			if n.Attrs.Int("group", 1) == 1 {
				w := n.In[1].Shape
				sum += 2 * float64(n.Out[0].Shape.Len()) * float64(w[1:].Len())
			}
		case "ConvTranspose":
			w := n.In[1].Shape
			sum += 2 * float64(n.In[0].Shape.Len()) * float64(w[1:].Len())
		case "MatMul":
			a := n.In[0].Shape
			sum += 2 * float64(n.Out[0].Shape.Len()) * float64(a[len(a)-1])
		case "Loop":
			rounds := 1.0
			if c := n.In[0].Const; c != nil {
				rounds = float64(c.I64[0])
			}
			sum += rounds * Flops(n.Body())
		}
	}
	return sum
}
