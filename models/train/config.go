// Package train teaches I and D on footage of one camera. A training step is
// one inference graph, so that it runs wherever inference runs.
package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"avid/models/autodiff"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/zones"
)

// Optimizer names the rule that moves the weights.
type Optimizer string

// The optimizers.
const (
	SGD  Optimizer = "sgd"  // momentum 0.9, the paper's
	Adam Optimizer = "adam" // β₁ = 0.5 as usual against an adversary, β₂ = 0.999
)

const (
	sgdMomentum = 0.9 // section 4 of the paper
	adamBeta1   = 0.5 // Radford et al., 2016, section 3
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// rate is the step size at step n, counted from 1.
func (o Optimizer) rate(base float64, n int) float64 {
	if o != Adam {
		return base
	}
	t := float64(n)
	return base * math.Sqrt(1-math.Pow(adamBeta2, t)) / (1 - math.Pow(adamBeta1, t))
}

// Config are the settings of a training run. They are stored in the bundle.
type Config struct {
	Name      string  `json:"name"`
	Height    int     `json:"height"` // model size in pixels
	Width     int     `json:"width"`
	FrameRate float64 `json:"frame_rate"` // frames/s that the footage was sampled at
	// Luma is the range of the footage's grey frames: "full" or "limited", or empty
	// where it is the footage's own, as in older states.
	Luma      string            `json:"luma,omitempty"`
	Inpainter nets.Inpainter    `json:"inpainter"`
	Detector  nets.ConvDetector `json:"detector"`

	Batch         int           `json:"batch"`
	Steps         int           `json:"steps"`       // 0: until Duration
	Duration      time.Duration `json:"duration_ns"` // 0: until Steps
	Seed          uint64        `json:"seed"`
	Optimizer     Optimizer     `json:"optimizer"`
	InpainterRate float64       `json:"inpainter_rate"`
	DetectorRate  float64       `json:"detector_rate"`
	// DetectorMean is what D's running mean keeps at each update, below 1: θ_D is
	// then that mean, not the newest weights (Polyak and Juditsky, 1992; with this
	// fading form, Adam, section 7.2). 0: there is none.
	DetectorMean float64 `json:"detector_mean,omitempty"`

	Gamma      float64 `json:"gamma"`       // γ of X̃ = X + γ·η
	Sigma      float64 `json:"sigma"`       // σ of η ~ N(0, σ²), grey levels in [0,1]
	FixedGamma bool    `json:"fixed_gamma"` // always γ (the paper), else U[0, γ]

	ReconstructionWeight      float32 `json:"reconstruction_weight"`
	AdversarialWeight         float32 `json:"adversarial_weight"`     // I against D, Eq. 3
	DetectorAdversarialWeight float32 `json:"game_weight"`            // D against I, Eq. 3
	AdversarialShare          float64 `json:"game_share"`             // share of the run over which that weight falls to 0; 0: it stays
	AuxiliaryWeight           float32 `json:"teaching_weight"`        // D on pseudo-irregularities
	AuxiliarySteps            int     `json:"extra_teaching"`         // steps of D alone on pseudo-irregularities after each step
	RealLabel                 float32 `json:"real_label"`             // label of real regions, 1 or a little less
	MotionWeight              float32 `json:"motion_weight"`          // added weight of moving pixels
	WhereWeight               float32 `json:"where_weight,omitempty"` // D's second head on pseudo-irregularities

	PasteShare float64 `json:"paste_share"`     // share of the windows with pasted patches
	SkipShare  float64 `json:"skip_share"`      // share of the windows in which time runs too fast
	Still      bool    `json:"still,omitempty"` // pictures that stand alone, not film
	// WeatherShare is the share of the windows that are shown as light, weather and the
	// lens of a camera would show them.
	WeatherShare float64 `json:"weather_share,omitempty"`

	Validation float64 `json:"validation"` // share of each clip held back
	// Zones are the parts of the picture that alone count, or do not: the clips show the
	// same in all frames where nothing counts, and nothing irregular is put there.
	Zones zones.List `json:"zones,omitempty"`
	// Mirror has the bundle's D judge each window and its mirror image and take the
	// mean. It changes nothing that is learnt: windows are mirrored half the time.
	Mirror bool `json:"mirror,omitempty"`

	// How the steps are computed; the results are the same up to rounding, and
	// exactly for any StepsPerRun.
	StepsPerRun    int                     `json:"steps_per_run,omitempty"` // made in one Run, the weights staying on the device; 0: 1
	WeightGradient autodiff.WeightGradient `json:"-"`
}

// StepsOnDevice is a StepsPerRun for a device with memory of its own: few enough
// for its batches to fit, 0.2 GB at the default size, enough for the weights to
// cross the bus seldom.
const StepsOnDevice = 8

// maxStepsPerRun keeps the batches of one Run in memory: each step of the
// default size has 25 MB of them.
const maxStepsPerRun = 256

// DefaultConfig learns a camera on two CPU cores in about a quarter of an hour.
func DefaultConfig() Config {
	return Config{
		Height: 128, Width: 192, FrameRate: 10, Luma: luma.Full.String(),
		Inpainter: nets.DefaultInpainter(nets.Given), Detector: nets.DefaultDetector(),
		Batch: 16, Steps: 500, Seed: 1, Optimizer: Adam, InpainterRate: 1e-3, DetectorRate: 5e-4,
		Gamma: 0.4, Sigma: 0.5,
		ReconstructionWeight: 100, AdversarialWeight: 0.02, DetectorAdversarialWeight: 0.1, AdversarialShare: 0.5, AuxiliaryWeight: 1, WhereWeight: 1, AuxiliarySteps: 2, RealLabel: 0.95,
		MotionWeight: 4, PasteShare: 0.8, SkipShare: 0.1, WeatherShare: 0.3, Validation: 0.15, Mirror: true, WeightGradient: autodiff.Im2col,
	}
}

// SetGround makes I one of the default size that returns what g says. D's second head
// goes where I returns no ground.
func (c *Config) SetGround(g nets.Ground) {
	c.Inpainter = nets.DefaultInpainter(g)
	if g == "" {
		c.Detector.Where, c.WhereWeight = nets.Where{}, 0
	}
}

// StillConfig learns from pictures that stand alone, such as IR-MNIST: the
// regions of D are its cells of 20 pixels, no place differs from another, and a
// picture is irregular when several of its cells are.
func StillConfig() Config {
	c := DefaultConfig()
	c.Still = true
	c.Mirror = false // a mirrored digit is another thing
	c.Height, c.Width = 220, 220
	c.Inpainter = nets.Inpainter{BaseWidth: 24, Depth: 1, Stem: 2, Norm: "none"}
	c.Detector = nets.GridDetector()
	// The oddest of 121 normal digits is odder than most threes, but where there
	// are threes there are about twelve.
	c.Detector.MinRegions = 8
	c.PasteShare, c.SkipShare, c.WeatherShare = 0.9, 0, 0
	c.MotionWeight, c.WhereWeight = 0, 0
	return c
}

// PaperConfig is the paper's recipe: SGD with learning rate 0.002, batches of
// 16, γ = 0.4, its detector, batch normalization in I, no pseudo-irregularities.
func PaperConfig() Config {
	c := DefaultConfig()
	c.Inpainter = nets.Inpainter{BaseWidth: 24, Depth: 3, Stem: 1, Norm: "batch"}
	c.Detector = nets.PaperDetector()
	c.Optimizer, c.InpainterRate, c.DetectorRate = SGD, 0.002, 0.002
	c.Gamma, c.Sigma, c.FixedGamma = 0.4, 1, true
	c.ReconstructionWeight, c.AdversarialWeight, c.DetectorAdversarialWeight, c.AuxiliaryWeight = 1, 1, 1, 0
	c.RealLabel, c.AdversarialShare, c.MotionWeight, c.AuxiliarySteps, c.PasteShare, c.SkipShare, c.WeatherShare = 1, 0, 0, 0, 0, 0, 0
	c.WhereWeight = 0
	c.Mirror = false
	return c
}

// ErrConfig is the root of every complaint about settings.
var ErrConfig = errors.New("train: setting out of range")

// Validate checks ranges; errors wrap ErrConfig.
func (c Config) Validate() error {
	check := func(ok bool, format string, args ...any) error {
		if ok {
			return nil
		}
		return fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	m := c.Inpainter.Multiple()
	in := func(name string, v float64) error {
		return check(v >= 0 && !math.IsInf(v, 0), "%s %g is not a finite number ≥ 0", name, v)
	}
	return errors.Join(
		c.Inpainter.Validate(), c.detectorFits(),
		check(m == 0 || c.Height%m == 0 && c.Width%m == 0, "size %d×%d (width × height) is not a multiple of %d", c.Width, c.Height, m),
		check(c.Height >= 32 && c.Width >= 32 && c.Height <= 4096 && c.Width <= 4096, "size %d×%d (width × height), want 32 to 4096", c.Width, c.Height),
		c.lumaFits(),
		check(c.FrameRate >= bundle.MinRate && c.FrameRate <= bundle.MaxRate, "frame rate %g, want %g to %d frames/s", c.FrameRate, bundle.MinRate, bundle.MaxRate),
		check(c.Batch >= 1 && c.Batch <= 1024, "batch %d, want 1 to 1024", c.Batch),
		check(c.Steps > 0 || c.Duration > 0, "neither steps nor a duration given"),
		check(c.StepsPerRun >= 0 && c.StepsPerRun <= maxStepsPerRun, "%d steps a Run, want 0 to %d", c.StepsPerRun, maxStepsPerRun),
		check(c.Optimizer == SGD || c.Optimizer == Adam, "optimizer %q, want sgd or adam", c.Optimizer),
		check(c.InpainterRate > 0 && c.DetectorRate > 0, "learning rates %g and %g, want more than 0", c.InpainterRate, c.DetectorRate),
		check(c.DetectorMean >= 0 && c.DetectorMean < 1, "mean of the detector's weights keeps %g, want 0 to below 1", c.DetectorMean),
		check(c.Validation > 0 && c.Validation <= 0.5, "validation share %g, want up to 0.5", c.Validation),
		check(c.AuxiliarySteps >= 0 && c.AuxiliarySteps <= 100, "auxiliary steps %d, want 0 to 100", c.AuxiliarySteps),
		check(c.AuxiliarySteps == 0 || c.AuxiliaryWeight > 0, "auxiliary steps without an auxiliary weight"),
		check(c.RealLabel > 0.5 && c.RealLabel <= 1, "real label %g, want above 0.5 and at most 1", c.RealLabel),
		check(c.AdversarialShare >= 0 && c.AdversarialShare <= 1, "adversarial share %g, want 0 to 1", c.AdversarialShare),
		check(c.PasteShare >= 0 && c.SkipShare >= 0 && c.PasteShare+c.SkipShare <= 1, "shares of pseudo-irregularities %g and %g, want at least 0 and at most 1 together", c.PasteShare, c.SkipShare),
		check(c.WeatherShare >= 0 && c.WeatherShare <= 1, "share of windows in weather %g, want 0 to 1", c.WeatherShare),
		check(c.WeatherShare == 0 || !c.Still, "pictures that stand alone have no weather"),
		c.zonesFit(),
		in("gamma", c.Gamma), in("sigma", c.Sigma),
		in("reconstruction weight", float64(c.ReconstructionWeight)), in("adversarial weight", float64(c.AdversarialWeight)),
		in("detector adversarial weight", float64(c.DetectorAdversarialWeight)), in("auxiliary weight", float64(c.AuxiliaryWeight)),
		in("motion weight", float64(c.MotionWeight)), in("weight of where", float64(c.WhereWeight)),
		check(!c.Detector.Where.There() || c.Inpainter.Ground != "", "a second head of the detector needs an inpainter that returns the ground"),
		check(c.Inpainter.Ground == "" || !c.Still, "pictures that stand alone have no ground"),
	)
}

// LumaRange is the range that footage is to be scaled to; of valid settings.
func (c Config) LumaRange() luma.Range {
	r, err := luma.ParseRange(c.Luma)
	if err != nil {
		return luma.Stored
	}
	return r
}

// lumaFits checks the range.
func (c Config) lumaFits() error {
	if _, err := luma.ParseRange(c.Luma); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// zonesFit checks the zones, and that they leave something to learn.
func (c Config) zonesFit() error {
	if err := c.Zones.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if counts := c.Counts(); counts != nil && !slices.Contains(counts, true) {
		return fmt.Errorf("%w: the zones leave nothing of the picture to learn from", ErrConfig)
	}
	return nil
}

// Counts is which pixels of the model count; nil: all.
func (c Config) Counts() []bool {
	if c.Height < 1 || c.Width < 1 {
		return nil
	}
	return c.Zones.Counts(c.Height, c.Width)
}

// bundled is D as the bundle has it: with mirror images where c wants them.
func (c Config) bundled() (nets.ConvDetector, error) {
	if !c.Mirror {
		return c.Detector, nil
	}
	return c.Detector.Mirrored(c.Width)
}

// detectorFits checks D, and that it can judge mirror images where it must.
func (c Config) detectorFits() error {
	if err := c.Detector.Validate(); err != nil {
		return err
	}
	_, err := c.bundled()
	if c.Mirror && c.Still {
		err = errors.New("pictures that stand alone have no mirror images")
	}
	if err != nil {
		err = fmt.Errorf("%w: %w (--mirror=false does without)", ErrConfig, err)
	}
	return err
}
