package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// LibraryName is the file name of ONNX Runtime that avid looks for.
const LibraryName = "libonnxruntime.so.1"

// LibraryEnv names the environment variable that overrides the search.
const LibraryEnv = "AVID_ONNXRUNTIME"

// ErrLibrary says that ONNX Runtime could not be found or loaded.
var ErrLibrary = errors.New("ONNX Runtime is not usable")

// environment is ONNX Runtime's process-wide state: it is loaded once and kept
// until the process ends, since threads of closed sessions may still run in it.
var environment struct {
	sync.Mutex
	path string
	err  error
	done bool
}

// libraryNames are the names that ONNX Runtime's library goes by.
var libraryNames = []string{LibraryName, "libonnxruntime.so"}

// libraryFolders are looked through in this order, from the folder of the
// plugin or program: beside it; PREFIX/lib from PREFIX/lib/gstreamer-1.0, from
// PREFIX/lib/MACHINE/gstreamer-1.0 and from PREFIX/bin; PREFIX/lib/avid for a
// private copy; and the build layout, build/gstreamer-1.0 and build/avid with
// build/lib.
var libraryFolders = []string{".", "avid", "lib", "..", "../avid", "../lib", "../lib/avid", "../../lib", "../../lib/avid", "../../avid"}

// LibraryBeside gives the first file of ONNX Runtime that lies where `make` and
// `make install` put it, seen from the folder of the plugin or program that
// asks; "" for none.
func LibraryBeside(dir string) string { return libraryBeside(dir, isFile) }

func libraryBeside(dir string, exists func(string) bool) string {
	if dir == "" {
		return ""
	}
	for _, folder := range libraryFolders {
		for _, name := range libraryNames {
			if path := filepath.Join(dir, folder, name); exists(path) {
				return path
			}
		}
	}
	return ""
}

// FindLibrary returns the path of ONNX Runtime: AVID_ONNXRUNTIME, then want
// when not empty, then LibraryBeside the program, then a bare name for the
// dynamic loader's own search.
func FindLibrary(want string) string {
	if p := os.Getenv(LibraryEnv); p != "" {
		return p
	}
	if want != "" {
		return want
	}
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			if p := LibraryBeside(filepath.Dir(exe)); p != "" {
				return p
			}
		}
	}
	return LibraryName
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// build gives the build for NVIDIA GPUs, in CUDAFolder beside the one at path,
// where it is there and a driver is too; else path. It serves the CPU just as
// well, but has no WebGPU. The environment's word is not changed.
func (s system) build(path string, d Device) string {
	if os.Getenv(LibraryEnv) != "" || d == WebGPU || !strings.Contains(path, "/") {
		return path
	}
	// Installed, what lies beside the plugin is a link.
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	folder := filepath.Join(filepath.Dir(path), CUDAFolder)
	if !slices.Contains(s.list(folder), LibraryName) || s.open(driverLibrary) != nil {
		return path
	}
	return filepath.Join(folder, LibraryName)
}

// load makes ONNX Runtime ready. The first call decides which library the
// process uses, by the device wanted then; a later call for another file is
// refused, the two builds of one place aside.
func load(want string, d Device) error {
	e := &environment
	e.Lock()
	defer e.Unlock()
	plain := FindLibrary(want)
	path := machine.build(plain, d)
	if e.done && e.err == nil {
		if want != "" && os.Getenv(LibraryEnv) == "" && !sameFile(path, e.path) && !sameFile(plain, e.path) {
			return fmt.Errorf("%w: this process already uses %s, cannot load %s as well", ErrLibrary, e.path, path)
		}
		return nil
	}
	e.done, e.path = true, path
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		e.err = fmt.Errorf("%w: loading %s: %w (run `make setup`, or set %s to the path of %s 1.24 or newer)",
			ErrLibrary, path, err, LibraryEnv, LibraryName)
		return e.err
	}
	e.err = nil
	return nil
}

func sameFile(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Version loads ONNX Runtime and returns its version and path, for reports.
func Version(want string) (version, path string, err error) {
	if err := load(want, Auto); err != nil {
		return "", FindLibrary(want), err
	}
	version, path = loaded()
	return version, path, nil
}

// loaded is the version and path of the library in use, after load. Where the
// dynamic loader found it by name, Linux knows the path.
func loaded() (version, path string) {
	environment.Lock()
	defer environment.Unlock()
	path = environment.path
	if !strings.Contains(path, "/") {
		if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
			path = mapped(string(maps), path)
		}
	}
	return ort.GetVersion(), path
}

// mapped is the path of a library by its name, in the words of /proc/self/maps;
// the name where it is not there.
func mapped(maps, name string) string {
	for line := range strings.Lines(maps) {
		if at := strings.IndexByte(line, '/'); at >= 0 {
			if path := strings.TrimSpace(line[at:]); strings.HasPrefix(filepath.Base(path), name) {
				return path
			}
		}
	}
	return name
}
