package train_test

import (
	"math/rand/v2"
	"testing"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/train"
)

// TestRecipesAreVetted: the bundles of every recipe are let by, at several sizes,
// with mirror images, with several regions wanted, and in half precision.
func TestRecipesAreVetted(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	seen := 0
	for name, c := range map[string]train.Config{"default": train.DefaultConfig(), "paper": train.PaperConfig(), "still": train.StillConfig()} {
		c.Inpainter.BaseWidth *= 2 // wider than any recipe
		for _, size := range [][2]int{{c.Height, c.Width}, {64, 64}, {480, 640}} {
			for _, least := range []int{0, 8} {
				c.Height, c.Width, c.Detector.Least = size[0], size[1], least
				if _, err := c.Detector.Regions(c.Height, c.Width); err != nil {
					continue
				}
				b, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
				if err != nil {
					continue // mirror images that this size has not
				}
				half, err := nets.InPrecision(b, bundle.FP16)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range []*bundle.Bundle{b, half} {
					seen++
					if err := nets.Vet(b); err != nil {
						t.Errorf("%s at %v, %d regions, %s: %v", name, size, least, b.Manifest.Precision, err)
					}
				}
			}
		}
	}
	if seen < 16 {
		t.Errorf("%d bundles were looked at", seen)
	}
}
