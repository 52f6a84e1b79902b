//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"avid/element/pipeline"
)

// missing finds the decoders that decodebin has looked for in vain, in the debug text
// of its error: a name, and the media type of the stream.
var missing = regexp.MustCompile(`Missing (?:decoder|element): ([^(\n]*?) ?\((\w+)/`)

// noTimes is what mp4mux and qtmux say of a frame without a time.
const noTimes = "Buffer has no PTS"

// why says what an error of a playing pipeline means.
func why(p *pipeline.Pipeline, err error) error {
	address, unset := p.Get("source", "uri")
	if unset != nil {
		address, _ = p.Get("source", "device") // of a feed there is neither
	}
	return explainSource(explain(err), address, p.Position() > 0)
}

// explain says what an error of a pipeline means for a video: of a file that has
// nothing but sound, decodebin says that a plug-in for the sound is missing.
func explain(err error) error {
	var e *pipeline.ElementError
	if !errors.As(err, &e) {
		return err
	}
	if strings.Contains(e.Debug, noTimes) {
		return explained(e, "its frames have no times, which .mp4 and .mov need: have the output end in .mkv")
	}
	found := missing.FindAllStringSubmatch(e.Debug, -1)
	if len(found) == 0 {
		return err
	}
	var names []string
	for _, m := range found {
		if m[2] == "video" || m[2] == "image" {
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		if kind := kindOf(found[0][2]); kind != "" {
			return explained(e, "there is no video in it, only %s", kind)
		}
		return explained(e, "there is no video in it")
	}
	slices.Sort(names)
	return explained(e, "GStreamer has no decoder for %s here; on Debian it is in gstreamer1.0-libav or gstreamer1.0-plugins-bad (avid doctor says what is there)",
		strings.Join(slices.Compact(names), ", "))
}

// inWordsError is an error of an element said in other words.
type inWordsError struct{ *pipeline.ElementError }

func explained(e *pipeline.ElementError, format string, args ...any) error {
	said := *e
	said.Text = fmt.Sprintf(format, args...)
	return inWordsError{&said}
}

// Error is the sentence alone.
func (e inWordsError) Error() string { return e.Text }

// Unwrap is the element's error.
func (e inWordsError) Unwrap() error { return e.ElementError }

// kindOf is a media type in words; "" where it has none.
func kindOf(media string) string {
	switch media {
	case "audio":
		return "sound"
	case "text", "subpicture", "closedcaption":
		return "text"
	}
	return ""
}
