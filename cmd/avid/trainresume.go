package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

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

// resumeFlags are the flags that may change with --resume: where and how long,
// not what is learnt.
var resumeFlags = append([]string{"camera", "resume", "force", "normal", "inputs", "dataset", "root", "output", "frames", "max-frames", "record", "steps", "minutes", "epochs",
	"device", "device-options", "threads", "steps-per-run", "false-alarms-per-day", "precision", "mirror", "appearance"}, hoursOnly...)

// saved is the state that --resume goes on from, of a path; it is read once.
func (f *trainFlags) saved(path string) (*train.State, error) {
	if f.state != nil {
		return f.state, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("nothing to resume: %w", err)
	}
	if f.state, err = train.DecodeState(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f.state, nil
}

// resumed is the state to go on from, nil to begin anew; cfg then takes over
// the settings of the earlier run, and its limit too where none is given.
func (f *trainFlags) resumed(c *cobra.Command, path string, cfg *train.Config) (*train.State, error) {
	if !f.resume {
		return nil, nil
	}
	s, err := f.saved(path)
	if err != nil {
		return nil, err
	}
	if err := f.unchanged(c, s.Config, *cfg); err != nil {
		return nil, err
	}
	limited := false
	for _, name := range []string{"steps", "minutes", "epochs"} {
		limited = limited || c.Flags().Changed(name)
	}
	steps, duration, perRun, form := cfg.Steps, cfg.Duration, cfg.StepsPerRun, cfg.WeightGradient
	*cfg = s.Config
	cfg.StepsPerRun, cfg.WeightGradient = perRun, form // of this device, not of the earlier one
	if c.Flags().Changed("mirror") {
		cfg.Mirror = f.set.Mirror
	}
	if limited {
		cfg.Steps, cfg.Duration = steps, duration
	} else if text := goOn(cfg, s); text != "" {
		c.PrintErrf("note: %s; --steps and --minutes say otherwise, counted from its beginning\n", text)
	}
	if err := cfg.Validate(); err != nil { // before footage is read
		return nil, err
	}
	return s, nil
}

// mostMore is how long a training that is over goes on for with --resume alone, where it
// was limited by time.
const mostMore = 30 * time.Minute

// goOn makes room for more training where that of s is over, since who resumes it wants
// more, and says so; "" where the limit that it began with leaves some.
func goOn(cfg *train.Config, s *train.State) string {
	switch {
	case cfg.Steps > 0 && s.Step >= cfg.Steps:
		more := min(cfg.Steps, train.DefaultConfig().Steps)
		cfg.Steps = s.Step + more
		return fmt.Sprintf("this training was over after %d steps, and goes on for %d more", s.Step, more)
	case cfg.Duration > 0 && s.Elapsed > cfg.Duration-cfg.Duration/10:
		more := min(cfg.Duration, mostMore)
		cfg.Duration = s.Elapsed + more
		return fmt.Sprintf("this training was over after %s, and goes on for %s more", clock(s.Elapsed), clock(more))
	}
	return ""
}

// tellIdle says that a resumed training had nothing left to do.
func tellIdle(c *cobra.Command, before *train.State, steps int) {
	if before != nil && steps <= before.Step {
		c.PrintErrf("note: nothing more was learnt: it has been trained for %d steps in %s already, and --steps and --minutes count from its beginning\n",
			before.Step, clock(before.Elapsed))
	}
}

// unchanged holds the flags that say what is learnt against those that the
// earlier run began with: the line that was typed then may be typed again, and a
// flag of another value is refused by name. wanted is what the flags of now make.
func (f *trainFlags) unchanged(c *cobra.Command, began, wanted train.Config) error {
	var wrong error
	refuse := func(fl *pflag.Flag) {
		wrong = fmt.Errorf("--%s %s cannot change what --resume goes on with; leave it out, or begin anew without --resume", fl.Name, fl.Value)
	}
	c.Flags().Visit(func(fl *pflag.Flag) {
		now := began
		switch take := f.takers(&now)[fl.Name]; {
		case slices.Contains(resumeFlags, fl.Name):
			return
		case take != nil:
			take()
		case fl.Name == "rate":
			now.FrameRate = wanted.FrameRate
		case fl.Name == "size":
			want, err := f.modelSize()
			if want == (size{began.Width, began.Height}) { // of older versions, height first
				want = want.turned()
			}
			if err == nil && want != (size{}) {
				now.Height, now.Width = want.h, want.w
			}
		case fl.Name == "recipe":
			now = sameRun(wanted, began)
		default:
			refuse(fl)
			return
		}
		if !reflect.DeepEqual(now, began) {
			refuse(fl)
		}
	})
	return wrong
}

// sameRun is the recipe of c with what differs from run to run taken from began.
func sameRun(c, began train.Config) train.Config {
	c.Height, c.Width, c.FrameRate, c.Name, c.Seed, c.Zones = began.Height, began.Width, began.FrameRate, began.Name, began.Seed, began.Zones
	c.Steps, c.Duration, c.StepsPerRun, c.WeightGradient, c.Mirror = began.Steps, began.Duration, began.StepsPerRun, began.WeightGradient, began.Mirror
	return c
}
