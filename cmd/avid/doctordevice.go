package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"avid/runtime/engine"
)

// leastDriver is the oldest NVIDIA driver that serves CUDA 13, which make
// setup-cuda fetches (CUDA 13.0 release notes, table of driver versions).
const leastDriver = 580

// host is where the findings on devices come from; tests put another in.
type host struct {
	root             string // of the file system; "" is /
	run              func(name string, args ...string) (string, error)
	version, library string // of ONNX Runtime, as loaded
	try              func(engine.Device) error
}

// onnxRuntime looks at ONNX Runtime, and what each device needs besides.
func onnxRuntime() []finding {
	f := finding{Name: "ONNX Runtime", Needed: true,
		Mend: "make setup, or set " + engine.LibraryEnv + " to the path of " + engine.LibraryName}
	version, path, err := engine.Version("")
	if err != nil {
		f.Found, f.Detail = "cannot be loaded from "+path, err.Error()
		return []finding{f}
	}
	f.OK, f.Found = true, version+", "+path
	h := host{run: said, version: version, library: path, try: func(d engine.Device) error {
		_, _, err := engine.NewBackend(engine.Options{Device: d})
		return err
	}}
	return append([]finding{f}, h.devices()...)
}

// said runs a command, for ten seconds at most.
func said(name string, args ...string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return string(out), err
}

// devices is all that the devices need, in the order in which to mend it.
func (h *host) devices() []finding {
	folder := h.cudaFolder()
	all := []finding{h.usable(engine.CPU, "")}
	all[0].Needed = true
	all = append(all, h.driver(), h.gpus(), h.provider(folder))
	all = append(all, h.libraries(folder)...)
	return append(all, h.usable(engine.CUDA, "the lines above say what is missing; docs/cuda.md has more"),
		h.usable(engine.TensorRT, "as for cuda, and TensorRT"))
}

// usable asks the engine, whose word is the one that counts.
func (h *host) usable(d engine.Device, mend string) finding {
	f := finding{Name: "device " + string(d), OK: true, Found: "usable", Mend: mend}
	if err := h.try(d); err != nil {
		f.OK, f.Found, f.Detail = false, "not usable: "+engine.Reason(err), err.Error()
	}
	return f
}

// gpu is one line of nvidia-smi.
type gpu struct{ name, driver, memory string }

// smi is what NVIDIA's own tool says; none where it is not there or fails.
func (h *host) smi() (found []gpu) {
	out, err := h.run("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(out) {
		if f := strings.Split(strings.TrimSpace(line), ", "); len(f) == 3 {
			found = append(found, gpu{f[0], f[1], f[2]})
		}
	}
	return found
}

// driverVersion is in the first line of /proc/driver/nvidia/version, of either
// kind of kernel module.
var driverVersion = regexp.MustCompile(`Kernel Module(?: for \S+)?\s+(\d+[\d.]*)`)

func (h *host) driver() finding {
	f := finding{Name: "NVIDIA driver", Found: "none",
		Mend: fmt.Sprintf("install NVIDIA's driver %d or newer (Debian: apt install nvidia-driver, of non-free or NVIDIA's own packages); start a container with --gpus all", leastDriver)}
	version := ""
	if text, err := os.ReadFile(h.at("/proc/driver/nvidia/version")); err == nil {
		if m := driverVersion.FindSubmatch(text); m != nil {
			version = string(m[1])
		}
	} else if all := h.smi(); len(all) > 0 {
		version = all[0].driver
	}
	if version == "" {
		return f
	}
	f.Found = version
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if f.OK = err == nil && n >= leastDriver; !f.OK {
		f.Found += ", too old for CUDA 13"
	}
	return f
}

// gpus are the devices: those of nvidia-smi, which knows what a container was
// given, or else those that the kernel module lists.
func (h *host) gpus() finding {
	f := finding{Name: "NVIDIA devices", Found: "none",
		Mend: "is it seated and enabled (lspci | grep -i nvidia)? Start a container with --gpus all; look at CUDA_VISIBLE_DEVICES"}
	var names []string
	for _, g := range h.smi() {
		names = append(names, g.name+" "+g.memory)
	}
	if len(names) == 0 {
		files, _ := filepath.Glob(h.at("/proc/driver/nvidia/gpus/*/information")) // the pattern is valid
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(text)) {
				if model, ok := strings.CutPrefix(line, "Model:"); ok {
					names = append(names, strings.TrimSpace(model))
				}
			}
		}
	}
	if len(names) > 0 {
		f.OK, f.Found = true, strings.Join(names, "; ")
	}
	return f
}

