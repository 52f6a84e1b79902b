// Package engine runs bundles on ONNX Runtime: the fused graph of I, D and
// Eq. 4, one window at a time.
package engine

import (
	"context"
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
	"avid/models/front"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// Engine is one bundle on one device. It is not safe for concurrent use.
type Engine struct {
	bundle   *bundle.Bundle
	identity event.Bundle
	kind     nets.Kind
	device   Device
	fallback string

	// One of two: a session bound to io, or one that other engines have too, which
	// answers queries.
	session *ort.AdvancedSession
	runs    interrupter
	bound   *boundTensors
	shared  *shared
	query   *query

	io *nets.FusedTensors

	scores, ranked []float32 // of the regions, for Parts

	ground  []byte // of the bundle, where its graph wants it
	trimmer *front.Trimmer
	looks   *looks // nil: the bundle has no detector of what looks out of place

	ordinary *ordinary.List
	zones    zones.List

	alone    bool    // the window is a scene of its own
	passed   int     // samples since the window before, 1 or more
	alphaNow float64 // what alpha was last written from; -1: the calibration
	alphaSet bool
}

// Open loads a bundle onto a device and runs it once, within Options.Patience and
// while ctx lasts. Errors wrap ErrLibrary, ErrDevice, ErrDeviceOptions, ErrModel,
// ErrPatience or ErrInterrupted. Auto takes CUDA where it works, else the CPU, and
// FallbackReason says so; a named device is never replaced by another.
func Open(ctx context.Context, b *bundle.Bundle, o Options) (*Engine, error) {
	o, hush := o.hushable()
	defer hush()
	return patiently(ctx, o.patience, func(by opening) (*Engine, error) { return openNow(by, b, o) }, (*Engine).Close)
}

// openNow is Open, which waits for it: ONNX Runtime cannot be interrupted while it
// makes a session, only while it runs one.
func openNow(by opening, b *bundle.Bundle, o Options) (*Engine, error) {
	if err := load(o.Library, o.Device); err != nil {
		return nil, err
	}
	if err := nets.VetFused(b.Fused, &b.Manifest); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	kind := nets.Moving
	if len(b.Manifest.Detector) > 0 {
		d, err := nets.ParseDetector(b.Manifest.Detector)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrModel, err)
		}
		kind = d.Kind()
	}
	things, err := ordinary.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	left, err := zones.OfBundle(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	var e *Engine
	_, why, err := o.first(func(d Device) (err error) {
		e, err = open(by, b, o, d)
		return explainMemory(d, err)
	})
	if err != nil {
		return nil, err
	}
	e.kind, e.fallback, e.ordinary, e.zones = kind, why, things, left
	if e.looks, err = openLooks(b, o, e.device); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func open(by opening, b *bundle.Bundle, o Options, d Device) (*Engine, error) {
	regions := b.Manifest.Regions.Rows * b.Manifest.Regions.Cols
	e := &Engine{bundle: b, identity: event.BundleOf(b, o.BundlePath), device: d,
		trimmer: front.New(b.Manifest.Height, b.Manifest.Width), scores: make([]float32, regions), ranked: make([]float32, regions)}
	if b.Manifest.Ground {
		if e.ground = b.Background(); e.ground == nil {
			return nil, fmt.Errorf("%w: its ground begins with a picture of the place, and it has none that can be read", ErrModel)
		}
	}
	opts, err := o.sessionOptions(d, o.tensorRTCache(d, b.Hash))
	if err != nil {
		return nil, err
	}
	by.began(d)
	if key := o.sharedKey(b, d); key.bundle != "" {
		e.io = nets.NewFusedTensors(b.Manifest, 1)
		e.Restart()
		e.query = newQuery(e.io)
		if e.shared, err = acquire(by, b, o, key, opts); err != nil {
			return nil, err
		}
		return e, nil
	}
	if e.bound, err = newBoundTensors(b.Manifest, 1, d, o.note); err != nil {
		return nil, errors.Join(err, opts.Destroy())
	}
	e.io = e.bound.io
	e.Restart()
	if err = e.runs.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrModel, err), opts.Destroy(), e.Close())
	}
	err = creating(by, d, func() (err error) {
		e.session, err = boundSession(b, e.bound, opts)
		return err
	})
	if err = sessionError(d, err); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	// The first run allocates and, on a GPU, searches for kernels: do it here.
	if err := under(by.ctx, e.session.RunWithOptions); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: warm-up: %w", ErrModel, d, err), e.Close())
	}
	return e, nil
}

