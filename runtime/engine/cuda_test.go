package engine

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeSystem is a machine with a driver, one folder of libraries and, where they
// are in loadable, more that the dynamic loader finds by name.
type fakeSystem struct {
	files    map[string][]string // by folder
	linked   map[string][]string // by library
	loadable []string
	broken   string // a file that cannot be loaded
	versions string
	driver   driver
	fails    error // of the driver
	opened   []string
}

func (f *fakeSystem) system() system {
	return system{
		list:   func(folder string) []string { return f.files[folder] },
		needed: func(library string) ([]string, error) { return f.linked[filepath.Base(library)], nil },
		open: func(name string) error {
			if filepath.IsAbs(name) {
				if name == f.broken {
					return errors.New("file too short")
				}
				f.opened = append(f.opened, filepath.Base(name))
				return nil
			}
			// Loaded files serve later ones by their soname.
			if slices.Contains(f.loadable, name) || slices.Contains(f.opened, name) {
				return nil
			}
			return errors.New("cannot open shared object file")
		},
		driver: func() (driver, error) { return f.driver, f.fails },
		read: func(string) ([]byte, error) {
			if f.versions == "" {
				return nil, fs.ErrNotExist
			}
			return []byte(f.versions), nil
		},
	}
}

// whole is a machine that lacks nothing, with two devices.
func whole() *fakeSystem {
	return &fakeSystem{
		files: map[string][]string{
			"/lib/cuda": {"libcublas.so.13", "libcublasLt.so.13", "libcudart.so.13", "libcudnn.so.9", "libcudnn_graph.so.9", "libcurand.so.10",
				"libnvrtc-builtins.so.13.0", "libnvrtc.so.13", LibraryName, CUDAProvider, TensorRTProvider, VersionsName},
			"/lib/tensorrt": {"libnvinfer.so.10", "libnvinfer_builder_resource_sm90.so.10.16.1", "libnvonnxparser.so.10"},
		},
		linked: map[string][]string{
			CUDAProvider:     {"libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1", "libc.so.6"},
			TensorRTProvider: {"libnvinfer.so.10", "libnvonnxparser.so.10", "libcudnn.so.9"},
		},
		loadable: []string{driverLibrary},
		versions: "onnxruntime-gpu 1.30.0\nnvidia-cublas 13.1.0.3\n",
		driver:   driver{cuda: 13000, devices: []string{"A", "B"}},
	}
}

func (f *fakeSystem) without(names ...string) {
	for folder, files := range f.files {
		f.files[folder] = slices.DeleteFunc(slices.Clone(files), func(n string) bool { return slices.Contains(names, n) })
	}
}

