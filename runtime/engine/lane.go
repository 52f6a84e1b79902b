package engine

import (
	"errors"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
)

// lane is what one run at a time needs: tensors for each number of windows.
type lane struct {
	run func(in, out []ort.Value) error

	mu   sync.Mutex  // guards runs, not what is in them; a leaf
	runs []*batchRun // of 1, 2, 4 and so on windows: a GPU chooses its kernels for each number
}

// batchRun is the tensors of a run of n windows.
type batchRun struct {
	n int
	*boundTensors
}

// add makes the tensors for n windows on a device and runs them once.
func (l *lane) add(m bundle.Manifest, n int, d Device, note func(string)) error {
	t, err := newBoundTensors(m, n, d, note)
	if err != nil {
		return err
	}
	if err := l.run(t.in, t.out); err != nil {
		return errors.Join(err, t.close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = append(l.runs, &batchRun{n, t})
	return nil
}

// fitting is the smallest run of at least n windows.
func (l *lane) fitting(n int) *batchRun {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.runs {
		if r.n >= n {
			return r
		}
	}
	return nil
}

// judge runs the smallest run that holds the batch. The windows of the run that
// are not asked for have what an earlier run left.
func (l *lane) judge(batch []*query) error {
	r := l.fitting(len(batch))
	first := batch[0].io
	copy(r.io.Alpha.F32, first.Alpha.F32)
	copy(r.io.Shift.F32, first.Shift.F32)
	copy(r.io.Scale.F32, first.Scale.F32)
	copy(r.io.Threshold.F32, first.Threshold.F32)
	for i, q := range batch {
		put(r.io.Frames.U8, i, q.io.Frames.U8)
		put(r.io.State.F32, i, q.io.State.F32)
		put(r.io.Smoothing.F32, i, q.io.Smoothing.F32)
	}
	if err := l.run(r.in, r.out); err != nil {
		return err
	}
	for i, q := range batch {
		get(q.io.Mask.U8, r.io.Mask.U8, i)
		get(q.io.Score.F32, r.io.Score.F32, i)
		get(q.io.Error.F32, r.io.Error.F32, i)
		get(q.io.Regions.F32, r.io.Regions.F32, i)
		get(q.io.Next.F32, r.io.Next.F32, i)
		get(q.io.Pixel.F32, r.io.Pixel.F32, i)
	}
	return nil
}

// put copies a window's part of a tensor to place i of a run's, get back.
func put[T any](all []T, i int, one []T) { copy(all[i*len(one):], one) }
func get[T any](one, all []T, i int)     { copy(one, all[i*len(one):]) }

func (l *lane) close() error {
	var errs []error
	for _, r := range l.runs {
		errs = append(errs, r.close())
	}
	l.runs = nil
	return errors.Join(errs...)
}
