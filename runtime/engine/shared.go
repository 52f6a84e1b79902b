package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
	"avid/models/nets"
)

const (
	// MaxBatch is the most windows that one run may judge.
	MaxBatch = 64
	// AutoBatch has the device decide: on CUDA up to cudaBatch, elsewhere a session
	// for each engine, which on a CPU is the faster way (docs/benchmarks.md).
	AutoBatch = -1
	cudaBatch = 16
)

// batch is how many windows a run on a device may have at most; 1: each engine
// has a session of its own. TensorRT builds an engine for each number, which takes
// minutes, so that it never has more.
func (o Options) batch(d Device) int {
	kind, _ := d.split()
	switch {
	case kind == TensorRT:
		return 1
	case o.Batch == AutoBatch && kind == CUDA:
		return cudaBatch
	}
	return min(max(o.Batch, 1), MaxBatch)
}

// sharedKey is what the engines of one shared session have in common.
type sharedKey struct {
	bundle, library, options string
	device                   Device
	threads, most            int
	lowMemory                bool
}

// sharedKey identifies the session that engines of b on d share. Its zero value means
// that the engine has a session of its own.
func (o Options) sharedKey(b *bundle.Bundle, d Device) sharedKey {
	if o.batch(d) == 1 {
		return sharedKey{}
	}
	var options strings.Builder
	for _, k := range slices.Sorted(maps.Keys(o.DeviceOptions)) {
		fmt.Fprintf(&options, "%s=%s,", k, o.DeviceOptions[k])
	}
	return sharedKey{b.Hash(), o.Library, options.String(), d, o.Threads, o.batch(d), o.LowMemory}
}

// sessions are the shared ones of the process, by what they have in common: the
// elements that share one know nothing of each other. Its lock is a leaf: nothing
// is opened, run or waited for under it.
var sessions = struct {
	mu   sync.Mutex
	open map[sharedKey]*shared
}{open: map[sharedKey]*shared{}}

// shared is one session for several engines. What waits while a run is under way
// is judged together by the next: alone, an engine waits for nobody, and the
// busier the device is, the more windows a run has.
type shared struct {
	key      sharedKey
	manifest bundle.Manifest
	session  *ort.DynamicAdvancedSession
	run      func(in, out []ort.Value, o *ort.RunOptions) error // the session's
	working  sync.WaitGroup

	made chan struct{} // closed when the session is made, or is not, as failed says
	// failed is set before made is closed, and not changed after.
	failed error

	engines int // guarded by sessions.mu

	growing sync.Mutex // held by the one who makes workers and larger runs; before mu and a worker's
	told    bool       // that there is no pinned memory; guarded by growing

	mu      sync.Mutex // guards what follows; a leaf
	some    sync.Cond  // queries wait, or closed
	workers []*worker  // changed with growing held too
	queue   []*query   // oldest first
	most    int        // windows a run
	full    bool       // a larger run failed
	closed  bool
}

// workers is how many runs may be under way at once: two on a GPU, so that it
// computes while the windows of another run are copied.
func workers(d Device) int {
	if kind, _ := d.split(); kind == CUDA {
		return 2
	}
	return 1
}

// acquire gives the shared session of a bundle, which release gives back. It takes
// opts.
func acquire(by opening, b *bundle.Bundle, o Options, key sharedKey, opts *ort.SessionOptions) (*shared, error) {
	for {
		s, mine := enter(key)
		if mine {
			if err := s.make(by, b, o, opts); err != nil {
				return nil, err
			}
			s.grow(by, o)
			return s, nil
		}
		select {
		case <-s.made:
		case <-by.ctx.Done():
			return nil, errors.Join(interrupted(by.ctx), opts.Destroy(), s.release())
		}
		switch {
		case s.failed == nil:
			s.grow(by, o)
			return s, opts.Destroy()
		case !errors.Is(s.failed, ErrInterrupted):
			return nil, errors.Join(s.failed, opts.Destroy())
		}
		// Whoever made it has given up; that is no reason for others.
	}
}

// enter counts an engine in the shared session of a key; it is mine to make where
// there was none.
func enter(key sharedKey) (s *shared, mine bool) {
	sessions.mu.Lock()
	defer sessions.mu.Unlock()
	s = sessions.open[key]
	if s == nil {
		s = &shared{key: key, most: 1, made: make(chan struct{})}
		s.some.L = &s.mu
		sessions.open[key], mine = s, true
	}
	s.engines++
	return s, mine
}

