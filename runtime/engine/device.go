package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	ort "github.com/yalue/onnxruntime_go"
)

// Device names where a model runs: auto, cpu, cuda, cuda:N, tensorrt,
// tensorrt:N or webgpu.
type Device string

// The devices without a number.
const (
	Auto     Device = "auto"
	CPU      Device = "cpu"
	CUDA     Device = "cuda"
	TensorRT Device = "tensorrt"
	WebGPU   Device = "webgpu"
)

// ErrDevice says that the wanted device does not exist or does not answer.
var ErrDevice = errors.New("device is not usable")

// deviceError says why a device is not usable. It wraps ErrDevice.
type deviceError struct {
	device Device
	cause  error
}

func (e *deviceError) Error() string {
	return fmt.Sprintf("%v: %s: %v (avid doctor says more)", ErrDevice, e.device, e.cause)
}

func (e *deviceError) Unwrap() []error { return []error{ErrDevice, e.cause} }

// ParseDevice checks the form of a device name; it does not look for the
// device.
func ParseDevice(s string) (Device, error) {
	name, index, numbered := strings.Cut(s, ":")
	switch d := Device(name); d {
	case CUDA, TensorRT:
		if n, err := strconv.ParseUint(index, 10, 8); numbered && (err != nil || index != strconv.FormatUint(n, 10)) {
			return "", fmt.Errorf("device %q: %q is no device number (try %s:0)", s, index, name)
		}
		return Device(s), nil
	case Auto, CPU, WebGPU:
		if !numbered {
			return d, nil
		}
	}
	return "", fmt.Errorf("device %q is unknown: want auto, cpu, cuda, cuda:N, tensorrt, tensorrt:N or webgpu", s)
}

// split gives the kind of device and, in decimal, its number.
func (d Device) split() (kind Device, index string) {
	name, index, ok := strings.Cut(string(d), ":")
	if !ok {
		index = "0"
	}
	return Device(name), index
}

// nvidia tells whether the device is a GPU by CUDA, with TensorRT or without.
func (d Device) nvidia() bool {
	kind, _ := d.split()
	return kind == CUDA || kind == TensorRT
}

// number is the device's number; ParseDevice has checked it.
func (d Device) number() int {
	_, index := d.split()
	n, err := strconv.Atoi(index)
	if err != nil {
		return 0
	}
	return n
}

// Options say how models are run.
type Options struct {
	Device  Device // "" means auto
	Threads int    // CPU threads of one session; 0 means all cores
	Library string // path of ONNX Runtime; "" means FindLibrary
	// Batch is how many windows one run may judge, MaxBatch at most: engines of
	// the same bundle, device and options then share one session, and the windows
	// that come while it is busy are judged together, as far as their Thresholds are
	// equal. Each engine may have a goroutine of its own. 0 or 1, and with TensorRT
	// always: a session for this engine alone. AutoBatch: what suits the device.
	Batch int
	// LowMemory gives up ONNX Runtime's memory plan, which halves the peak of a
	// training step and costs nothing there.
	LowMemory bool
	// DeviceOptions are given to the device's provider as they are, over the
	// defaults; ParseDeviceOptions reads them. Auto uses them for CUDA.
	DeviceOptions map[string]string
	// BundlePath is the bundle's file: TensorRT keeps what it built beside it.
	// "" means that it builds anew each time.
	BundlePath string
	// Note, if set, receives notices that are not errors, such as a later fallback
	// to the CPU: one sentence, no full stop. It is called synchronously.
	Note func(sentence string)
	// Patience is how long Open may take on a device; 0: a minute on the CPU, where a
	// bundle takes a second, and half an hour elsewhere, since a GPU may first search
	// for kernels, TensorRT builds its engine, and both wait for their turn.
	Patience time.Duration
}

func (o Options) patience(d Device) time.Duration {
	switch {
	case o.Patience > 0:
		return o.Patience
	case d == CPU:
		return time.Minute
	}
	return 30 * time.Minute
}

