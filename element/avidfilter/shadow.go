package avidfilter

import (
	"avid/element/gstc"
	"avid/runtime/analyze"
	"avid/runtime/event"
)

// nothing takes the place of a session that is to go.
var nothing = new(session)

// beside counts what a second bundle says of the frames that the first one judges.
type beside struct {
	model   string // path; "": there is none
	judged  uint64 // frames that both have judged
	both    uint64 // of them, those that both call irregular
	shadow  uint64 // those that the second alone does
	present uint64 // those that the first alone does
	events  uint64 // of the second, begun
	score   float32
	limit   float32
}

// judgeBeside has the second bundle, where there is one, judge the frame as well, of
// which nothing leaves the element but counts. It needs the stream's side, and run.mu.
func (f *filter) judgeBeside(run *session, frame *gstc.Frame, o *analyze.Outcome) {
	s := f.besideNow()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.zones.Added.String() != run.zones.Added.String() {
		s.zones.Added = run.zones.Added
		if _, err := s.analyzer.Zones(s.zones); err != nil {
			f.dropBeside(s, err)
			return
		}
	}
	s.set = run.set
	if s.format != run.format {
		if _, err := s.negotiate(run.format); err != nil {
			f.dropBeside(s, err)
			return
		}
	}
	second, err := s.look(frame)
	if err != nil {
		f.dropBeside(s, err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.stats.beside
	for _, e := range second.Events {
		if e.Kind == event.Begin {
			b.events++
		}
	}
	v, ok := s.analyzer.Verdict()
	if !second.Inferred || !ok {
		return
	}
	b.score, b.limit = v.Score, v.Threshold
	first, known := run.analyzer.Verdict()
	if !o.Inferred || !known {
		return
	}
	b.judged++
	switch mine, other := first.Irregular(), v.Irregular(); {
	case mine && other:
		b.both++
	case other:
		b.shadow++
	case mine:
		b.present++
	}
}

// besideNow is the session that judges beside the first; nil: none does.
func (f *filter) besideNow() *session {
	next := f.nextShadow.Swap(nil)
	if next == nil {
		return f.shadow.Load()
	}
	var path string
	if next == nothing {
		next = nil
	} else {
		path = next.bundle.path
	}
	f.retire(f.shadow.Swap(next))
	f.mu.Lock()
	f.stats.beside = beside{model: path}
	f.mu.Unlock()
	return next
}

// dropBeside gives a second bundle up that cannot judge the stream; the first goes on.
func (f *filter) dropBeside(s *session, err error) {
	f.el.PostWarning("The bundle \""+s.bundle.path+"\" cannot judge beside the stream's own, which goes on.", err.Error())
	f.shadow.Store(nil)
	f.retire(s)
	f.mu.Lock()
	f.stats.beside.model = ""
	f.mu.Unlock()
}

// restartBeside tells the second bundle that what comes is another scene.
func (f *filter) restartBeside(resume bool) {
	s := f.shadow.Load()
	if s == nil {
		return
	}
	if resume {
		s.resume()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.analyzer.Restart()
}

// fields are what stats shows of it.
func (b *beside) fields() []gstc.Field {
	if b.model == "" {
		return nil
	}
	return []gstc.Field{
		{Name: "shadow-model", Value: b.model}, {Name: "shadow-judged", Value: b.judged}, {Name: "shadow-both", Value: b.both},
		{Name: "shadow-only", Value: b.shadow}, {Name: "shadow-not", Value: b.present}, {Name: "shadow-events", Value: b.events},
		{Name: "shadow-score", Value: float64(b.score)}, {Name: "shadow-threshold", Value: float64(b.limit)},
	}
}
