package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"avid/models/appearance"
	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/pseudo"
)

// ErrDiverged says that a loss is no longer a number.
var ErrDiverged = errors.New("train: the losses are no longer numbers; lower the learning rates")

// Progress is told of every step, after the Run that made it.
type Progress struct {
	Step, Steps int           // Steps is 0 when a duration limits the run
	Elapsed     time.Duration // of this run, an earlier one that it resumes included
	Left        time.Duration // estimate, of the steps
	Finish      time.Duration // estimate: what comes after the last step takes
	Losses      Losses
	Validation  Validation // the newest
	Validated   bool       // this step ended with a validation
}

// Options are what a run needs beside its settings.
type Options struct {
	Progress func(Progress)     // may be nil
	Resume   *State             // go on from here; nil starts anew
	Save     func(*State) error // called at the end and every SaveEach; may be nil
	SaveEach time.Duration      // 0 means a minute
	// Background is the still background of the footage, kept in the State.
	Background []byte
	// Features are the weights of the network that tells what looks out of place; nil: the
	// bundle has no detector of that.
	Features *appearance.Weights
	// Learnt is what is learnt from, kept in the State: a run that was killed has no bundle
	// that tells it.
	Learnt Learnt
	// FalseAlarmsPerDay is the rate that the bundle is calibrated for; 0:
	// calib.DefaultPerDay.
	FalseAlarmsPerDay float64
	// Began is when the time of a run that has a limit of it begins to count, such as
	// before the footage was read; zero: with the first step.
	Began time.Time
}