func (o Options) note(sentence string) {
	if o.Note != nil {
		o.Note(sentence)
	}
}

// candidates lists the devices to try in order; only auto has more than one.
func (o Options) candidates() []Device {
	if o.Device == "" || o.Device == Auto {
		return []Device{CUDA, CPU}
	}
	return []Device{o.Device}
}

// auto tells whether another device may take the place of the one in use.
func (o Options) auto() bool { return len(o.candidates()) > 1 }

// first tries the candidates in order and gives the first on which try works, and
// why not the ones before. What the user set wrong is no reason for another.
func (o Options) first(try func(Device) error) (d Device, why string, err error) {
	for _, d = range o.candidates() {
		if err = try(d); err == nil || errors.Is(err, ErrDeviceOptions) || errors.Is(err, ErrInterrupted) {
			break
		}
		if o.auto() && d != CPU {
			why = notUsed(d, err)
		}
	}
	return d, why, err
}

// notUsed says why auto takes another device than d, as FallbackReason gives it.
func notUsed(d Device, err error) string { return fmt.Sprintf("%s not used: %s", d, Reason(err)) }

// Reason is why a device is not usable, without its name: the part of an
// ErrDevice that says what is missing and how to get it; other errors are given
// whole.
func Reason(err error) string {
	var device *deviceError
	if errors.As(err, &device) {
		err = device.cause
	}
	return err.Error()
}

// sessionOptions are ONNX Runtime's settings for a device; cache is a folder for
// what TensorRT builds, "" for none. The caller destroys them.
func (o Options) sessionOptions(d Device, cache string) (*ort.SessionOptions, error) {
	version, library := loaded()
	if err := machine.ready(d, library, version); err != nil {
		return nil, &deviceError{d, err}
	}
	s, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("creating session options: %w", err)
	}
	fail := func(err error) (*ort.SessionOptions, error) {
		return nil, errors.Join(err, s.Destroy())
	}
	if err := s.SetIntraOpNumThreads(o.Threads); err != nil {
		return fail(err)
	}
	if err := s.SetMemPattern(!o.LowMemory); err != nil {
		return fail(err)
	}
	// Spinning threads would take the cores from the rest of the pipeline.
	if err := s.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); err != nil {
		return fail(err)
	}
	// Bytes that are both, a graph and ONNX Runtime's own format, would be run as
	// the latter, which nobody has looked at.
	if err := s.AddSessionConfigEntry("session.load_model_format", "ONNX"); err != nil {
		return fail(err)
	}
	if err := o.appendProvider(s, d, cache); err != nil {
		if !errors.Is(err, ErrDeviceOptions) {
			err = &deviceError{d, err}
		}
		return fail(err)
	}
	return s, nil
}

func (o Options) appendProvider(s *ort.SessionOptions, d Device, cache string) error {
	kind, index := d.split()
	switch kind {
	case CUDA:
		return appendCUDA(s, cudaDefaults(index), o.DeviceOptions)
	case TensorRT:
		if err := appendTensorRT(s, tensorRTDefaults(index, cache), o.DeviceOptions); err != nil {
			return err
		}
		// What TensorRT cannot do stays on the same device.
		return appendCUDA(s, cudaDefaults(index), nil)
	case WebGPU:
		return s.AppendExecutionProvider("WebGPU", o.DeviceOptions)
	}
	if len(o.DeviceOptions) > 0 && !o.auto() {
		return fmt.Errorf("%w: device %s has none", ErrDeviceOptions, d)
	}
	return nil
}

func appendCUDA(s *ort.SessionOptions, defaults, wanted map[string]string) error {
	o, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	if err = update(o, defaults, wanted); err == nil {
		err = s.AppendExecutionProviderCUDA(o)
	}
	return errors.Join(err, o.Destroy())
}

func appendTensorRT(s *ort.SessionOptions, defaults, wanted map[string]string) error {
	o, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	if err = update(o, defaults, wanted); err == nil {
		err = s.AppendExecutionProviderTensorRT(o)
	}
	return errors.Join(err, o.Destroy())
}
