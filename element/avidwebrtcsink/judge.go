package avidwebrtcsink

import (
	"math"
	"time"

	"avid/element/gstc"
	"avid/runtime/fanout"
	"avid/runtime/outline"
	"avid/runtime/verdict"
)

// maxCorners bounds the corners of a frame's outlines, so that they fit into a
// message of 16 KiB.
const maxCorners = 1000

// marks are what is written on a frame, as gstc.Marks.
type marks interface {
	Verdict() (gstc.Verdict, bool)
	Confidence() (float64, bool)
	Fresh() bool
	Boxes() []gstc.Box
	Mask(buf []byte) (mask []byte, h, w int)
}

// judge makes of what avidfilter wrote on the frames what viewers are told. It is
// for one goroutine at a time, and what it returns holds until its next call.
type judge struct {
	width, height int           // of the picture
	last          time.Duration // time of the frame before

	serial uint64          // of the present verdict
	event  gstc.FrameEvent // that viewers know of and that has not ended, as it stood last; ID 0: none
	offset time.Duration   // from its stream time to the viewers' time

	tracer   outline.Tracer
	traced   bool // outlines are of the present verdict
	mask     []byte
	points   []fanout.Point // of outlines, one behind the other
	outlines [][]fanout.Point
	boxes    []fanout.Box
	stamp    fanout.EventStamp
}

// resize says how large the picture is from now on.
func (j *judge) resize(width, height int) {
	j.width, j.height, j.traced = width, height, false
}

// look takes the frame at pts; watched says that somebody will see it.
func (j *judge) look(m marks, pts time.Duration, watched bool) fanout.Meta {
	pts = max(pts, 0)
	meta := fanout.Meta{PTS: pts, Captured: time.Now(), Width: j.width, Height: j.height}
	j.last = max(pts, j.last) // frames out of order are still frames
	v, spoken := m.Verdict()
	if spoken {
		meta.State, meta.Scene, meta.Reason = v.State.String(), v.Scene, v.Reason
		meta.Event = j.follow(v.Event, pts)
	}
	meta.Confidence, meta.Judged = m.Confidence()
	if spoken { // what crops or turns the picture leaves the numbers alone
		meta.Judged, meta.Score, meta.Threshold = v.Serial > 0, v.Score, v.Threshold
		meta.Confidence = float64(verdict.Probability(float32(v.Score - v.Threshold)))
	} else if meta.Judged { // by an avidfilter of before, which wrote none
		meta.Score = math.Log(meta.Confidence / (1 - meta.Confidence))
	}
	if !meta.Judged {
		meta.Confidence, j.traced = 0, false
		return meta
	}
	if fresh := m.Fresh(); fresh && !spoken || spoken && v.Serial != j.serial {
		j.serial, j.traced = v.Serial, false
		j.take(m.Boxes())
	}
	if watched && !j.traced {
		j.trace(m)
	}
	meta.Boxes = j.boxes
	if j.traced {
		meta.Outlines = j.outlines
	}
	return meta
}

// follow tells viewers of what happens to the filter's event with the frame at
// pts: nil is nothing. A frame may have been lost on its way (leaky queues), so
// an event that goes on and that they do not know begins, and one that frames
// have no more has ended.
func (j *judge) follow(e gstc.FrameEvent, pts time.Duration) *fanout.EventStamp {
	known := j.event.ID
	switch {
	case known != 0 && e.ID != known:
		return j.end() // what e is, the next frame tells
	case e.ID == 0, known == 0 && e.Kind == gstc.EventEnd:
		return nil
	case known == 0:
		e.Kind, j.offset = gstc.EventBegin, pts-e.Time
	}
	j.event = e
	if e.Kind == gstc.EventEnd {
		j.event = gstc.FrameEvent{}
	}
	if e.Kind == gstc.EventOpen {
		return nil
	}
	return j.report(e)
}

// take copies the boxes of a new verdict.
func (j *judge) take(boxes []gstc.Box) {
	j.boxes = j.boxes[:0]
	for _, b := range boxes {
		j.boxes = append(j.boxes, fanout.Box{X: b.X, Y: b.Y, W: b.W, H: b.H, Score: b.Score})
	}
}

// trace turns the mask, which covers the whole picture, into outlines in its
// pixels.
func (j *judge) trace(m marks) {
	var h, w int
	j.mask, h, w = m.Mask(j.mask)
	j.points, j.outlines = j.points[:0], j.outlines[:0]
	j.traced = true
	if len(j.mask) == 0 || j.width < 1 || j.height < 1 {
		return
	}
	rings := j.tracer.Trace(j.mask, h, w, maxCorners)
	n := 0
	for _, ring := range rings {
		n += len(ring)
	}
	if cap(j.points) < n { // before the rings are cut out of it
		j.points = make([]fanout.Point, 0, 2*n)
	}
	for _, ring := range rings {
		begin := len(j.points)
		for _, p := range ring {
			j.points = append(j.points, p.Scale(w, h, j.width, j.height))
		}
		j.outlines = append(j.outlines, j.points[begin:len(j.points):len(j.points)])
	}
}

// end ends an event that is open where the stream breaks, as it stood last; nil:
// there is none.
func (j *judge) end() *fanout.EventStamp {
	j.traced = false
	e := j.event
	if j.event = (gstc.FrameEvent{}); e.ID == 0 {
		return nil
	}
	e.Kind = gstc.EventEnd
	return j.report(e)
}

// report is an event as viewers are told of it.
func (j *judge) report(e gstc.FrameEvent) *fanout.EventStamp {
	j.stamp = fanout.EventStamp{Kind: e.Kind.String(), ID: e.ID, Start: max(e.Start+j.offset, 0), Time: max(e.Time+j.offset, 0),
		Duration: e.Duration, Score: e.Score, Peak: e.Peak}
	return &j.stamp
}
