// Package onvif writes what avid finds as metadata of ONVIF: documents
// tt:MetadataStream (Analytics Service Specification, section 5.1, "Scene description"),
// one a frame or an event, which an RTSP track of type vnd.onvif.metadata carries.
package onvif

import (
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"avid/runtime/event"
	"avid/runtime/verdict"
)

// ErrSize says that the size of the picture is not known.
var ErrSize = errors.New("onvif: no size of the picture")

// ErrKind says that a record is no event that ONVIF has a topic for.
var ErrKind = errors.New("onvif: no event")

// Topic is what events are told as: something moves that should not.
const Topic = "tns1:RuleEngine/MotionRegionDetector/Motion"

// class is the one of ONVIF's classes that fits: not a known thing.
const class = "Other"

// utc is a time as xs:dateTime, to the millisecond.
const utc = "2006-01-02T15:04:05.000Z"

// Object is a thing in a frame.
type Object struct {
	ID  uint64 // the same from frame to frame; see runtime/track
	Box verdict.Box
}

// Frame returns the document of a frame of w×h pixels, w, h ≥ 1, taken at the time, with
// its objects, which may be none. The error is ErrSize.
func Frame(at time.Time, w, h int, objects []Object) ([]byte, error) {
	if w < 1 || h < 1 {
		return nil, fmt.Errorf("%w: it is %dx%d, want 1x1 or more", ErrSize, w, h)
	}
	f := frame{UtcTime: at.UTC().Format(utc), Translate: vector{-1, 1}, Scale: vector{2 / float64(w), -2 / float64(h)}}
	for _, o := range objects {
		f.Objects = append(f.Objects, describe(o))
	}
	return document(stream{Frame: &f})
}

// describe is an object in pixels, which the frame's transformation takes to ONVIF's
// coordinates: -1 to 1, to the right and upwards.
func describe(o Object) object {
	x, y, w, h := float64(o.Box.X), float64(o.Box.Y), float64(o.Box.W), float64(o.Box.H)
	return object{ID: o.ID, Box: bounds{x, y, x + w, y + h}, Centre: vector{x + w/2, y + h/2}, Type: class, Likelihood: o.Box.Score}
}

// Event returns the document of the begin or the end of an event: a property that
// becomes true and false. The camera is its source, and the zone, where there is one, its
// rule. The error is ErrKind for all other records.
func Event(r event.Record) ([]byte, error) {
	if r.Type != string(event.Begin) && r.Type != string(event.End) {
		return nil, fmt.Errorf("%w: type is %q, want begin or end", ErrKind, r.Type)
	}
	rule := "avid"
	if r.Zone != "" {
		rule = r.Zone
	}
	at := time.UnixMicro(int64(r.Time * 1e6)).UTC().Format(utc)
	return notify(at, "Changed", r.Camera, rule, r.Type == string(event.Begin))
}

// Initial returns the document that says how it is with a camera's property when
// somebody begins to listen.
func Initial(at time.Time, camera, rule string, on bool) ([]byte, error) {
	return notify(at.UTC().Format(utc), "Initialized", camera, rule, on)
}

func notify(at, operation, camera, rule string, on bool) ([]byte, error) {
	return document(stream{Notification: &notification{
		Topic:   topic{"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet", Topic},
		Message: message{at, operation, []item{{"VideoSource", camera}, {"RuleName", rule}}, []item{{"State", fmt.Sprint(on)}}},
	}})
}

// document is the text of a stream's part.
func document(s stream) ([]byte, error) {
	s.TT, s.WSNT, s.TNS1 = "http://www.onvif.org/ver10/schema", "http://docs.oasis-open.org/wsn/b-2", "http://www.onvif.org/ver10/topics"
	body, err := xml.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("onvif: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}