func TestReady(t *testing.T) {
	for _, c := range []struct {
		name   string
		device Device
		change func(*fakeSystem)
		says   string // "" when all is there
	}{
		{"all there", CUDA, func(*fakeSystem) {}, ""},
		{"the second device", "cuda:1", func(*fakeSystem) {}, ""},
		{"the CPU needs nothing", CPU, func(f *fakeSystem) { *f = fakeSystem{} }, ""},
		{"no driver", CUDA, func(f *fakeSystem) { f.loadable = nil }, "no NVIDIA driver (libcuda.so.1)"},
		{"no device", CUDA, func(f *fakeSystem) { f.driver.devices = nil }, "the NVIDIA driver finds no device"},
		{"no such device", "cuda:2", func(*fakeSystem) {}, "there is no cuda:2: the NVIDIA driver has 2"},
		{"driver does not start", CUDA, func(f *fakeSystem) { f.fails = errors.New("the NVIDIA driver does not start") }, "does not start"},
		{"old driver", CUDA, func(f *fakeSystem) { f.driver.cuda = 12040 }, "the NVIDIA driver serves CUDA 12.4, and these libraries are of CUDA 13"},
		{"old driver that does not start", CUDA, func(f *fakeSystem) { f.driver.cuda, f.fails = 12080, errors.New("x") }, "serves CUDA 12.8"},
		{"no provider", CUDA, func(f *fakeSystem) { f.without(CUDAProvider) }, "has no libonnxruntime_providers_cuda.so beside it (make setup-cuda gets it)"},
		{"the other build", CUDA, func(f *fakeSystem) { f.files["/lib/cuda/cuda"] = f.files["/lib/cuda"]; delete(f.files, "/lib/cuda") },
			"the build with CUDA is in /lib/cuda/cuda: AVID_ONNXRUNTIME may name it"},
		{"two versions", CUDA, func(f *fakeSystem) { f.versions = "onnxruntime-gpu 1.29.0\n" },
			"ONNX Runtime is 1.30.0 and the providers beside it in /lib/cuda are of 1.29.0"},
		{"a folder of the user's", CUDA, func(f *fakeSystem) { f.versions = "" }, ""},
		{"no cuDNN", CUDA, func(f *fakeSystem) { f.without("libcudnn.so.9") }, "libcudnn.so.9 is missing"},
		{"cuDNN of the system", CUDA, func(f *fakeSystem) { f.without("libcudnn.so.9"); f.loadable = append(f.loadable, "libcudnn.so.9") }, ""},
		{"no cuBLAS", CUDA, func(f *fakeSystem) { f.without("libcublas.so.13") }, "libcublas.so.13 is missing"},
		{"damaged", CUDA, func(f *fakeSystem) { f.broken = "/lib/cuda/libcurand.so.10" }, "libcurand.so.10 cannot be loaded: file too short"},
		{"TensorRT", TensorRT, func(*fakeSystem) {}, ""},
		{"no TensorRT", TensorRT, func(f *fakeSystem) { delete(f.files, "/lib/tensorrt") }, "libnvinfer.so.10 is missing"},
		{"no TensorRT provider", TensorRT, func(f *fakeSystem) { f.without(TensorRTProvider) }, "(make setup-cuda TENSORRT=1 gets it)"},
		{"TensorRT without cuDNN", TensorRT, func(f *fakeSystem) { f.without("libcudnn.so.9") }, "libcudnn.so.9 is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := whole()
			c.change(f)
			err := f.system().ready(c.device, "/lib/cuda/"+LibraryName, "1.30.0")
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a sentence", err)
			}
		})
	}
}

// TestPreloadOrder: each library is opened after what it needs, and no part of
// cuDNN by itself.
func TestPreloadOrder(t *testing.T) {
	f := whole()
	if err := f.system().ready(TensorRT, "/lib/cuda/"+LibraryName, "1.30.0"); err != nil {
		t.Fatal(err)
	}
	want := []string{"libcudart.so.13", "libnvrtc-builtins.so.13.0", "libnvrtc.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10",
		"libcudnn.so.9", "libnvinfer_builder_resource_sm90.so.10.16.1", "libnvinfer.so.10", "libnvonnxparser.so.10"}
	if !slices.Equal(f.opened, want) {
		t.Errorf("opened %v, want %v", f.opened, want)
	}
}

// TestRealLibraries: the dynamic loader's refusal and the ELF reader, on this
// machine.
func TestRealLibraries(t *testing.T) {
	if err := keepOpen("libno-such-library.so.1"); err == nil || !strings.Contains(err.Error(), "libno-such-library.so.1") {
		t.Errorf("got %v", err)
	}
	if err := keepOpen("libc.so.6"); err != nil {
		t.Error(err)
	}
	if _, err := linkedWith("cuda_test.go"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a file that is no library: %v", err)
	}
	if d, err := askDriver(); err != nil && len(d.devices) > 0 {
		t.Errorf("%v, and yet the devices %v", err, d.devices)
	}
}

func TestDeviceErrorWraps(t *testing.T) {
	cause := errors.New("no NVIDIA driver")
	err := error(&deviceError{CUDA, cause})
	if !errors.Is(err, ErrDevice) || !errors.Is(err, cause) {
		t.Errorf("%v does not wrap both", err)
	}
	if got, want := notUsed(CUDA, err), "cuda not used: no NVIDIA driver"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
