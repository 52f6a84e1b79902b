//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/models/redact"
	"avid/runtime/publish"
	"avid/runtime/publish/carriers"
	"avid/runtime/secret"
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
	fl.StringVar(&f.file, "publish-file", "", "file with such addresses, one a line, # begins a comment.\nps shows the command line, and with it passwords, but not this file")
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
	for line := range strings.Lines(file.Text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			hide(c, line)
			all = append(all, line)
		}
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
	dir, err := userState()
	if err != nil {
		return "", fmt.Errorf("%w: give --publish-dir: %w", errPublish, err)
	}
	return filepath.Join(dir, "publish"), nil
}

// userState is the user's folder for state, as the XDG base directory specification has it.
func userState() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "avid"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "avid"), nil
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

// farewell is how long events may be sent after the end.
const farewell = 5 * time.Second

// closePublisher sends what can still be sent, and tells what waits for the next time.
func closePublisher(p *publish.Publisher, tell func(text string)) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := p.Close(ctx)
	if err != nil {
		tell(fmt.Sprintf("publish: %v", err))
	}
	for _, s := range p.Status() {
		if s.Queued > 0 {
			tell(fmt.Sprintf("%s: %s not sent yet; they are kept and sent the next time", s.Name, plural(s.Queued, "event record")))
		}
	}
}