// at is a path below the root.
func (h *host) at(path string) string { return filepath.Join(h.root+"/", path) }

// cudaFolder is where the libraries for CUDA are or belong: beside the library in
// use where that is the build for GPUs, else in the folder beside it.
func (h *host) cudaFolder() string {
	library := h.library
	if to, err := filepath.EvalSymlinks(h.at(library)); err == nil {
		library = strings.TrimPrefix(to, h.root)
	}
	folder := filepath.Dir(library)
	if filepath.Base(folder) == engine.CUDAFolder || isFile(h.at(filepath.Join(folder, engine.CUDAProvider))) {
		return folder
	}
	return filepath.Join(folder, engine.CUDAFolder)
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// provider compares ONNX Runtime's provider with ONNX Runtime.
func (h *host) provider(folder string) finding {
	f := finding{Name: "CUDA provider", Mend: "make setup-cuda, then make install where avid is installed"}
	path := filepath.Join(folder, engine.CUDAProvider)
	of := h.versions(folder)["onnxruntime-gpu"]
	switch {
	case !isFile(h.at(path)):
		f.Found = "no " + path
	case of != "" && of != h.version:
		f.Found = fmt.Sprintf("%s is of %s, and ONNX Runtime in use is %s", path, of, h.version)
		f.Mend = "make setup and make setup-cuda of the same checkout give one version; " + engine.LibraryEnv + " may name the other"
	default:
		f.OK, f.Found = true, strings.TrimSpace(of+" "+path)
	}
	return f
}

func (h *host) versions(folder string) map[string]string {
	text, err := os.ReadFile(h.at(filepath.Join(folder, engine.VersionsName)))
	if err != nil {
		return nil // a folder of the user's own
	}
	return engine.Versions(string(text))
}

// systemFolders are where the dynamic loader mostly finds libraries of NVIDIA's
// own packages.
var systemFolders = []string{"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/cuda/lib64", "/usr/lib/wsl/lib"}

// libraries looks for those of CUDA, cuDNN and TensorRT.
func (h *host) libraries(folder string) []finding {
	tensorRT := filepath.Join(folder, "..", engine.TensorRTFolder)
	kinds := []struct {
		name, folder, pack, mend string
		files                    []string
	}{
		{"CUDA libraries", folder, "nvidia-cuda-runtime", "make setup-cuda", []string{"libcudart", "libcublas", "libcublasLt", "libcurand", "libnvrtc"}},
		{"cuDNN", folder, "nvidia-cudnn-cu13", "make setup-cuda", []string{"libcudnn"}},
		{"TensorRT", tensorRT, "tensorrt", "make setup-cuda TENSORRT=1", []string{"libnvinfer", "libnvonnxparser"}},
	}
	var all []finding
	for _, k := range kinds {
		f := finding{Name: k.name, OK: true, Found: h.versions(k.folder)[k.pack]}
		var missing []string
		for _, name := range k.files {
			version, ok := h.find(name, append([]string{k.folder}, systemFolders...))
			if !ok {
				missing = append(missing, name+".so")
			} else if f.Found == "" {
				f.Found = version
			}
		}
		if len(missing) > 0 {
			f.OK, f.Found, f.Mend = false, "no "+strings.Join(missing, ", "), k.mend
		}
		all = append(all, f)
	}
	return all
}

// find looks for name.so.VERSION; where several names lead to one file, the
// longest has the whole version.
func (h *host) find(name string, folders []string) (version string, ok bool) {
	for _, folder := range folders {
		files, _ := filepath.Glob(h.at(filepath.Join(folder, name+".so.*"))) // the pattern is valid
		if len(files) == 0 {
			continue
		}
		longest := slices.MaxFunc(files, func(a, b string) int { return len(a) - len(b) })
		return strings.TrimPrefix(filepath.Base(longest), name+".so."), true
	}
	return "", false
}
