package avidpublish

import (
	"time"

	"avid/element/avidfilter"
	"avid/runtime/publish"
)

// stateEvery is how often receivers that show it are told how it is with the stream.
const stateEvery = 10 * time.Second

// lookEvery is how often it is looked whether the first frame has come.
const lookEvery = time.Second

// Counts turn what a filter counts into what receivers are told, time after time; the
// zero value is ready. Not safe for concurrent use.
type Counts struct {
	at     time.Time
	frames uint64
}

// tellState asks the filter upstream how it is with the stream, now and then, and tells
// the receivers, until the stop. That the camera is there is told with its first frame: a
// pipeline whose camera cannot be reached is started again and again. Where no filter tells
// of frames it is taken to be there.
func (p *publisher) tellState(r *run) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	there := false
	for {
		select {
		case <-r.end:
			return
		case now := <-t.C:
			p.el.Guard("telling the state", func() {
				stats, err := p.upstream()
				if err == nil && stats.Frames == 0 {
					return
				}
				if !there {
					there = true
					r.send.Camera(publish.Camera{Name: r.origin.Camera})
					t.Reset(stateEvery)
				}
				if err == nil {
					r.send.State(r.origin.Camera, r.counts.State(&stats, now))
				}
			})
		}
	}
}

// upstream is what the filter upstream counts. The error says that there is none, or is
// that of avidfilter.StatsOf.
func (p *publisher) upstream() (stats avidfilter.Stats, err error) {
	s := p.el.UpstreamStats()
	if s == nil {
		return stats, errNoFilter
	}
	return avidfilter.StatsOf(s)
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
