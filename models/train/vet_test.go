package train_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
	"avid/models/train"
)

// TestRecipesAreVetted: the bundles of every recipe are let by, at several sizes,
// with mirror images, with several regions wanted, and in half precision.
func TestRecipesAreVetted(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	seen := 0
	for name, c := range map[string]train.Config{"default": train.DefaultConfig(), "paper": train.PaperConfig(), "still": train.StillConfig()} {
		c.Inpainter.BaseWidth *= 2 // wider than any recipe
		for _, size := range [][2]int{{c.Height, c.Width}, {64, 64}, {1088, 1920}} {
			for _, least := range []int{0, 8} {
				c.Height, c.Width, c.Detector.MinRegions = size[0], size[1], least
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

// TestCalibrateVets: a bundle from elsewhere is measured only by a graph that is
// one of ours.
func TestCalibrateVets(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	c := train.DefaultConfig()
	c.Height, c.Width = 64, 64
	b, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
	if err != nil {
		t.Fatal(err)
	}
	b.Fused = bytes.ReplaceAll(b.Fused, []byte("Relu"), []byte("Loop"))
	if err := train.Calibrate(context.Background(), b, nil, 1, 1, ref.Backend{}); !errors.Is(err, onnx.ErrRefused) {
		t.Errorf("%v", err)
	}
}
