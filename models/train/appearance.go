package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"avid/models/appearance"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/compute"
	"avid/models/nets"
)

// mostLooks is how many windows of the footage the memory of appearances is made of.
const mostLooks = 600

// lookSeconds is how long the detector of what looks out of place leaves between two looks.
const lookSeconds = 0.5

// clearBy is how much further than ever on normal footage the place may be from what it
// usually looks like, and leastChange the least that this is.
const clearBy, leastChange = 1.1, 1e-3

// LearnsAppearance tells whether a bundle of these settings can have a detector of what
// looks out of place: I is given the ground, and things pass in front of it.
func (c Config) LearnsAppearance() bool { return !c.Still && c.Inpainter.Ground == nets.Given }

// looksAtAppearance tells whether the bundle is to have that detector.
func (r *run) looksAtAppearance() bool { return r.o.Features != nil && r.c.LearnsAppearance() }

// learnAppearance adds the detector of what looks out of place to a calibrated bundle, where
// it is to have one and enough passes.
func (r *run) learnAppearance(ctx context.Context, b *bundle.Bundle) error {
	if !r.looksAtAppearance() {
		return nil
	}
	p, err := newProbe(b, r.backend)
	if err != nil {
		return err
	}
	defer func() { _ = p.session.Close() }() // nothing is lost with it
	p.whole(b)
	memory, err := appearance.NewMemory(r.o.Features, p.h, p.w, r.c.Seed, r.backend)
	if err != nil {
		return err
	}
	defer func() { _ = memory.Close() }()
	rng := rand.New(rand.NewPCG(r.c.Seed, lookStream))
	windows := 0
	for _, clip := range r.learn {
		windows += max(len(clip)-average.Frames+1, 0)
	}
	each := max(windows/mostLooks, 1)
	for _, clip := range r.learn {
		for t := average.Frames; t <= len(clip); t += each {
			p.restart()
			if err := p.run(ctx, clip[t-average.Frames:t], 1); err != nil {
				return fmt.Errorf("learning what is usual to see: %w", err)
			}
			frame := clip[t-1]
			if rng.Float64() < r.c.WeatherShare { // in weather things look as usual, too
				frame = slices.Clone(frame)
				d, _ := anyWeather(rng, p.h, p.w)
				d.Frame(frame, weatherTime(rng))
			}
			if err := memory.Add(ctx, frame, p.io.Pixel.F32); err != nil {
				return fmt.Errorf("learning what is usual to see: %w", err)
			}
		}
	}
	every := max(int(math.Round(lookSeconds*b.Manifest.FrameRate)), 1)
	if err := memory.Into(b, every); err != nil {
		if errors.Is(err, appearance.ErrTooFew) {
			return nil
		}
		return err
	}
	return p.measureAppearance(ctx, b, r.held, r.backend)
}

// calibrateAppearance calibrates the detector of what looks out of place, where a calibrated
// bundle has one, on normal clips.
func calibrateAppearance(ctx context.Context, b *bundle.Bundle, held []Clip, backend compute.Backend) error {
	if b.Manifest.Appearance == nil {
		return nil
	}
	p, err := newProbe(b, backend)
	if err != nil {
		return err
	}
	defer func() { _ = p.session.Close() }() // nothing is lost with it
	p.whole(b)
	return p.measureAppearance(ctx, b, held, backend)
}

// measureAppearance measures what the detector of what looks out of place makes of normal
// clips, by the bundle's own graph; where it sees nothing in them, the bundle does without
// it.
func (p *probe) measureAppearance(ctx context.Context, b *bundle.Bundle, held []Clip, backend compute.Backend) error {
	b.Manifest.Appearance.Clear = math.MaxFloat32
	model, err := appearance.Open(b, backend)
	if err != nil {
		return err
	}
	defer func() { _ = model.Close() }()
	scorer := appearance.NewScorer(model)
	changed := float32(0)
	var clips [][]float32
	for _, clip := range held {
		var scores []float32
		var failed error
		scorer.Restart()
		err := p.each(ctx, clip, b.Manifest.Calibration.Smoothing, b.Manifest.Calibration.Smoothing, func() {
			looked, err := scorer.Look(ctx, p.io.Frames.U8[(average.Frames-1)*p.h*p.w:], p.io.Pixel.F32, 1)
			if looked {
				scores = append(scores, scorer.Highest())
				changed = max(changed, scorer.Changed())
			}
			failed = errors.Join(failed, err)
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		clips = append(clips, scores)
	}
	b.Manifest.Appearance.Clear = clearBy * float64(max(changed, leastChange))
	if !calib.FitAppearance(b.Manifest.Appearance, clips, b.Manifest.FrameRate/float64(b.Manifest.Appearance.Every)) {
		b.Manifest.Appearance, b.Appearance, b.Memory = nil, nil, nil
	}
	return nil
}

// whole writes a bundle's calibration into the graph's inputs, by which nothing is marked.
func (p *probe) whole(b *bundle.Bundle) {
	p.calibrated(b.Manifest.Calibration, b.Floor)
	p.io.Threshold.F32[0] = 1e6
}
