package avidfilter

import (
	"context"
	"fmt"
	"slices"

	"avid/runtime/analyze"
)

// crew are the sessions of a stream, one for each of its bundles, in the order of the
// property. One of them judges, and the others wait for the picture to be theirs.
type crew struct {
	sessions []*session
	choice   *analyze.Moods // the stream's side alone uses it; nil: there is one bundle
}

// openCrew opens the bundles of the settings, unless ctx ends before, but for those that
// have says it has. What it opened is closed where one fails. The error is for users.
func (f *filter) openCrew(ctx context.Context, set settings, have func(path string) *session) (*crew, error) {
	c := new(crew)
	var opened []*session
	fail := func(err error, set settings) (*crew, error) {
		for _, s := range opened {
			f.close(s)
		}
		return nil, failure(err, set)
	}
	for _, path := range set.models() {
		one := set
		one.Model = path
		s := have(path)
		if s == nil {
			var err error
			if s, err = f.openSession(ctx, one); err != nil {
				return fail(err, one)
			}
			opened = append(opened, s)
		}
		c.sessions = append(c.sessions, s)
	}
	if len(c.sessions) == 1 {
		return c, nil
	}
	var pictures []analyze.Picture
	var names []string
	for _, s := range c.sessions {
		h, w := s.model.Size()
		pictures, names = append(pictures, analyze.Picture{Gray: s.model.Picture(), H: h, W: w}), append(names, s.bundle.path)
	}
	var err error
	if c.choice, err = analyze.NewMoods(pictures, names); err != nil {
		return fail(fmt.Errorf("%w: %w", errSettings, err), set)
	}
	return c, nil
}

// enlist makes a crew that of the stream.
func (f *filter) enlist(c *crew) {
	f.crew.Store(c)
	f.mu.Lock()
	f.stats.several = c.choice != nil
	f.mu.Unlock()
}

// dismiss closes the sessions of a crew that are not among those of others; of none, which
// it may be, nothing.
func (f *filter) dismiss(c *crew, others ...*crew) {
	if c == nil {
		return
	}
	for _, s := range c.sessions {
		if !slices.ContainsFunc(others, func(o *crew) bool { return slices.Contains(o.sessions, s) }) {
			f.retire(s)
		}
	}
}

// choose has the bundle judge from the next frame on that knows what the sample of this one
// shows; hold says that the sample is not for the present one. It needs run.mu.
func (f *filter) choose(run *session, s analyze.Step) (hold bool) {
	c := f.crew.Load()
	if c == nil || c.choice == nil {
		return false
	}
	if s.Break != analyze.Continues {
		c.choice.Restart()
	}
	which, hold := c.choice.Take(s.Time, run.analyzer.Sample(), run.analyzer.Unsure())
	if to := c.sessions[which]; to != run {
		f.turn = to
	}
	return hold
}

// restartChoice has the next frame decide at once which bundle judges.
func (f *filter) restartChoice() {
	if c := f.crew.Load(); c != nil && c.choice != nil {
		c.choice.Restart()
	}
	f.turn = nil
}
