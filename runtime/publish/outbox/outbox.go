// Package outbox is a bounded queue of values on disk: what Add has returned from
// is there after the process was killed, and after a power cut where the disk keeps
// what it was told to. The file is a database of bbolt.
package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"avid/runtime/state"
)

// Errors of an outbox.
var (
	ErrLimits = errors.New("outbox: limit out of range")
	ErrBusy   = errors.New("outbox: another process uses it")
	ErrLarge  = errors.New("outbox: value larger than the whole outbox may be")
	ErrClosed = errors.New("outbox: closed")
)

// Limits bound an outbox.
type Limits struct {
	Records int   // > 0
	Bytes   int64 // of values, > 0; the file is larger by up to half
}

// DefaultLimits is what one camera says in a month of an event a minute, about.
func DefaultLimits() Limits { return Limits{Records: 100_000, Bytes: 64 << 20} }

// Validate tells whether the limits are in range. The error is ErrLimits.
func (l Limits) Validate() error {
	if l.Records < 1 || l.Bytes < 1 {
		return fmt.Errorf("%w: %d records and %d bytes, allowed is 1 or more of each", ErrLimits, l.Records, l.Bytes)
	}
	return nil
}

// Item is a value with its place in the queue.
type Item struct {
	Key   uint64
	Value []byte // owned by the receiver
}

// Outbox is safe for concurrent use.
type Outbox struct {
	limits Limits
	mu     sync.Mutex // of what follows, and one writer at a time
	db     *bbolt.DB  // nil: closed
	count  int
	size   int64
	path   string
}

// bucket has the values: a number that grows, big endian, and a CRC-32 before the value.
var bucket = []byte("records")

// lockWait is how long the lock of another process is waited for: a process that was
// killed has let go of it at once.
const lockWait = 50 * time.Millisecond

// Open opens or creates the outbox at path. A file that cannot be read as one is
// renamed to path.damaged and a new one begun; aside then has that name. The errors
// are ErrLimits, ErrBusy and those of the file system.
func Open(path string, l Limits) (o *Outbox, aside string, err error) {
	if err := l.Validate(); err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, "", fmt.Errorf("outbox: %w", err)
	}
	o, err = open(path, l)
	if err == nil {
		err = named(path)
	}
	if err == nil || errors.Is(err, ErrBusy) || isSystem(err) {
		return o, "", err
	}
	aside = path + ".damaged"
	if err := os.Rename(path, aside); err != nil {
		return nil, "", fmt.Errorf("outbox: %w", err)
	}
	if o, err = open(path, l); err == nil {
		err = named(path)
	}
	return o, aside, err
}

// named has the disk take the name of an outbox, and of its folder, which may be new.
func named(path string) error {
	dir := filepath.Dir(path)
	return errors.Join(state.SyncFolder(dir), state.SyncFolder(filepath.Dir(dir)))
}

// isSystem is whether the file system refused, which says nothing of what is in the
// file.
func isSystem(err error) bool {
	var path *os.PathError
	var number syscall.Errno
	return errors.As(err, &path) || errors.As(err, &number)
}

// open opens a file and reads all of it, so that damage is found here.
func open(path string, l Limits) (*Outbox, error) {
	o := &Outbox{limits: l, path: path}
	err := guard(func() (err error) {
		o.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType})
		return err
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrBusy, path)
	}
	if err == nil {
		err = guard(o.survey)
	}
	if err != nil {
		_ = guard(o.shut) // the file is given up
		return nil, err
	}
	return o, nil
}

// survey makes the bucket, counts what is in it, and checks each value.
func (o *Outbox) survey() error {
	return o.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			if _, err := unseal(v); err != nil || len(k) != 8 {
				return errDamaged
			}
			o.count, o.size = o.count+1, o.size+int64(len(v))
			return nil
		})
	})
}

func (o *Outbox) shut() error {
	if o.db == nil {
		return nil
	}
	db := o.db
	o.db = nil
	return db.Close()
}

// Close lets go of the file; what is in it stays. It may be called twice.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.shut()
}

// Len is how many values there are and their bytes.
func (o *Outbox) Len() (records int, bytes int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count, o.size
}

// seal puts a checksum before a value.
func seal(v []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(v)), v...)
}

// unseal is seal's inverse. The result borrows from v.
func unseal(v []byte) ([]byte, error) {
	if len(v) < 4 || binary.BigEndian.Uint32(v) != crc32.ChecksumIEEE(v[4:]) {
		return nil, errDamaged
	}
	return v[4:], nil
}
