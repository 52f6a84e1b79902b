package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"avid/models/autodiff"
	"avid/models/train"
	"avid/runtime/engine"
)

// suit chooses how steps are computed on a device, where that is not given.
func suit(cfg *train.Config, device engine.Device) {
	if device != engine.CPU {
		cfg.WeightGradient = autodiff.Slices // im2col by grouped convolution is a CPU trick
	}
	if kind, _, _ := strings.Cut(string(device), ":"); cfg.StepsPerRun == 0 && engine.Device(kind) == engine.CUDA {
		cfg.StepsPerRun = train.StepsOnDevice
	}
}

// resumeFlags are the flags that may go with --resume: where and how long, not
// what is learnt.
var resumeFlags = []string{"resume", "normal", "dataset", "root", "output", "frames", "max-frames", "record", "steps", "minutes", "epochs",
	"device", "threads", "steps-per-run", "false-alarms-per-day", "precision", "mirror"}

// resumed is the state to go on from, nil to begin anew; cfg then takes over
// the settings of the earlier run, and its limit too where none is given.
func (f *trainFlags) resumed(c *cobra.Command, path string, cfg *train.Config) (*train.State, error) {
	if !f.resume {
		return nil, nil
	}
	var wrong error
	limited := false
	c.Flags().Visit(func(fl *pflag.Flag) {
		if !slices.Contains(resumeFlags, fl.Name) {
			wrong = fmt.Errorf("--%s cannot change what --resume goes on with; leave it out, or begin anew without --resume", fl.Name)
		}
		limited = limited || slices.Contains([]string{"steps", "minutes", "epochs"}, fl.Name)
	})
	if wrong != nil {
		return nil, wrong
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("nothing to resume: %w", err)
	}
	s, err := train.DecodeState(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	steps, duration, perRun, form := cfg.Steps, cfg.Duration, cfg.StepsPerRun, cfg.WeightGradient
	*cfg = s.Config
	cfg.StepsPerRun, cfg.WeightGradient = perRun, form // of this device, not of the earlier one
	if c.Flags().Changed("mirror") {
		cfg.Mirror = f.set.Mirror
	}
	if limited {
		cfg.Steps, cfg.Duration = steps, duration
	}
	if err := cfg.Validate(); err != nil { // before footage is read
		return nil, err
	}
	return s, nil
}
