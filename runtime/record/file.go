package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// syncEach is how much of a file a machine that loses its power may lose.
const syncEach = 5 * time.Second

// file is an MP4 that grows fragment by fragment, and is playable at any moment.
type file struct {
	f      *os.File
	store  *Store
	path   string
	size   int64
	number uint32 // of the next fragment
	origin int64  // time of the stream that is 0 in the file, ticks
	start  time.Time
	end    time.Time
	synced time.Time // end when it was synced last
	named  bool      // the disk has its name
}

// newFile creates a file for a stream, from the given part on. None is left where
// that fails.
func newFile(s *Store, path string, c *coding, first *part) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	var head seekablebuffer.Buffer
	if err := c.header().Marshal(&head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	out := &file{f: f, store: s, path: path, number: 1, origin: first.begin, start: first.wall, end: first.wall, synced: first.wall}
	if err := out.write(head.Bytes()); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return out, nil
}

// mostLate bounds how late the clock time of a file's first frame can be: a pipeline that
// is only starting, on a machine that is busy, sees its frames late, but none early.
const mostLate = 2 * time.Second

// startedBy is when a file began, from that time on as it was known, by a part of it that
// begins a time later.
func startedBy(known, wall time.Time, later time.Duration) time.Time {
	if by := wall.Add(-later); by.Before(known) && known.Sub(by) <= mostLate {
		return by
	}
	return known
}

// write appends all or, but for what a kill leaves, nothing.
func (o *file) write(b []byte) error {
	if _, err := o.f.WriteAt(b, o.size); err != nil {
		return errors.Join(err, o.f.Truncate(o.size))
	}
	o.size += int64(len(b))
	return nil
}

// add appends a part, and says where it lies.
func (o *file) add(p *part) (offset int64, length int, err error) {
	frames, err := p.load()
	if err != nil {
		return 0, 0, err
	}
	b, err := marshal(o.number, p.begin-o.origin, p.wall, frames)
	if err != nil {
		return 0, 0, err
	}
	offset = o.size
	if err := o.write(b); err != nil {
		return 0, 0, err
	}
	o.number++
	o.start = startedBy(o.start, p.wall, duration(p.begin-o.origin))
	o.end = o.start.Add(duration(p.begin + p.length - o.origin))
	if o.end.Sub(o.synced) >= syncEach || o.end.Before(o.synced) {
		o.synced = o.end
		err = o.settle()
	}
	return offset, len(b), err
}

// close ends the file.
func (o *file) close() error {
	return errors.Join(o.settle(), o.f.Close())
}

// settle has the disk take what was written, and once the file's name.
func (o *file) settle() error {
	err := o.store.sync(o.f)
	if err != nil || o.named {
		return err
	}
	o.named = true
	return o.store.lasting(o.path)
}

// span is what is known of a recording by its file alone.
type span struct {
	start, end time.Time
	size       int64
}

// repair reads a recording and cuts off what a kill left unfinished at its end. The
// error is ErrFile where no frame is in it.
func repair(path string) (span, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return span{}, err
	}
	defer f.Close()
	s, whole, err := measure(f)
	if err != nil {
		return span{}, fmt.Errorf("%s: %w", path, err)
	}
	if whole != s.size {
		if err := errors.Join(f.Truncate(whole), f.Sync()); err != nil {
			return span{}, err
		}
		s.size = whole
	}
	return s, nil
}
