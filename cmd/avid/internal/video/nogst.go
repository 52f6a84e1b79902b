//go:build nogst

// Package video stands in for the one that reads video by GStreamer, and says
// what to do instead.
package video

import (
	"context"
	"errors"
	"fmt"

	"avid/models/datasets"
	"avid/models/redact"
)

// Errors that callers tell apart.
var (
	ErrVideo       = errors.New("video cannot be read")
	ErrNoGStreamer = errors.New("this avid was built without GStreamer")
)

// Open reads nothing; it is a datasets.Opener. The error wraps ErrVideo and
// ErrNoGStreamer and says how to make a folder of pictures of a video.
func Open(path string) (datasets.Reader, error) {
	source, shown := fmt.Sprintf("filesrc location=%q ! decodebin", path), path
	if datasets.IsURL(path) { // which may have secrets in it
		path, shown = "ADDRESS", redact.Address(path)
		source = "uridecodebin uri=" + path
	}
	return nil, fmt.Errorf("%s: %w: %w; decode it to a folder of pictures first: mkdir pictures && ffmpeg -i %q -vf fps=%g pictures/%%06d.png, "+
		"or gst-launch-1.0 %s ! videoconvert ! videorate ! video/x-raw,framerate=%g/1 ! pngenc ! multifilesink location=pictures/%%06d.png",
		shown, ErrVideo, ErrNoGStreamer, path, datasets.DefaultRate, source, datasets.DefaultRate)
}

// Recode codes nothing, and closes r. The error wraps ErrNoGStreamer.
func Recode(_ context.Context, r datasets.Reader, _ int) (datasets.Reader, error) {
	return nil, errors.Join(fmt.Errorf("coding by H.264: %w", ErrNoGStreamer), r.Close())
}
