// Package compute is the door between the networks and whatever runs them:
// models are ONNX bytes, a Backend loads them, a Session runs them.
package compute

import "context"

// Tensor is one dense, row-major array. Exactly one of F32, U8 and I64 is not
// nil, and its length is the product of Shape.
type Tensor struct {
	Shape []int64
	F32   []float32
	U8    []byte
	I64   []int64
}

// Floats returns a zeroed float32 tensor of the given shape.
func Floats(shape ...int64) *Tensor {
	return &Tensor{Shape: shape, F32: make([]float32, Len(shape))}
}

// Bytes returns a zeroed uint8 tensor of the given shape.
func Bytes(shape ...int64) *Tensor {
	return &Tensor{Shape: shape, U8: make([]byte, Len(shape))}
}

// Len is the number of elements of a shape; a scalar has one.
func Len(shape []int64) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	return n
}

// Session is a loaded model. Run is not safe for concurrent use.
type Session interface {
	// Run computes outputs from inputs, both in the order of the names given
	// to Load. The caller allocates the outputs; no tensor may be both. A run that is
	// under way when ctx ends may fail for it, and the session can be used on.
	Run(ctx context.Context, inputs, outputs []*Tensor) error
	// Close frees the session; it may be called twice.
	Close() error
}

// Backend loads serialized ONNX models.
type Backend interface {
	Load(model []byte, inputs, outputs []string) (Session, error)
}
