package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// load makes ONNX Runtime ready. The first call decides which library the
// process uses; a later call for another file is refused.
func load(want string) error {
	e := &environment
	e.Lock()
	defer e.Unlock()
	path := FindLibrary(want)
	if e.done && e.err == nil {
		if want != "" && os.Getenv(LibraryEnv) == "" && !sameFile(path, e.path) {
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
	if err := load(want); err != nil {
		return "", FindLibrary(want), err
	}
	environment.Lock()
	defer environment.Unlock()
	return ort.GetVersion(), environment.path, nil
}
