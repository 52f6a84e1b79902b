//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/runtime/preview"
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

// previewInput is one input with its place on the page.
type previewInput struct {
	name        string // for the person who watches the terminal
	path, title string
	model       string
	clip        *datasets.Clip
	expected    *preview.Expected
	camera      *camera

	// Of the goroutine that shows it.
	lost    uint64    // frames dropped before the present attempt
	dropped uint64    // and with those of it
	told    uint64    // of which the terminal knows
	toldAt  time.Time // since when
}

// count takes the frames that the present attempt dropped so far, and tells of
// them once a minute at most.
func (in *previewInput) count(frames uint64, now time.Time, tell func(format string, args ...any)) {
	in.dropped = in.lost + frames
	in.expected.Dropped(in.dropped)
	if in.toldAt.IsZero() { // the first frames may wait for what is only being opened
		in.toldAt = now
	}
	if in.dropped == in.told || now.Sub(in.toldAt) < time.Minute {
		return
	}
	tell("%s: %s dropped to keep up with it: this machine is too slow", in.name, plural(int(in.dropped-in.told), "frame"))
	in.told, in.toldAt = in.dropped, now
}

// show keeps an input on the page until ctx ends, or the input does for good.
func (f *previewFlags) show(ctx context.Context, in *previewInput) error {
	defer in.expected.Close()
	again, endless := lasting(in.clip.Path)
	wait := firstWait
	for {
		began := time.Now()
		err := f.once(ctx, in)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && !endless && !f.loop:
			f.tell("%s has ended", in.name)
			return nil
		case err == nil && !endless:
			continue
		case err == nil:
			err = errEnded
		case !again || forGood(err):
			return err
		}
		if time.Since(began) > longestWait {
			wait = firstWait
		}
		why := reason(err)
		in.camera.present(false)
		in.expected.Note("No video: " + why + ". Trying again.")
		f.tell("%s: %s; trying again in %v", in.name, why, wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, longestWait)
	}
}

// once plays an input from its beginning to its end.
func (f *previewFlags) once(ctx context.Context, in *previewInput) error {
	set := func(p *pipeline.Pipeline) error {
		if err := f.set(p, in.model); err != nil {
			return err
		}
		in.camera.begins(p)
		s := f.server
		for _, kv := range [][2]string{
			{"listen", s.Listen}, {"path", in.path}, {"title", in.title}, {"codec", f.codec},
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
			f.tell("%s: warning: %s", in.name, strings.TrimSpace(m.Text))
			return
		}
		if err := in.camera.note(m.Structure); err != nil {
			f.tell("%s: %v", in.name, err)
		}
	}
	in.lost = in.dropped
	input := playInput{clip: in.clip, live: f.live(in.clip.Path), loop: f.loop, dropped: func(n uint64) { in.count(n, time.Now(), f.tell) },
		counted: func(s avidfilter.Stats) {
			if err := judgedSome(s); err != nil && ctx.Err() == nil {
				f.tell("%s: %v", in.name, err)
			}
		}}
	return playClip(ctx, input, filterElement+" ! avidwebrtcsink name=sink", set, note, func(_, _ time.Duration) { in.camera.tick(time.Now()) })
}

// forGood says that trying again would give an error again: it is of the filter
// or the sink, or GStreamer lacks something.
func forGood(err error) bool {
	var e *pipeline.ElementError
	return errors.As(err, &e) && (e.Source == "filter" || e.Source == "sink" || e.Known && e.Code == gstc.CoreMissingPlugin)
}

// reason is why a source failed, to go on after.
func reason(err error) string {
	text := err.Error()
	var e *pipeline.ElementError
	if errors.As(err, &e) {
		text = e.Text
	}
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}

// lasting says of an input whether it is tried again when it fails, as whatever
// comes from elsewhere is, and whether it never ends by itself, as cameras.
func lasting(input string) (again, endless bool) {
	if isDevice(input) {
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
