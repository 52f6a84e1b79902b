package main

import (
	"fmt"
	"path/filepath"

	"avid/element/pipeline"
	"avid/element/pipeline/testcamera"
)

// footage is a camera on loopback that sends a clip again and again, at a rate. Its
// pictures are kept in a folder. Close it.
func footage(clip, dir string, rate int) (*testcamera.Camera, error) {
	if err := pipeline.Init(); err != nil {
		return nil, err
	}
	pictures := filepath.Join(dir, "%05d.png")
	p, err := pipeline.Parse(fmt.Sprintf("filesrc location=%q ! decodebin ! videorate ! videoconvert ! video/x-raw,format=RGB,framerate=%d/1 ! pngenc compression-level=1 ! multifilesink location=%q",
		clip, rate, pictures))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if _, err := p.Run(hang); err != nil {
		return nil, fmt.Errorf("%s: %w", clip, err)
	}
	return testcamera.OpenAt("127.0.0.1:0", testcamera.Form{
		Head: fmt.Sprintf("multifilesrc location=%q loop=true caps=image/png,framerate=%d/1 ! pngdec ! videoconvert ! video/x-raw,format=I420 ! clocksync ! "+
			"x264enc tune=zerolatency speed-preset=ultrafast bitrate=300 key-int-max=%d", pictures, rate, rate),
		Pay: testcamera.H264, Map: "H264/90000"})
}
