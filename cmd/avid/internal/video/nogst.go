//go:build nogst

// Package video stands in for the one that reads video by GStreamer, and says
// what to do instead.
package video

import (
	"errors"
	"fmt"

	"avid/models/datasets"
)

// Errors that callers tell apart.
var (
	ErrVideo       = errors.New("video cannot be read")
	ErrNoGStreamer = errors.New("this avid was built without GStreamer")
)

// Open reads nothing; it is a datasets.Opener. The error wraps ErrVideo and
// ErrNoGStreamer and says how to make a folder of pictures of a video.
func Open(path string) (datasets.Reader, error) {
	source := fmt.Sprintf("filesrc location=%q ! decodebin", path)
	if datasets.IsURL(path) {
		source = fmt.Sprintf("uridecodebin uri=%q", path)
	}
	return nil, fmt.Errorf("%s: %w: %w; decode it to a folder of pictures first: mkdir pictures && ffmpeg -i %q -vf fps=%g pictures/%%06d.png, "+
		"or gst-launch-1.0 %s ! videoconvert ! videorate ! video/x-raw,framerate=%g/1 ! pngenc ! multifilesink location=pictures/%%06d.png",
		path, ErrVideo, ErrNoGStreamer, path, datasets.DefaultRate, source, datasets.DefaultRate)
}
