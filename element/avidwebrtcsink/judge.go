package avidwebrtcsink

import (
	"math"
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/outline"
	"avid/runtime/preview"
	"avid/runtime/verdict"
)

// maxCorners bounds the corners of a frame's outlines, so that they fit into a
// message of 16 KiB.
const maxCorners = 1000

// mostMargin is the greatest margin that a confidence can tell of: it is a
// float32 on its way, which has 24 bits before 1.
var mostMargin = math.Log(1<<24 - 1)

// marks are what is written on a frame, as gstc.Marks.
type marks interface {
	Confidence() (float64, bool)
	Fresh() bool
	Boxes() []gstc.Box
	Mask(buf []byte) (mask []byte, h, w int)
}

// judge makes of what is written on the frames what viewers are told. It is for
// one goroutine at a time, and what it returns holds until its next call.
type judge struct {
	width, height int // of the picture
	tracker       *event.Tracker
	judged        bool          // the frame before was
	last          time.Duration // time of it

	tracer   outline.Tracer
	traced   bool // outlines are of the present verdict
	mask     []byte
	points   []preview.Point // of outlines, one behind the other
	outlines [][]preview.Point
	boxes    []preview.Box
	regions  []verdict.Box // the same for the tracker
	stamp    preview.EventStamp
}

func newJudge() (*judge, error) {
	tracker, err := event.NewTracker(event.DefaultConfig())
	if err != nil {
		return nil, err
	}
	return &judge{tracker: tracker}, nil
}

// resize says how large the picture is from now on.
func (j *judge) resize(width, height int) {
	j.width, j.height, j.traced = width, height, false
}

// look judges the frame at pts; watched says that somebody will see it.
func (j *judge) look(m marks, pts time.Duration, watched bool) preview.Meta {
	pts = max(pts, 0)
	meta := preview.Meta{PTS: pts, Captured: time.Now(), Width: j.width, Height: j.height}
	at := max(pts, j.last) // frames out of order are still frames
	j.last = at
	confidence, judged := m.Confidence()
	if !judged {
		if j.judged {
			meta.Event = j.end()
		}
		j.judged = false
		return meta
	}
	j.judged = true
	meta.Judged, meta.Confidence, meta.Score = true, confidence, margin(confidence)
	if m.Fresh() {
		j.traced = false
		j.take(m.Boxes())
		if e, ok := j.tracker.Update(at, float32(meta.Score), 0, j.regions); ok {
			meta.Event = j.report(e)
		}
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

// margin is the score beyond the threshold, in logits, that avidfilter made a
// confidence of: the inverse of engine.Probability.
func margin(confidence float64) float64 {
	return min(max(math.Log(confidence/(1-confidence)), -mostMargin), mostMargin)
}

// take copies the boxes of a new verdict.
func (j *judge) take(boxes []gstc.Box) {
	j.boxes, j.regions = j.boxes[:0], j.regions[:0]
	for _, b := range boxes {
		j.boxes = append(j.boxes, preview.Box{X: b.X, Y: b.Y, W: b.W, H: b.H, Score: b.Score})
		j.regions = append(j.regions, verdict.Box{X: b.X, Y: b.Y, W: b.W, H: b.H, Area: b.W * b.H, Score: float32(b.Score)})
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
		j.points = make([]preview.Point, 0, 2*n)
	}
	for _, ring := range rings {
		begin := len(j.points)
		for _, p := range ring {
			j.points = append(j.points, p.Scale(w, h, j.width, j.height))
		}
		j.outlines = append(j.outlines, j.points[begin:len(j.points):len(j.points)])
	}
}

// end ends an open event where the stream breaks; nil: there is none.
func (j *judge) end() *preview.EventStamp {
	j.judged, j.traced = false, false
	e, ok := j.tracker.Flush()
	if !ok {
		return nil
	}
	return j.report(e)
}

// report is an event as viewers are told of it.
func (j *judge) report(e event.Event) *preview.EventStamp {
	j.stamp = preview.EventStamp{Kind: string(e.Kind), ID: e.ID, Start: e.Start, Duration: e.Duration, Peak: float64(e.Peak)}
	return &j.stamp
}
