package avidfilter

import (
	"errors"
	"fmt"
	"os"
	"time"

	"avid/element/gstc"
	"avid/runtime/event"
)

// renewEach is how often it is looked whether another bundle is wanted.
const renewEach = 250 * time.Millisecond

// ModelMessage is the name of the element message that another bundle has taken the
// place of the one before: fields model, device and quality, as stats has them.
const ModelMessage = "avid-model"

// file is a file as it stood at a moment.
type file struct {
	path    string
	size    int64
	changed time.Time
}

// fileOf looks at a file; of one that cannot be looked at it has the path alone.
func fileOf(path string) file {
	f := file{path: path}
	if info, err := os.Stat(path); err == nil {
		f.size, f.changed = info.Size(), info.ModTime()
	}
	return f
}

// renew opens, beside the stream, the bundle that is to take the place of run's, until
// run is closed or its place is taken.
func (f *filter) renew(run *session) {
	t := time.NewTicker(renewEach)
	defer t.Stop()
	opened, before := run.bundle, run.bundle
	for {
		select {
		case <-run.ctx.Done():
			return
		case <-t.C:
		}
		f.el.Guard("looking whether another bundle is wanted", func() {
			set := f.settings()
			now := fileOf(set.Model)
			wanted := set.Model != opened.path || set.Watch && now != opened && now.size > 0
			// A file that is being copied changes from look to look.
			if steady := now == before; wanted && steady {
				f.prepare(run, set)
				opened = now
			}
			before = now
		})
	}
}

// prepare opens the bundle of the settings and has it take run's place.
func (f *filter) prepare(run *session, set settings) {
	next, err := f.openSession(run.ctx, set)
	if run.ctx.Err() != nil {
		f.retire(next)
		return
	}
	if err != nil {
		err = failure(err, set)
		text := err.Error()
		var known *gstc.BusError
		if errors.As(err, &known) {
			text = known.Text
		}
		f.el.PostWarning(fmt.Sprintf("%s The bundle \"%s\" goes on.", text, run.bundle.path), err.Error())
		f.el.Logf(gstc.LogWarning, "%v", err)
		return
	}
	f.retire(f.next.Swap(next))
}

// exchange has the bundle that waits take the place of run's, between two frames. It
// returns who judges from now on, and the end of the event that was open.
func (f *filter) exchange(run *session) (now *session, ended event.Event, cut bool) {
	next := f.next.Swap(nil)
	if next == nil {
		return run, ended, false
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	next.analyzer.Succeed(run.analyzer)
	if _, _, err := next.negotiate(run.format); err != nil {
		f.el.PostWarning(fmt.Sprintf("The bundle \"%s\" does not take this stream, and \"%s\" goes on.", next.bundle.path, run.bundle.path), err.Error())
		f.retire(next)
		return run, ended, false
	}
	ended, cut = run.analyzer.End()
	f.begin(next)
	f.retire(run)
	f.el.PostLatency()
	if f.settings().PostMessages {
		f.el.Post(&gstc.Structure{Name: ModelMessage, Fields: []gstc.Field{
			{Name: "model", Value: next.bundle.path}, {Name: "device", Value: next.model.Device()}, {Name: "quality", Value: string(next.model.Quality().Grade)},
		}})
	}
	return next, ended, cut
}

// retire closes a session that judges no more, once whoever uses it is done with it. It
// may be nil.
func (f *filter) retire(s *session) {
	if s == nil {
		return
	}
	s.interrupt(true)
	f.retired.Go(func() { f.close(s) })
}

// close closes a session, and waits for who looks after it.
func (f *filter) close(s *session) {
	if err := s.close(); err != nil {
		f.el.Logf(gstc.LogWarning, "closing the model: %v", err)
	}
}
