package avidfilter

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
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

// wish is a bundle that is wanted in a place, from look to look.
type wish struct{ opened, before file }

// due tells whether the file at a path is to be opened: it is another one, or has
// changed since, where changes count. A file that is being copied changes from look to
// look.
func (w *wish) due(path string, changes bool) bool {
	if path == w.opened.path && (!changes || path == "") {
		return false
	}
	now := fileOf(path)
	due := now == w.before && (path != w.opened.path || changes && now != w.opened && now.size > 0)
	w.before = now
	if due {
		w.opened = now
	}
	return due
}

// renew opens, beside the stream, the bundle that is to take the place of run's, and the
// one that is to judge beside it, until run is closed or its place is taken.
func (f *filter) renew(run *session) {
	t := time.NewTicker(renewEach)
	defer t.Stop()
	model := wish{run.bundle, run.bundle}
	var shadow wish
	if s := f.shadow.Load(); s != nil {
		shadow = wish{s.bundle, s.bundle}
	}
	for {
		select {
		case <-run.ctx.Done():
			return
		case <-t.C:
		}
		f.el.Guard("looking whether another bundle is wanted", func() {
			set := f.settings()
			if model.due(set.Model, set.Watch) {
				f.prepare(run, set, &f.next, fmt.Sprintf("The bundle \"%s\" goes on.", run.bundle.path))
			}
			if !shadow.due(set.ShadowModel, set.Watch) {
				return
			}
			if set.ShadowModel == "" {
				f.retire(f.nextShadow.Swap(nothing))
				return
			}
			set.Model = set.ShadowModel
			f.prepare(run, set, &f.nextShadow, "Nothing new judges beside the stream's bundle.")
		})
	}
}

// prepare opens the bundle of the settings for a place; otherwise says what is so where
// it cannot be opened.
func (f *filter) prepare(run *session, set settings, place *atomic.Pointer[session], otherwise string) {
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
		f.el.PostWarning(text+" "+otherwise, err.Error())
		f.el.Logf(gstc.LogWarning, "%v", err)
		return
	}
	f.retire(place.Swap(next))
}

// exchange has the bundle that waits take the place of run's, between two frames. It
// returns who judges from now on, and the ends of the events that were open.
func (f *filter) exchange(run *session) (now *session, ended []event.Event) {
	next := f.next.Swap(nil)
	if next == nil {
		return run, nil
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	next.analyzer.Succeed(run.analyzer)
	next.zones.Added = run.zones.Added // those of when it was opened may have changed
	_, err := next.analyzer.Zones(next.zones)
	if err == nil {
		_, err = next.negotiate(run.format)
	}
	if err != nil {
		f.el.PostWarning(fmt.Sprintf("The bundle \"%s\" does not take this stream, and \"%s\" goes on.", next.bundle.path, run.bundle.path), err.Error())
		f.retire(next)
		return run, nil
	}
	ended = slices.Clone(run.analyzer.End())
	next.set = run.set
	f.begin(next)
	f.retire(run)
	f.el.PostLatency()
	if f.settings().PostMessages {
		f.el.Post(&gstc.Structure{Name: ModelMessage, Fields: []gstc.Field{
			{Name: "model", Value: next.bundle.path}, {Name: "device", Value: next.model.Device()}, {Name: "quality", Value: string(next.model.Quality().Grade)},
		}})
	}
	return next, ended
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

// close closes a session, and waits for who looks after it.
func (f *filter) close(s *session) {
	if err := s.close(); err != nil {
		f.el.Logf(gstc.LogWarning, "closing the model: %v", err)
	}
}
