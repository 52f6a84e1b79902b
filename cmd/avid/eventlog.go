//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"avid/runtime/event"
	jsonl "avid/runtime/publish/lines"
)

// eventLog is the file of events of avid run. Each record is on disk when record
// returns, under the file's own name, so that a kill loses none.
type eventLog struct {
	path   string
	goesOn bool        // what an earlier run has left is gone on with
	file   *jsonl.File // nil: there was no record yet
}

// open begins the file. What an earlier run has left is renamed, not lost: that run may
// have been killed, and this be the one that takes its place.
func (l *eventLog) open() error {
	if l.file != nil {
		return nil
	}
	var err error
	if !l.goesOn {
		err = os.Rename(l.path, l.path+".1")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing %s: %w", l.path, err)
	}
	if l.file, err = jsonl.New(jsonl.Config{Path: l.path}); err != nil {
		return fmt.Errorf("writing %s: %w", l.path, err)
	}
	return nil
}

// record writes a record.
func (l *eventLog) record(r event.Record) error {
	if err := l.open(); err != nil {
		return err
	}
	if _, err := l.file.Send(context.Background(), []event.Record{r}); err != nil {
		return fmt.Errorf("writing %s: %w", l.path, err)
	}
	return nil
}

// close ends the file; it may be called twice.
func (l *eventLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
