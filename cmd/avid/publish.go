//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"avid/models/redact"
	"avid/runtime/publish"
	"avid/runtime/publish/carriers"
	"avid/runtime/secret"
	"avid/runtime/state"
)

// errPublish says that events cannot be sent where the user wants them.
var errPublish = errors.New("publish")

// publishFlags say where events go besides.
type publishFlags struct {
	urls      []string
	file, dir string
}

func (f *publishFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.urls, "publish", nil, "send events there too: file:///…, https://…, mqtt://…, nats://…, kafka://… (docs/publish.md); may be given several times")
	fl.StringVar(&f.file, "publish-file", "", "file with the addresses of --publish, one a line, # begins a comment.\nps shows the command line, and with it passwords, but not this file")
	fl.StringVar(&f.dir, "publish-dir", "", "folder in which events wait that cannot be sent; none: avid/publish in the user's folder for state")
	// Completion and marks fail for a flag that is not there only.
	_ = c.MarkFlagFilename("publish-file")
	_ = c.MarkFlagDirname("publish-dir")
}

// addresses are those of the flags and of the file.
func (f *publishFlags) addresses(c *cobra.Command) ([]string, error) {
	all := f.urls
	if f.file == "" {
		return all, nil
	}
	file, err := secret.Read(f.file)
	if err != nil {
		return nil, fmt.Errorf("%w: --publish-file: %w", errPublish, err)
	}
	for _, address := range carriers.List(file.Text) {
		hide(c, address)
		all = append(all, address)
	}
	if redact.Text(file.Text) != file.Text {
		warnOpen(c, file)
	}
	return all, nil
}

// folder is where the outboxes are.
func (f *publishFlags) folder() (string, error) {
	if f.dir != "" {
		return f.dir, nil
	}
	dir, err := state.Dir()
	if err != nil {
		return "", fmt.Errorf("%w: give --publish-dir: %w", errPublish, err)
	}
	return filepath.Join(dir, "publish"), nil
}

// open begins to send. Without an address there is a publisher that does nothing.
func (f *publishFlags) open(c *cobra.Command, tell func(text string)) (*publish.Publisher, error) {
	urls, err := f.addresses(c)
	if err != nil {
		return nil, err
	}
	dir, err := f.folder()
	if err != nil && len(urls) > 0 {
		return nil, err
	}
	routes, err := carriers.OpenAll(urls, publish.Host{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPublish, err)
	}
	if dir == "" {
		dir = os.TempDir() // nothing is put there
	}
	p, err := publish.New(publish.DefaultConfig(dir), routes, publish.WithLog(tell))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPublish, err)
	}
	return p, nil
}
