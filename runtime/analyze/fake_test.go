package analyze

import (
	"context"
	"slices"
	"testing"
	"time"

	"avid/models/average"
	"avid/models/luma"
	"avid/runtime/verdict"
)

// fake is a model whose frames are one pixel, or h×w; a frame is irregular where the
// first pixel of the newest of the window is at least 200.
type fake struct {
	h, w     int // 0: 1
	windows  [][]byte
	restarts int
	alone    int
	passed   []int
	learnt   int
	fail     error
	score    func(float32) float32
}

func (f *fake) Size() (h, w int)   { return max(f.h, 1), max(f.w, 1) }
func (f *fake) FrameRate() float64 { return 10 }
func (f *fake) Luma() luma.Range   { return luma.Stored }
func (f *fake) Restart()           { f.restarts++ }
func (f *fake) Alone()             { f.alone++ }
func (f *fake) Passed(n int)       { f.passed = append(f.passed, n) }
func (f *fake) Learn([]byte)       { f.learnt++ }
func (f *fake) NewVerdict() *verdict.Verdict {
	h, w := f.Size()
	return &verdict.Verdict{Mask: make([]byte, h*w), Heat: make([]byte, h*w)}
}

func (f *fake) Infer(ctx context.Context, frames []byte, _ verdict.Thresholds, v *verdict.Verdict) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f.windows != nil {
		f.windows = append(f.windows, slices.Clone(frames))
	}
	v.Score, v.Mask[0], v.Heat[0] = -1, 0, 0
	if frames[len(frames)/average.Frames*(average.Frames-1)] >= 200 {
		v.Score, v.Mask[0], v.Heat[0] = 1, 255, 200
	}
	if f.score != nil {
		v.Score = f.score(v.Score)
	}
	return f.fail
}

// bench is an analyzer of a fake, and what a test feeds it with.
type bench struct {
	t *testing.T
	f *fake
	a *Analyzer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, f: &fake{windows: [][]byte{}}}
	a, err := New(b.f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Format(luma.Plane(), 1, 1, 0); err != nil {
		t.Fatal(err)
	}
	b.a = a
	return b
}

// take offers a frame of one grey level.
func (b *bench) take(f Frame, grey byte) Outcome {
	b.t.Helper()
	o, err := b.a.Take(b.t.Context(), f, Settings{Thresholds: verdict.Calibrated()},
		func(l *Loan) error { return l.Scale([]byte{grey}, 1) })
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// at is a frame at i tenths of a second.
func at(i int) Frame { return Frame{PTS: time.Duration(i) * 100 * time.Millisecond, Shown: -1} }
