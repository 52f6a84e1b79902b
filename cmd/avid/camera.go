//go:build !nogst

package main

import (
	"fmt"
	"time"

	"avid/element/avidfilter"
	"avid/element/avidpublish"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/runtime/event"
	"avid/runtime/publish"
)

// camera turns what the filter of one input posts into records and hands them on. It is
// for one goroutine at a time.
type camera struct {
	origin event.Origin
	record func(event.Record) error // takes each; nil: nobody
	place  func(*event.Record)      // says where its film is kept; nil: there is none
	// send, if set, gets each too, and state what the filter counts, every stateEvery.
	send teller
	tell func(text string) // of what could not be sent

	title  string
	there  bool               // frames have come since the stream began
	filter *pipeline.Pipeline // that the filter is in; nil: not yet
	told   time.Time          // when the state was told
	counts avidpublish.Counts // by then
}

// teller is told of events and of how it is with cameras: a publish.Publisher, or those of
// one camera of a file.
type teller interface {
	Publish(r event.Record) error
	Camera(c publish.Camera)
	State(camera string, s publish.State)
}

// newCamera is a camera whose stream begins now. Title is what people call it, and path
// that of its bundle.
func newCamera(name, title, path string, send teller, tell func(text string)) (*camera, error) {
	by, err := bundleOf(path)
	if err != nil {
		return nil, err
	}
	c := &camera{origin: event.Origin{Camera: name, Bundle: by, Began: time.Now()}, title: title, send: send, tell: tell}
	c.present(false)
	return c, nil
}

// present says whether frames come of the camera.
func (c *camera) present(there bool) {
	c.there = there
	c.show(publish.Camera{Away: !there})
}

// gone says that the camera was taken out.
func (c *camera) gone() { c.show(publish.Camera{Gone: true}) }

func (c *camera) show(is publish.Camera) {
	if c.send != nil {
		is.Name, is.Title, is.Bundle = c.origin.Camera, c.title, c.origin.Bundle.Name
		c.send.Camera(is)
	}
}

// bundleOf is what records say of a bundle, of several the first, unless the filter says
// which of them has judged.
func bundleOf(list string) (out event.Bundle, err error) {
	path := bundle.Paths(list)[0]
	b, err := openBundle(path)
	if err != nil {
		return out, err
	}
	return event.BundleOf(b, path), nil
}

// begins is called at another run of the same camera in a pipeline. That frames come is
// said with the first one: a camera that cannot be reached is tried again and again.
func (c *camera) begins(p *pipeline.Pipeline) {
	c.filter, c.told, c.counts = p, time.Time{}, avidpublish.Counts{}
	c.origin.Began = time.Now()
	c.there = false
}

// note takes an element message; other ones are passed over. The error is
// avidfilter.ErrMessage or that of record.
func (c *camera) note(s *gstc.Structure) error {
	r, ok, err := avidfilter.RecordOf(c.origin, s)
	if !ok || err != nil {
		return err
	}
	if !c.there {
		c.present(true)
	}
	if c.place != nil {
		c.place(&r)
	}
	if c.send != nil {
		if err := c.send.Publish(r); err != nil {
			c.tell(fmt.Sprintf("an event is not sent: %v", err))
		}
	}
	if c.record == nil {
		return nil
	}
	return c.record(r)
}

// stateEvery is how often it is told how it is with a camera.
const stateEvery = 10 * time.Second

// tick tells how it is with the camera, now and then.
func (c *camera) tick(now time.Time) {
	if c.send == nil || c.filter == nil || c.there && now.Sub(c.told) < stateEvery {
		return
	}
	stats, err := statsOf(c.filter)
	if err != nil || stats.Frames == 0 {
		return
	}
	if !c.there {
		c.present(true)
	}
	c.told = now
	c.send.State(c.origin.Camera, c.counts.State(&stats, now))
}
