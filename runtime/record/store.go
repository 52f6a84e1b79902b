package record

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options are a store's doors to the world; what is nil is the machine's own.
type Options struct {
	Now func() time.Time
	// Free says how much of the disk of a folder is free, and how large it is, bytes.
	Free func(dir string) (free, size int64, err error)
	// Note, if set, receives what is no error but good to know: one sentence, no full
	// stop. Called synchronously, by any goroutine.
	Note func(text string)
}

// eventKey names an event.
type eventKey struct{ camera, id string }

// Store is a folder with recordings. One process at a time has it open. Its methods may
// be called from any goroutine.
//
// Locks: a Recorder's mu before sides before the index's connection before mu.
type Store struct {
	dir     string
	config  Config
	options Options
	lock    *os.File
	index   *index
	sync    func(*os.File) error // has the disk take what was written to a file

	mostLines int64 // bytes that the lines of an event that goes on may have

	sides sync.Mutex // held while a sidecar of an open event is written

	mu       sync.Mutex
	stale    bool // the index lacks what could not be written to it
	open     map[eventKey]*Sidecar
	writing  map[string]bool     // paths of files that grow
	cameras  map[string]bool     // that have a Recorder
	journals map[string]*journal // theirs
	swept    time.Time
	free     float64 // share of the disk, when it was looked at last
	closed   bool
}

// lockName is the file that the process which has a store open keeps locked.
const lockName = ".lock"

// Open opens a folder, which is made where it is not there, and brings index and files
// together: see Note. The error wraps ErrConfig or ErrStore. Close it.
func Open(dir string, config Config, o Options) (*Store, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Free == nil {
		o.Free = diskFree
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, config: config, options: o, lock: lock, free: 1, sync: (*os.File).Sync, mostLines: defaultMostLines,
		open: map[eventKey]*Sidecar{}, writing: map[string]bool{}, cameras: map[string]bool{}, journals: map[string]*journal{}}
	if err := s.openIndex(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrStore, dir, err), lock.Close())
	}
	return s, nil
}

// lockFolder makes the folder this process's until the file is closed, or the process
// ends in any way.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: another avid records to %s; choose another folder for this one", ErrStore, dir)
	}
	return f, nil
}

// openIndex opens the index, or makes it from the files.
func (s *Store) openIndex() error {
	x, made, why, err := openIndex(s.dir)
	if err != nil {
		return err
	}
	s.index = x
	if why != nil {
		s.options.Note(fmt.Sprintf("the index of %s is made again from the files: %v", s.dir, why))
	}
	if err := s.reconcile(made); err != nil {
		return errors.Join(err, x.close())
	}
	return nil
}

// diskFree asks the file system.
func diskFree(dir string) (free, size int64, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, 0, err
	}
	return int64(fs.Bavail) * int64(fs.Bsize), int64(fs.Blocks) * int64(fs.Bsize), nil //nolint:unconvert // other systems have other types
}

// Close gives the folder back. Close recorders first.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.index.close(), s.lock.Close())
}

// note changes the index, which a failure leaves stale: the next sweep puts that right.
func (s *Store) note(change func(execer) error) {
	if err := change(s.index.db); err != nil {
		s.mu.Lock()
		s.stale = true
		s.mu.Unlock()
	}
}

// grows notes that a file is being written, or no longer.
func (s *Store) grows(path string, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if yes {
		s.writing[path] = true
	} else {
		delete(s.writing, path)
	}
}

// eventsDir is the folder in a camera's that has its events.
const eventsDir = "events"

// safe is a name as that of a file: what may mean something to a file system or a
// shell is written as %XX.
func safe(name string) string {
	escaped := strings.ReplaceAll(url.PathEscape(name), ":", "%3A")
	if strings.HasPrefix(escaped, ".") {
		escaped = "%2E" + escaped[1:]
	}
	return escaped
}

// unsafeName is the name that safe was given.
func unsafeName(file string) string {
	if name, err := url.PathUnescape(file); err == nil {
		return name
	}
	return file
}

// eventBase is the path of an event's files, without their endings.
func (s *Store) eventBase(camera, id string) string {
	return filepath.Join(s.dir, safe(camera), eventsDir, safe(id))
}

func (s *Store) sidecarPath(camera, id string) string { return s.eventBase(camera, id) + ".json" }

// below is a path as the index has it.
func (s *Store) below(path string) string {
	if short, err := filepath.Rel(s.dir, path); err == nil {
		return short
	}
	return path
}

// Path is the path of a file that a query gave.
func (s *Store) Path(below string) string { return filepath.Join(s.dir, below) }
