package engine

import (
	"errors"
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/compute"
)

// ErrModel says that ONNX Runtime refused a model or failed to run it.
var ErrModel = errors.New("model is not usable")

// creating serializes session creation in the process: concurrent creation is
// not safe in every execution provider.
var creating sync.Mutex

// NewBackend returns a backend on ONNX Runtime for training and evaluation,
// and the device it uses. Errors wrap ErrLibrary or ErrDevice.
func NewBackend(o Options) (compute.Backend, Device, error) {
	if err := load(o.Library); err != nil {
		return nil, "", err
	}
	var last error
	for _, d := range o.candidates() {
		s, err := o.sessionOptions(d)
		if err != nil {
			last = err
			continue
		}
		if err := s.Destroy(); err != nil {
			return nil, "", err
		}
		return &backend{o, d}, d, nil
	}
	return nil, "", last
}

type backend struct {
	o Options
	d Device
}

func (b *backend) Load(model []byte, inputs, outputs []string) (compute.Session, error) {
	opts, err := b.o.sessionOptions(b.d)
	if err != nil {
		return nil, err
	}
	creating.Lock()
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, outputs, opts)
	creating.Unlock()
	if err = errors.Join(err, opts.Destroy()); err != nil {
		if s != nil {
			err = errors.Join(err, s.Destroy())
		}
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return &session{s: s, values: map[*compute.Tensor]ort.Value{}}, nil
}

// session keeps one ONNX Runtime value for each tensor it has met: callers
// reuse their tensors.
type session struct {
	s       *ort.DynamicAdvancedSession
	values  map[*compute.Tensor]ort.Value
	in, out []ort.Value
}

func (s *session) value(t *compute.Tensor) (ort.Value, error) {
	if v, ok := s.values[t]; ok {
		return v, nil
	}
	v, err := newValue(t)
	if err == nil {
		s.values[t] = v
	}
	return v, err
}

// newValue wraps a tensor's own memory. Go does not move heap memory, and the
// session keeps the tensor reachable.
func newValue(t *compute.Tensor) (ort.Value, error) {
	shape := ort.Shape(t.Shape)
	switch {
	case t.F32 != nil:
		return asValue(ort.NewTensor(shape, t.F32))
	case t.U8 != nil:
		return asValue(ort.NewTensor(shape, t.U8))
	case t.I64 != nil:
		return asValue(ort.NewTensor(shape, t.I64))
	}
	return nil, fmt.Errorf("%w: tensor of shape %v has no data", ErrModel, t.Shape)
}

func asValue[T ort.TensorData](t *ort.Tensor[T], err error) (ort.Value, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return t, nil
}

func (s *session) Run(inputs, outputs []*compute.Tensor) error {
	s.in, s.out = s.in[:0], s.out[:0]
	for _, t := range inputs {
		v, err := s.value(t)
		if err != nil {
			return err
		}
		s.in = append(s.in, v)
	}
	for _, t := range outputs {
		v, err := s.value(t)
		if err != nil {
			return err
		}
		s.out = append(s.out, v)
	}
	if err := s.s.Run(s.in, s.out); err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	return nil
}

func (s *session) Close() error {
	var errs []error
	for _, v := range s.values {
		errs = append(errs, v.Destroy())
	}
	clear(s.values)
	if s.s != nil {
		errs = append(errs, s.s.Destroy())
		s.s = nil
	}
	return errors.Join(errs...)
}
