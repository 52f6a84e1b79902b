package analyze

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"avid/models/bundle"
	"avid/models/calib"
)

// TestDrift: scores as the calibration has them are never drift, whatever the seed and
// with things passing that are irregular; scores well above are, within the half hour,
// with a rate of the right size; and it is over when they are back.
func TestDrift(t *testing.T) {
	c := bundle.Uncalibrated(4)
	c.Frames, c.GumbelLocation, c.GumbelScale, c.FalseAlarmsPerDay = 1000, -1, 0.7, 24
	threshold := calib.Threshold(c, 24)
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d := NewDrift(&c)
		var told []Notice
		at := time.Duration(0)
		// hours plays some, with the scores so many scales higher.
		hours := func(n, higher float64) {
			near := rng.Float64()
			for range int(n * 3600) {
				if rng.IntN(4) == 0 { // what is there stays for some seconds
					near = rng.Float64()
				}
				most := c.GumbelLocation + c.GumbelScale*(higher-math.Log(-math.Log(near)))
				if rng.IntN(100) == 0 {
					most += 10
				}
				for k := range 10 {
					score := most - 1
					if k == 5 {
						score = most
					}
					d.take(at, score)
					if n, tell := d.look(at, threshold, 24); tell {
						told = append(told, n)
					}
					at += 100 * time.Millisecond
				}
			}
		}
		hours(3, 0)
		if len(told) > 0 {
			t.Fatalf("seed %d: told %+v of scores as they should be", seed, told)
		}
		hours(1.5, 3.5)
		if len(told) != 1 || !told[0].Begin || told[0].Time > 3*time.Hour+45*time.Minute {
			t.Fatalf("seed %d: told %+v", seed, told)
		}
		if got, ok := d.PerDay(threshold); !ok || got < 24*math.Exp(3.5)/3 || got > 24*math.Exp(3.5)*3 {
			t.Errorf("seed %d: %g a day, want about %g", seed, got, 24*math.Exp(3.5))
		}
		hours(2, 0)
		if len(told) != 2 || told[1].Begin {
			t.Errorf("seed %d: told %+v", seed, told)
		}
	}
	d := NewDrift(nil)
	d.take(0, 1)
	if _, tell := d.look(0, 1, 1); tell {
		t.Error("drift without a calibration")
	}
}
