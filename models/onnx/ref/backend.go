package ref

import (
	"context"
	"fmt"

	"avid/models/compute"
	"avid/models/onnx"
)

// Backend runs models by Run: for tests without ONNX Runtime.
type Backend struct{}

// Load parses the model.
func (Backend) Load(model []byte, inputs, outputs []string) (compute.Session, error) {
	g, err := onnx.Parse(model)
	if err != nil {
		return nil, err
	}
	return &session{g, inputs, outputs}, nil
}

type session struct {
	g               *onnx.Graph
	inputs, outputs []string
}

func (s *session) Run(_ context.Context, inputs, outputs []*compute.Tensor) error {
	in := map[string]*Tensor{}
	for i, name := range s.inputs {
		in[name] = fromCompute(inputs[i])
	}
	out, err := Run(s.g, in)
	if err != nil {
		return err
	}
	for i, name := range s.outputs {
		if out[name] == nil || len(out[name].Data) != int(compute.Len(outputs[i].Shape)) {
			return fmt.Errorf("ref: output %s does not fit its tensor", name)
		}
		for k, v := range out[name].Data {
			if outputs[i].U8 != nil {
				outputs[i].U8[k] = byte(v)
			} else {
				outputs[i].F32[k] = float32(v)
			}
		}
	}
	return nil
}

func (s *session) Close() error { return nil }

func fromCompute(t *compute.Tensor) *Tensor {
	out := New(t.Shape...)
	for i := range out.Data {
		switch {
		case t.F32 != nil:
			out.Data[i] = float64(t.F32[i])
		case t.U8 != nil:
			out.Data[i] = float64(t.U8[i])
		default:
			out.Data[i] = float64(t.I64[i])
		}
	}
	return out
}
