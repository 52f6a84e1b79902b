package state

import (
	"errors"
	"io/fs"
	"os"
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

// Remove removes a file, where there is one.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
