package avidfilter

import (
	"errors"
	"fmt"
	"math"

	"avid/models/bundle"
	"avid/models/zones"
	"avid/runtime/engine"
	"avid/runtime/overlay"
	"avid/runtime/verdict"
)

// errSettings says that settings contradict each other or the bundle.
var errSettings = errors.New("settings do not fit")

// settings are the writable properties of avidfilter; properties.go has their
// ranges and units.
type settings struct {
	Model          string // path of the bundle, or several with semicolons between
	ShadowModel    string
	ZonesText      string // as they were set
	Zones          zones.List
	ZonesError     error // why ZonesText is not Zones
	ZonesTurn      uint  // counts how often they were set
	Watch          bool  // Model and ShadowModel are opened anew when their files change
	Device         string
	TrustedKeys    string  // PEM file; "": any bundle is opened
	DeviceOptions  string  // key=value,key=value
	MaxBatch       uint    // windows a run of streams together; 0: automatic
	Alpha          float64 // below 0: the bundle's
	Zeta           float64 // below 0: by FalseAlarmRate
	FalseAlarmRate float64 // alarms a day; 0: the bundle's
	Interval       uint    // sampled frames from inference to inference
	Overlay        overlay.Flags
	OverlayColor   uint32 // ARGB
	Opacity        float64
	PostMessages   bool
	AttachMeta     bool
}

// defaultSettings are the defaults of the table.
func defaultSettings() settings {
	var s settings
	for _, p := range table {
		if p.set != nil {
			p.set(&s, p.DefaultValue())
		}
	}
	return s
}

// Validate refuses settings that contradict each other.
func (s settings) Validate() error {
	for _, v := range []struct {
		name        string
		value, most float64
	}{{"alpha", s.Alpha, 1}, {"zeta", s.Zeta, 1}, {"false-alarm-rate", s.FalseAlarmRate, math.MaxFloat64}} {
		if math.IsNaN(v.value) || v.value > v.most {
			return fmt.Errorf("%w: %s is %v", errSettings, v.name, v.value)
		}
	}
	switch {
	case s.ZonesError != nil:
		return fmt.Errorf("%w: %w", errSettings, s.ZonesError)
	case s.Zeta >= 0 && s.FalseAlarmRate > 0:
		return fmt.Errorf("%w: zeta (%g) and false-alarm-rate (%g) exclude each other; set one of them", errSettings, s.Zeta, s.FalseAlarmRate)
	case s.Interval < 1:
		return fmt.Errorf("%w: interval is 0, at least 1 is allowed", errSettings)
	}
	return nil
}

// models are the paths of the bundles; "" where there is none.
func (s *settings) models() []string { return bundle.Paths(s.Model) }

// thresholds gives the engine's form of the three thresholds.
func (s *settings) thresholds() verdict.Thresholds {
	return verdict.Thresholds{Alpha: s.Alpha, Zeta: s.Zeta, FalseAlarmsPerDay: s.FalseAlarmRate}
}

// batch gives the engine's form of max-batch.
func (s *settings) batch() int {
	if s.MaxBatch == 0 {
		return engine.AutoBatch
	}
	return int(min(s.MaxBatch, engine.MaxBatch))
}

// style gives the overlay's form of how to draw.
func (s *settings) style() overlay.Style {
	return overlay.Style{Flags: s.Overlay, Color: s.OverlayColor, Opacity: s.Opacity}
}
