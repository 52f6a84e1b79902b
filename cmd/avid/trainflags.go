package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/nets"
	"avid/models/train"
	"avid/models/zones"
	"avid/runtime/hours"
)

// recordFor is how long a URL is recorded, unless told otherwise.
const recordFor = 10 * time.Minute

// trainFlags are the flags of avid train.
type trainFlags struct {
	deviceFlags
	inputsFlag
	hoursFlags
	of         *ofRecorder   // the camera of --camera
	plan       *hours.Plan   // of its hours
	state      *train.State  // that --resume goes on from; nil: it is not read yet
	before     *train.Hours  // that the runs before have learnt; nil without --resume
	base       *train.Config // what the recipe is taken from; nil: from its name
	normal     []string
	footage    []input // of normal, and of the file of --inputs
	dataset    string
	appearance bool
	root       string
	out        string
	size       string
	recipe     string
	frames     string
	rate       float64
	most       int
	record     time.Duration
	epochs     float64
	minutes    float64
	perDay     float64
	resume     bool
	force      bool
	precision  string       // of the bundle's networks
	set        train.Config // the settings that were given, by their flags
	optim      string
	ground     string
	zones      string
	left       zones.List // of zones
}

func (f *trainFlags) add(c *cobra.Command) {
	d := train.DefaultConfig()
	fl := c.Flags()
	fl.StringArrayVar(&f.normal, "normal", nil, "ordinary footage: a video, a folder of pictures, a folder of such, or a URL; may be repeated")
	fl.StringVar(&f.dataset, "dataset", "", "learn from the normal part of a data set instead: "+strings.Join(datasetNames, ", "))
	fl.StringVar(&f.root, "root", "", "folder of the data set; synth needs none")
	fl.StringVarP(&f.out, "output", "o", "", "bundle to write (.avid)")
	fl.StringVar(&f.size, "size", "auto", "model size WIDTHxHEIGHT in pixels; auto: about 192x128 in the shape of the picture, 220x220 for irmnist")
	fl.StringVar(&f.recipe, "recipe", "default", "settings to start from: default, still (pictures that stand alone) or paper (section 4 of the paper); irmnist: still")
	fl.StringVar(&f.zones, "zones", "", zonesUsage+"; the bundle keeps them")
	fl.StringVar(&f.frames, "frames", "", "frames A:B of each clip only, counted from 0, B not included")
	fl.Float64Var(&f.rate, "rate", d.FrameRate, "frames/s to learn at: windows of six frames span six of these")
	fl.IntVar(&f.most, "max-frames", 30000, "frames to keep in memory at most")
	fl.DurationVar(&f.record, "record", recordFor, "how long to record from a URL")
	fl.Float64Var(&f.epochs, "epochs", 0, "passes over the footage, instead of steps")
	fl.Float64Var(&f.minutes, "minutes", 0, "minutes to train for, instead of steps")
	fl.Float64Var(&f.perDay, "false-alarms-per-day", 0, "false alarms a day to allow on ordinary footage; 0: the default of the calibration")
	fl.BoolVar(&f.resume, "resume", false, "go on from where training into the same output stopped (OUTPUT.state)")
	fl.BoolVar(&f.force, "force", false, "replace a bundle that is there, learn from unfit footage or, with --resume, from that of another place")
	precisionFlag(c, &f.precision, bundle.FP32)
	s := &f.set
	fl.StringVar(&s.Name, "name", "", "name of the camera, kept in the bundle")
	fl.IntVar(&s.Inpainter.BaseWidth, "width", d.Inpainter.BaseWidth, "base channels of the inpainter")
	fl.IntVar(&s.Inpainter.Depth, "depth", d.Inpainter.Depth, "levels of the inpainter's U-Net")
	fl.StringVar(&f.ground, "ground", string(d.Inpainter.Ground), "what the inpainter returns: given, the ground of the place, of which it is given how it was of late; taught, the ground, from the picture alone; none, the picture itself, as the paper has it")
	fl.IntVar(&s.Batch, "batch", d.Batch, "windows a step")
	fl.IntVar(&s.Steps, "steps", d.Steps, "steps to train for")
	fl.IntVar(&s.StepsPerRun, "steps-per-run", d.StepsPerRun, "steps made in one call of the device, its weights staying there; any number learns the same; 0: 1 on a CPU, 8 on CUDA")
	fl.Uint64Var(&s.Seed, "seed", d.Seed, "seed of everything random")
	fl.StringVar(&f.optim, "optimizer", string(d.Optimizer), "adam or sgd")
	fl.Float64Var(&s.InpainterRate, "inpainter-rate", d.InpainterRate, "learning rate of I")
	fl.Float64Var(&s.DetectorRate, "detector-rate", d.DetectorRate, "learning rate of D")
	fl.Float64Var(&s.DetectorMean, "detector-mean", d.DetectorMean, "keep a running mean of D's weights, of which each update leaves this share; 0: keep the newest weights")
	fl.Float64Var(&s.Gamma, "gamma", d.Gamma, "strength of the noise on I's input")
	fl.Float64Var(&s.Sigma, "sigma", d.Sigma, "standard deviation of the noise, grey levels of 1")
	fl.BoolVar(&s.FixedGamma, "fixed-gamma", d.FixedGamma, "always the full gamma, not a random part of it")
	fl.Float32Var(&s.ReconstructionWeight, "reconstruction-weight", d.ReconstructionWeight, "weight of the reconstruction loss")
	fl.Float32Var(&s.AdversarialWeight, "adversarial-weight", d.AdversarialWeight, "weight of Eq. 3 in I's loss")
	fl.Float32Var(&s.DetectorAdversarialWeight, "detector-adversarial-weight", d.DetectorAdversarialWeight, "weight of Eq. 3 in D's loss")
	fl.Float64Var(&s.AdversarialShare, "adversarial-share", d.AdversarialShare, "share of the run over which the detector's adversarial weight falls to 0; 0: it stays")
	fl.Float32Var(&s.AuxiliaryWeight, "auxiliary-weight", d.AuxiliaryWeight, "weight of pseudo-irregularities in D's loss")
	fl.IntVar(&s.AuxiliarySteps, "auxiliary-steps", d.AuxiliarySteps, "steps of D alone on pseudo-irregularities after each step")
	fl.Float32Var(&s.WhereWeight, "where-weight", d.WhereWeight, "weight of pseudo-irregularities' pixels in the loss of D's second head")
	fl.Float64Var(&s.PasteShare, "paste-share", d.PasteShare, "share of the windows with pasted patches, to teach D with")
	fl.Float64Var(&s.SkipShare, "skip-share", d.SkipShare, "share of the windows in which time runs too fast, to teach D with")
	fl.Float64Var(&s.WeatherShare, "weather-share", d.WeatherShare, "share of the windows that are shown in weather, as --degrade of avid eval has it, to teach with")
	fl.IntVar(&s.Detector.EnsembleSize, "ensemble", d.Detector.EnsembleSize, "networks that D is an ensemble of")
	fl.BoolVar(&f.appearance, "appearance", true, "learn what passes usually looks like too, by a network that was taught on other pictures: what moves as usual but looks out of place is found")
	fl.BoolVar(&s.Mirror, "mirror", d.Mirror, "have the bundle's D judge each window and its mirror image: more is found, for twice the work of D on each frame")
	fl.IntVar(&s.Detector.MinRegions, "min-regions", d.Detector.MinRegions, "regions that must be irregular for a frame to be; 0 or 1: any")
	fl.Float32Var(&s.RealLabel, "real-label", d.RealLabel, "label of real regions for D")
	fl.Float32Var(&s.MotionWeight, "motion-weight", d.MotionWeight, "added weight of moving pixels in the reconstruction")
	fl.Float64Var(&s.Validation, "validation", d.Validation, "share of each clip held back to choose and calibrate with")
	f.inputsFlag.add(c)
	f.hoursFlags.add(c)
	f.deviceFlags.add(c)
	c.MarkFlagsOneRequired("output", "camera") // which names it by the present bundle
	// These fail for a flag that is not there only.
	_ = c.MarkFlagFilename("output", "avid")
	_ = c.MarkFlagDirname("root")
	_ = c.RegisterFlagCompletionFunc("dataset", cobra.FixedCompletions(datasetNames, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("recipe", cobra.FixedCompletions([]string{"default", "still", "paper"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("optimizer", cobra.FixedCompletions([]string{"adam", "sgd"}, cobra.ShellCompDirectiveNoFileComp))
	c.MarkFlagsOneRequired("normal", "inputs", "dataset", "camera")
	for _, other := range []string{"normal", "inputs", "dataset", "root", "frames"} {
		c.MarkFlagsMutuallyExclusive("camera", other)
	}
	for _, footage := range []string{"normal", "inputs"} {
		c.MarkFlagsMutuallyExclusive(footage, "dataset")
		c.MarkFlagsMutuallyExclusive(footage, "root")
	}
	c.MarkFlagsMutuallyExclusive("epochs", "minutes", "steps")
	fl.SetNormalizeFunc(renamed)
	helpInTwo(c, "Flags that change the method, for experiments", recipeFlags)
}

// renamed has flags answer to the names that they had before 2026-11-28 too.
func renamed(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "members":
		name = "ensemble"
	case "game-weight":
		name = "detector-adversarial-weight"
	case "game-share":
		name = "adversarial-share"
	case "teaching-weight":
		name = "auxiliary-weight"
	case "extra-teaching":
		name = "auxiliary-steps"
	case "least-regions":
		name = "min-regions"
	}
	return pflag.NormalizedName(name)
}

// config is the recipe with the flags that were given put over it.
func (f *trainFlags) config(c *cobra.Command) (train.Config, error) {
	var cfg train.Config
	if f.dataset == "irmnist" && !c.Flags().Changed("recipe") {
		f.recipe = "still"
	}
	switch {
	case f.base != nil:
		cfg = *f.base
		cfg.WeightGradient = train.DefaultConfig().WeightGradient // which is of the device
	case f.recipe == "default":
		cfg = train.DefaultConfig()
	case f.recipe == "paper":
		cfg = train.PaperConfig()
	case f.recipe == "still":
		cfg = train.StillConfig()
	default:
		return cfg, fmt.Errorf("recipe %q: want default, still or paper", f.recipe)
	}
	if err := f.takeGround(c, &cfg); err != nil {
		return cfg, err
	}
	var err error
	if f.left, err = zones.Read(f.zones); err != nil {
		return cfg, err
	}
	for name, take := range f.takers(&cfg) {
		if c.Flags().Changed(name) || f.of != nil && (name == "name" || name == "zones") {
			take()
		}
	}
	if !(f.minutes >= 0) || !(f.epochs >= 0) || !(f.rate >= bundle.MinRate && f.rate <= bundle.MaxRate) || f.most < 1 {
		return cfg, fmt.Errorf("--minutes %g, --epochs %g, --rate %g and --max-frames %d: none may be below 0, the frames not 0, the rate is %g to %d", f.minutes, f.epochs, f.rate, f.most, bundle.MinRate, bundle.MaxRate)
	}
	if !slices.Contains(precisions, f.precision) {
		return cfg, fmt.Errorf("--precision %q: want %s", f.precision, strings.Join(precisions, " or "))
	}
	if f.minutes > 0 {
		cfg.Steps, cfg.Duration = 0, time.Duration(f.minutes*float64(time.Minute))
	}
	cfg.FrameRate = f.rate
	return cfg, nil
}

// takeGround puts what I is to return into cfg.
func (f *trainFlags) takeGround(c *cobra.Command, cfg *train.Config) error {
	if !c.Flags().Changed("ground") {
		return nil
	}
	switch f.ground {
	case string(nets.Given), string(nets.Taught):
		cfg.SetGround(nets.Ground(f.ground))
	case "none":
		cfg.SetGround("")
	default:
		return fmt.Errorf("--ground %q: want given, taught or none", f.ground)
	}
	return nil
}

// takers put the value of each flag that is a setting of its own into cfg.
func (f *trainFlags) takers(cfg *train.Config) map[string]func() {
	s := f.set
	return map[string]func(){
		"name": func() { cfg.Name = s.Name }, "width": func() { cfg.Inpainter.BaseWidth = s.Inpainter.BaseWidth },
		"depth": func() { cfg.Inpainter.Depth = s.Inpainter.Depth }, "batch": func() { cfg.Batch = s.Batch },
		"steps": func() { cfg.Steps, cfg.Duration = s.Steps, 0 }, "seed": func() { cfg.Seed = s.Seed },
		"steps-per-run":  func() { cfg.StepsPerRun = s.StepsPerRun },
		"optimizer":      func() { cfg.Optimizer = train.Optimizer(f.optim) },
		"inpainter-rate": func() { cfg.InpainterRate = s.InpainterRate }, "detector-rate": func() { cfg.DetectorRate = s.DetectorRate },
		"detector-mean": func() { cfg.DetectorMean = s.DetectorMean },
		"gamma":         func() { cfg.Gamma = s.Gamma }, "sigma": func() { cfg.Sigma = s.Sigma }, "fixed-gamma": func() { cfg.FixedGamma = s.FixedGamma },
		"reconstruction-weight":       func() { cfg.ReconstructionWeight = s.ReconstructionWeight },
		"adversarial-weight":          func() { cfg.AdversarialWeight = s.AdversarialWeight },
		"detector-adversarial-weight": func() { cfg.DetectorAdversarialWeight = s.DetectorAdversarialWeight }, "adversarial-share": func() { cfg.AdversarialShare = s.AdversarialShare },
		"auxiliary-weight": func() { cfg.AuxiliaryWeight = s.AuxiliaryWeight },
		"auxiliary-steps":  func() { cfg.AuxiliarySteps = s.AuxiliarySteps },
		"paste-share":      func() { cfg.PasteShare = s.PasteShare }, "skip-share": func() { cfg.SkipShare = s.SkipShare }, "weather-share": func() { cfg.WeatherShare = s.WeatherShare },
		"where-weight": func() { cfg.WhereWeight = s.WhereWeight },
		"ensemble":     func() { cfg.Detector.EnsembleSize = s.Detector.EnsembleSize },
		"mirror":       func() { cfg.Mirror = s.Mirror },
		"min-regions":  func() { cfg.Detector.MinRegions = s.Detector.MinRegions },
		"real-label":   func() { cfg.RealLabel = s.RealLabel }, "motion-weight": func() { cfg.MotionWeight = s.MotionWeight },
		"validation": func() { cfg.Validation = s.Validation },
		"zones":      func() { cfg.Zones = f.left },
	}
}

// modelSize is the size that the model is to have; zero: as the first picture
// has it.
func (f *trainFlags) modelSize() (size, error) {
	want, err := parseSize(f.size)
	if want == (size{}) && f.dataset == "irmnist" {
		want = size{datasets.IRMNISTSize, datasets.IRMNISTSize}
	}
	return want, err
}

// keep is the frames to take of each clip.
func (f *trainFlags) keep() (datasets.Range, error) { return datasets.ParseRange(f.frames) }
