package avidfilter

import (
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/mask"
)

// messageName is the name of the structure in the element messages.
const messageName = "avid-irregularity"

// reporter follows the verdicts of a stream and makes messages of its events.
type reporter struct {
	tracker *event.Tracker
	last    time.Duration // time of the last verdict
}

// update takes the verdict on the frame at t; ok says that e is to be told.
// Where times go back without a word from the stream, an open event ends, and
// verdicts count again from the next on.
func (r *reporter) update(t time.Duration, score, threshold float32, boxes []mask.Box) (e event.Event, ok bool) {
	if t < r.last {
		if e, ok = r.end(); ok {
			return e, ok
		}
	}
	r.last = t
	return r.tracker.Update(t, score, threshold, boxes)
}

// end ends an open event.
func (r *reporter) end() (event.Event, bool) {
	t := r.last
	r.last = 0
	return r.tracker.Flush(t)
}

// message is the bus form of an event: the fields of its JSON, times as
// GstClockTime of stream time, boxes in pixels of a picture of w×h.
func message(e event.Event, modelW, modelH, w, h int) *gstc.Structure {
	boxes := make([]gstc.Structure, len(e.Boxes))
	for i, b := range e.Boxes {
		s := b.Scale(modelW, modelH, w, h)
		boxes[i] = gstc.Structure{Name: "box", Fields: []gstc.Field{
			{Name: "x", Value: s.X}, {Name: "y", Value: s.Y},
			{Name: "w", Value: s.W}, {Name: "h", Value: s.H},
			{Name: "area", Value: s.Area}, {Name: "score", Value: float64(b.Score)},
		}}
	}
	return &gstc.Structure{Name: messageName, Fields: []gstc.Field{
		{Name: event.FieldKind, Value: string(e.Kind)},
		{Name: event.FieldID, Value: e.ID},
		{Name: event.FieldStart, Value: e.Start},
		{Name: event.FieldTime, Value: e.Time},
		{Name: event.FieldDuration, Value: e.Duration},
		{Name: event.FieldScore, Value: float64(e.Score)},
		{Name: event.FieldPeak, Value: float64(e.Peak)},
		{Name: "width", Value: w},
		{Name: "height", Value: h},
		{Name: event.FieldBoxes, Value: boxes},
	}}
}
