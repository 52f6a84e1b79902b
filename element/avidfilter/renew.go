package avidfilter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"avid/element/gstc"
)

// renewEach is how often it is looked whether other bundles are wanted.
const renewEach = 250 * time.Millisecond

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

// notOpened is the path of a bundle that no file has.
const notOpened = "\x00"

// wishes are the bundles that are wanted for a stream, from look to look.
type wishes struct {
	paths []string
	each  []wish
	fresh []string // those that are to be opened, anew or for the first time
	other bool     // they are not those of the stream
}

// wishesOf are those that the stream has.
func wishesOf(c *crew) *wishes {
	w := new(wishes)
	for _, s := range c.sessions {
		w.paths, w.each = append(w.paths, s.bundle.path), append(w.each, wish{s.bundle, s.bundle})
	}
	return w
}

// due tells whether other bundles are wanted for the stream, and all their files stand
// still; fresh says which of them are to be opened.
func (w *wishes) due(paths []string, changes bool) bool {
	if !slices.Equal(paths, w.paths) {
		each := make([]wish, len(paths))
		for i, path := range paths {
			if each[i].opened.path = notOpened; slices.Contains(w.paths, path) {
				each[i] = w.each[slices.Index(w.paths, path)]
			}
		}
		w.paths, w.each, w.other = paths, each, true
	}
	ready := true
	for i, path := range paths {
		if w.each[i].due(path, changes) {
			w.fresh = append(w.fresh, path)
		}
		ready = ready && w.each[i].opened.path == path
	}
	return ready && (w.other || len(w.fresh) > 0)
}

// taken says that those that were due were taken, or refused.
func (w *wishes) taken() { w.fresh, w.other = nil, false }

// renew opens, beside the stream, the bundles that are to take the place of its own, and the
// one that is to judge beside it, until ctx ends.
func (f *filter) renew(ctx context.Context) {
	t := time.NewTicker(renewEach)
	defer t.Stop()
	models := wishesOf(f.crew.Load())
	var shadow wish
	if s := f.shadow.Load(); s != nil {
		shadow = wish{s.bundle, s.bundle}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		f.el.Guard("looking whether another bundle is wanted", func() {
			set := f.settings()
			if models.due(set.models(), set.Watch) {
				f.prepare(ctx, set, models.fresh)
				models.taken()
			}
			if !shadow.due(set.ShadowModel, set.Watch) {
				return
			}
			if set.ShadowModel == "" {
				f.retire(f.nextShadow.Swap(nothing))
				return
			}
			f.prepareBeside(ctx, set)
		})
	}
}

// prepare opens the bundles of the settings that are fresh, or that the stream has not got,
// and has them wait for the next frame, with those that it has; or says what is wrong with
// them.
func (f *filter) prepare(ctx context.Context, set settings, fresh []string) {
	f.swapping.Lock()
	waiting, present := f.next.Swap(nil), f.crew.Load()
	f.swapping.Unlock()
	from := present
	if waiting != nil {
		from = waiting
	}
	next, err := f.openCrew(ctx, set, func(path string) *session {
		i := slices.IndexFunc(from.sessions, func(s *session) bool { return s.bundle.path == path })
		if i < 0 || slices.Contains(fresh, path) {
			return nil
		}
		return from.sessions[i]
	})
	if err != nil {
		f.next.Store(waiting)
		if run := f.run.Load(); run != nil {
			f.refuse(ctx, err, fmt.Sprintf("The bundle \"%s\" goes on.", run.bundle.path))
		}
		return
	}
	f.next.Store(next)
	f.dismiss(waiting, present, next)
}

// prepareBeside opens the bundle that is to judge beside the stream's own.
func (f *filter) prepareBeside(ctx context.Context, set settings) {
	set.Model = set.ShadowModel
	next, err := f.openSession(ctx, set)
	if err != nil {
		f.refuse(ctx, failure(err, set), "Nothing new judges beside the stream's bundle.")
		return
	}
	f.retire(f.nextShadow.Swap(next))
}

// refuse says why a bundle is not taken, and what is so instead; nothing where ctx has
// ended.
func (f *filter) refuse(ctx context.Context, err error, instead string) {
	if ctx.Err() != nil {
		return
	}
	text := err.Error()
	var known *gstc.BusError
	if errors.As(err, &known) {
		text = known.Text
	}
	f.el.PostWarning(text+" "+instead, err.Error())
	f.el.Logf(gstc.LogWarning, "%v", err)
}
