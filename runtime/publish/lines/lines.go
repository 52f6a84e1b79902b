// Package lines writes records as lines of JSON into a file, which is whole after
// each line and is renamed when it has grown.
package lines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
	"avid/runtime/state"
)

// ErrConfig means: a setting is out of range.
var ErrConfig = errors.New("lines: setting out of range")

// Config are the settings of a File.
type Config struct {
	Path string
	// MaxSize is how large the file may grow before it is renamed to Path.1, that to
	// Path.2 and so on, bytes; 0: it is never renamed.
	MaxSize int64
	Keep    int // how many renamed files stay, ≥ 0
}

// Sizes of a file that make sense, bytes: a line with 64 boxes has 6 kB.
const (
	leastSize   = 64 << 10
	mostSize    = 1 << 40
	defaultSize = 100e6
	mostKeep    = 1000
)

// Validate tells whether every setting is in its range. The error is ErrConfig.
func (c Config) Validate() error {
	switch {
	case c.Path == "":
		return fmt.Errorf("%w: the path is missing", ErrConfig)
	case c.MaxSize < 0 || c.Keep < 0 || c.Keep > mostKeep:
		return fmt.Errorf("%w: size %d and keep %d, allowed is 0 or more, and up to %d files", ErrConfig, c.MaxSize, c.Keep, mostKeep)
	}
	return nil
}

// File is a publish.Carrier for one goroutine at a time.
type File struct {
	config Config
	file   *os.File // nil: to be opened
	size   int64
	broken bool // a part of a line may be there: opening again cuts it off
	named  bool // the disk has its name
}

// Open is the carrier of file:///var/log/avid/events.jsonl?max-size=100MB&keep=10.
func Open(a *address.Address, _ publish.Host) (publish.Carrier, error) {
	if len(a.Hosts) > 0 && (len(a.Hosts) > 1 || a.Hosts[0] != "localhost") {
		a.Fail(address.ErrHost, "%q: a file is on this machine: write file:///path", a.Hosts)
	}
	a.NoUser()
	if a.Path == "" {
		a.Fail(address.ErrPath, "it is missing: write file:///path")
	}
	c := Config{Path: "/" + a.Path, MaxSize: a.Bytes("max-size", defaultSize, leastSize, mostSize), Keep: a.Int("keep", 10, 0, mostKeep)}
	if err := a.Err(); err != nil {
		return nil, err
	}
	return New(c)
}

// New opens or creates the file. A last line without its end, which a power cut
// leaves, is cut off. The errors are ErrConfig and those of the file system.
func New(c Config) (*File, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	f := &File{config: c}
	return f, f.open()
}

func (f *File) open() error {
	file, err := os.OpenFile(f.config.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	f.file, f.broken, f.named = file, false, false
	if err := f.mend(); err != nil {
		file.Close()
		f.file = nil
		return fmt.Errorf("lines: %w", err)
	}
	return nil
}

// mend cuts off what stands behind the last line break.
func (f *File) mend() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a pipe or /dev/stdout
		return nil
	}
	end := info.Size()
	block := make([]byte, 4096)
	for end > 0 {
		from := max(0, end-int64(len(block)))
		part := block[:end-from]
		if _, err := f.file.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			end = from + int64(i) + 1
			break
		}
		end = from
	}
	f.size = end
	if end == info.Size() {
		return nil
	}
	return f.file.Truncate(end)
}

// Send writes each record as a line with one call, and returns when all are on disk.
func (f *File) Send(_ context.Context, records []event.Record) (int, error) {
	if err := f.follow(); err != nil {
		return 0, err
	}
	for i, r := range records {
		if err := f.write(r); err != nil {
			if err := f.sync(); err != nil {
				return 0, err
			}
			return i, err
		}
	}
	if err := f.sync(); err != nil {
		return 0, err
	}
	return len(records), nil
}

// sync returns when what was written is on disk, where the file is on one.
func (f *File) sync() error {
	if f.file == nil || f.special() { // rotated, which does it too
		return nil
	}
	if err := f.file.Sync(); err != nil {
		f.broken = true
		return fmt.Errorf("lines: %w", err)
	}
	if f.named {
		return nil
	}
	if err := state.SyncFolder(filepath.Dir(f.config.Path)); err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	f.named = true
	return nil
}

func (f *File) write(r event.Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", publish.ErrRefused, err)
	}
	line = append(line, '\n')
	if f.config.MaxSize > 0 && f.size > 0 && f.size+int64(len(line)) > f.config.MaxSize {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	if err != nil {
		f.broken = true
		return fmt.Errorf("lines: %w", err)
	}
	return nil
}

// Close closes the file; it may be called twice.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}
