package train

import (
	"math/rand/v2"
	"time"

	"avid/models/average"
	"avid/models/degrade"
)

// weathers are the kinds of degradation that windows are shown with, with which share
// of their usual strength at least and at most: what changes while a window lasts. The
// mount's are weak, since what they do is taken out before the networks see it.
var weathers = []struct {
	name        string
	least, most float64
}{
	{"exposure-step", 0.2, 1.2}, {"flicker", 0.3, 1.5}, {"cloud", 0.3, 1.4}, {"cloud", 0.3, 1.4}, {"headlight", 0.3, 1.2},
	{"insect", 0.5, 1.6}, {"insect", 0.5, 1.6}, {"rain", 0.3, 2}, {"snow", 0.3, 2}, {"noise", 0.3, 1.5}, {"jpeg", 1, 3},
	{"blur", 0.5, 1.5}, {"shake", 0.2, 0.6}, {"sway", 0.2, 0.6},
}

// weatherDay is how long the day is that weather is taken from.
const weatherDay = 1000 * time.Second

// weather shows the sample as a degraded camera would, in WeatherShare of the cases.
func (f *feeder) weather() {
	if f.rng.Float64() >= f.c.WeatherShare {
		return
	}
	d, kind := anyWeather(f.rng, f.c.Height, f.c.Width)
	each := time.Duration(float64(time.Second) / f.c.FrameRate)
	begin := weatherTime(f.rng)
	for i := range average.Frames {
		at := begin + time.Duration(i)*each
		d.Frame(f.sample.Clean[i], at)
		d.Frame(f.sample.Pseudo[i], at)
	}
	if kind.Scene && f.sample.Ground != nil {
		d.Frame(f.sample.Ground, begin+(average.Frames-1)*each)
	}
}

// anyWeather is one of the weathers, at any of its strengths.
func anyWeather(rng *rand.Rand, h, w int) (*degrade.Degrader, degrade.Kind) {
	one := weathers[rng.IntN(len(weathers))]
	kind, err := degrade.Find(one.name)
	if err != nil {
		panic(err) // a name in the table
	}
	strength := kind.Usual * (one.least + (one.most-one.least)*rng.Float64())
	d, err := degrade.New(kind, strength, h, w, rng.Uint64())
	if err != nil {
		panic(err) // a strength in the table
	}
	return d, kind
}

// weatherTime is any time of the day that weather is taken from.
func weatherTime(rng *rand.Rand) time.Duration { return time.Duration(rng.Int64N(int64(weatherDay))) }
