package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Bounds of the lines of an event that goes on: the verdicts of ten frames/s with a box
// each come to so much in ten hours. The index is told of each further tellLines bytes.
const (
	defaultMostLines = 64 << 20
	tellLines        = 1 << 20
)

// lines is the file of an event's records and verdicts while it grows.
type lines struct {
	store *Store
	path  string
	most  int64    // size from which on the older half of the verdicts goes
	file  *os.File // nil: it cannot be written at present
	size  int64    // of what is whole
	told  int64    // size when the index was told last
	named bool     // the disk has its name
}

// add appends a line. When it returns with sync set, the disk has it.
func (l *lines) add(line Line, sync bool) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if err := l.open(); err != nil {
		return err
	}
	text = append(text, '\n')
	if _, err := l.file.WriteAt(text, l.size); err != nil {
		return errors.Join(err, l.file.Truncate(l.size))
	}
	l.size += int64(len(text))
	if sync {
		if err := l.settle(); err != nil {
			return err
		}
	}
	if l.size < l.most {
		return nil
	}
	return l.thin()
}

// open opens the file, unless it is open.
func (l *lines) open() error {
	if l.file != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err == nil {
		l.file = f
	}
	return err
}

// settle has the disk take what was written, and once the file's name.
func (l *lines) settle() error {
	if err := l.store.sync(l.file); err != nil || l.named {
		return err
	}
	l.named = true
	return l.store.lasting(l.path)
}

// thin leaves the older half of the verdicts out, but no record. Where that fails, it is
// tried again a good deal later.
func (l *lines) thin() error {
	in, size := bufio.NewReaderSize(io.NewSectionReader(l.file, 0, l.size), mostLine), int64(0)
	err := l.store.replaceBy(l.path, func(out io.Writer) error {
		for at := int64(0); at < l.size; {
			text, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if at += int64(len(text)); at <= l.size/2 && bytes.HasPrefix(text, []byte(`{"verdict"`)) {
				continue
			}
			size += int64(len(text))
			if _, err := out.Write(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.most += l.most / 8
		return err
	}
	l.most = max(l.store.mostLines, 2*size) // many records are no reason to do so again at once
	err = l.file.Close()
	l.file, l.size, l.named = nil, size, true
	return errors.Join(err, l.open())
}

// close ends the use of the file.
func (l *lines) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
