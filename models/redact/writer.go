package redact

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Writer passes text on without the secrets in it, line by line: what has no end
// of line yet is kept until it has one, or until Flush, so that a secret in two
// pieces is seen. It may be used from several goroutines.
type Writer struct {
	to io.Writer

	mu    sync.Mutex // guards what follows, and the order of lines
	held  []byte
	known []string // addresses from :// on and what is written instead, by turns, long ones first
}

// NewWriter returns a Writer to another one. Flush it at the end.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Unwrap returns the writer behind it, for those who must know what it is and who
// write nothing there that was not through Text.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Hide has an address written as Address from now on: of one that is known, what
// has no shape is kept back too, such as a password among the parts of its path.
// What is no address is passed over.
func (w *Writer) Hide(address string) {
	_, rest, ok := strings.Cut(address, "://")
	_, instead, is := strings.Cut(Address(address), "://")
	if !ok || !is || rest == instead || rest == "" {
		return
	}
	escaped := strconv.Quote(rest)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, known := range []string{rest, escaped[1 : len(escaped)-1]} {
		at := 0
		for at < len(w.known) && len(w.known[at]) > len("://"+known) {
			at += 2
		}
		w.known = slices.Insert(w.known, at, "://"+known, "://"+instead)
	}
}

// pass writes text to the writer behind.
func (w *Writer) pass(text string) error {
	// Not io.WriteString, which passes by the Write of a type that embeds a builder.
	_, err := w.to.Write([]byte(Text(strings.NewReplacer(w.known...).Replace(text))))
	return err
}

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
	return len(p), w.pass(whole)
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
	return w.pass(rest)
}
