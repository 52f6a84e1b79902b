package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"avid/models/autodiff"
	"avid/models/train"
	"avid/runtime/engine"
)

// parsed is the configuration that a command line gives.
func parsed(t *testing.T, args ...string) train.Config {
	t.Helper()
	var f trainFlags
	c := &cobra.Command{Use: "train"}
	f.add(c)
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	cfg, err := f.config(c)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestFlagsChangeOneSettingEach(t *testing.T) {
	for _, c := range []struct {
		args []string
		set  func(*train.Config)
	}{
		{nil, func(*train.Config) {}},
		{[]string{"--name", "gate"}, func(c *train.Config) { c.Name = "gate" }},
		{[]string{"--width", "8"}, func(c *train.Config) { c.Inpainter.BaseWidth = 8 }},
		{[]string{"--depth", "2"}, func(c *train.Config) { c.Inpainter.Depth = 2 }},
		{[]string{"--batch", "4"}, func(c *train.Config) { c.Batch = 4 }},
		{[]string{"--steps", "7"}, func(c *train.Config) { c.Steps = 7 }},
		{[]string{"--steps-per-run", "4"}, func(c *train.Config) { c.StepsPerRun = 4 }},
		{[]string{"--minutes", "1.5"}, func(c *train.Config) { c.Steps, c.Duration = 0, 90*time.Second }},
		{[]string{"--seed", "9"}, func(c *train.Config) { c.Seed = 9 }},
		{[]string{"--rate", "5"}, func(c *train.Config) { c.FrameRate = 5 }},
		{[]string{"--optimizer", "sgd"}, func(c *train.Config) { c.Optimizer = train.SGD }},
		{[]string{"--inpainter-rate", "0.01"}, func(c *train.Config) { c.InpainterRate = 0.01 }},
		{[]string{"--detector-rate", "0.01"}, func(c *train.Config) { c.DetectorRate = 0.01 }},
		{[]string{"--gamma", "0.2"}, func(c *train.Config) { c.Gamma = 0.2 }},
		{[]string{"--sigma", "0.3"}, func(c *train.Config) { c.Sigma = 0.3 }},
		{[]string{"--fixed-gamma"}, func(c *train.Config) { c.FixedGamma = true }},
		{[]string{"--reconstruction-weight", "2"}, func(c *train.Config) { c.ReconstructionWeight = 2 }},
		{[]string{"--adversarial-weight", "2"}, func(c *train.Config) { c.AdversarialWeight = 2 }},
		{[]string{"--game-weight", "2"}, func(c *train.Config) { c.DetectorAdversarialWeight = 2 }},
		{[]string{"--detector-adversarial-weight", "2"}, func(c *train.Config) { c.DetectorAdversarialWeight = 2 }},
		{[]string{"--adversarial-share", "0.2"}, func(c *train.Config) { c.AdversarialShare = 0.2 }},
		{[]string{"--game-share", "0.2"}, func(c *train.Config) { c.AdversarialShare = 0.2 }},
		{[]string{"--auxiliary-weight", "2"}, func(c *train.Config) { c.AuxiliaryWeight = 2 }},
		{[]string{"--teaching-weight", "2"}, func(c *train.Config) { c.AuxiliaryWeight = 2 }},
		{[]string{"--real-label", "0.8"}, func(c *train.Config) { c.RealLabel = 0.8 }},
		{[]string{"--motion-weight", "2"}, func(c *train.Config) { c.MotionWeight = 2 }},
		{[]string{"--extra-teaching", "3"}, func(c *train.Config) { c.AuxiliarySteps = 3 }},
		{[]string{"--auxiliary-steps", "3"}, func(c *train.Config) { c.AuxiliarySteps = 3 }},
		{[]string{"--min-regions", "3"}, func(c *train.Config) { c.Detector.MinRegions = 3 }},
		{[]string{"--least-regions", "3"}, func(c *train.Config) { c.Detector.MinRegions = 3 }},
		{[]string{"--paste-share", "0.3"}, func(c *train.Config) { c.PasteShare = 0.3 }},
		{[]string{"--skip-share", "0.2"}, func(c *train.Config) { c.SkipShare = 0.2 }},
		{[]string{"--weather-share", "0.1"}, func(c *train.Config) { c.WeatherShare = 0.1 }},
		{[]string{"--detector-mean", "0.9"}, func(c *train.Config) { c.DetectorMean = 0.9 }},
		{[]string{"--mirror=false"}, func(c *train.Config) { c.Mirror = false }},
		{[]string{"--ensemble", "2"}, func(c *train.Config) { c.Detector.EnsembleSize = 2 }},
		{[]string{"--members", "2"}, func(c *train.Config) { c.Detector.EnsembleSize = 2 }},
		{[]string{"--validation", "0.3"}, func(c *train.Config) { c.Validation = 0.3 }},
	} {
		want := train.DefaultConfig()
		c.set(&want)
		if got := parsed(t, c.args...); !reflect.DeepEqual(got, want) {
			t.Errorf("%v gives %+v\nwant %+v", c.args, got, want)
		}
		paper := train.PaperConfig()
		c.set(&paper)
		if got := parsed(t, append(c.args, "--recipe", "paper")...); !reflect.DeepEqual(got, paper) {
			t.Errorf("%v on the paper's recipe gives %+v\nwant %+v", c.args, got, paper)
		}
	}
}

// TestSuit: each device gets what suits it, and a number that was given stays.
func TestSuit(t *testing.T) {
	for _, w := range []struct {
		device      engine.Device
		given, want int
		form        autodiff.WeightGradient
	}{
		{engine.CPU, 0, 0, autodiff.Im2col}, {engine.CPU, 3, 3, autodiff.Im2col},
		{engine.CUDA, 0, train.StepsOnDevice, autodiff.Slices}, {"cuda:1", 0, train.StepsOnDevice, autodiff.Slices},
		{engine.CUDA, 1, 1, autodiff.Slices}, {engine.TensorRT, 0, 0, autodiff.Slices},
	} {
		c := train.DefaultConfig()
		c.StepsPerRun = w.given
		if suit(&c, w.device); c.StepsPerRun != w.want || c.WeightGradient != w.form {
			t.Errorf("%s, given %d: %d steps a Run and form %d, want %d and %d", w.device, w.given, c.StepsPerRun, c.WeightGradient, w.want, w.form)
		}
	}
}

// TestRecipeOfStills: IR-MNIST is learnt with the recipe for pictures that stand
// alone, unless another one is asked for.
func TestRecipeOfStills(t *testing.T) {
	for _, args := range [][]string{{"--recipe", "still"}, {"--dataset", "irmnist"}} {
		if got := parsed(t, args...); !reflect.DeepEqual(got, train.StillConfig()) {
			t.Errorf("%v gives %+v", args, got)
		}
	}
	if got := parsed(t, "--dataset", "irmnist", "--recipe", "default"); got.Still {
		t.Error("the recipe that was asked for was not taken")
	}
}

// TestTrainRefusesEarly: what is wrong with the settings is said before any
// footage is read.
func TestTrainRefusesEarly(t *testing.T) {
	for _, args := range [][]string{
		{"--depth", "-1"}, {"--depth", "20"}, {"--batch", "0"}, {"--rate", "NaN"}, {"--rate", "Inf"}, {"--minutes", "NaN"}, {"--steps", "0"}, {"--steps-per-run", "-1"}, {"--recipe", "none"},
		{"--depth", "1", "--size", "100x128"}, {"--recipe", "still", "--size", "220x220", "--mirror"}, {"--ensemble", "9"},
	} {
		status, _, errOut := avid(t, append([]string{"train", "--normal", "/nonexistent", "-o", t.TempDir() + "/cam.avid"}, args...)...)
		if status != 1 || strings.Contains(errOut, "nonexistent") {
			t.Errorf("%v: status %d, %q", args, status, errOut)
		}
	}
}
