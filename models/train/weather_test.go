package train

import (
	"bytes"
	"slices"
	"testing"

	"avid/models/average"
	"avid/models/nets"
	"avid/models/pseudo"
)

// TestWeather: a share of the windows is shown in weather, the clean window and the one
// with irregularities alike, and the ground with them where the place looks other.
func TestWeather(t *testing.T) {
	c := tiny()
	c.Inpainter.Ground = nets.Given
	r, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	clips := footage(60, 32, 32)
	gen := pseudo.Generator{H: 32, W: 32, Clips: []pseudo.Clip{clips[0].Frames}, MinSpeed: 1, MaxSpeed: 3}
	for share, want := range map[float64][2]int{0: {0, 0}, 0.5: {60, 140}, 1: {120, 200}} {
		c.WeatherShare = share
		f := newFeeder(c, r, gen, newTestRand())
		changed, grounds := 0, 0
		for range 200 {
			f.gen.Draw(f.rng, f.sample)
			before, ground := slices.Clone(f.sample.Clean[average.Frames-1]), slices.Clone(f.sample.Ground)
			f.weather()
			for i, clean := range f.sample.Clean { // no irregularities are drawn here
				if !bytes.Equal(clean, f.sample.Pseudo[i]) {
					t.Fatal("the clean window and the other are in different weather")
				}
			}
			if !bytes.Equal(before, f.sample.Clean[average.Frames-1]) {
				changed++
			}
			if !bytes.Equal(ground, f.sample.Ground) {
				grounds++
			}
		}
		if changed < want[0] || changed > want[1] || grounds > changed || share > 0 && grounds == 0 {
			t.Errorf("share %g: %d of 200 windows are changed, and %d grounds", share, changed, grounds)
		}
	}
	c.WeatherShare = 1.5
	if c.Validate() == nil {
		t.Error("more than all windows in weather")
	}
}
