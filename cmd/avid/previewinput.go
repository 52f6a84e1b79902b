//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"avid/element/pipeline"
	"avid/models/datasets"
)

// errEnded says that a camera's stream ended, which a camera's does not by
// itself.
var errEnded = errors.New("the stream has ended")

// A camera that fails is tried again after firstWait, then after twice that and
// so on up to longestWait: those that restart are back within a minute.
const (
	firstWait   = time.Second
	longestWait = 30 * time.Second
)

// show keeps an input on the page until ctx ends, or the input does for good.
func (f *previewFlags) show(ctx context.Context, clip *datasets.Clip, model, path string) error {
	again, endless := lasting(clip.Path)
	wait := firstWait
	for {
		began := time.Now()
		err := f.once(ctx, clip, model, path)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // what fails while it is being ended is no news
		case err == nil && !endless && !f.loop:
			f.tell("%s has ended", clip.Path)
			return nil
		case err == nil && !endless:
			continue
		case err == nil:
			err = errEnded
		case !again || ours(err):
			return err
		}
		if time.Since(began) > longestWait {
			wait = firstWait
		}
		f.tell("%s: %v; trying again in %v", clip.Path, err, wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, longestWait)
	}
}

// once plays an input from its beginning to its end.
func (f *previewFlags) once(ctx context.Context, clip *datasets.Clip, model, path string) error {
	set := func(p *pipeline.Pipeline) error {
		if err := f.set(p, model); err != nil {
			return err
		}
		s := f.server
		for _, kv := range [][2]string{
			{"listen", s.Listen}, {"path", path}, {"title", inputTitle(clip.Path)}, {"codec", f.codec},
			{"token", s.Token}, {"insecure", fmt.Sprint(s.Insecure)}, {"tls-cert", s.TLSCert}, {"tls-key", s.TLSKey},
			{"stun-server", s.STUNServer}, {"turn-servers", f.turn}, {"media-ips", f.mediaIPs}, {"max-viewers", fmt.Sprint(s.MaxViewers)},
		} {
			if err := p.Set("sink", kv[0], kv[1]); err != nil {
				return err
			}
		}
		return nil
	}
	note := func(m pipeline.Message) {
		if m.Kind == pipeline.MessageWarning {
			f.tell("%s: warning: %s", clip.Path, strings.TrimSpace(m.Text))
		}
	}
	return playClip(ctx, clip, filterElement+" ! avidwebrtcsink name=sink", set, note, func(_, _ time.Duration) {})
}

// ours says that an error is of the filter or of the sink: trying again would
// give it again.
func ours(err error) bool {
	var e *pipeline.ElementError
	return errors.As(err, &e) && (e.Source == "filter" || e.Source == "sink")
}

// lasting says of an input whether it is tried again when it fails, as whatever
// comes from elsewhere is, and whether it never ends by itself, as cameras.
func lasting(input string) (again, endless bool) {
	if strings.HasPrefix(input, "/dev/") {
		return true, true
	}
	if !datasets.IsURL(input) {
		return false, false
	}
	scheme, _, _ := strings.Cut(input, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		return true, false
	case "file":
		return false, false
	}
	return true, true
}

// inputTitle is what the page calls an input: the file's name without its
// ending, a device's name, or an address without what is secret in it.
func inputTitle(input string) string {
	if strings.HasPrefix(input, "/dev/") {
		return filepath.Base(input)
	}
	if datasets.IsURL(input) {
		u, err := url.Parse(input)
		if err == nil {
			return strings.Trim(u.Host+u.Path, "/")
		}
		// What cannot be read may have a password anywhere before its last @.
		rest := input[strings.LastIndex(input, "@")+1:]
		if _, after, ok := strings.Cut(rest, "://"); ok {
			rest = after
		}
		rest, _, _ = strings.Cut(rest, "?")
		return strings.Trim(rest, "/")
	}
	base := filepath.Base(filepath.Clean(input))
	return strings.TrimSuffix(base, filepath.Ext(base))
}