// boundSession makes a session of a bundle's fused graph on the given tensors. It
// takes opts.
func boundSession(b *bundle.Bundle, t *boundTensors, opts *ort.SessionOptions) (*ort.AdvancedSession, error) {
	s, err := ort.NewAdvancedSessionWithONNXData(b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest), t.in, t.out, opts)
	return s, errors.Join(err, opts.Destroy())
}

// sessionError is the error of making a session.
func sessionError(d Device, err error) error {
	switch {
	case err == nil:
		return nil
	case d == CPU:
		return fmt.Errorf("%w: %s: %w", ErrModel, d, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrDevice, d, err)
}

// Size is the model size in pixels.
func (e *Engine) Size() (h, w int) { return e.bundle.Manifest.Height, e.bundle.Manifest.Width }

// FrameRate is the rate in frames/s that windows are to be sampled at.
func (e *Engine) FrameRate() float64 { return e.bundle.Manifest.FrameRate }

// Bundle says which bundle it is, as records have it.
func (e *Engine) Bundle() event.Bundle { return e.identity }

// Quality is how good the bundle is, as far as it tells.
func (e *Engine) Quality() bundle.Quality { return e.bundle.Manifest.Quality() }

// Picture is what the bundle keeps of its place, grey, of the model's size; nil:
// nothing that can be used.
func (e *Engine) Picture() []byte { return e.bundle.Background() }

// Calibration is the bundle's; not to be changed.
func (e *Engine) Calibration() *bundle.Calibration { return &e.bundle.Manifest.Calibration }

// Zones are those that the bundle was trained with; not to be changed.
func (e *Engine) Zones() zones.List { return e.zones }

// Ordinary is what the bundle holds of ordinary things; not to be changed.
func (e *Engine) Ordinary() *ordinary.List { return e.ordinary }

// Footage is the size in pixels of the pictures that were trained on; 0, 0: the
// bundle does not say.
func (e *Engine) Footage() (w, h int) {
	if p := e.bundle.Manifest.Footage; p != nil {
		return p.Width, p.Height
	}
	return 0, 0
}

// Luma is the range of the frames that windows are to be made of.
func (e *Engine) Luma() luma.Range { return e.bundle.Manifest.LumaRange() }

// Device is what the engine runs on, never auto.
func (e *Engine) Device() string { return string(e.device) }

// FallbackReason says why auto did not take the device that it prefers; "" where it
// did.
func (e *Engine) FallbackReason() string { return e.fallback }

// Regions is where the regions B_i lie.
func (e *Engine) Regions() bundle.Regions { return e.bundle.Manifest.Regions }

// NewVerdict returns a verdict of this engine's size.
func (e *Engine) NewVerdict() *verdict.Verdict {
	n := len(e.io.Mask.U8)
	h, w := e.Size()
	return &verdict.Verdict{Kind: e.kind, H: h, W: w, Mask: make([]byte, n), Error: make([]float32, n), Pixel: make([]float32, n), Heat: make([]byte, n),
		Regions: make([]float32, len(e.io.Regions.F32))}
}

// Restart forgets the frames before: the next one starts a new stretch.
func (e *Engine) Restart() {
	e.alone, e.passed = false, 1
	if e.looks != nil {
		e.looks.Restart()
	}
	e.io.Begin(e.bundle.Manifest.Calibration.RowShift)
	e.io.SetGround(e.ground)
}

// Alone says after Restart that the next window is a scene of its own: its regions are judged
// as they are now.
func (e *Engine) Alone() { e.alone = true }

// Learn is Restart at a place that looks like a picture of H·W grey bytes; another size
// is a mistake of the caller's, and the bundle's is taken.
func (e *Engine) Learn(picture []byte) {
	e.Restart()
	if h, w := e.Size(); len(picture) == h*w {
		e.io.SetGround(picture)
	}
}

// Passed says how many samples have come since the window before, 1 or more; it holds until
// it is called again or Restart is.
func (e *Engine) Passed(samples int) { e.passed = samples }

// finite tells whether every value is a finite number: 0·v is NaN for Inf and NaN.
func finite(v []float32) bool {
	var sum float32
	for _, x := range v {
		sum += 0 * x
	}
	return sum == 0
}

// ErrInput says that a window or a result has the wrong size.
var ErrInput = errors.New("window or result of the wrong size")

// Infer judges one window: six grey frames of H·W bytes, oldest first. It
// allocates no Go memory but, with Options.Batch, some words a run, and where the bundle
// looks at appearance, some words a look. Errors wrap
// ErrInput, ErrModel, verdict.ErrNotFinite, or, when ctx ends, ErrInterrupted; the
// engine can be used on after that.
func (e *Engine) Infer(ctx context.Context, frames []byte, t verdict.Thresholds, r *verdict.Verdict) error {
	if len(frames) != len(e.io.Frames.U8) || len(r.Mask) != len(e.io.Mask.U8) || len(r.Regions) != len(e.io.Regions.F32) {
		return fmt.Errorf("%w: %d bytes, want %d", ErrInput, len(frames), len(e.io.Frames.U8))
	}
	copy(e.io.Frames.U8, frames)
	e.decide(t)
	if err := e.run(ctx, t); err != nil {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	// A comparison with what is no number is false, so that the graph would call
	// it normal: look at what the networks gave.
	if !finite(e.io.Error.F32) || !finite(e.io.Next.F32) {
		return verdict.ErrNotFinite
	}
	score := e.io.Score.F32[0]
	if e.ground != nil {
		score = e.trimmer.Trim(front.Of(e.io), e.bundle.Manifest.Calibration.Shadow, e.io.Pixel.F32, e.io.Mask.U8)
	}
	score, err := e.look(ctx, t, score)
	if err != nil {
		return err
	}
	e.io.Advance()
	copy(r.Mask, e.io.Mask.U8)
	copy(r.Error, e.io.Error.F32)
	copy(r.Regions, e.io.Regions.F32)
	copy(r.Pixel, e.io.Pixel.F32)
	r.Score, r.Threshold = score, e.io.Threshold.F32[0]
	heat(r.Heat, r.Pixel, r.Threshold)
	return nil
}

var errClosed = errors.New("the engine is closed")

// run has the window in io judged.
func (e *Engine) run(ctx context.Context, t verdict.Thresholds) error {
	switch {
	case e.shared != nil:
		e.query.by = t
		err := e.shared.judge(ctx, e.query)
		if errors.Is(err, ErrInterrupted) {
			e.query = newQuery(e.io) // the run that had the old one may go on
		}
		return err
	case e.session != nil:
		if err := e.runs.watch(ctx); err != nil {
			return err
		}
		return e.session.RunWithOptions(e.runs.options)
	}
	return errClosed
}

// BatchSize is how many windows the run of the last Infer judged, this engine's
// among them; more than 1 only with Options.Batch.
func (e *Engine) BatchSize() int {
	if e.query == nil {
		return 1
	}
	return max(e.query.together, 1)
}

// Close frees the engine. It may be called twice.
func (e *Engine) Close() error {
	var errs []error
	if e.shared != nil {
		errs = append(errs, e.shared.release())
		e.shared = nil
	}
	if e.session != nil {
		errs = append(errs, e.session.Destroy())
		e.session = nil
	}
	errs = append(errs, e.runs.close(), e.bound.close(), e.looks.close())
	return errors.Join(errs...)
}
