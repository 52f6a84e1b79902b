package avidfilter

import (
	"context"
	"errors"
	"fmt"

	"avid/element/gstc"
	"avid/models/bundle"
	"avid/models/ordinary"
	"avid/models/zones"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/event"
)

// model is a bundle ready to infer, as engine.Engine is. Not safe for
// concurrent use.
type model interface {
	analyze.Model
	// Device is what the model runs on.
	Device() string
	// FallbackReason says why device=auto took no GPU; "" where it did, or had no
	// choice.
	FallbackReason() string
	// Quality is how good the bundle is, as far as it tells.
	Quality() bundle.Quality
	// Picture is what the bundle keeps of its place, grey, of the model's size; nil:
	// nothing.
	Picture() []byte
	// Footage is the size in pixels of the pictures that were trained on; 0, 0: not
	// known.
	Footage() (w, h int)
	// Bundle says which bundle it is.
	Bundle() event.Bundle
	// Calibration is the bundle's.
	Calibration() *bundle.Calibration
	// Ordinary is what the bundle holds of ordinary things.
	Ordinary() *ordinary.List
	// Zones are those that the bundle was trained with.
	Zones() zones.List
	// BatchSize is how many windows the last Infer's run judged.
	BatchSize() int
	Close() error
}

// opener opens the bundle that the settings name, unless ctx ends before; note is told
// what else is to be known, in a sentence.
type opener func(ctx context.Context, s settings, note func(string)) (model, error)

// openEngine opens the bundle on ONNX Runtime.
func openEngine(ctx context.Context, s settings, note func(string)) (model, error) {
	device, err := engine.ParseDevice(s.Device)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSettings, err)
	}
	options, err := engine.ParseDeviceOptions(s.DeviceOptions)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSettings, err)
	}
	b, err := bundle.Open(s.Model)
	if err != nil {
		return nil, err
	}
	if s.TrustedKeys != "" {
		keys, err := bundle.ReadPublicKeys(s.TrustedKeys)
		if err != nil {
			return nil, fmt.Errorf("%w: trusted-keys: %w", errSettings, err)
		}
		if err := b.CheckTrust(keys); err != nil {
			return nil, err
		}
	}
	if s.FalseAlarmRate > 0 && b.Manifest.Calibration.Frames == 0 {
		return nil, fmt.Errorf("%w: the bundle is not calibrated, so false-alarm-rate says nothing (\"avid calibrate\" does it)", errSettings)
	}
	e, err := engine.Open(ctx, b, engine.Options{
		Device:        device,
		Library:       engine.LibraryBeside(gstc.ModuleDir()),
		DeviceOptions: options,
		BundlePath:    s.Model,
		Batch:         s.batch(),
		Note:          note,
	})
	if errors.Is(err, engine.ErrDeviceOptions) {
		return nil, fmt.Errorf("%w: %w", errSettings, err)
	}
	if errors.Is(err, engine.ErrModel) {
		err = fmt.Errorf("%w: %w", analyze.ErrWarmUp, err)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}
