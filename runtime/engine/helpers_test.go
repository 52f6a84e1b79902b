package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"avid/runtime/engine"
)

// options run on one CPU thread with the library that `make setup` fetched,
// unless AVID_ONNXRUNTIME names another.
func options(t *testing.T) engine.Options {
	t.Helper()
	library, err := filepath.Abs("../../build/lib/" + engine.LibraryName)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Device: engine.CPU, Threads: 1, Library: library}
}

// environmentWins tells whether the library is fixed from outside: then no
// other path is looked at.
func environmentWins() bool { return os.Getenv(engine.LibraryEnv) != "" }
