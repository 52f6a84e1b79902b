package calib_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"avid/models/bundle"
	"avid/models/calib"
)

// TestThresholdHoldsItsRate draws block maxima from the fitted distribution:
// the share above the threshold must be the share asked for.
func TestThresholdHoldsItsRate(t *testing.T) {
	c := bundle.Uncalibrated(1)
	c.GumbelLocation, c.GumbelScale, c.BlockSeconds = 2, 0.7, 1
	rng := rand.New(rand.NewPCG(1, 2))
	for _, perDay := range []float64{864, 8640, 43200} {
		th := calib.Threshold(c, perDay)
		const n = 200000
		over := 0
		for range n {
			// Inverse of the Gumbel distribution function.
			if c.GumbelLocation-c.GumbelScale*math.Log(-math.Log(rng.Float64())) >= th {
				over++
			}
		}
		want := perDay / 86400
		if got := float64(over) / n; math.Abs(got-want) > 4*math.Sqrt(want/n) {
			t.Errorf("%g a day: %g of the blocks are above, want %g", perDay, got, want)
		}
	}
	if !(calib.Threshold(c, 1) > calib.Threshold(c, 24)) {
		t.Error("a lower rate needs a higher threshold")
	}
	for _, extreme := range []float64{0, 1e-30, 1e30} {
		if v := calib.Threshold(c, extreme); math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("rate %g gives threshold %g", extreme, v)
		}
	}
}

// clips of frames whose logits are Gaussian, their mean rising row by row.
func clips(rng *rand.Rand, r bundle.Regions, n, frames int, slope float64) []calib.Clip {
	out := make([]calib.Clip, n)
	for i := range out {
		for range frames {
			f := make([]float32, r.Rows*r.Cols)
			for k := range f {
				f[k] = float32(rng.NormFloat64() + slope*float64(k/r.Cols))
			}
			out[i] = append(out[i], f)
		}
	}
	return out
}

// TestMeasureLeast: with two regions needed, a single odd one in each frame
// moves no block's maximum.
func TestMeasureLeast(t *testing.T) {
	r := bundle.Regions{Stride: 8, Rows: 2, Cols: 50, Center: 3.5, Box: 8}
	frames := make(calib.Clip, 40)
	for i := range frames {
		frames[i] = make([]float32, r.Rows*r.Cols)
		frames[i][i], frames[i][0] = 9, 0.1*float32(i/10)
	}
	at := func(least int) float64 {
		r.MinRegions = least
		c, err := calib.Measure([]calib.Clip{frames}, r, 10)
		if err != nil {
			t.Fatal(err)
		}
		return c.GumbelLocation
	}
	if one, two := at(1), at(2); one < 8 || two > 1 {
		t.Errorf("located at %g for one region and %g for two, want about 9 and 0", one, two)
	}
}

func TestMeasure(t *testing.T) {
	r := bundle.Regions{Stride: 8, Rows: 4, Cols: 6, Center: 3.5, Box: 8}
	rng := rand.New(rand.NewPCG(3, 4))
	c, err := calib.Measure(clips(rng, r, 5, 200, 0.5), r, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(r.Rows); err != nil {
		t.Fatal(err)
	}
	if c.Frames != 1000 {
		t.Errorf("%d frames, want 1000", c.Frames)
	}
	for i := 1; i < r.Rows; i++ {
		if c.RowShift[i] < c.RowShift[i-1] {
			t.Errorf("rows with higher normal scores must shift more: %v", c.RowShift)
		}
	}
	// Held-out normal footage keeps to the rate, within a factor of three.
	const perDay = 3000
	th := calib.Threshold(c, perDay)
	fresh := clips(rng, r, 1, 40000, 0.5)[0]
	alarms := 0
	for at := 0; at < len(fresh); at += 10 {
		over := false
		for _, f := range fresh[at : at+10] {
			for k, v := range f {
				over = over || float64(v)-c.RowShift[k/r.Cols] >= th
			}
		}
		if over {
			alarms++
		}
	}
	want := perDay / 86400.0 * 4000
	if got := float64(alarms); got > 3*want || got < want/3 {
		t.Errorf("%g alarms in 4000 s, want about %g", got, want)
	}
}

func TestMeasureEdges(t *testing.T) {
	r := bundle.Regions{Stride: 8, Rows: 2, Cols: 2, Center: 3.5, Box: 8}
	if _, err := calib.Measure(nil, r, 10); !errors.Is(err, calib.ErrTooFew) {
		t.Errorf("no footage: %v", err)
	}
	// A scene where nothing ever differs still gives a valid calibration.
	still := calib.Clip{}
	for range 50 {
		still = append(still, make([]float32, 4))
	}
	c, err := calib.Measure([]calib.Clip{still}, r, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(2); err != nil {
		t.Error(err)
	}
}

func TestAlphaFor(t *testing.T) {
	irregular := make([]float64, 50)
	for i := range irregular {
		irregular[i] = 0.1 + float64(i)/100
	}
	for _, c := range []struct {
		name                  string
		irregular, unaffected []float64
		want                  float64
	}{
		{"a quarter of the neighbours passes", irregular, []float64{0, 0.01, 0.02, 0.03}, 0.03},
		{"one in fifty of the irregular may be lost, no more", irregular, []float64{0.8, 0.8, 0.8}, 0.11},
		{"never below the floor", []float64{-1, -1}, []float64{-1, -1}, 0},
		{"no data", nil, nil, 0},
	} {
		if a := calib.AlphaFor(c.irregular, c.unaffected); a != c.want {
			t.Errorf("%s: α = %g, want %g", c.name, a, c.want)
		}
	}
}

// TestFloor: the median error of each pixel, whatever moves there now and then
// and however many frames come.
func TestFloor(t *testing.T) {
	var f calib.Floor
	if f.Median() != nil {
		t.Error("a floor without frames")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		e := []float32{100.5 * bundle.FloorUnit, 0, 0.9, float32(math.NaN()), 0.05 + 0.02*rng.Float32()}
		if rng.IntN(5) == 0 {
			e[1] = 0.5
		}
		f.Add(e)
	}
	m := f.Median()
	if m[0] != 100 || m[1] != 0 || m[2] != 255 || m[3] != 0 || m[4] < 57 || m[4] > 65 {
		t.Errorf("medians %v", m)
	}
}
