package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/inputs"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/runtime/secret"
)

// errInputs says that there is no input, or that a file of inputs cannot be read.
var errInputs = errors.New("inputs")

// input is what is read: its address or path, and what the user calls it.
type input = inputs.Input

// inputsFlag are inputs in a file, where addresses with passwords are seen by
// nobody: the command line is seen by all (ps).
type inputsFlag struct{ file string }

func (f *inputsFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "inputs", "", "file with further inputs, one a line, INPUT or NAME=INPUT, # begins a comment; - for standard input.\nps shows the command line, and with it passwords of cameras, but not this file")
	_ = c.MarkFlagFilename("inputs") // fails for a flag that is not there only
}

// inputs returns the inputs given as arguments, then those in the file.
func (f *inputsFlag) inputs(c *cobra.Command, args []string) ([]input, error) {
	var all []input
	for _, path := range args {
		all = append(all, input{Path: path})
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
	more, err := inputs.Parse(file.Text)
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

// paths are the inputs without their names.
func paths(all []input) []string {
	bare := make([]string, len(all))
	for i, in := range all {
		bare[i] = in.Path
	}
	return bare
}

// isNetwork says whether an input comes from another machine.
func isNetwork(path string) bool {
	return datasets.IsURL(path) && !strings.HasPrefix(strings.ToLower(path), "file:")
}

// titlesOf are the inputs' own titles, with a number where one before is alike.
// What comes from the network is camera1, camera2 and so on in order: its address
// may have a password in any part of it, and says where the camera is.
func titlesOf(all []input) []string {
	return unique(inputTitles(all), "%s %d")
}

// inputTitle is the title of an input that is alone.
func inputTitle(in input) string { return titlesOf([]input{in})[0] }

// inputTitles are the titles before those that are alike are told apart.
func inputTitles(all []input) []string {
	var titles []string
	cameras := 0
	for _, in := range all {
		switch {
		case isNetwork(in.Path):
			cameras++
			titles = append(titles, fmt.Sprintf("camera%d", cameras))
		case isDevice(in.Path):
			titles = append(titles, filepath.Base(in.Path))
		default:
			base := filepath.Base(filepath.Clean(in.Path))
			titles = append(titles, redact.Text(strings.TrimSuffix(base, filepath.Ext(base))))
		}
		if in.Name != "" {
			titles[len(titles)-1] = in.Name
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

// inputClip is the input as a clip: a folder of pictures or a video.
func inputClip(input string, keep datasets.Range, rate float64) (*datasets.Clip, error) {
	c := &datasets.Clip{Name: redact.Address(input), Path: input}
	if !datasets.IsURL(input) && !isDevice(input) {
		info, err := os.Stat(input)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			clips, err := datasets.OpenNormal(input)
			if err != nil {
				return nil, err
			}
			if len(clips) != 1 || clips[0].IsVideo() {
				return nil, fmt.Errorf("%w: it holds %s; give one of them", datasets.ErrLayout, plural(len(clips), "clip"))
			}
			c = clips[0]
		}
	}
	c.Range, c.Rate = keep, rate
	return c, nil
}
