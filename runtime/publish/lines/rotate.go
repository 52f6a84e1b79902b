package lines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"avid/runtime/state"
)

// follow opens the file again where its name leads elsewhere now: somebody has
// renamed or removed it, as logrotate does.
func (f *File) follow() error {
	if f.file == nil {
		return f.open()
	}
	there, err := os.Stat(f.config.Path)
	if err == nil && !f.broken {
		if here, err := f.file.Stat(); err == nil && os.SameFile(here, there) {
			f.size = here.Size() // somebody may have emptied it
			return nil
		}
	}
	return errors.Join(f.Close(), f.open())
}

// special is whether the file is none that can be told to be on disk.
func (f *File) special() bool {
	info, err := f.file.Stat()
	return err == nil && !info.Mode().IsRegular()
}

// rotate renames the file and those before it, and begins a new one.
func (f *File) rotate() error {
	if f.special() {
		return nil
	}
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	name := func(n int) string {
		if n == 0 {
			return f.config.Path
		}
		return fmt.Sprintf("%s.%d", f.config.Path, n)
	}
	for n := f.config.Keep; n >= 0; n-- {
		var err error
		if n == f.config.Keep { // the oldest goes
			err = os.Remove(name(n))
		} else {
			err = os.Rename(name(n), name(n+1))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("lines: %w", err)
		}
	}
	return errors.Join(f.open(), state.SyncFolder(filepath.Dir(f.config.Path)))
}
