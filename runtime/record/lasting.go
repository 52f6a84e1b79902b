package record

import (
	"io"
	"path/filepath"

	"avid/runtime/state"
)

// lasting has the disk take the name of a file in the store, and those of the folders that
// it lies in, which may be new.
func (s *Store) lasting(path string) error {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if err := state.SyncFolderBy(s.sync, dir); err != nil {
			return err
		}
		if dir == s.dir || dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// replace writes a file of the store under a temporary name and renames it. When it
// returns the disk has it.
func (s *Store) replace(path string, data []byte) error {
	return s.replaceBy(path, func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
}

// replaceBy is replace of what write writes.
func (s *Store) replaceBy(path string, write func(io.Writer) error) error {
	if err := state.Replace(path, temporary, s.sync, write); err != nil {
		return err
	}
	return s.lasting(path)
}

// temporary is how names of files begin that are not whole yet.
const temporary = ".avid-new-"
