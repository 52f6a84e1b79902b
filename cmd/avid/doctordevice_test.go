package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/engine"
)

// closedModule and openModule are first lines of /proc/driver/nvidia/version.
const (
	closedModule = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\nGCC version:  gcc 12\n"
	openModule   = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22)\n"
)

// equipped is a machine that lacks nothing: files by their path.
func equipped() map[string]string {
	const lib = "/opt/avid/"
	files := map[string]string{
		"/proc/driver/nvidia/version":                       openModule,
		"/proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA L4\nIRQ:   \t\t 130\n",
		lib + "libonnxruntime.so.1":                         "",
		lib + "cuda/libonnxruntime.so.1":                    "",
		lib + "cuda/" + engine.CUDAProvider:                 "",
		lib + "cuda/versions.txt":                           "onnxruntime-gpu 1.30.0\nnvidia-cuda-runtime 13.0.96\nnvidia-cudnn-cu13 9.20.0.48\n",
		lib + "tensorrt/versions.txt":                       "tensorrt 10.16.1.11\n",
	}
	for _, name := range []string{"cuda/libcudart.so.13", "cuda/libcublas.so.13", "cuda/libcublasLt.so.13", "cuda/libcurand.so.10", "cuda/libnvrtc.so.13",
		"cuda/libcudnn.so.9", "tensorrt/libnvinfer.so.10", "tensorrt/libnvonnxparser.so.10"} {
		files[lib+name] = ""
	}
	return files
}

// plant writes files below a new root.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestDeviceFindings(t *testing.T) {
	none := func(string, ...string) (string, error) { return "", errors.New("not found") }
	smi := func(name string, _ ...string) (string, error) {
		if name != "nvidia-smi" {
			t.Errorf("ran %s", name)
		}
		return "NVIDIA H100 80GB HBM3, 580.65.06, 81559 MiB\n", nil
	}
	const cuda = "/opt/avid/cuda/"
	for _, c := range []struct {
		name   string
		change func(map[string]string)
		run    func(string, ...string) (string, error)
		about  string // the finding looked at
		ok     bool
		found  string
		mend   string
	}{
		{"driver of open modules", nil, none, "NVIDIA driver", true, "580.95.05", ""},
		{"no driver", func(f map[string]string) { delete(f, "/proc/driver/nvidia/version") }, none, "NVIDIA driver", false, "none", "install NVIDIA's driver 580"},
		{"old driver", func(f map[string]string) { f["/proc/driver/nvidia/version"] = closedModule }, none, "NVIDIA driver", false, "535.129.03, too old for CUDA 13", "580"},
		{"driver by nvidia-smi alone", func(f map[string]string) { delete(f, "/proc/driver/nvidia/version") }, smi, "NVIDIA driver", true, "580.65.06", ""},
		{"device", nil, none, "NVIDIA devices", true, "NVIDIA L4", ""},
		{"device by nvidia-smi", nil, smi, "NVIDIA devices", true, "NVIDIA H100 80GB HBM3 81559 MiB", ""},
		{"driver but no device", func(f map[string]string) { delete(f, "/proc/driver/nvidia/gpus/0000:01:00.0/information") }, none, "NVIDIA devices", false, "none", "--gpus all"},
		{"provider", nil, none, "CUDA provider", true, "1.30.0 " + cuda + engine.CUDAProvider, ""},
		{"no provider", func(f map[string]string) { delete(f, cuda+engine.CUDAProvider) }, none, "CUDA provider", false, "no " + cuda + engine.CUDAProvider, "make setup-cuda"},
		{"two versions", func(f map[string]string) { f[cuda+"versions.txt"] = "onnxruntime-gpu 1.29.0\n" }, none, "CUDA provider", false, "is of 1.29.0, and ONNX Runtime in use is 1.30.0", "make setup-cuda"},
		{"libraries", nil, none, "CUDA libraries", true, "13.0.96", ""},
		{"no cuBLAS", func(f map[string]string) { delete(f, cuda+"libcublas.so.13") }, none, "CUDA libraries", false, "no libcublas.so", "make setup-cuda"},
		{"cuBLAS of the system", func(f map[string]string) {
			delete(f, cuda+"libcublas.so.13")
			f["/usr/local/cuda/lib64/libcublas.so.13"] = ""
		}, none, "CUDA libraries", true, "13.0.96", ""},
		{"cuDNN", nil, none, "cuDNN", true, "9.20.0.48", ""},
		{"no cuDNN", func(f map[string]string) { delete(f, cuda+"libcudnn.so.9") }, none, "cuDNN", false, "no libcudnn.so", "make setup-cuda"},
		{"cuDNN of the system", func(f map[string]string) {
			delete(f, cuda+"versions.txt")
			delete(f, cuda+"libcudnn.so.9")
			f["/usr/lib/x86_64-linux-gnu/libcudnn.so.9"], f["/usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0"] = "", ""
		}, none, "cuDNN", true, "9.1.0", ""},
		{"TensorRT", nil, none, "TensorRT", true, "10.16.1.11", ""},
		{"no TensorRT", func(f map[string]string) { delete(f, "/opt/avid/tensorrt/libnvinfer.so.10") }, none, "TensorRT", false, "no libnvinfer.so", "TENSORRT=1"},
		{"device cuda", nil, none, "device cuda", false, "not usable: no GPU here", "docs/cuda.md"},
		{"device cpu", nil, none, "device cpu", true, "usable", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := equipped()
			if c.change != nil {
				c.change(files)
			}
			h := host{root: plant(t, files), run: c.run, version: "1.30.0", library: "/opt/avid/libonnxruntime.so.1", try: func(d engine.Device) error {
				if d == engine.CPU {
					return nil
				}
				return errors.New("no GPU here")
			}}
			for _, f := range h.devices() {
				if f.Name != c.about {
					continue
				}
				if f.OK != c.ok || !strings.Contains(f.Found, c.found) || !c.ok && !strings.Contains(f.Mend, c.mend) {
					t.Errorf("got %+v", f)
				}
				return
			}
			t.Errorf("no finding on %s", c.about)
		})
	}
}

// TestCUDAFolder: beside the build for all machines or that for GPUs, through
// links, or the user's own.
func TestCUDAFolder(t *testing.T) {
	root := plant(t, map[string]string{"/a/libonnxruntime.so.1": "", "/a/cuda/libonnxruntime.so.1": "", "/own/libonnxruntime.so": "", "/own/" + engine.CUDAProvider: ""})
	if err := os.Symlink(filepath.Join(root, "a/libonnxruntime.so.1"), filepath.Join(root, "link.so.1")); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	for library, want := range map[string]string{"/a/libonnxruntime.so.1": "/a/cuda", "/a/cuda/libonnxruntime.so.1": "/a/cuda",
		"/link.so.1": "/a/cuda", "/own/libonnxruntime.so": "/own", "libonnxruntime.so.1": "cuda"} {
		if got := (&host{root: real, library: library}).cudaFolder(); got != want {
			t.Errorf("%s: %s, want %s", library, got, want)
		}
	}
}
