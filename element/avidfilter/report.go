package avidfilter

import (
	"time"

	"avid/element/gstc"
	"avid/runtime/analyze"
	"avid/runtime/event"
)

// messageName is the name of the structure in the element messages.
const messageName = gstc.ReportName

// The fields that say which bundle has judged.
const (
	fieldBundle = "bundle"
	fieldSHA256 = "bundle-sha256"
)

// message is the form of an event for the bus and for elements downstream.
func (s *session) message(e event.Event) *gstc.Structure {
	return s.judged(message(e, s.format.Width, s.format.Height))
}

// scene is the same of what keeps the stream from being judged.
func (s *session) scene(n *analyze.Notice) *gstc.Structure {
	return s.judged(sceneMessage(n, s.area.Width, s.area.Height))
}

// judged writes into a message which bundle has judged.
func (s *session) judged(m *gstc.Structure) *gstc.Structure {
	b := s.model.Bundle()
	m.Fields = append(m.Fields, gstc.Field{Name: fieldBundle, Value: b.Name}, gstc.Field{Name: fieldSHA256, Value: b.SHA256})
	return m
}

// message is the bus form of an event: the fields of its JSON, times as
// GstClockTime of stream time, boxes in pixels of a picture of w×h.
func message(e event.Event, w, h int) *gstc.Structure {
	boxes := make([]gstc.Structure, len(e.Boxes))
	for i, b := range e.Boxes {
		s := b.Scale(e.W, e.H, w, h)
		boxes[i] = gstc.Structure{Name: "box", Fields: []gstc.Field{
			{Name: "x", Value: s.X}, {Name: "y", Value: s.Y},
			{Name: "w", Value: s.W}, {Name: "h", Value: s.H},
			{Name: "area", Value: s.Area}, {Name: "score", Value: float64(b.Score)},
		}}
	}
	m := &gstc.Structure{Name: messageName, Fields: []gstc.Field{
		{Name: event.FieldKind, Value: string(e.Kind)},
		{Name: event.FieldID, Value: e.ID},
		{Name: event.FieldStart, Value: e.Start},
		{Name: event.FieldTime, Value: e.Time},
		{Name: event.FieldDuration, Value: e.Duration},
		{Name: event.FieldScore, Value: float64(e.Score)},
		{Name: event.FieldPeak, Value: float64(e.Peak)},
		{Name: event.FieldThreshold, Value: float64(e.Threshold)},
		{Name: event.FieldWall, Value: nanoseconds(e.Wall)},
		{Name: "width", Value: w},
		{Name: "height", Value: h},
		{Name: event.FieldBoxes, Value: boxes},
	}}
	if e.Zone != "" {
		m.Fields = append(m.Fields, gstc.Field{Name: event.FieldZone, Value: e.Zone})
	}
	return m
}

// nanoseconds is a clock time since 1970, UTC; 0 where nobody has said it.
func nanoseconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}

// sceneMessage is the bus form of what keeps a stream from being judged; times are
// GstClockTime of stream time, right and down pixels of a picture of w×h.
func sceneMessage(n *analyze.Notice, w, h int) *gstc.Structure {
	state := "end"
	if n.Begin {
		state = "begin"
	}
	s := &gstc.Structure{Name: gstc.SceneName, Fields: []gstc.Field{
		{Name: "kind", Value: string(n.Scene)},
		{Name: "state", Value: state},
		{Name: "time", Value: n.Time},
		{Name: "held", Value: n.Held},
		{Name: "text", Value: n.String()},
		{Name: event.FieldWall, Value: nanoseconds(n.Wall)},
	}}
	if !n.Since.IsZero() {
		s.Fields = append(s.Fields, gstc.Field{Name: "wall-since", Value: nanoseconds(n.Since)})
	}
	if n.Scene == analyze.Moved && n.Begin {
		s.Fields = append(s.Fields, gstc.Field{Name: "right", Value: n.Right * float64(w)}, gstc.Field{Name: "down", Value: n.Down * float64(h)})
	}
	if n.Scene == analyze.Drifted && n.Begin {
		s.Fields = append(s.Fields, gstc.Field{Name: "false-alarms-per-day", Value: n.PerDay}, gstc.Field{Name: "promised", Value: n.Promised})
	}
	return s
}
