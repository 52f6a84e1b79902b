// Package onvif writes what avid finds as metadata of ONVIF: documents
// tt:MetadataStream (Analytics Service Specification, section 5.1, "Scene description"),
// which an RTSP track of type vnd.onvif.metadata carries.
package onvif

import (
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"avid/runtime/verdict"
)

// ErrEmpty says that a document has nothing to tell.
var ErrEmpty = errors.New("onvif: a document without a frame and without an event")

// ErrSize says that the size of the picture is not known.
var ErrSize = errors.New("onvif: no size of the picture")

// class is the one of ONVIF's classes that fits: not a known thing.
const class = "Other"

// utc is a time as xs:dateTime, to the millisecond.
const utc = "2006-01-02T15:04:05.000Z"

// Frame is what is seen in a frame.
type Frame struct {
	At      time.Time // when it was taken
	W, H    int       // of the picture, pixels, ≥ 1
	Objects []Object  // may be none
}

// Object is a thing in a frame.
type Object struct {
	ID  uint64 // the same from frame to frame; see runtime/track
	Box verdict.Box
}

// Document returns the text of a document with a frame, nil for none, and properties.
// The error is ErrEmpty or ErrSize.
func Document(f *Frame, properties []Property) ([]byte, error) {
	s := stream{TT: "http://www.onvif.org/ver10/schema", WSNT: "http://docs.oasis-open.org/wsn/b-2", TNS1: "http://www.onvif.org/ver10/topics", TNSAvid: topicNamespace}
	if f == nil && len(properties) == 0 {
		return nil, ErrEmpty
	}
	if f != nil {
		part, err := f.describe()
		if err != nil {
			return nil, err
		}
		s.Frame = part
	}
	if len(properties) > 0 {
		s.Event = new(events)
	}
	for _, p := range properties {
		s.Event.Notifications = append(s.Event.Notifications, p.notify())
	}
	body, err := xml.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("onvif: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}

// describe is the frame as the schema has it: its transformation takes pixels to ONVIF's
// coordinates, -1 to 1, to the right and upwards.
func (f *Frame) describe() (*frame, error) {
	if f.W < 1 || f.H < 1 {
		return nil, fmt.Errorf("%w: it is %dx%d, want 1x1 or more", ErrSize, f.W, f.H)
	}
	out := &frame{UtcTime: f.At.UTC().Format(utc), Translate: vector{-1, 1}, Scale: vector{2 / float64(f.W), -2 / float64(f.H)}}
	for _, o := range f.Objects {
		x, y, w, h := float64(o.Box.X), float64(o.Box.Y), float64(o.Box.W), float64(o.Box.H)
		out.Objects = append(out.Objects, object{ID: o.ID, Box: bounds{x, y, x + w, y + h}, Centre: vector{x + w/2, y + h/2},
			Type: class, Likelihood: o.Box.Score})
	}
	return out, nil
}
