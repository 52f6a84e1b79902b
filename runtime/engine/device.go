package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

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

func (d Device) split() (kind Device, index string) {
	name, index, ok := strings.Cut(string(d), ":")
	if !ok {
		index = "0"
	}
	return Device(name), index
}

// Options say how models are run.
type Options struct {
	Device  Device // "" means auto
	Threads int    // CPU threads of one session; 0 means all cores
	Library string // path of ONNX Runtime; "" means FindLibrary
	// LowMemory gives up ONNX Runtime's memory plan, which halves the peak of a
	// training step and costs nothing there.
	LowMemory bool
}

// candidates lists the devices to try in order; only auto has more than one.
func (o Options) candidates() []Device {
	if o.Device == "" || o.Device == Auto {
		return []Device{CUDA, CPU}
	}
	return []Device{o.Device}
}

// sessionOptions are ONNX Runtime's settings for a device. The caller
// destroys them.
func (o Options) sessionOptions(d Device) (*ort.SessionOptions, error) {
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
	if err := appendProvider(s, d); err != nil {
		return fail(fmt.Errorf("%w: %s (avid doctor says what is): %w", ErrDevice, d, err))
	}
	return s, nil
}

func appendProvider(s *ort.SessionOptions, d Device) error {
	kind, index := d.split()
	switch kind {
	case CUDA:
		o, err := ort.NewCUDAProviderOptions()
		if err != nil {
			return err
		}
		// Heuristic search: an exhaustive one stalls every new shape.
		err = o.Update(map[string]string{"device_id": index, "cudnn_conv_algo_search": "HEURISTIC"})
		if err == nil {
			err = s.AppendExecutionProviderCUDA(o)
		}
		return errors.Join(err, o.Destroy())
	case TensorRT:
		o, err := ort.NewTensorRTProviderOptions()
		if err != nil {
			return err
		}
		err = o.Update(map[string]string{"device_id": index})
		if err == nil {
			err = s.AppendExecutionProviderTensorRT(o)
		}
		return errors.Join(err, o.Destroy())
	case WebGPU:
		return s.AppendExecutionProvider("WebGPU", nil)
	}
	return nil
}
