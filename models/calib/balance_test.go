package calib

import (
	"testing"

	"avid/models/bundle"
)

// TestBalance: even odds of the second head are worth the threshold in use, whatever rate
// the bundle was calibrated for.
func TestBalance(t *testing.T) {
	c := bundle.Uncalibrated(1)
	c.Where = &bundle.Balance{Location: Threshold(c, DefaultPerDay), Scale: 2}
	for _, perDay := range []float64{0.1, DefaultPerDay, 1000} {
		threshold := Threshold(c, perDay)
		if got := Balance(c, threshold); got != (bundle.Balance{Location: threshold, Scale: 2}) {
			t.Errorf("%g a day: %+v beside a threshold of %g", perDay, got, threshold)
		}
	}
}
