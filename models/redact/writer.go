package redact

import (
	"bytes"
	"io"
	"sync"
)

// Writer passes text on without the secrets in it, line by line: what has no end
// of line yet is kept until it has one, or until Flush, so that a secret in two
// pieces is seen. It may be used from several goroutines.
type Writer struct {
	to io.Writer

	mu   sync.Mutex // guards what follows, and the order of lines
	held []byte
}

// NewWriter returns a Writer to another one. Flush it at the end.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Unwrap returns the writer behind it, for those who must know what it is and who
// write nothing there that was not through Text.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write takes all of p, even where an error follows.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = append(w.held, p...)
	end := bytes.LastIndexByte(w.held, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	whole := string(w.held[:end])
	w.held = append(w.held[:0], w.held[end:]...)
	_, err := io.WriteString(w.to, Text(whole))
	return len(p), err
}

// Flush passes on what has no end of line.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) == 0 {
		return nil
	}
	rest := string(w.held)
	w.held = nil
	_, err := io.WriteString(w.to, Text(rest))
	return err
}
