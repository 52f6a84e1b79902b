package engine

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"avid/models/compute"
)

// CUDAFolder is the folder of ONNX Runtime's build for NVIDIA GPUs, beside the
// library for all machines; TensorRTFolder is beside it. `make setup-cuda` and
// `make install` fill them.
const (
	CUDAFolder     = "cuda"
	TensorRTFolder = "tensorrt"
)

// VersionsName is the file in these folders that says which packages they were
// filled from: lines of a name, a space and a version.
const VersionsName = "versions.txt"

// ONNX Runtime's providers, which it looks for beside itself.
const (
	CUDAProvider     = "libonnxruntime_providers_cuda.so"
	TensorRTProvider = "libonnxruntime_providers_tensorrt.so"
)

// cuDNN is loaded by the CUDA provider when a network first needs it; without it
// there is no convolution.
const cuDNN = "libcudnn.so.9"

// preloaded are the libraries that the providers need, in an order in which each
// follows what it needs itself. The providers name no folder to find them in, and
// nvrtc none for its builtins. cuDNN finds its parts beside itself.
var preloaded = map[Device][]string{
	CUDA: {"libcudart.so", "libnvrtc-builtins.so", "libnvrtc.so", "libcublasLt.so", "libcublas.so", "libcurand.so", "libcudnn.so"},
	// Which kernels there are depends on the device, so all are offered.
	TensorRT: {"libnvinfer_builder_resource", "libnvinfer.so", "libnvinfer_plugin.so", "libnvonnxparser.so"},
}

// system is what the look for CUDA and its use ask of the machine; tests put
// another in.
type system struct {
	list   func(folder string) []string                                        // names of the files there
	needed func(library string) ([]string, error)                              // sonames that it is linked with
	open   func(name string) error                                             // keepOpen
	driver func() (driver, error)                                              // askDriver
	read   func(path string) (content []byte, _ error)                         // a small file
	pin    func(ordinal int, tensors []*compute.Tensor) (*pinnedMemory, error) // pin
}

var machine = system{list: filesIn, needed: linkedWith, open: keepOpen, driver: askDriver, read: os.ReadFile, pin: pin}

func filesIn(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // one that is not there has no files
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func linkedWith(library string) ([]string, error) {
	f, err := elf.Open(library)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", library, err)
	}
	defer f.Close()
	return f.ImportedLibraries()
}

// ready loads what a device of NVIDIA's needs on top of ONNX Runtime, which was
// loaded from library and is of the given version, and says in a sentence what is
// missing. Other devices need nothing.
func (s system) ready(d Device, library, version string) error {
	if !d.nvidia() {
		return nil
	}
	kind, _ := d.split()
	if err := s.open(driverLibrary); err != nil {
		return fmt.Errorf("no NVIDIA driver (%s)", driverLibrary)
	}
	folder := filepath.Dir(library)
	needed, err := s.provider(CUDAProvider, folder, library, "make setup-cuda")
	if err != nil {
		return err
	}
	if err := s.sameVersion(folder, version); err != nil {
		return err
	}
	if err := s.device(d, needed); err != nil {
		return err
	}
	if err := s.load(CUDA, []string{folder}, append(needed, cuDNN), "make setup-cuda"); err != nil || kind == CUDA {
		return err
	}
	const get = "make setup-cuda TENSORRT=1"
	if needed, err = s.provider(TensorRTProvider, folder, library, get); err != nil {
		return err
	}
	return s.load(TensorRT, []string{folder, filepath.Join(folder, "..", TensorRTFolder)}, needed, get)
}

// provider looks for one beside ONNX Runtime and gives what it is linked with.
func (s system) provider(name, folder, library, get string) ([]string, error) {
	if other := filepath.Join(folder, CUDAFolder); !slices.Contains(s.list(folder), name) && slices.Contains(s.list(other), name) {
		return nil, fmt.Errorf("this process uses ONNX Runtime at %s, and the build with CUDA is in %s: %s may name it, or nothing", library, other, LibraryEnv)
	}
	if !slices.Contains(s.list(folder), name) {
		return nil, fmt.Errorf("ONNX Runtime at %s has no %s beside it (%s gets it)", library, name, get)
	}
	return s.needed(filepath.Join(folder, name))
}

// sameVersion compares the library in use with what the folder was filled from:
// providers of another version crash the process.
func (s system) sameVersion(folder, version string) error {
	text, err := s.read(filepath.Join(folder, VersionsName))
	if err != nil {
		return nil //nolint:nilerr // a folder of the user's own has none
	}
	of, ok := Versions(string(text))["onnxruntime-gpu"]
	if ok && of != version {
		return fmt.Errorf("ONNX Runtime is %s and the providers beside it in %s are of %s (make setup-cuda gets matching ones)", version, folder, of)
	}
	return nil
}

// Versions reads the content of a VersionsName file: version by package.
func Versions(text string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			found[name] = version
		}
	}
	return found
}

// device asks the driver for the device, and whether it is new enough for the
// CUDA libraries.
func (s system) device(d Device, needed []string) error {
	found, err := s.driver()
	if major := cudaMajor(needed); found.cuda > 0 && found.cuda/1000 < major {
		return fmt.Errorf("the NVIDIA driver serves CUDA %d.%d, and these libraries are of CUDA %d: install a newer driver (for CUDA 13: 580 or newer)",
			found.cuda/1000, found.cuda%1000/10, major)
	}
	if err != nil {
		return err
	}
	switch count := len(found.devices); {
	case count == 0:
		return errors.New("the NVIDIA driver finds no device (nvidia-smi -L lists them; a container must be given them, and CUDA_VISIBLE_DEVICES hides them)")
	case d.number() >= count:
		return fmt.Errorf("there is no %s: the NVIDIA driver has %d, counted from 0 (nvidia-smi -L lists them)", d, count)
	}
	return nil
}

// cudaMajor is the major version of the CUDA runtime among sonames; 0 for none.
func cudaMajor(sonames []string) int {
	for _, n := range sonames {
		if v, ok := strings.CutPrefix(n, "libcudart.so."); ok {
			if major, err := strconv.Atoi(v); err == nil {
				return major
			}
		}
	}
	return 0
}

// load opens the files of the folders that a device needs, and then each soname
// by itself, for what is not there but elsewhere on the machine.
func (s system) load(kind Device, folders, sonames []string, get string) error {
	for _, prefix := range preloaded[kind] {
		for _, folder := range folders {
			for _, name := range s.list(folder) {
				if !strings.HasPrefix(name, prefix) {
					continue
				}
				if err := s.open(filepath.Join(folder, name)); err != nil {
					return fmt.Errorf("%s cannot be loaded: %w (%s gets it again once %s is removed)", name, err, get, folder)
				}
			}
		}
	}
	for _, n := range sonames {
		ours := slices.ContainsFunc(preloaded[kind], func(prefix string) bool { return strings.HasPrefix(n, prefix) })
		if !ours {
			continue
		}
		if err := s.open(n); err != nil {
			return fmt.Errorf("%s is missing: it is neither in %s nor where the system looks (%s gets it)", n, folders[len(folders)-1], get)
		}
	}
	return nil
}
