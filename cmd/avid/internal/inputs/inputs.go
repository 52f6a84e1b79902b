// Package inputs reads files that list inputs. Passwords in addresses of cameras are
// seen by every user of a machine where they stand on its command line.
package inputs

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrNone says that a file has comments at most.
var ErrNone = errors.New("there is no input in it")

// Input is what is read: an address or path, and what the user calls it, "" where
// the user does not.
type Input struct{ Name, Path string }

// inputName is what may stand before the = of a line: no beginning of an address
// or of a path.
var inputName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]*$`)

// Parse reads a file of inputs: one a line, INPUT or NAME=INPUT; a line that begins
// with # is a comment. Its errors, ErrNone among them, may name a line and repeat
// nothing of it: it may have a password in it.
func Parse(text string) ([]Input, error) {
	var all []Input
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		in := Input{Path: line}
		if name, path, ok := strings.Cut(line, "="); ok && inputName.MatchString(strings.TrimSpace(name)) {
			in = Input{Name: strings.TrimSpace(name), Path: strings.TrimSpace(path)}
		}
		if in.Path == "" {
			return nil, fmt.Errorf("line %d has a name and no input", i+1)
		}
		all = append(all, in)
	}
	if len(all) == 0 {
		return nil, ErrNone
	}
	return all, nil
}
