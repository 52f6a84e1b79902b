package avidfilter

import (
	"fmt"
	"slices"

	"avid/element/gstc"
	"avid/runtime/event"
)

// ModelMessage is the name of the element message that another bundle judges from now on:
// fields model, device and quality, as stats has them, and cause, CauseFile or CausePicture.
const ModelMessage = "avid-model"

// The causes of a ModelMessage.
const (
	CauseFile    = "file"    // the property was set, or the file has changed
	CausePicture = "picture" // of several bundles it is this one that knows what the camera shows
)

// exchange has the bundles that wait take the place of those of the stream, or that of them
// judge which the picture has chosen, between two frames. It returns who judges from now on,
// and the ends of the events that were open.
func (f *filter) exchange(run *session) (now *session, ended []event.Event) {
	if f.next.Load() != nil {
		return f.relieve(run)
	}
	to := f.turn
	if f.turn = nil; to == nil {
		return run, nil
	}
	ended, err := f.succeed(run, to, CausePicture)
	if err != nil {
		f.el.PostWarning(fmt.Sprintf("The bundle \"%s\", which knows what the camera shows, does not take this stream, and \"%s\" goes on.", to.bundle.path, run.bundle.path), err.Error())
		f.crew.Load().choice = nil
		return run, nil
	}
	f.mu.Lock()
	f.stats.turns++
	f.mu.Unlock()
	return to, ended
}

// relieve has the bundles that wait take the place of those of the stream.
func (f *filter) relieve(run *session) (now *session, ended []event.Event) {
	f.swapping.Lock()
	defer f.swapping.Unlock()
	before, next := f.crew.Load(), f.next.Swap(nil)
	if next == nil { // it is made anew just now
		return run, nil
	}
	f.turn = nil
	if now = run; !slices.Contains(next.sessions, run) {
		now = next.sessions[min(max(slices.Index(before.sessions, run), 0), len(next.sessions)-1)]
		var err error
		if ended, err = f.succeed(run, now, CauseFile); err != nil {
			f.el.PostWarning(fmt.Sprintf("The bundle \"%s\" does not take this stream, and \"%s\" goes on.", now.bundle.path, run.bundle.path), err.Error())
			f.dismiss(next, before)
			return run, nil
		}
	}
	f.enlist(next)
	for _, s := range next.sessions {
		if !slices.Contains(before.sessions, s) {
			f.welcome(s)
		}
	}
	f.dismiss(before, next)
	return now, ended
}

// succeed has another session judge from now on, and returns the ends of the
// events that were open.
func (f *filter) succeed(run, next *session, cause string) (ended []event.Event, err error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	next.zones.Added = run.zones.Added // those of when it judged last, or was opened, may have changed
	if _, err = next.analyzer.Zones(next.zones); err == nil {
		_, err = next.negotiate(run.format)
	}
	if err != nil {
		return nil, err
	}
	next.analyzer.Restart() // what it has seen before is another scene
	next.analyzer.Succeed(run.analyzer)
	ended = slices.Clone(run.analyzer.End())
	f.announce(run, run.analyzer.EndScenes())
	next.set = run.set
	next.resume() // it may have been interrupted as it judged last
	f.begin(next)
	f.el.PostLatency()
	if f.settings().PostMessages {
		f.el.Post(&gstc.Structure{Name: ModelMessage, Fields: []gstc.Field{
			{Name: "model", Value: next.bundle.path}, {Name: "device", Value: next.model.Device()}, {Name: "quality", Value: string(next.model.Quality().Grade)},
			{Name: "cause", Value: cause},
		}})
	}
	return ended, nil
}

// retire closes a session that judges no more, once whoever uses it is done with it. It
// may be nil, or nothing.
func (f *filter) retire(s *session) {
	if s == nil || s == nothing {
		return
	}
	s.interrupt(true)
	f.retired.Go(func() { f.close(s) })
}

// close closes a session.
func (f *filter) close(s *session) {
	if err := s.close(); err != nil {
		f.el.Logf(gstc.LogWarning, "closing the model: %v", err)
	}
}
