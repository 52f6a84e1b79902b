package engine

import (
	"context"
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/compute"
)

// ErrModel says that ONNX Runtime refused a model or failed to run it.
var ErrModel = errors.New("model is not usable")

// oneAtATime is held by who makes a session on what is no CPU: concurrent creation
// is not safe in every execution provider.
var oneAtATime = make(chan struct{}, 1)

// creating calls make, which makes a session on a device, when its turn comes;
// whoever gives up leaves the queue.
func creating(o opening, d Device, make func() error) error {
	if d != CPU {
		select {
		case oneAtATime <- struct{}{}:
		case <-o.ctx.Done():
			return interrupted(o.ctx)
		}
		defer func() { <-oneAtATime }()
		o.began(d)
	}
	return make()
}

// NewBackend returns a backend on ONNX Runtime for training and evaluation,
// and the device it uses. Errors wrap ErrLibrary, ErrDevice or ErrDeviceOptions.
func NewBackend(o Options) (*Backend, Device, error) {
	if err := load(o.Library, o.Device); err != nil {
		return nil, "", err
	}
	device, why, err := o.first(func(d Device) error {
		s, err := o.sessionOptions(d, "")
		if err != nil {
			return err
		}
		return s.Destroy()
	})
	if err != nil {
		return nil, "", err
	}
	return &Backend{o, device, why}, device, nil
}

// Backend is a compute.Backend on one device. On auto, a model for which a GPU
// has too little memory, when it is loaded or first run, is run on the CPU, and
// so are those after it; Options.Note is told. It is not safe for concurrent use.
type Backend struct {
	o        Options
	d        Device
	fallback string
}

// FallbackReason says why auto did not take the device that it prefers; "" where it
// did.
func (b *Backend) FallbackReason() string { return b.fallback }

// Load readies a model, whose bytes must stay as they are until its first run.
// Errors wrap ErrDevice or ErrModel.
func (b *Backend) Load(model []byte, inputs, outputs []string) (compute.Session, error) {
	s := &session{b: b, model: model, inputs: inputs, outputs: outputs, values: map[*compute.Tensor]ort.Value{}}
	if err := s.runs.open(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	err := s.load()
	if b.giveUp(s.d, err) {
		err = s.load()
	}
	if err != nil {
		return nil, errors.Join(explainMemory(s.d, err), s.runs.close())
	}
	return s, nil
}

// giveUp takes the CPU from now on where device d ran out of memory and auto may
// choose.
func (b *Backend) giveUp(d Device, err error) bool {
	if d == CPU || !b.o.auto() || !outOfMemory(err) {
		return false
	}
	if b.d != CPU {
		b.fallback, b.d = notUsed(d, explainMemory(d, err)), CPU
		b.o.note(b.fallback)
	}
	return true
}

// session keeps one ONNX Runtime value for each tensor it has met: callers
// reuse their tensors.
type session struct {
	b               *Backend
	d               Device
	model           []byte // until the first run, in case that the CPU must do it
	inputs, outputs []string

	s       *ort.DynamicAdvancedSession
	runs    interrupter
	values  map[*compute.Tensor]ort.Value
	in, out []ort.Value
}

// load makes the session on the backend's present device.
func (s *session) load() error {
	s.d = s.b.d
	opts, err := s.b.o.sessionOptions(s.d, "")
	if err != nil {
		return err
	}
	if s.s, err = newSession(withoutEnd(), s.d, s.model, s.inputs, s.outputs, opts); err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	return nil
}

// newSession makes a session that takes its tensors at each run. It takes opts.
func newSession(o opening, d Device, model []byte, inputs, outputs []string, opts *ort.SessionOptions) (made *ort.DynamicAdvancedSession, err error) {
	err = creating(o, d, func() (err error) {
		made, err = ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, outputs, opts)
		return err
	})
	err = errors.Join(err, opts.Destroy())
	if err != nil && made != nil {
		err = errors.Join(err, made.Destroy())
	}
	if err != nil {
		return nil, err
	}
	return made, nil
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

// newValues wraps each tensor, or none.
func newValues(tensors []*compute.Tensor) ([]ort.Value, error) {
	var values []ort.Value
	for _, t := range tensors {
		v, err := newValue(t)
		if err != nil {
			return nil, errors.Join(err, destroyValues(values))
		}
		values = append(values, v)
	}
	return values, nil
}

func destroyValues(values []ort.Value) error {
	var errs []error
	for _, v := range values {
		errs = append(errs, v.Destroy())
	}
	return errors.Join(errs...)
}

func asValue[T ort.TensorData](t *ort.Tensor[T], err error) (ort.Value, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return t, nil
}

// Run is compute.Session's; errors wrap ErrModel, or ErrInterrupted when ctx ends.
func (s *session) Run(ctx context.Context, inputs, outputs []*compute.Tensor) error {
	if s.s == nil {
		return fmt.Errorf("%w: the session is closed", ErrModel)
	}
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
	if err := s.runs.watch(ctx); err != nil {
		return err
	}
	err := s.s.RunWithOptions(s.in, s.out, s.runs.options)
	if err != nil && ctx.Err() == nil && s.model != nil {
		err = s.rerun(err)
	}
	if err != nil && ctx.Err() != nil {
		return interrupted(ctx)
	}
	s.model = nil
	if err != nil {
		return explainMemory(s.d, fmt.Errorf("%w: %w", ErrModel, err))
	}
	return nil
}

// rerun does on the CPU what failed as the first run on another device, where
// that is for want of memory.
func (s *session) rerun(failed error) error {
	if !s.b.giveUp(s.d, failed) {
		return failed
	}
	err := s.s.Destroy()
	s.s = nil
	if err = errors.Join(err, s.load()); err != nil {
		return err
	}
	return s.s.RunWithOptions(s.in, s.out, s.runs.options)
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
	errs = append(errs, s.runs.close())
	return errors.Join(errs...)
}
