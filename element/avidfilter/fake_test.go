package avidfilter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/zones"
	"avid/runtime/engine"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// fake is a model without networks: a pixel is irregular where the newest frame
// of the window is at least 200 bright, and the score is 1 when there is such a
// pixel and -1 when not.
type fake struct {
	h, w     int
	rate     float64
	luma     luma.Range
	mu       sync.Mutex
	windows  [][]byte // the newest pixel of each frame of each window, oldest first
	restarts int
	closed   int
	fail     error
	panicky  bool
	stuck    chan bool // a run tells of itself here, and then lasts as long as its context
	score    func(float32) float32
	opened   chan bool // told as the fake is opened
	got      verdict.Thresholds
	quality  bundle.Quality
	picture  []byte
	name     string // of its bundle; "": fake
}

func (f *fake) Size() (h, w int)        { return f.h, f.w }
func (f *fake) FrameRate() float64      { return f.rate }
func (f *fake) Device() string          { return "fake" }
func (f *fake) BatchSize() int          { return 2 }
func (f *fake) Quality() bundle.Quality { return f.quality }
func (f *fake) Picture() []byte         { return f.picture }
func (f *fake) Footage() (w, h int)     { return 160, 90 }
func (f *fake) FallbackReason() string  { return "cuda not used: it is a fake" }
func (f *fake) Luma() luma.Range        { return f.luma }
func (f *fake) NewVerdict() *verdict.Verdict { // once a start
	f.windows = f.windows[:0]
	if f.opened != nil {
		f.opened <- true
	}
	return &verdict.Verdict{Mask: make([]byte, f.h*f.w), Heat: make([]byte, f.h*f.w), Pixel: make([]float32, f.h*f.w)}
}
func (f *fake) Close() error { f.closed++; return nil }
func (f *fake) Restart()     { f.restarts++ }
func (f *fake) Alone()       {}
func (f *fake) Passed(int)   {}
func (f *fake) Learn([]byte) {}

func (f *fake) Bundle() event.Bundle             { return event.Bundle{Name: cmp.Or(f.name, "fake"), SHA256: "f0"} }
func (f *fake) Calibration() *bundle.Calibration { return nil }
func (f *fake) Ordinary() *ordinary.List         { return nil }
func (f *fake) Zones() zones.List                { return nil }

func (f *fake) Infer(ctx context.Context, frames []byte, t verdict.Thresholds, r *verdict.Verdict) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(frames) != average.Frames*f.h*f.w {
		return errors.New("window has the wrong size")
	}
	f.got = t
	if f.stuck != nil && frames[0] >= stuckGrey {
		f.stuck <- true
		<-ctx.Done()
		return fmt.Errorf("%w: %w", engine.ErrInterrupted, ctx.Err())
	}
	if f.windows != nil {
		var firsts []byte
		for i := range average.Frames {
			firsts = append(firsts, frames[i*f.h*f.w])
		}
		f.windows = append(f.windows, firsts)
	}
	if f.panicky {
		panic("fake model")
	}
	newest := frames[(average.Frames-1)*f.h*f.w:]
	r.Score, r.Threshold = -1, 0
	for i, v := range newest {
		r.Mask[i], r.Heat[i], r.Pixel[i] = 0, v, nets.Outside
		if v >= 200 {
			r.Mask[i], r.Pixel[i], r.Score = 255, 1, 1
		}
	}
	if f.score != nil {
		r.Score = f.score(r.Score)
	}
	return f.fail
}

// stuckGrey is the least first grey of a window on which a fake's run does not end.
const stuckGrey = 13

// current is the model that elements named avidfaked open.
var current struct {
	sync.Mutex
	model model
	err   error
	by    map[string]model // those of certain paths
}

// useBy makes elements named avidfaked open the models of paths.
func useBy(t *testing.T, by map[string]model) {
	t.Helper()
	current.Lock()
	current.by = by
	current.Unlock()
	t.Cleanup(func() {
		current.Lock()
		current.by = nil
		current.Unlock()
	})
}

// use makes elements named avidfaked open m, or fail with err.
func use(t *testing.T, m model, err error) {
	t.Helper()
	if e := pipeline.Init(); e != nil {
		t.Fatal(e)
	}
	for _, c := range []*gstc.Class{fakeClass, tickingClass} {
		if e := gstc.Register(c); e != nil {
			t.Fatal(e)
		}
	}
	current.Lock()
	current.model, current.err = m, err
	current.Unlock()
}

func openCurrent(_ context.Context, s settings, _ func(string)) (model, error) {
	current.Lock()
	defer current.Unlock()
	if m := current.by[s.Model]; m != nil {
		return m, nil
	}
	return current.model, current.err
}

var (
	fakeClass = newClass("avidfaked", "AvidFaked", openCurrent)
	// tickingClass has a clock on which every inference takes 12 ms.
	tickingClass = newClass("avidticking", "AvidTicking", openCurrent)
)

func init() {
	tickingClass.New = func(el *gstc.Element) gstc.Body {
		f := newFilter(el, openCurrent)
		now := time.Unix(0, 0)
		f.now = func() time.Time {
			now = now.Add(12 * time.Millisecond)
			return now
		}
		return f
	}
}
