package calib

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"avid/models/bundle"
)

// TestRefit: the score of a frame is that of the pixel which both heads hold to be
// irregular most, a block without any is as low as the lowest, and even odds of the second
// head are worth the threshold.
func TestRefit(t *testing.T) {
	c := bundle.Uncalibrated(1)
	c.GumbelLocation, c.GumbelScale, c.FalseAlarmsPerDay = 1, 3, 24
	threshold := Threshold(c, 24)
	frame := func(marks ...Mark) []Marks {
		clip := make([]Marks, 10)
		for _, p := range marks {
			clip[4] = clip[4].Add(p)
		}
		return clip
	}
	clips := [][]Marks{frame(Mark{30, -23}, Mark{2, 5}), frame(Mark{30, -22}), frame(Mark{1, 1}), frame()}
	maxima := Refit(&c, clips, 10, -16)
	if l, s := gumbel([]float64{threshold - 23, threshold - 22, 1, 1}); c.GumbelLocation != l || c.GumbelScale != s {
		t.Errorf("location %g, scale %g", c.GumbelLocation, c.GumbelScale)
	}
	lower := Threshold(c, 24)
	want := []float64{2, lower - 22, 1, lower - 22}
	if *c.Where != (bundle.Balance{Location: lower, Scale: 1}) || !reflect.DeepEqual(maxima, want) {
		t.Errorf("maxima %v, want %v; balance %+v", maxima, want, c.Where)
	}
	if maxima := Refit(&c, [][]Marks{make([]Marks, 20)}, 10, -16); !reflect.DeepEqual(maxima, []float64{-16, -16}) {
		t.Errorf("maxima %v where nothing moves", maxima)
	}
}

// TestRefitNeverRaises: a second head that lowers the scores of some blocks by much, and
// of the highest by nothing, spreads them, which must not raise the threshold.
func TestRefitNeverRaises(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	c := bundle.Uncalibrated(1)
	c.FalseAlarmsPerDay = 24
	var alone []float64
	var clip []Marks
	for range 30 {
		score := -2.5 - 0.5*math.Log(rng.ExpFloat64())
		alone = append(alone, score)
		where := 0.0
		if score < -2 {
			where = -9
		}
		clip = append(clip, slices.Repeat([]Marks{{{score, where}}}, 10)...)
	}
	c.GumbelLocation, c.GumbelScale = gumbel(alone)
	before := c
	Refit(&c, [][]Marks{clip}, 10, -16)
	if got, most := Threshold(c, 24), Threshold(before, 24); got != most || c.Where.Location != most {
		t.Errorf("threshold %g, that of the regions alone is %g; balance %+v", got, most, c.Where)
	}
}

// TestMarks: what Add leaves out could be the highest by no balance.
func TestMarks(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		var all, kept Marks
		for range 1 + rng.IntN(60) {
			p := Mark{float64(rng.IntN(12)), float64(rng.IntN(12))}
			all, kept = append(all, p), kept.Add(p)
		}
		b := bundle.Balance{Location: rng.NormFloat64(), Scale: 3 * rng.Float64()}
		if got, want := kept.highest(b), all.highest(b); got != want {
			t.Fatalf("%v of %v: %g, want %g", kept, all, got, want)
		}
	}
}

func TestAlphaBetween(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var thing, beside []float64
	for range 4000 {
		beside = append(beside, math.Abs(0.01*rng.NormFloat64()))
		if rng.IntN(10) == 0 { // as grey as the ground
			thing = append(thing, math.Abs(0.01*rng.NormFloat64()))
		} else {
			thing = append(thing, 0.1+0.3*rng.Float64())
		}
	}
	if a := AlphaBetween(thing, beside); a < 0.02 || a > 0.101 {
		t.Errorf("α %g, want one between noise of 0.01 and things from 0.1 on", a)
	}
	if a := AlphaBetween([]float64{0.5}, nil); a != 0.5 {
		t.Errorf("α %g of one pixel", a)
	}
	if a := AlphaBetween(nil, []float64{0.3, 0.1}); a != 0.3 {
		t.Errorf("α %g without an irregular pixel", a)
	}
}
