package bundle

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestAbsurdNumbers: numbers that can be written and mean nothing are refused by
// name.
func TestAbsurdNumbers(t *testing.T) {
	for field, edits := range map[string][]func(*Manifest){
		"frame_rate":                       {func(m *Manifest) { m.FrameRate = 1e-9 }, func(m *Manifest) { m.FrameRate = 1e9 }, func(m *Manifest) { m.FrameRate = math.NaN() }, func(m *Manifest) { m.FrameRate = -10 }},
		"calibration.gumbel_scale":         {func(m *Manifest) { m.Calibration.GumbelScale = 1e-300 }, func(m *Manifest) { m.Calibration.GumbelScale = math.Inf(1) }},
		"calibration.gumbel_location":      {func(m *Manifest) { m.Calibration.GumbelLocation = 1e300 }, func(m *Manifest) { m.Calibration.GumbelLocation = math.NaN() }},
		"calibration.block_seconds":        {func(m *Manifest) { m.Calibration.BlockSeconds = 1e-12 }, func(m *Manifest) { m.Calibration.BlockSeconds = 1e12 }},
		"calibration.smoothing":            {func(m *Manifest) { m.Calibration.Smoothing = 1e-30 }, func(m *Manifest) { m.Calibration.Smoothing = 2 }},
		"calibration.false_alarms_per_day": {func(m *Manifest) { m.Calibration.FalseAlarmsPerDay = 1e-300 }, func(m *Manifest) { m.Calibration.FalseAlarmsPerDay = 1e300 }},
		"calibration.alpha":                {func(m *Manifest) { m.Calibration.Alpha = 7 }},
		"calibration.row_scale[0]":         {func(m *Manifest) { m.Calibration.RowScale[0] = 1e-300 }},
		"luma":                             {func(m *Manifest) { m.Luma = "none" }},
	} {
		for i, edit := range edits {
			m := Manifest{Height: 32, Width: 32, FrameRate: 10, Regions: Regions{Stride: 8, Rows: 4, Cols: 4, Center: 3.5, Box: 8}, Calibration: Uncalibrated(4)}
			if err := m.Validate(); err != nil {
				t.Fatal(err)
			}
			edit(&m)
			if err := m.Validate(); !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), field+" is ") {
				t.Errorf("%s, %d: %v", field, i, err)
			}
		}
	}
}
