//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"time"

	"avid/element/pipeline"
)

// Snapshot writes, as PNG, the picture of a video that is shown at the given
// time, or one from its middle when the time is negative. The error wraps
// ErrVideo.
func Snapshot(path string, at time.Duration, w io.Writer) error {
	img, err := Shot(path, at)
	if err != nil {
		return err
	}
	return png.Encode(w, img)
}

// Shot is Snapshot's picture.
func Shot(path string, at time.Duration) (*image.RGBA, error) {
	p, err := Parse(path, "video/x-raw,format=RGBx ! appsink name=out sync=false max-buffers=4")
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrVideo, err)
	}
	defer p.Close()
	img, err := shot(p, at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrVideo, err)
	}
	return img, nil
}

// shot finds the picture: it goes to a little before, then on frame by frame.
func shot(p *pipeline.Pipeline, at time.Duration) (*image.RGBA, error) {
	if err := start(p); err != nil {
		return nil, err
	}
	r := &Reader{p: p}
	if err := r.pull(); err != nil { // the stream runs from here on
		return nil, err
	}
	if at < 0 {
		at = max(0, p.Length()) / 2
	}
	const before = 10 * time.Second // more than the encoder's key frames are apart
	if at > 2*before && p.Seek(at-before) == nil {
		if err := r.pull(); err != nil {
			return nil, err
		}
	}
	// Half a frame's tolerance: containers round times.
	for r.sample.PTS < at-max(r.sample.Duration, 0)/2 {
		if err := r.pull(); errors.Is(err, io.EOF) {
			break // the last picture is still in the sample
		} else if err != nil {
			return nil, err
		}
	}
	s := &r.sample
	img := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	for y := range s.Height {
		copy(img.Pix[y*img.Stride:(y+1)*img.Stride], s.Planes[0][y*s.Strides[0]:])
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return img, nil
}
