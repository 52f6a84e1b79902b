package avidfilter

import (
	"time"

	"avid/element/gstc"
	"avid/models/bundle"
	"avid/models/scene"
	"avid/runtime/analyze"
	"avid/runtime/verdict"
)

// stats are the counts since the last start.
type stats struct {
	frames     uint64 // seen
	sampled    uint64 // taken into the window
	inferences uint64
	skipped    uint64 // inferences left out to catch up (QoS)
	damaged    uint64 // frames left out as incomplete
	restarts   uint64 // of a window that held something
	events     uint64 // begun
	inferring  time.Duration
	together   uint64 // sum over the inferences of the windows in their runs
	model      string // path of the bundle that judges
	several    bool   // it is one of several
	turns      uint64 // how often the picture has chosen another of them
	device     string
	note       string // why device=auto took no GPU
	quality    bundle.Quality
	width      int // of the pictures, pixels; 0: there is none yet
	height     int
	place      float64 // likeness of the stream's place to the bundle's, where placeKnown
	placeKnown bool
	lag        time.Duration // of the newest frame behind a live source; below 0: not known
	score      float32
	threshold  float32
	beside     beside
	zones      []string // that are judged apart
	verdict    bool     // there was one; score and threshold are the last one's
}

// add counts a frame.
func (s *stats) add(o *analyze.Outcome) {
	s.frames++
	if o.Sampled {
		s.sampled++
	}
	if o.TooLate {
		s.skipped++
	}
	if o.Skip == analyze.IsDamaged {
		s.damaged++
	}
}

// judged counts a verdict, and the windows that were judged together with its.
func (s *stats) judged(v *verdict.Verdict, took time.Duration, together int) {
	s.inferences++
	s.inferring += took
	s.together += uint64(together)
	s.score, s.threshold, s.verdict = v.Score, v.Threshold, true
}

// record is what the stats property shows; w is nil before the first start.
func (s *stats) record(w *analyze.Watch, now time.Time) *gstc.Structure {
	r := &gstc.Structure{Name: "avidfilter-stats", Fields: []gstc.Field{
		{Name: "frames", Value: s.frames},
		{Name: "sampled", Value: s.sampled},
		{Name: "inferences", Value: s.inferences},
		{Name: "skipped", Value: s.skipped},
		{Name: "damaged", Value: s.damaged},
		{Name: "restarts", Value: s.restarts},
		{Name: "events", Value: s.events},
		{Name: "inference-seconds", Value: s.inferring.Seconds()},
		{Name: "model", Value: s.model},
		{Name: "device", Value: s.device},
		{Name: "device-note", Value: s.note},
		{Name: "quality", Value: string(s.quality.Grade)},
		{Name: "quality-auc", Value: s.quality.AUC},
	}}
	if s.several {
		r.Fields = append(r.Fields, gstc.Field{Name: "mood-changes", Value: s.turns})
	}
	if w != nil {
		state := w.State()
		r.Fields = append(r.Fields,
			gstc.Field{Name: "state", Value: state.String()},
			gstc.Field{Name: "blind", Value: state == analyze.Blind || state == analyze.Silent},
			gstc.Field{Name: "scene", Value: string(w.Scene())},
			gstc.Field{Name: "reason", Value: w.Reason()},
			gstc.Field{Name: "silent", Value: max(now.Sub(w.Seen()).Seconds(), 0)})
		zones := make([]gstc.Structure, len(s.zones))
		for i, name := range s.zones {
			zones[i] = gstc.Structure{Name: "zone", Fields: []gstc.Field{{Name: "name", Value: name}}}
		}
		r.Fields = append(r.Fields, gstc.Field{Name: "zones", Value: zones})
	}
	if s.width > 0 {
		r.Fields = append(r.Fields, gstc.Field{Name: "width", Value: s.width}, gstc.Field{Name: "height", Value: s.height})
	}
	if s.placeKnown {
		r.Fields = append(r.Fields, gstc.Field{Name: "place-likeness", Value: s.place},
			gstc.Field{Name: "other-place", Value: s.place < scene.Other})
	}
	if s.lag >= 0 && s.frames > 0 {
		r.Fields = append(r.Fields, gstc.Field{Name: "lag", Value: s.lag.Seconds()})
	}
	if s.inferences > 0 {
		r.Fields = append(r.Fields, gstc.Field{Name: "mean-batch", Value: float64(s.together) / float64(s.inferences)})
	}
	r.Fields = append(r.Fields, s.beside.fields()...)
	if s.verdict {
		r.Fields = append(r.Fields,
			gstc.Field{Name: "score", Value: float64(s.score)},
			gstc.Field{Name: "threshold", Value: float64(s.threshold)})
	}
	return r
}
