package bundle

import (
	"slices"
	"testing"
)

func TestAboveFloor(t *testing.T) {
	const u = FloorUnit
	errors := []float32{
		9 * u, 0, 0, 0,
		0, 0, 0, 5 * u,
		0, 0, 0, 0,
	}
	floor := []byte{
		3, 0, 0, 0,
		0, 0, 0, 4,
		0, 0, 0, 0,
	}
	for _, c := range []struct {
		name           string
		floor          []byte
		reach, closing int
		want           []float32 // in units
	}{
		{"pixel alone", floor, 1, 0, []float32{6, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}},
		{"no reach given", floor, 0, 0, []float32{6, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}},
		{"no floor", nil, 1, 0, []float32{9, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0}},
		// The floor is taken off before the greatest is sought.
		{"three wide", floor, 3, 0, []float32{6, 6, 1, 1, 6, 6, 1, 1, 0, 0, 1, 1}},
		// Beyond the picture's edge is nothing that could keep it from being closed.
		{"closed", floor, 1, 3, []float32{6, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1}},
		{"wider than the picture", floor, 9, 0, slices.Repeat([]float32{6}, 12)},
	} {
		got := make([]float32, len(errors))
		AboveFloor(got, errors, c.floor, 3, 4, c.reach, c.closing)
		for i := range got {
			if d := got[i] - c.want[i]*u; d > 1e-6 || d < -1e-6 {
				t.Errorf("%s: pixel %d is %g units, want %g", c.name, i, got[i]/u, c.want[i])
			}
		}
	}
}
