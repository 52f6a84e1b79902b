package avidpublish

import (
	"time"

	"avid/element/avidfilter"
	"avid/runtime/publish"
)

// stateEvery is how often receivers that show it are told how it is with the stream.
const stateEvery = 10 * time.Second

// Counts turn what a filter counts into what receivers are told, time after time; the
// zero value is ready. Not safe for concurrent use.
type Counts struct {
	at     time.Time
	frames uint64
}

// tellState asks the filter upstream how it is with the stream, now and then, and tells
// the receivers, until the stop.
func (p *publisher) tellState(r *run) {
	t := time.NewTicker(stateEvery)
	defer t.Stop()
	for {
		select {
		case <-r.end:
			return
		case now := <-t.C:
			p.el.Guard("telling the state", func() {
				if s := p.el.UpstreamStats(); s != nil {
					if stats, err := avidfilter.StatsOf(s); err == nil {
						r.send.State(r.origin.Camera, r.counts.State(&stats, now))
					}
				}
			})
		}
	}
}

// State is the filter's stats at a time as receivers are told them; frames/s from the
// second time on.
func (c *Counts) State(s *avidfilter.Stats, now time.Time) publish.State {
	out := publish.State{State: s.State, Scene: s.Scene, Score: s.Score, Threshold: s.Threshold, Lag: s.Lag, Skipped: s.Skipped, Zones: s.Zones}
	if !c.at.IsZero() && s.Frames >= c.frames {
		out.FPS = float64(s.Frames-c.frames) / now.Sub(c.at).Seconds()
	}
	c.at, c.frames = now, s.Frames
	return out
}
