package ref

import (
	"slices"

	"avid/models/onnx"
)

// loop runs a body round by round. Float values are carried as float32, as a
// graph's own inputs and outputs are.
func loop(n *onnx.Node, in []*Tensor, values map[*onnx.Value]*Tensor) ([]*Tensor, error) {
	b, running := n.Body(), in[1] == nil || in[1].Data[0] != 0
	now, stacked := make([]*Tensor, len(in)-2), make([]*Tensor, len(n.Out)-len(in)+2)
	for k, t := range in[2:] {
		now[k] = carry(t, n.In[2+k].Type)
	}
	for k := range stacked {
		stacked[k] = &Tensor{Shape: slices.Insert(slices.Clone(b.Outputs[1+len(now)+k].Shape), 0, 0)}
	}
	for i := 0; running && i < int(in[0].Data[0]); i++ {
		values[b.Inputs[0]], values[b.Inputs[1]] = &Tensor{Data: []float64{float64(i)}}, &Tensor{Data: []float64{1}}
		for k, t := range now {
			values[b.Inputs[2+k]] = t
		}
		if err := nodes(b, values); err != nil {
			return nil, err
		}
		running = values[b.Outputs[0]].Data[0] != 0
		for k := range now {
			v := b.Outputs[1+k]
			now[k] = carry(values[v], v.Type)
		}
		for k, all := range stacked {
			t := values[b.Outputs[1+len(now)+k]]
			all.Shape = slices.Insert(slices.Clone(t.Shape), 0, int64(i)+1)
			all.Data = append(all.Data, t.Data...)
		}
	}
	return append(now, stacked...), nil
}

func carry(t *Tensor, as onnx.Type) *Tensor {
	if as != onnx.Float {
		return t
	}
	out := New(t.Shape...)
	for i, x := range t.Data {
		out.Data[i] = float64(float32(x))
	}
	return out
}
