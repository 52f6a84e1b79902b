package avidfilter

import (
	"fmt"
	"math"
	"time"

	"avid/models/luma"
	"avid/runtime/engine"
	"avid/runtime/window"
)

// warmUps is how many inferences are run before the first frame. Opening the
// model has run it once, which allocates and lets the device choose its kernels;
// this one is timed, and is the first by the memory plan that the other made.
const warmUps = 1

// maxGaps is after how many gaps without a full window between a stream counts
// as too slow for the bundle.
const maxGaps = 20

// shot is one frame of the stream as the analyzer sees it.
type shot struct {
	pts  time.Duration // in the stream's own units, or None
	late bool          // downstream wants to catch up
	cut  bool          // it does not follow the frame before
}

// outcome says what a shot led to.
type outcome struct {
	sampled, inferred, skipped bool
	took                       time.Duration // of the inference
	pts                        time.Duration // the frame's, guessed where it has none
	blind                      bool          // now known: the stream's frames are too far apart
}

// analyzer turns the frames of a stream into verdicts: it samples them at the
// bundle's rate, keeps the window of section 3.5 and infers. It knows nothing
// of GStreamer. Not safe for concurrent use.
type analyzer struct {
	model   model
	h, w    int
	window  *window.Window
	sampler *window.Sampler
	pace    pace
	clock   clock
	scaler  *luma.Scaler
	frames  []byte // the window laid out for the model, 6*h*w
	result  *engine.Result
	valid   bool // result is a verdict on the present scene
	now     func() time.Time

	restarts uint64 // of a window that held something
	gaps     int    // in time, one after the other, without a full window between
}

// newAnalyzer readies a model: it allocates what the stream will need, and
// warms the model up. It returns how long an inference takes.
func newAnalyzer(m model, t engine.Thresholds, now func() time.Time) (*analyzer, time.Duration, error) {
	h, w := m.Size()
	a := &analyzer{model: m, h: h, w: w, now: now,
		window:  window.New(h, w),
		sampler: window.NewSampler(m.FrameRate()),
		frames:  make([]byte, window.Frames*h*w),
		result:  m.NewResult(),
	}
	var took time.Duration
	for range warmUps {
		begin := now()
		if err := m.Infer(a.frames, t, a.result); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errWarmUp, err)
		}
		took = now().Sub(begin)
	}
	a.restart()
	return a, took, nil
}

// format prepares for pictures of a new format and size.
func (a *analyzer) format(name string, w, h int, rate float64) error {
	layout, ok := layouts[name]
	if !ok {
		return fmt.Errorf("%w: %s", luma.ErrFormat, name)
	}
	scaler, err := luma.NewScaler(layout, w, h, a.w, a.h)
	if err != nil {
		return err
	}
	a.scaler = scaler
	a.clock.step = 0
	if rate > 0 {
		a.clock.step = time.Duration(float64(time.Second) / rate)
	}
	a.restart()
	return nil
}

// layouts says where each format of the caps has its luma.
var layouts = map[string]luma.Format{
	"I420": luma.Plane(), "YV12": luma.Plane(), "NV12": luma.Plane(), "GRAY8": luma.Plane(),
	"RGB": luma.RGB(3, 0, 1, 2), "BGR": luma.RGB(3, 2, 1, 0),
	"RGBx": luma.RGB(4, 0, 1, 2), "BGRx": luma.RGB(4, 2, 1, 0),
	"RGBA": luma.RGB(4, 0, 1, 2), "BGRA": luma.RGB(4, 2, 1, 0),
}

// restart forgets the frames and the verdict: what follows is another scene.
func (a *analyzer) restart() {
	if a.window.Len() > 0 {
		a.restarts++
	}
	a.window.Reset()
	a.sampler.Reset()
	a.pace.reset()
	a.clock.reset()
	a.model.Restart()
	a.valid = false
}

// take looks at one frame; read must scale its luma into the window when the
// frame is sampled.
func (a *analyzer) take(s shot, interval uint, t engine.Thresholds, read func() error) (o outcome, err error) {
	if s.cut {
		a.restart()
	}
	var back bool
	o.pts, back = a.clock.at(s.pts)
	gap := a.sampler.Gap(o.pts)
	if gap {
		a.gaps++
		o.blind = a.gaps == maxGaps
	}
	if back || gap {
		a.restart()
		o.pts, _ = a.clock.at(s.pts)
	}
	if !a.sampler.Take(o.pts) {
		return o, nil
	}
	o.sampled = true
	if err := read(); err != nil {
		return o, err
	}
	a.window.Commit()
	if !a.window.Ready() {
		return o, nil
	}
	a.gaps = 0
	if o.inferred, o.skipped = a.pace.due(interval, s.late); !o.inferred {
		return o, nil
	}
	return o, a.infer(t, &o)
}

// scale puts the luma of a plane into the window's next slot.
func (a *analyzer) scale(plane []byte, stride int) error {
	return a.scaler.Scale(a.window.Next(), plane, stride)
}

// infer judges the window.
func (a *analyzer) infer(t engine.Thresholds, o *outcome) error {
	a.window.CopyTo(a.frames)
	begin := a.now()
	if err := a.model.Infer(a.frames, t, a.result); err != nil {
		return err
	}
	o.took = a.now().Sub(begin)
	for _, v := range [...]float32{a.result.Score, a.result.Threshold} {
		if math.IsNaN(float64(v)) {
			return fmt.Errorf("%w: score %v, threshold %v", engine.ErrNotFinite, a.result.Score, a.result.Threshold)
		}
	}
	a.valid = true
	return nil
}

// clock gives each frame a time: its own, or where it has none, one step of
// the frame rate after the last.
type clock struct {
	step  time.Duration // 0: not known
	last  time.Duration
	begun bool
}

// defaultStep stands in where a stream has neither times nor a rate: that of a
// camera with 25 frames/s.
const defaultStep = 40 * time.Millisecond

func (c *clock) reset() { c.last, c.begun = 0, false }

// at is the time of the next frame; back says that it lies before the last.
func (c *clock) at(pts time.Duration) (t time.Duration, back bool) {
	if pts < 0 {
		pts = 0
		if c.begun {
			step := c.step
			if step <= 0 {
				step = defaultStep
			}
			pts = c.last + step
		}
	}
	back = c.begun && pts < c.last
	c.last, c.begun = pts, true
	return pts, back
}
