package record

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"avid/runtime/state"
)

// lastPicture is the file in a camera's folder that has its newest picture.
const lastPicture = "last.jpg"

// KeepLast keeps the newest picture of a camera, a JPEG of the time at, in place of the one
// before. Where no film is kept it keeps nothing.
func (s *Store) KeepLast(camera string, jpeg []byte, at time.Time) error {
	if s.config.Mode == Nothing {
		return nil
	}
	path := s.lastPath(camera)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := s.replace(path, jpeg); err != nil {
		return err
	}
	return os.Chtimes(path, time.Time{}, at)
}

// Last is the newest picture of a camera that was kept, and its time; nil: there is none.
func (s *Store) Last(camera string) ([]byte, time.Time, error) {
	path := s.lastPath(camera)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	jpeg, err := os.ReadFile(path)
	return jpeg, info.ModTime(), err
}

// DropLast deletes the newest picture of a camera, where there is one.
func (s *Store) DropLast(camera string) error {
	return state.Remove(s.lastPath(camera))
}

func (s *Store) lastPath(camera string) string {
	return filepath.Join(s.dir, safe(camera), lastPicture)
}

// dropLasts deletes the newest pictures that are older than a time: of cameras that are
// away for long, or no longer there.
func (s *Store) dropLasts(before time.Time) (all error) {
	paths, err := filepath.Glob(filepath.Join(s.dir, "*", lastPicture))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.ModTime().Before(before) {
			all = errors.Join(all, os.Remove(path))
		}
	}
	return all
}
