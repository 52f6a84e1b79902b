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

// sharedKey is that of a bundle on a device, without a bundle where it shares none.
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
// elements that share one know nothing of each other. Its lock is taken before
// creating and before those of a session and its lanes.
var sessions = struct {
	mu   sync.Mutex // held while one is made, so that the next engine waits for it
	open map[sharedKey]*shared
}{open: map[sharedKey]*shared{}}

// shared is one session for several engines. What waits while a run is under way
// is judged together by the next: alone, an engine waits for nobody, and the
// busier the device is, the more windows a run has.
type shared struct {
	key      sharedKey
	manifest bundle.Manifest
	session  *ort.DynamicAdvancedSession
	run      func(in, out []ort.Value) error // the session's
	working  sync.WaitGroup

	// Guarded by sessions.mu.
	engines int
	lanes   []*lane
	told    bool // that there is no pinned memory

	mu     sync.Mutex // guards what follows; a leaf
	some   sync.Cond  // queries wait, or closed
	queue  []*query   // oldest first
	most   int        // windows a run
	full   bool       // a larger run failed
	closed bool
}

// lanes is how many runs may be under way at once: two on a GPU, so that it
// computes while the windows of another run are copied.
func lanes(d Device) int {
	if kind, _ := d.split(); kind == CUDA {
		return 2
	}
	return 1
}

// acquire gives the shared session of a bundle, which release gives back. It takes
// opts.
func acquire(b *bundle.Bundle, o Options, key sharedKey, opts *ort.SessionOptions) (*shared, error) {
	sessions.mu.Lock()
	defer sessions.mu.Unlock()
	s := sessions.open[key]
	var err error
	if s == nil {
		s, err = newShared(b, o, key, opts)
	} else {
		err = opts.Destroy()
	}
	if err != nil {
		return nil, err
	}
	sessions.open[key] = s
	s.engines++
	s.grow(o)
	return s, nil
}

// newShared makes a session with one lane for one window, and runs it. It takes
// opts.
func newShared(b *bundle.Bundle, o Options, key sharedKey, opts *ort.SessionOptions) (*shared, error) {
	session, err := newSession(key.device, b.Fused, nets.FusedInputs, nets.FusedOutputs, opts)
	if err != nil {
		return nil, sessionError(key.device, err)
	}
	s := &shared{key: key, manifest: b.Manifest, session: session, run: session.Run, most: 1}
	s.some.L = &s.mu
	if err := s.addLane(o); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: warm-up: %w", ErrModel, key.device, err), s.destroy())
	}
	return s, nil
}

// grow makes what the present number of engines can use: lanes, and larger runs
// in each, run once, since a new size makes a GPU allocate and search for kernels.
// Where that fails the session goes on as it is.
func (s *shared) grow(o Options) {
	for {
		most, full := s.size()
		var err error
		switch {
		case full:
			return
		case len(s.lanes) < min(lanes(s.key.device), s.engines):
			err = s.addLane(o)
		case most < min(s.key.most, s.engines):
			err = s.widen(2*most, o)
		default:
			return
		}
		if err != nil {
			s.limit(most)
			o.note(fmt.Sprintf("streams that share the bundle are judged %d at most at once: %s", most, Reason(explainMemory(s.key.device, err))))
		}
	}
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

// widen makes room for n windows in each lane.
func (s *shared) widen(n int, o Options) error {
	for _, l := range s.lanes {
		if err := l.add(s.manifest, n, s.key.device, s.once(o)); err != nil {
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

// once tells o.Note what all lanes and sizes would say again.
func (s *shared) once(o Options) func(string) {
	return func(sentence string) {
		if !s.told {
			s.told = true
			o.note(sentence)
		}
	}
}

// addLane makes a lane for the runs that there are, and has it work.
func (s *shared) addLane(o Options) error {
	most, _ := s.size()
	l := &lane{run: s.run}
	for n := 1; n < 2*most; n *= 2 {
		if err := l.add(s.manifest, n, s.key.device, s.once(o)); err != nil {
			return errors.Join(err, l.close())
		}
	}
	s.lanes = append(s.lanes, l)
	s.start(l)
	return nil
}

func (s *shared) start(l *lane) { s.working.Go(func() { s.work(l) }) }

// release gives the session back; the last engine to do so closes it.
func (s *shared) release() error {
	sessions.mu.Lock()
	s.engines--
	last := s.engines == 0
	if last {
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

// destroy frees the session and its lanes.
func (s *shared) destroy() error {
	s.stop()
	var errs []error
	for _, l := range s.lanes {
		errs = append(errs, l.close())
	}
	s.lanes = nil
	if s.session != nil { // a test has none
		errs = append(errs, s.session.Destroy())
	}
	return errors.Join(errs...)
}
