package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"avid/runtime/state"
)

// errOutput says that an output cannot be where the user wants it.
var errOutput = errors.New("output")

// checkOutput tells early, and in words, whether a file can be put at path: its
// folder exists, and it is none of the inputs, which would be lost.
func checkOutput(path string, inputs ...string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w %s: the folder %s does not exist; make it first", errOutput, path, dir)
	case err != nil:
		return fmt.Errorf("%w %s: %w", errOutput, path, err)
	case !info.IsDir():
		return fmt.Errorf("%w %s: %s is not a folder", errOutput, path, dir)
	}
	there, err := os.Stat(path)
	if err != nil {
		there = nil // a new file
	} else if there.IsDir() {
		return fmt.Errorf("%w %s: this is a folder; name a file in it", errOutput, path)
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); there != nil && err == nil && os.SameFile(info, there) {
			return fmt.Errorf("%w %s: this is the input %s, which would be lost; choose another name", errOutput, path, in)
		}
	}
	f, err := os.CreateTemp(dir, ".avid-*")
	if err != nil {
		return fmt.Errorf("%w %s: the folder %s cannot be written to: %w", errOutput, path, dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// checkNamed is checkOutput for a file whose name must say what it is, so that a slip
// replaces no footage, no bundle and no key.
func checkNamed(path, what, ending string, inputs ...string) error {
	if filepath.Ext(path) != ending {
		return fmt.Errorf("%w %s: the name of %s ends in %s", errOutput, path, what, ending)
	}
	return checkOutput(path, inputs...)
}

// checkBundleOutput is checkOutput for a bundle, whose name must say so.
func checkBundleOutput(path string, inputs ...string) error {
	return checkNamed(path, "a bundle", ".avid", inputs...)
}

// checkJSONOutput is checkOutput for a file of figures; "" and "-" are none.
func checkJSONOutput(path string, inputs ...string) error {
	if path == "" || path == "-" {
		return nil
	}
	return checkNamed(path, "a file of figures", ".json", inputs...)
}

// checkNew refuses to replace what is there unasked: nobody knows how much work is in it.
func checkNew(path string, force bool) error {
	if _, err := os.Stat(path); err == nil && !force {
		return fmt.Errorf("%w %s: it is there already; choose another name, or --force replaces it", errOutput, path)
	}
	return nil
}

// checkMadeFrom is checkBundleOutput, and checkNew, for a bundle that is made from another,
// in whose place it may be put.
func checkMadeFrom(path, model string, force bool, inputs ...string) error {
	if err := checkBundleOutput(path, inputs...); err != nil {
		return err
	}
	there, err := os.Stat(path)
	of, errOf := os.Stat(model)
	if err == nil && errOf == nil && os.SameFile(there, of) {
		return nil
	}
	return checkNew(path, force)
}

// forceUsage is the usage of --force where it only replaces a file.
const forceUsage = "replace a file that is there"

// replaceFile writes a file under a temporary name beside it and renames it
// when it is whole, so that nobody ever sees half of it, also after a power cut.
func replaceFile(path string, fill func(io.Writer) error) error {
	if err := state.Replace(path, "."+filepath.Base(path)+".", (*os.File).Sync, fill); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return state.SyncFolder(filepath.Dir(path))
}
