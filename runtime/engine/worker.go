package engine

import (
	"context"
	"errors"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
)

// worker is what one run at a time needs: tensors for each number of windows.
type worker struct {
	run func(in, out []ort.Value, o *ort.RunOptions) error

	mu      sync.Mutex      // guards what follows, not what is in the runs; a leaf
	runs    []*batchRun     // of 1, 2, 4 and so on windows: a GPU chooses its kernels for each number
	options *ort.RunOptions // of the batches' runs
	turn    uint64          // counts them
	wanted  int             // windows of the present one whose askers wait
	started bool            // the present one has all its windows
	ended   bool            // it was told to end
}

// batchRun is the tensors of a run of n windows.
type batchRun struct {
	n int
	*boundTensors
}

// add makes the tensors for n windows on a device and runs them once.
func (l *worker) add(ctx context.Context, m bundle.Manifest, n int, d Device, note func(string)) error {
	t, err := newBoundTensors(m, n, d, note)
	if err != nil {
		return err
	}
	if err := under(ctx, func(o *ort.RunOptions) error { return l.run(t.in, t.out, o) }); err != nil {
		return errors.Join(err, t.close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = append(l.runs, &batchRun{n, t})
	return nil
}

// fitting is the smallest run of at least n windows.
func (l *worker) fitting(n int) *batchRun {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.runs {
		if r.n >= n {
			return r
		}
	}
	return nil
}

// errLeft says that nobody waits for any of the windows.
var errLeft = errors.New("nobody waits for the run")

// judge runs the smallest run that holds the batch. Unused slots of the run keep stale
// data; their outputs are ignored.
func (l *worker) judge(batch []*query) error {
	r := l.fitting(len(batch))
	if err := l.begin(); err != nil {
		return err
	}
	for i, q := range batch {
		l.join(r, i, q)
	}
	if !l.start() {
		return errLeft
	}
	if err := l.run(r.in, r.out, l.options); err != nil {
		return err
	}
	for i, q := range batch {
		take(r, i, q)
	}
	return nil
}

// begin readies for the next run.
func (l *worker) begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.wanted, l.started = 0, false
	if l.ended {
		l.ended = false
		return l.options.UnsetTerminate()
	}
	return nil
}

// join puts a window into place i of the run, if its asker still waits.
func (l *worker) join(r *batchRun, i int, q *query) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left {
		return
	}
	l.mu.Lock()
	first := l.wanted == 0
	l.wanted++
	q.worker, q.turn = l, l.turn
	l.mu.Unlock()
	if first {
		copy(r.io.Alpha.F32, q.io.Alpha.F32)
		copy(r.io.Shift.F32, q.io.Shift.F32)
		copy(r.io.Scale.F32, q.io.Scale.F32)
		copy(r.io.Threshold.F32, q.io.Threshold.F32)
		if r.io.Balance != nil {
			copy(r.io.Balance.F32, q.io.Balance.F32)
		}
	}
	put(r.io.Frames.U8, i, q.io.Frames.U8)
	put(r.io.State.F32, i, q.io.State.F32)
	put(r.io.Smoothing.F32, i, q.io.Smoothing.F32)
	if r.io.Ground != nil {
		put(r.io.Ground.F32, i, q.io.Ground.F32)
	}
}

// start says that all windows are in their places; false where none is wanted.
func (l *worker) start() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = l.wanted > 0
	return l.started
}

// unwanted is told that the asker of a window in that run has left; the last one's
// leaving ends the run.
func (l *worker) unwanted(turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn != l.turn {
		return
	}
	l.wanted--
	if l.started && l.wanted == 0 && l.options != nil {
		l.ended = true
		_ = l.options.Terminate() // the run then ends by itself
	}
}

// take gives the asker what the run has for the window at place i.
func take(r *batchRun, i int, q *query) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left {
		return
	}
	get(q.io.Mask.U8, r.io.Mask.U8, i)
	get(q.io.Score.F32, r.io.Score.F32, i)
	get(q.io.Error.F32, r.io.Error.F32, i)
	get(q.io.Regions.F32, r.io.Regions.F32, i)
	get(q.io.Next.F32, r.io.Next.F32, i)
	get(q.io.Pixel.F32, r.io.Pixel.F32, i)
	if r.io.Kept != nil {
		get(q.io.Kept.F32, r.io.Kept.F32, i)
	}
	if r.io.Where != nil {
		get(q.io.Where.F32, r.io.Where.F32, i)
	}
}

// put copies a window's part of a tensor to place i of a run's, get back.
func put[T any](all []T, i int, one []T) { copy(all[i*len(one):], one) }
func get[T any](one, all []T, i int)     { copy(one, all[i*len(one):]) }

// close frees the worker; no run may be under way.
func (l *worker) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, r := range l.runs {
		errs = append(errs, r.close())
	}
	l.runs = nil
	if l.options != nil {
		errs = append(errs, l.options.Destroy())
		l.options = nil
	}
	return errors.Join(errs...)
}