// Run trains on clips until its steps or time are over or ctx is done, then
// calibrates and returns the bundle of the best checkpoints. A cancelled run
// returns its bundle too, without an error, once it has made a step; the steps of
// a Run under way are given up. Of c a
// resumed run takes the limits, Mirror, and what depends on the backend,
// StepsPerRun and WeightGradient; all else is its state's. Errors wrap ErrConfig,
// ErrFootage, ErrDiverged or the backend's; with ErrState there is a bundle all the
// same.
func Run(ctx context.Context, c Config, clips []Clip, backend compute.Backend, o Options) (*bundle.Bundle, error) {
	if o.Resume != nil {
		limits := c
		c = o.Resume.Config
		c.Steps, c.Duration = limits.Steps, limits.Duration
		c.Mirror, c.StepsPerRun, c.WeightGradient = limits.Mirror, limits.StepsPerRun, limits.WeightGradient
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r, err := newRun(c, clips, backend, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.loop(ctx); err != nil {
		return nil, err
	}
	b, err := r.export()
	if o.Save != nil {
		if saveErr := o.Save(r.snapshot()); saveErr != nil {
			err = errors.Join(err, fmt.Errorf("%w: %w", ErrState, saveErr))
		}
	}
	return b, err
}

// ErrState says that the state to resume from could not be saved; the bundle is
// not affected.
var ErrState = errors.New("train: state not saved")

// Streams of random numbers that one seed gives.
const (
	dataStream = iota + 1
	weightStream
	noiseStream
	checkStream
	testStream // of the held-back test: other shapes than those that α is measured on
	lookStream // of the weather that the memory of appearances is shown
)

type run struct {
	c       Config
	o       Options
	backend compute.Backend
	regions bundle.Regions
	supply  *supply
	learn   []pseudo.Clip
	held    []Clip
	check   *validator
	stepper stepper
	nets    [2]*netBuffers // I, D
	step    int
	pace    time.Duration // of the newest steps, each
	before  time.Duration // elapsed before this run
	start   time.Time
	newest  Validation
	curve   []Point       // of the validations
	motion  *Motion       // of the footage
	finish  time.Duration // estimate of what export takes
	ground  []byte        // of the footage; nil where I does not return it
}

func newRun(c Config, clips []Clip, backend compute.Backend, o Options) (*run, error) {
	regions, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		return nil, err
	}
	learn, held, err := divide(c, clips)
	if err != nil {
		return nil, err
	}
	r := &run{c: c, o: o, backend: backend, regions: regions, learn: learn, held: held}
	if !c.Still {
		r.motion = motion(learn, held, regions, c.Height, c.Width)
	}
	rng := rand.New(rand.NewPCG(c.Seed, weightStream))
	s := o.Resume
	if s == nil {
		s = &State{Inpainter: first(c.inpainter(), rng), Detector: first(c.detector(), rng)}
	}
	r.nets = [2]*netBuffers{newNetBuffers(s.Inpainter), newNetBuffers(s.Detector)}
	r.step, r.before, r.newest, r.curve = s.Step, s.Elapsed, s.Newest, s.Curve
	source := rand.NewPCG(c.Seed, dataStream)
	if s.Random != nil {
		if err := source.UnmarshalBinary(s.Random); err != nil {
			return nil, fmt.Errorf("train: random state: %w", err)
		}
	}
	// Those of the next Run are made during this one.
	batches := make([]*batch, min(max(c.StepsPerRun*(1+c.AuxiliarySteps), 2), maxAhead))
	for i := range batches {
		batches[i] = newBatch(c, regions.Rows, regions.Cols)
	}
	feed := newFeeder(c, regions, c.irregularities(learn, regions), rand.New(source))
	r.ground = feed.whole[0]
	r.supply = newSupply(feed, source, batches)
	if err := r.load(held); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// load readies the graphs of the run.
func (r *run) load(held []Clip) (err error) {
	if r.check, err = newValidator(r.c, r.regions, held, r.backend); err != nil {
		return err
	}
	if r.c.StepsPerRun > 1 {
		r.stepper, err = newLooped(r)
	} else {
		r.stepper, err = newSingle(r)
	}
	return err
}

// close frees the graphs; nothing is lost with them.
func (r *run) close() {
	if r.stepper != nil {
		r.stepper.close()
	}
	if r.check != nil {
		r.check.close()
	}
	r.supply.close()
}

// loop runs steps until a limit or the context ends it.
func (r *run) loop(ctx context.Context) error {
	if err := r.timeFinish(); err != nil {
		return err
	}
	r.start = time.Now()
	if !r.o.Began.IsZero() {
		r.start = r.o.Began
	}
	saved := time.Now()
	saveEach := r.o.SaveEach
	if saveEach == 0 {
		saveEach = time.Minute
	}
	validated := false
	for !r.done() && (ctx.Err() == nil || r.step == 0) {
		n, start := r.atOnce(ctx), time.Now()
		within := ctx
		if r.step == 0 { // without a step there is no bundle
			within = context.WithoutCancel(ctx)
		}
		losses, err := r.stepper.steps(within, r, n)
		if cancelled(within, err) {
			break
		}
		if err != nil {
			return err
		}
		r.pace = time.Since(start) / time.Duration(n)
		for _, l := range losses {
			r.step++
			if validated = r.step%r.interval() == 0; validated {
				if err := r.validate(); err != nil {
					return err
				}
			}
			if r.o.Progress != nil {
				r.o.Progress(r.progress(l, validated))
			}
		}
		if r.o.Save != nil && time.Since(saved) > saveEach {
			// A state that cannot be saved now is told at the end: the training is
			// worth more.
			_ = r.o.Save(r.snapshot())
			saved = time.Now()
		}
	}
	if validated {
		return nil
	}
	return r.validate() // the last weights may be the best
}

// cancelled tells whether a Run failed for the end of ctx.
func cancelled(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() != nil && !errors.Is(err, ErrDiverged)
}

// theta are the newest weights of network i.
func (r *run) theta(i int) *compute.Tensor { return r.nets[i].theta[r.nets[i].side] }

// candidates are the weights of I and D that may become checkpoints: the newest,
// or their running mean.
func (r *run) candidates() [2]*compute.Tensor {
	c := [2]*compute.Tensor{r.theta(0), r.theta(1)}
	n, keep := r.nets[1], r.c.DetectorMean
	if keep > 0 && n.updates > 0 {
		sum := n.state[len(n.state)-1][n.side].F32
		c[1] = compute.Floats(int64(len(sum)))
		// The sum began with zeros; so Adam, section 3, corrects its own.
		share := float32(1 / (1 - math.Pow(keep, float64(n.updates))))
		for i, v := range sum {
			c[1].F32[i] = share * v
		}
	}
	return c
}

// validate measures the newest candidates and keeps them where they are the best
// so far: two different checkpoints, section 4.3 of the paper.
func (r *run) validate() error {
	theta := r.candidates()
	v, err := r.check.run(theta[0], theta[1])
	if err != nil {
		return fmt.Errorf("validation at step %d: %w", r.step, err)
	}
	r.newest = v
	r.curve = append(r.curve, Point{Step: r.step, Seconds: r.elapsed().Seconds(), Reconstruction: v.Reconstruction, DrawnAUC: v.DrawnAUC, InpaintedAUC: v.InpaintedAUC})
	marks := []float64{-v.Reconstruction, v.mark(r.c)}
	for i, n := range r.nets {
		if math.IsNaN(marks[i]) {
			return fmt.Errorf("validation at step %d: %w", r.step, ErrDiverged)
		}
		if n.best.Best == nil || marks[i] > n.best.BestMark {
			n.best.Best = append(n.best.Best[:0], theta[i].F32...)
			n.best.BestAt, n.best.BestMark = r.step, marks[i]
		}
	}
	return nil
}

func (r *run) progress(l Losses, validated bool) Progress {
	p := Progress{Finish: r.finish, Step: r.step, Steps: r.c.Steps, Elapsed: r.elapsed(), Losses: l, Validation: r.newest, Validated: validated}
	if f := r.fraction(r.step); f > 0 {
		p.Left = time.Duration(float64(p.Elapsed) * (1 - f) / f)
	}
	return p
}
