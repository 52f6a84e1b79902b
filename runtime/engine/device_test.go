package engine

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestParseDeviceOptions(t *testing.T) {
	for _, c := range []struct {
		in   string
		want map[string]string
		says string
	}{
		{"", nil, ""},
		{" ", nil, ""},
		{"gpu_mem_limit=2147483648", map[string]string{"gpu_mem_limit": "2147483648"}, ""},
		{"cudnn_conv_algo_search=EXHAUSTIVE, gpu_mem_limit=1", map[string]string{"cudnn_conv_algo_search": "EXHAUSTIVE", "gpu_mem_limit": "1"}, ""},
		{"a=b=c", map[string]string{"a": "b=c"}, ""},
		{"fast", nil, `"fast" is not key=value`},
		{"a=1,", nil, `"" is not key=value`},
		{"=1", nil, "not key=value"},
		{"a=", nil, "not key=value"},
		{"a=1,a=2", nil, "a is there twice"},
		{"device_id=1", nil, "cuda:1"},
		{"enable_cuda_graph=0", map[string]string{"enable_cuda_graph": "0"}, ""},
		{"enable_cuda_graph=1", nil, "enable_cuda_graph needs inputs that stay on the device"},
		{"trt_cuda_graph_enable=true", nil, "trt_cuda_graph_enable needs"},
	} {
		got, err := ParseDeviceOptions(c.in)
		if !maps.Equal(got, c.want) || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, %v; want %v, %q", c.in, got, err, c.want, c.says)
		}
		if err != nil && !errors.Is(err, ErrDeviceOptions) {
			t.Errorf("%q: %v is no ErrDeviceOptions", c.in, err)
		}
	}
}

// provider is one whose options are set whole at each update.
type provider struct {
	set  map[string]string
	dead bool
}

func (p *provider) Update(o map[string]string) error {
	switch {
	case p.dead:
		return errors.New("CUDA failure 100: no CUDA-capable device is detected")
	case o["unknown"] != "":
		return errors.New(`Unknown provider option: "unknown"`)
	}
	p.set = o
	return nil
}

func TestUpdate(t *testing.T) {
	p := &provider{}
	if err := update(p, cudaDefaults("1"), map[string]string{"cudnn_conv_algo_search": "EXHAUSTIVE"}); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"device_id": "1", "cudnn_conv_algo_search": "EXHAUSTIVE"}; !maps.Equal(p.set, want) {
		t.Errorf("set %v, want %v", p.set, want)
	}
	err := update(p, cudaDefaults("0"), map[string]string{"unknown": "1"})
	if !errors.Is(err, ErrDeviceOptions) || !strings.Contains(err.Error(), `Unknown provider option: "unknown"`) {
		t.Errorf("unknown key: %v", err)
	}
	err = update(&provider{dead: true}, cudaDefaults("0"), map[string]string{"a": "1"})
	if err == nil || errors.Is(err, ErrDeviceOptions) {
		t.Errorf("a device that does not answer is no fault of the options: %v", err)
	}
}

// TestFirst is the policy: auto goes on to the CPU and says why; a named
// device is not replaced, and wrong options are nobody's device.
func TestFirst(t *testing.T) {
	broken := &deviceError{CUDA, errors.New("no NVIDIA driver")}
	for _, c := range []struct {
		name    string
		wanted  Device
		fails   map[Device]error
		device  Device
		why     string
		wrapped error
	}{
		{"auto with CUDA", Auto, nil, CUDA, "", nil},
		{"auto is the default", "", nil, CUDA, "", nil},
		{"auto without", Auto, map[Device]error{CUDA: broken}, CPU, "cuda not used: no NVIDIA driver", nil},
		{"auto without memory", Auto, map[Device]error{CUDA: explainMemory(CUDA, errors.New("CUDA failure 2: out of memory"))}, CPU, "cuda not used: too little free memory", nil},
		{"named", CUDA, map[Device]error{CUDA: broken}, "", "", ErrDevice},
		{"auto with wrong options", Auto, map[Device]error{CUDA: ErrDeviceOptions}, "", "", ErrDeviceOptions},
		{"a broken model", Auto, map[Device]error{CUDA: ErrModel, CPU: ErrModel}, "", "", ErrModel},
		{"cpu", CPU, nil, CPU, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Device: c.wanted}
			d, why, err := o.first(func(d Device) error { return c.fails[d] })
			if c.wrapped != nil {
				if !errors.Is(err, c.wrapped) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || d != c.device || !strings.HasPrefix(why, c.why) || (why == "") != (c.why == "") {
				t.Errorf("got %s, %q, %v", d, why, err)
			}
		})
	}
}

func TestOutOfMemory(t *testing.T) {
	for _, c := range []struct {
		text string
		free string // "" for another failure
	}{
		{"BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 1073741824", "free 1025 MB more of it"},
		{"Available memory of 5 is smaller than requested bytes of 256", "free 1 MB more of it"},
		{"CUDA failure 2: out of memory ; GPU=0", "free some of it"},
		{"CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", "free some of it"},
		{"CUBLAS_STATUS_ALLOC_FAILED", "free some of it"},
		{"[TRT] Error Code 2: OutOfMemory", "free some of it"},
		{"CUDA failure 100: no CUDA-capable device is detected", ""},
		{"Invalid model", ""},
	} {
		err := explainMemory("cuda:1", errors.New(c.text))
		if !strings.Contains(err.Error(), c.text) {
			t.Errorf("%q is lost in %q", c.text, err)
		}
		if c.free == "" {
			if errors.Is(err, ErrMemory) {
				t.Errorf("%q is not for want of memory", c.text)
			}
			continue
		}
		if !errors.Is(err, ErrMemory) || !errors.Is(err, ErrDevice) || !strings.Contains(err.Error(), c.free) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	if err := errors.New("out of memory"); explainMemory(CPU, err) != err { //nolint:errorlint // the very same
		t.Error("the CPU's memory is no device's")
	}
	if explainMemory(CUDA, nil) != nil || outOfMemory(nil) {
		t.Error("nothing failed")
	}
}

// TestGiveUp: a backend on auto leaves a device without memory once and for all
// sessions; one on a named device does not.
func TestGiveUp(t *testing.T) {
	full := errors.New("CUDA failure 2: out of memory")
	told := 0
	b := &Backend{o: Options{Note: func(string) { told++ }}, d: CUDA}
	if b.giveUp(CUDA, errors.New("other")) || b.giveUp(CUDA, nil) {
		t.Error("gave up for another reason")
	}
	for _, session := range []string{"first", "second"} {
		if !b.giveUp(CUDA, full) {
			t.Errorf("the %s session stays on the device", session)
		}
	}
	if b.giveUp(CPU, full) {
		t.Error("there is nothing after the CPU")
	}
	if b.d != CPU || told != 1 || !strings.HasPrefix(b.FallbackReason(), "cuda not used: too little free memory") {
		t.Errorf("on %s, told %d times: %q", b.d, told, b.FallbackReason())
	}
	if named := (&Backend{o: Options{Device: CUDA}, d: CUDA}); named.giveUp(CUDA, full) || named.d != CUDA {
		t.Error("a named device was replaced")
	}
}
