package avidfilter

import (
	"errors"
	"fmt"
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// ErrMessage says that a structure is not what avidfilter posts.
var ErrMessage = errors.New("message of the filter is not understood")

// EventOf reads an event from the structure of an element message, for a host
// program: boxes are in pixels of the picture. It returns false where the message
// is another one. The error is ErrMessage and names the field.
func EventOf(s *gstc.Structure) (e event.Event, ok bool, err error) {
	if s == nil || s.Name != messageName {
		return e, false, nil
	}
	r := reader{from: s}
	e = event.Event{
		Kind: event.Kind(field[string](&r, event.FieldKind)), ID: field[uint64](&r, event.FieldID),
		Start: r.time(event.FieldStart), Time: r.time(event.FieldTime), Duration: r.time(event.FieldDuration),
		Score: float32(field[float64](&r, event.FieldScore)), Peak: float32(field[float64](&r, event.FieldPeak)),
		Threshold: float32(field[float64](&r, event.FieldThreshold)), Wall: r.wall(event.FieldWall),
		W: field[int](&r, "width"), H: field[int](&r, "height"),
	}
	if s.Get(event.FieldZone) != nil {
		e.Zone = field[string](&r, event.FieldZone)
	}
	for _, b := range field[[]gstc.Structure](&r, event.FieldBoxes) {
		r.from = &b
		e.Boxes = append(e.Boxes, verdict.Box{X: field[int](&r, "x"), Y: field[int](&r, "y"), W: field[int](&r, "w"), H: field[int](&r, "h"),
			Area: field[int](&r, "area"), Score: float32(field[float64](&r, "score"))})
	}
	return e, true, r.err
}

// SceneOf reads what begins or ends to keep a stream from being judged, from the
// structure of an element message; false where the message is another one. The error is
// ErrMessage and names the field.
func SceneOf(s *gstc.Structure) (e event.Scene, ok bool, err error) {
	if s == nil || s.Name != gstc.SceneName {
		return e, false, nil
	}
	r := reader{from: s}
	e = event.Scene{Kind: field[string](&r, "kind"), State: field[string](&r, "state"), Time: r.time("time"),
		Held: field[bool](&r, "held"), Text: field[string](&r, "text"), Wall: r.wall(event.FieldWall)}
	if s.Get("wall-since") != nil {
		e.Since = r.wall("wall-since")
	}
	if s.Get("right") != nil {
		e.Right, e.Down = field[float64](&r, "right"), field[float64](&r, "down")
	}
	if s.Get("promised") != nil {
		e.PerDay, e.Promised = field[float64](&r, "false-alarms-per-day"), field[float64](&r, "promised")
	}
	return e, true, r.err
}

// RecordOf makes the record of an event or a scene from the structure of an element
// message, or of an event from upstream; false where it is another one. The bundle is that
// which the structure names, else that of the origin. The error is ErrMessage and names the
// field.
func RecordOf(o event.Origin, s *gstc.Structure) (r event.Record, ok bool, err error) {
	if sum, ok := s.Get(fieldSHA256).(string); ok {
		name, _ := s.Get(fieldBundle).(string)
		o.Bundle = event.Bundle{Name: name, SHA256: sum}
	}
	if e, ok, err := EventOf(s); ok {
		return o.Record(e), true, err
	}
	e, ok, err := SceneOf(s)
	if !ok {
		return r, false, nil
	}
	return o.Scene(e), true, err
}

// Stats are the counts of a filter since its last start, of its property "stats".
type Stats struct {
	Frames     uint64 // seen
	Inferences uint64 // verdicts
	Model      string // path of the bundle that judges
	State      string // filling, judging, blind, silent or held
	Scene      string // what keeps it from being judged well; "": nothing
	Reason     string // why nothing is judged, or not well; "" while all is well
	Width      int    // of the pictures, pixels; 0: there was none
	Height     int
	Skipped    uint64 // frames that came too late to be judged
	// Zones are the names of those that are judged apart; none: the whole picture; nil: not
	// known before the start.
	Zones []string
	// Score and Threshold are those of the last verdict, logits, and Lag is that of the
	// newest frame behind a live source; nil where there is none.
	Score, Threshold *float64
	Lag              *float64 // seconds
	// Shadow is what a second bundle says of the same frames; nil: there is none.
	Shadow *ShadowStats
}

// ShadowStats count what a second bundle says of the frames that the first one judges.
type ShadowStats struct {
	Model                         string // path
	Judged                        uint64 // frames that both have judged
	Both, OnlyShadow, OnlyPresent uint64 // of them, those that both, it alone, the first alone call irregular
	Events                        uint64 // of it, begun
}

// StatsOf reads the property "stats", for a host program. The error is ErrMessage and
// names the field.
func StatsOf(s *gstc.Structure) (Stats, error) {
	r := reader{from: s}
	out := Stats{Frames: field[uint64](&r, "frames"), Inferences: field[uint64](&r, "inferences"),
		Model: field[string](&r, "model"), State: field[string](&r, "state"), Scene: field[string](&r, "scene"), Reason: field[string](&r, "reason")}
	if s.Get("width") != nil {
		out.Width, out.Height = field[int](&r, "width"), field[int](&r, "height")
	}
	out.Skipped, out.Score, out.Threshold, out.Lag = field[uint64](&r, "skipped"), optional(s, "score"), optional(s, "threshold"), optional(s, "lag")
	if s.Get("zones") != nil {
		out.Zones = []string{}
		for _, z := range field[[]gstc.Structure](&r, "zones") {
			name, _ := z.Get("name").(string)
			out.Zones = append(out.Zones, name)
		}
	}
	if s.Get("shadow-model") != nil {
		out.Shadow = &ShadowStats{Model: field[string](&r, "shadow-model"), Judged: field[uint64](&r, "shadow-judged"), Both: field[uint64](&r, "shadow-both"),
			OnlyShadow: field[uint64](&r, "shadow-only"), OnlyPresent: field[uint64](&r, "shadow-not"), Events: field[uint64](&r, "shadow-events")}
	}
	return out, r.err
}

// optional is a field that need not be there.
func optional(s *gstc.Structure, name string) *float64 {
	if v, ok := s.Get(name).(float64); ok {
		return &v
	}
	return nil
}

// reader takes typed fields and keeps the first error.
type reader struct {
	from *gstc.Structure
	err  error
}

func field[T any](r *reader, name string) (v T) {
	value := r.from.Get(name)
	v, ok := value.(T)
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%w: field %s of %s is %v", ErrMessage, name, r.from.Name, value)
	}
	return v
}

// wall reads nanoseconds since 1970; 0 is the zero time.
func (r *reader) wall(name string) (t time.Time) {
	if ns := field[uint64](r, name); ns > 0 {
		t = time.Unix(0, int64(ns))
	}
	return t
}

// time reads nanoseconds.
func (r *reader) time(name string) time.Duration { return time.Duration(field[uint64](r, name)) }
