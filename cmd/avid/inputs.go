package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/datasets"
	"avid/models/redact"
	"avid/runtime/secret"
)

// errInputs says that there is no input, or that a file of inputs cannot be read.
var errInputs = errors.New("inputs")

// input is what is read: its address or path, and what the user calls it, "" where
// the user does not.
type input struct{ name, path string }

// inputsFlag are inputs in a file, where addresses with passwords are seen by
// nobody: the command line is seen by all (ps).
type inputsFlag struct{ file string }

func (f *inputsFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "inputs", "", "file with further inputs, one a line, INPUT or NAME=INPUT, # begins a comment; - for standard input.\nps shows the command line, and with it passwords of cameras, but not this file")
	_ = c.MarkFlagFilename("inputs") // fails for a flag that is not there only
}

// inputs is the inputs given as arguments, then those in the file.
func (f *inputsFlag) inputs(c *cobra.Command, args []string) ([]input, error) {
	var all []input
	for _, path := range args {
		all = append(all, input{path: path})
	}
	if f.file == "" {
		return all, nil
	}
	path := f.file
	if path == "-" {
		path = "/dev/stdin"
	}
	file, err := secret.Read(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInputs, err)
	}
	more, err := parseInputs(file.Text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errInputs, f.file, err)
	}
	hide(c, paths(more)...)
	if redact.Text(file.Text) != file.Text {
		warnOpen(c, file)
	}
	return append(all, more...), nil
}

// warnOpen tells of a file with secrets that everybody may read.
func warnOpen(c *cobra.Command, file secret.File) {
	if text := file.Warning(); text != "" {
		fmt.Fprintf(c.ErrOrStderr(), "avid: warning: %s\n", text)
	}
}

// inputName is what may stand before the = of a line: no beginning of an address
// or of a path.
var inputName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]*$`)

// parseInputs reads the lines of a file. Its errors name the line and repeat
// nothing of it.
func parseInputs(text string) ([]input, error) {
	var all []input
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		in := input{path: line}
		if name, path, ok := strings.Cut(line, "="); ok && inputName.MatchString(strings.TrimSpace(name)) {
			in = input{name: strings.TrimSpace(name), path: strings.TrimSpace(path)}
		}
		if in.path == "" {
			return nil, fmt.Errorf("line %d has a name and no input", i+1)
		}
		all = append(all, in)
	}
	if len(all) == 0 {
		return nil, errors.New("there is no input in it")
	}
	return all, nil
}

// paths are the inputs without their names.
func paths(inputs []input) []string {
	all := make([]string, len(inputs))
	for i, in := range inputs {
		all[i] = in.path
	}
	return all
}

// isNetwork says whether an input comes from another machine.
func isNetwork(path string) bool {
	return datasets.IsURL(path) && !strings.HasPrefix(strings.ToLower(path), "file:")
}

// titlesOf are the inputs' own titles, with a number where one before is alike.
// What comes from the network is camera1, camera2 and so on in order: its address
// may have a password in any part of it, and says where the camera is.
func titlesOf(inputs []input) []string {
	return unique(inputTitles(inputs), "%s %d")
}

// inputTitles are the titles before those that are alike are told apart.
func inputTitles(inputs []input) []string {
	var titles []string
	cameras := 0
	for _, in := range inputs {
		switch {
		case isNetwork(in.path):
			cameras++
			titles = append(titles, fmt.Sprintf("camera%d", cameras))
		case isDevice(in.path):
			titles = append(titles, filepath.Base(in.path))
		default:
			base := filepath.Base(filepath.Clean(in.path))
			titles = append(titles, redact.Text(strings.TrimSuffix(base, filepath.Ext(base))))
		}
		if in.name != "" {
			titles[len(titles)-1] = in.name
		}
	}
	return titles
}

// unique adds a number to a name that one before has.
func unique(bases []string, numbered string) []string {
	var names []string
	taken := map[string]bool{}
	for _, base := range bases {
		name := base
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf(numbered, base, n)
		}
		taken[name] = true
		names = append(names, name)
	}
	return names
}

// isDevice says whether an input is a capture device.
func isDevice(path string) bool { return strings.HasPrefix(path, "/dev/") }
