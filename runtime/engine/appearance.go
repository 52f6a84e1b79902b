package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"avid/models/appearance"
	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/nets"
	"avid/runtime/verdict"
)

// looks is the detector of what looks out of place, of one stream.
type looks struct {
	*appearance.Scorer
	of *lookModel
}

// lookModels are the networks that are open, which streams with the same bundle on the same
// device have in common.
var lookModels struct {
	sync.Mutex
	open map[lookKey]*lookModel
}

type lookKey struct {
	bundle, library string
	device          Device
}

type lookModel struct {
	key   lookKey
	users int // guarded by lookModels

	opening sync.Mutex // guards Model until it is there
	*appearance.Model
}

// openLooks readies a bundle's detector of what looks out of place; nil where it has none.
// Who opens the same one at the same time waits; others do not.
func openLooks(b *bundle.Bundle, o Options, d Device) (*looks, error) {
	if b.Manifest.Appearance == nil {
		return nil, nil
	}
	if kind, index := d.split(); kind == TensorRT { // it would build for minutes what is run twice a second
		d = CUDA + ":" + Device(index)
	}
	m := shareLooks(lookKey{b.Hash(), FindLibrary(o.Library), d})
	l := &looks{of: m}
	m.opening.Lock()
	defer m.opening.Unlock()
	if m.Model == nil {
		o.Device = d
		model, err := appearance.Open(b, &Backend{o: o, d: d})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrModel, err), l.close())
		}
		m.Model = model
	}
	l.Scorer = appearance.NewScorer(m.Model)
	return l, nil
}

// shareLooks counts one more user of the networks of a bundle.
func shareLooks(key lookKey) *lookModel {
	lookModels.Lock()
	defer lookModels.Unlock()
	if lookModels.open == nil {
		lookModels.open = map[lookKey]*lookModel{}
	}
	m := lookModels.open[key]
	if m == nil {
		m = &lookModel{key: key}
		lookModels.open[key] = m
	}
	m.users++
	return m
}

// close gives the networks back.
func (l *looks) close() error {
	if l == nil || l.of == nil {
		return nil
	}
	m := l.of
	l.of = nil
	if !m.leave() || m.Model == nil { // others have it, or it could not be opened
		return nil
	}
	return m.Close()
}

// leave counts one user less, and tells whether that was the last.
func (m *lookModel) leave() bool {
	lookModels.Lock()
	defer lookModels.Unlock()
	if m.users--; m.users > 0 {
		return false
	}
	delete(lookModels.open, m.key)
	return true
}

// look adds what looks out of place to what moves so: a pixel in front of the ground scores
// what the higher of both gives it. It is not asked where ζ is given, which is of the
// regions of D. It returns the frame's score, which was score.
func (e *Engine) look(ctx context.Context, t verdict.Thresholds, score float32) (float32, error) {
	if e.looks == nil || t.Zeta >= 0 {
		return score, nil
	}
	io, n := e.io, len(e.io.Mask.U8)
	if _, err := e.looks.Look(ctx, io.Frames.U8[len(io.Frames.U8)-n:], io.Pixel.F32, e.passed); err != nil {
		if ctx.Err() != nil {
			return score, interrupted(ctx)
		}
		return score, fmt.Errorf("%w: %w", ErrModel, err)
	}
	c := e.bundle.Manifest.Calibration
	location, scale := calib.AppearanceScore(c, *e.bundle.Manifest.Appearance, t.PerDay(c.FalseAlarmsPerDay))
	threshold := io.Threshold.F32[0]
	for i, v := range io.Pixel.F32 {
		if v <= nets.Outside {
			continue
		}
		d := e.looks.At(i)
		if d <= 0 {
			continue
		}
		s := float32(location + scale*float64(d))
		if s <= v {
			continue
		}
		io.Pixel.F32[i] = s
		score = max(score, s)
		if s >= threshold {
			io.Mask.U8[i] = 255
			if io.Kept != nil { // the ground does not follow what is marked
				io.Kept.F32[i] = io.Ground.F32[i]
			}
		}
	}
	return score, nil
}
