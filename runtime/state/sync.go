package state

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// SyncFolder has the disk take the names in a folder, so that a file that was made or
// renamed there has its name after a power cut (fsync(2)). A file system that cannot do so
// for folders is no error.
func SyncFolder(path string) error { return SyncFolderBy((*os.File).Sync, path) }

// SyncFolderBy is SyncFolder by another call than the file's.
func SyncFolderBy(sync func(*os.File) error, path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = sync(d)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// Replace has fill write a file under a temporary name beside it, which begins with prefix,
// and renames it when it is whole and sync has had the disk take it (normally
// (*os.File).Sync). Nobody ever sees half of it. Its folder is yet to be synced.
func Replace(path, prefix string, sync func(*os.File) error, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), prefix+"*")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = fill(w)
	err = errors.Join(err, w.Flush(), f.Chmod(0o644), sync(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Remove removes a file, where there is one.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
