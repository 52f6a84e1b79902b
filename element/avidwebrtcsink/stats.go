package avidwebrtcsink

import (
	"avid/element/gstc"
	"avid/runtime/fanout"
)

// record is what the stats property shows.
func (s *sink) record() *gstc.Structure {
	_, w := s.state()
	var stats fanout.StreamStats
	state := ""
	if out := s.out.Load(); out != nil {
		stats = out.Stats()
		if p, ok := out.output.(interface{ State() string }); ok {
			state = p.State()
		}
	}
	encoder := ""
	if w.encoder != nil {
		encoder = w.encoder.element
	}
	return &gstc.Structure{Name: "avidwebrtcsink-stats", Fields: []gstc.Field{
		{Name: "frames", Value: stats.Frames},
		{Name: "key-frames", Value: stats.KeyFrames},
		{Name: "bytes", Value: stats.Bytes},
		{Name: "sent", Value: stats.Sent},
		{Name: "dropped", Value: stats.Dropped},
		{Name: "metas", Value: stats.Metas},
		{Name: "viewers", Value: uint(max(stats.Viewers, 0))},
		{Name: "joined", Value: stats.Joined},
		{Name: "bitrate", Value: stats.Bitrate},
		{Name: "codec", Value: string(kinds[w.codec].name)},
		{Name: "encoder", Value: encoder},
		{Name: "idle", Value: stats.Idle},
		{Name: "lag", Value: stats.Lag.Seconds()},
		{Name: "state", Value: state},
	}}
}
