// Package secret reads secrets from files, so that they need not stand on a
// command line, which every user of a machine can read (ps).
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Errors of files with secrets. None has any of the file's text.
var (
	ErrEmpty = errors.New("the file is empty")
	ErrLarge = errors.New("the file is too large to be a secret")
	ErrLines = errors.New("the file has more than one line")
)

// largest bounds a file: some hundred addresses of cameras.
const largest = 64 << 10

// File is the text of a file.
type File struct {
	Text string
	Path string
	// Open is whether every user of this machine may read the file. It is never set
	// of what is no ordinary file, such as the pipe of <(command).
	Open bool
}

// Warning says what to do about an open file, in a sentence without a full stop;
// "" where it is not open.
func (f File) Warning() string {
	if !f.Open {
		return ""
	}
	return fmt.Sprintf("every user of this machine can read the secrets in %s; chmod 600 %s", f.Path, f.Path)
}

// Read returns a file with its line breaks at the end taken off. The errors are
// ErrEmpty, ErrLarge and those of os.
func Read(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, largest+1))
	switch {
	case err != nil:
		return File{}, err
	case len(text) > largest:
		return File{}, fmt.Errorf("%s: %w", path, ErrLarge)
	}
	out := File{Text: strings.TrimRight(string(text), "\r\n"), Path: path}
	out.Open = info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
	if out.Text == "" {
		return File{}, fmt.Errorf("%s: %w", path, ErrEmpty)
	}
	return out, nil
}

// Line is Read of a file with one line. The errors are those of Read and ErrLines.
func Line(path string) (File, error) {
	f, err := Read(path)
	if err == nil && strings.ContainsAny(f.Text, "\r\n") {
		return File{}, fmt.Errorf("%s: %w", path, ErrLines)
	}
	return f, err
}
