package avidfilter

import (
	"time"

	"avid/element/gstc"
)

// stats are the counts since the last start.
type stats struct {
	frames     uint64 // seen
	sampled    uint64 // taken into the window
	inferences uint64
	skipped    uint64 // inferences left out to catch up (QoS)
	restarts   uint64 // of a window that held something
	events     uint64 // begun
	inferring  time.Duration
	together   uint64 // sum over the inferences of the windows in their runs
	device     string
	note       string // why device=auto took no GPU
	score      float32
	threshold  float32
	verdict    bool // there was one; score and threshold are the last one's
}

// record is what the stats property shows.
func (s *stats) record() *gstc.Structure {
	r := &gstc.Structure{Name: "avidfilter-stats", Fields: []gstc.Field{
		{Name: "frames", Value: s.frames},
		{Name: "sampled", Value: s.sampled},
		{Name: "inferences", Value: s.inferences},
		{Name: "skipped", Value: s.skipped},
		{Name: "restarts", Value: s.restarts},
		{Name: "events", Value: s.events},
		{Name: "inference-seconds", Value: s.inferring.Seconds()},
		{Name: "device", Value: s.device},
		{Name: "device-note", Value: s.note},
	}}
	if s.inferences > 0 {
		r.Fields = append(r.Fields, gstc.Field{Name: "mean-batch", Value: float64(s.together) / float64(s.inferences)})
	}
	if s.verdict {
		r.Fields = append(r.Fields,
			gstc.Field{Name: "score", Value: float64(s.score)},
			gstc.Field{Name: "threshold", Value: float64(s.threshold)})
	}
	return r
}
