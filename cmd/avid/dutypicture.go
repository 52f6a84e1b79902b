//go:build !nogst

package main

import (
	"fmt"
	"time"

	"avid/element/pipeline"
	"avid/runtime/api"
)

// pictureEvery is how often a picture of each camera is kept, for the page to show once the
// camera is away.
const pictureEvery = 10 * time.Second

// pictureSink is the element that the pictures come to.
const pictureSink = "picture"

// shownTail is the tail of a camera's pipeline: what the filter gives goes to the page, and
// one picture in a while is made small and a JPEG. It waits for nothing, and nothing for it.
func shownTail() string {
	return filterElement + " ! tee name=shown ! avidwebrtcsink name=sink shown. ! queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! " +
		fmt.Sprintf("videorate drop-only=true skip-to-first=true ! video/x-raw,framerate=1/%d ! ", int(pictureEvery.Seconds())) +
		"videoconvert ! videoscale ! video/x-raw,format=I420,width=480,pixel-aspect-ratio=1/1 ! jpegenc quality=70 ! " +
		"fakesink name=" + pictureSink + " sync=false async=false enable-last-sample=false"
}

// pictured keeps a picture of the camera, unless a part of it is to be hidden since: in
// memory, and of a camera that is recorded beside its recordings, for the next start.
func (p *post) pictured(u pipeline.Unit) {
	p.picturing.Lock()
	defer p.picturing.Unlock()
	if !p.shows(u.Data, u.Wall) || p.kept == nil {
		return
	}
	err := p.duty.store.KeepLast(p.camera.Name, u.Data, u.Wall)
	if err != nil && !p.unkept {
		p.duty.tell("%s: warning: its last picture is not kept: %v", p.name, err)
	}
	p.unkept = err != nil
}

// shows has the page show a picture while the camera is away; false where a part of it is to
// be hidden since.
func (p *post) shows(jpeg []byte, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.covered || p.expected == nil {
		return false
	}
	p.expected.Picture(jpeg, at)
	return true
}

// forget forgets the picture of before, and keeps no more: the camera is started anew.
func (p *post) forget() {
	p.mu.Lock()
	p.covered = true
	if p.expected != nil {
		p.expected.Picture(nil, time.Time{})
	}
	p.mu.Unlock()
	p.picturing.Lock() // after what is being kept
	defer p.picturing.Unlock()
	p.dropLast()
}

// dropLast deletes the picture beside the recordings.
func (p *post) dropLast() {
	if p.duty.store == nil {
		return
	}
	if err := p.duty.store.DropLast(p.camera.Name); err != nil {
		p.duty.tell("%s: warning: its last picture is not deleted: %v", p.name, err)
	}
}

// recall has the page show the picture that was kept before this start.
func (p *post) recall() {
	if jpeg, _ := p.expected.LastPicture(); jpeg != nil {
		return
	}
	jpeg, at, err := p.duty.store.Last(p.camera.Name)
	if err != nil {
		p.duty.tell("%s: warning: its last picture cannot be read: %v", p.name, err)
	} else if jpeg != nil {
		p.shows(jpeg, at)
	}
}

// Picture is the newest picture of a camera: see api.Site.
func (d *duty) Picture(name string) ([]byte, time.Time, error) {
	p := d.post(name)
	if p == nil {
		return nil, time.Time{}, api.ErrUnknown
	}
	jpeg, at := p.expected.LastPicture()
	if jpeg == nil {
		return nil, at, api.ErrUnknown
	}
	return jpeg, at, nil
}
