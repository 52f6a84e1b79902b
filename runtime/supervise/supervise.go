// Package supervise keeps jobs running: it starts, stops and replaces them while the
// others go on, and starts those again that fail.
package supervise

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Job is what is kept running.
type Job struct {
	// Settings tell one form of a job from another (reflect.DeepEqual): where they
	// change, it is stopped and the new one started.
	Settings any
	// Run runs until ctx ends, or it is done: nil; or it fails, and is run again.
	Run func(ctx context.Context) error
	// End, where it is set, is called once when the job is not run any more.
	End func()
}

// Options of a Supervisor. Each func may be called from several goroutines at once.
type Options struct {
	// First and Longest are how long to wait before a job is run again: First, then
	// twice that and so on up to Longest. It is First again after a run that was
	// longer than Longest. 0: DefaultFirst, DefaultLongest.
	First, Longest time.Duration
	// Again tells whether a job that failed is run again; nil: always.
	Again func(name string, err error) bool
	// Failed is told of each failure, with how long it is waited until the next run;
	// below 0: there is none. nil: nobody is told.
	Failed func(name string, err error, wait time.Duration)
	// Now and After are the clock; nil: the machine's.
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
}

// Cameras that restart are back within a minute.
const (
	DefaultFirst   = time.Second
	DefaultLongest = 30 * time.Second
)

// State is how it is with a job.
type State struct {
	Running  bool      // and not waiting for its next run
	Done     bool      // it is not run again
	Since    time.Time // Running, waiting or Done
	Restarts uint64    // runs after the first
	Err      error     // of the last failure; nil once it is done without one
}

// Supervisor keeps jobs running. Its methods may be called from any goroutine.
type Supervisor struct {
	options Options
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	tasks map[string]*task
}

// task is one form of a job.
type task struct {
	job    Job
	cancel context.CancelFunc
	ended  chan struct{}
	state  State // guarded by Supervisor.mu
}

// New returns a supervisor without jobs, whose jobs end with ctx. Close it.
func New(ctx context.Context, o Options) *Supervisor {
	if o.First <= 0 {
		o.First = DefaultFirst
	}
	if o.Longest <= 0 {
		o.Longest = DefaultLongest
	}
	if o.Again == nil {
		o.Again = func(string, error) bool { return true }
	}
	if o.Failed == nil {
		o.Failed = func(string, error, time.Duration) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	s := &Supervisor{options: o, tasks: map[string]*task{}}
	s.ctx, s.stop = context.WithCancel(ctx)
	return s
}

// Change says what Apply has done, by names in order.
type Change struct{ Started, Stopped, Replaced []string }

// Apply makes the jobs those that are kept running, by their names: new ones are
// started, those that are not there any more are stopped, and those with other settings
// are replaced, once their old form has ended. It waits for none of them.
func (s *Supervisor) Apply(jobs map[string]Job) Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c Change
	for _, name := range slices.Sorted(maps.Keys(s.tasks)) {
		if _, stays := jobs[name]; !stays {
			s.tasks[name].cancel()
			delete(s.tasks, name)
			c.Stopped = append(c.Stopped, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		job, before := jobs[name], s.tasks[name]
		switch {
		case before == nil:
			c.Started = append(c.Started, name)
		case reflect.DeepEqual(before.job.Settings, job.Settings):
			continue
		default:
			before.cancel()
			c.Replaced = append(c.Replaced, name)
		}
		s.startLocked(name, job, before)
	}
	return c
}

// startLocked starts a job once the one before, if any, has ended. It needs s.mu.
func (s *Supervisor) startLocked(name string, job Job, before *task) {
	ctx, cancel := context.WithCancel(s.ctx)
	t := &task{job: job, cancel: cancel, ended: make(chan struct{}), state: State{Since: s.options.Now()}}
	s.tasks[name] = t
	s.running.Go(func() {
		defer close(t.ended)
		defer cancel()
		if before != nil {
			<-before.ended
		}
		s.keep(ctx, name, t)
		if job.End != nil {
			job.End()
		}
	})
}

// keep runs a job until it is done or ctx ends.
func (s *Supervisor) keep(ctx context.Context, name string, t *task) {
	wait := s.options.First
	for ctx.Err() == nil {
		began := s.options.Now()
		s.note(t, func(st *State) { st.Running, st.Since = true, began })
		err := guarded(ctx, t.job.Run)
		if ctx.Err() != nil {
			return
		}
		now := s.options.Now()
		if err == nil || !s.options.Again(name, err) {
			s.note(t, func(st *State) { st.Running, st.Done, st.Since, st.Err = false, true, now, err })
			if err != nil {
				s.options.Failed(name, err, -1)
			}
			return
		}
		if now.Sub(began) > s.options.Longest {
			wait = s.options.First
		}
		s.note(t, func(st *State) { st.Running, st.Since, st.Err = false, now, err })
		s.options.Failed(name, err, wait)
		select {
		case <-ctx.Done():
			return
		case <-s.options.After(wait):
		}
		s.note(t, func(st *State) { st.Restarts++ })
		wait = min(2*wait, s.options.Longest)
	}
}

// guarded runs a job, of which a panic is a failure.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx)
}

// note changes a state.
func (s *Supervisor) note(t *task, change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&t.state)
}

// States is how it is with each job, by name.
func (s *Supervisor) States() map[string]State {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]State, len(s.tasks))
	for name, t := range s.tasks {
		all[name] = t.state
	}
	return all
}

// Wait waits until no job runs any more, nor is waited for.
func (s *Supervisor) Wait() { s.running.Wait() }

// Close stops all jobs and waits for them. Nothing may be applied after.
func (s *Supervisor) Close() {
	s.stop()
	s.running.Wait()
}
