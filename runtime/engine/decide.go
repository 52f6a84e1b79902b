package engine

import (
	"math"

	"avid/models/bundle"
	"avid/models/calib"
	"avid/runtime/verdict"
)

// decide writes the thresholds into the graph's inputs.
func (e *Engine) decide(t verdict.Thresholds) {
	c := e.bundle.Manifest.Calibration
	e.io.Smoothing.F32[0] = float32(1 - math.Pow(1-c.Smoothing, float64(e.passed)))
	if e.alone {
		e.io.Smoothing.F32[0] = 1
	}
	e.decideAlpha(t.Alpha)
	if t.Zeta >= 0 {
		// O ≤ ζ ⇔ −logit(O) ≥ −logit(ζ): the logits as they are.
		for i := range e.io.Shift.F32 {
			e.io.Shift.F32[i], e.io.Scale.F32[i] = 0, 1
		}
		z := min(max(t.Zeta, 1e-12), 1-1e-12)
		e.io.Threshold.F32[0] = float32(math.Log1p(-z) - math.Log(z))
		e.balance(float64(e.io.Threshold.F32[0]), 1) // ζ is of regions: for a pixel it is even odds
		return
	}
	for i := range e.io.Shift.F32 {
		e.io.Shift.F32[i], e.io.Scale.F32[i] = float32(c.RowShift[i]), float32(c.RowScale[i])
	}
	threshold := calib.Threshold(c, t.PerDay(c.FalseAlarmsPerDay))
	e.io.Threshold.F32[0] = float32(threshold)
	if c.Where != nil {
		b := calib.Balance(c, threshold)
		e.balance(b.Location, b.Scale)
	}
}

// balance writes how the second head's logits become scores.
func (e *Engine) balance(location, scale float64) {
	if b := e.io.Balance; b != nil {
		b.F32[0], b.F32[1] = float32(location), float32(scale)
	}
}

// decideAlpha writes the pixel threshold of each pixel, when it has changed:
// the same everywhere, or as calibrated, counted from the floor.
func (e *Engine) decideAlpha(alpha float64) {
	if alpha < 0 {
		alpha = -1
	}
	if e.alphaSet && alpha == e.alphaNow {
		return
	}
	e.alphaSet, e.alphaNow = true, alpha
	for i := range e.io.Alpha.F32 {
		e.io.Alpha.F32[i] = float32(alpha)
		if alpha < 0 {
			e.io.Alpha.F32[i] = float32(e.bundle.Manifest.Calibration.Alpha)
			if len(e.bundle.Floor) > 0 {
				e.io.Alpha.F32[i] += float32(e.bundle.Floor[i]) * bundle.FloorUnit
			}
		}
	}
}