// make makes the session, with one worker for one window, and runs it. It takes opts.
// Where that fails the next engine tries anew.
func (s *shared) make(by opening, b *bundle.Bundle, o Options, opts *ort.SessionOptions) (err error) {
	defer func() {
		if err != nil {
			s.forget()
		}
		s.failed = err
		close(s.made)
	}()
	s.manifest = b.Manifest
	if s.session, err = newSession(by, s.key.device, b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest), opts); err != nil {
		return sessionError(s.key.device, err)
	}
	s.run = s.session.RunWithOptions
	s.growing.Lock()
	defer s.growing.Unlock()
	if err := s.addWorker(by, o); err != nil {
		return errors.Join(fmt.Errorf("%w: %s: warm-up: %w", ErrModel, s.key.device, err), s.destroy())
	}
	return nil
}

// forget takes the session off the list.
func (s *shared) forget() {
	sessions.mu.Lock()
	defer sessions.mu.Unlock()
	if sessions.open[s.key] == s {
		delete(sessions.open, s.key)
	}
}

// grow makes what the present number of engines can use: workers, and larger runs
// in each, run once, since a new size makes a GPU allocate and search for kernels.
// Where that fails the session goes on as it is. Nobody waits for another's
// growing: who is at it looks again when done.
func (s *shared) grow(by opening, o Options) {
	for s.wants() != nothing && s.growing.TryLock() {
		err := s.growOnce(by, o)
		s.growing.Unlock()
		if err != nil {
			return // interrupted: the engine is not opened
		}
	}
}

// The ways in which a session can grow.
const (
	nothing = iota
	anotherLane
	largerRuns
)

// wants is what the engines can use more.
func (s *shared) wants() int {
	sessions.mu.Lock()
	engines := s.engines
	sessions.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.full:
	case len(s.workers) < min(workers(s.key.device), engines):
		return anotherLane
	case s.most < min(s.key.most, engines):
		return largerRuns
	}
	return nothing
}

// growOnce grows by one step, of which growing is held. The error is
// ErrInterrupted.
func (s *shared) growOnce(by opening, o Options) (err error) {
	most, _ := s.size()
	by.began(s.key.device)
	switch s.wants() {
	case anotherLane:
		err = s.addWorker(by, o)
	case largerRuns:
		err = s.widen(by, 2*most, o)
	}
	if err == nil || errors.Is(err, ErrInterrupted) {
		return err
	}
	s.limit(most)
	o.note(fmt.Sprintf("streams that share the bundle are judged %d at most at once: %s", most, Reason(explainMemory(s.key.device, err))))
	return nil
}

// size is how many windows a run may have by now, and whether that is final.
func (s *shared) size() (most int, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most, s.full
}

// limit keeps runs to so many windows for good.
func (s *shared) limit(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most, s.full = min(s.most, most), true
}

// widen makes room for n windows in each worker.
func (s *shared) widen(by opening, n int, o Options) error {
	for _, l := range s.workers {
		if l.fitting(n) != nil {
			continue // of a widening that was interrupted
		}
		if err := l.add(by.ctx, s.manifest, n, s.key.device, s.once(o)); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.full { // meanwhile
		s.most = min(n, s.key.most)
	}
	return nil
}

// once tells o.Note what all workers and sizes would say again.
func (s *shared) once(o Options) func(string) {
	return func(sentence string) {
		if !s.told {
			s.told = true
			o.note(sentence)
		}
	}
}

// addWorker makes a worker for the runs that there are, and has it work.
func (s *shared) addWorker(by opening, o Options) (err error) {
	most, _ := s.size()
	l := &worker{run: s.run}
	if l.options, err = ort.NewRunOptions(); err != nil {
		return err
	}
	for n := 1; n < 2*most; n *= 2 {
		if err := l.add(by.ctx, s.manifest, n, s.key.device, s.once(o)); err != nil {
			return errors.Join(err, l.close())
		}
	}
	s.mu.Lock()
	s.workers = append(s.workers, l)
	s.mu.Unlock()
	s.start(l)
	return nil
}

func (s *shared) start(l *worker) { s.working.Go(func() { s.work(l) }) }

// release gives the session back; the last engine to do so closes it.
func (s *shared) release() error {
	sessions.mu.Lock()
	s.engines--
	last := s.engines == 0
	if last && sessions.open[s.key] == s {
		delete(sessions.open, s.key)
	}
	sessions.mu.Unlock()
	if !last {
		return nil
	}
	return s.destroy()
}

// stop ends the workers; nobody may wait for an answer any more.
func (s *shared) stop() {
	s.mu.Lock()
	s.closed = true
	s.some.Broadcast()
	s.mu.Unlock()
	s.working.Wait()
}

// destroy frees the session and its workers.
func (s *shared) destroy() error {
	s.stop()
	var errs []error
	for _, l := range s.workers {
		errs = append(errs, l.close())
	}
	s.workers = nil
	if s.session != nil { // a test has none
		errs = append(errs, s.session.Destroy())
	}
	return errors.Join(errs...)
}
