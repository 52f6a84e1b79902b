package train

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/pseudo"
)

// ErrDiverged says that a loss is no longer a number.
var ErrDiverged = errors.New("train: the losses are no longer numbers; lower the learning rates")

// Progress is told after every step.
type Progress struct {
	Step, Steps int           // Steps is 0 when a duration limits the run
	Elapsed     time.Duration // of this run, an earlier one that it resumes included
	Left        time.Duration // estimate
	Losses      Losses
	Validation  Validation // the newest
	Validated   bool       // this step ended with a validation
}

// Options are what a run needs beside its settings.
type Options struct {
	Progress func(Progress)     // may be nil
	Resume   *State             // go on from here; nil starts anew
	Save     func(*State) error // called at the end and every SaveEvery; may be nil
	SaveEach time.Duration      // 0 means five minutes
}

// State is all that a run needs to go on as if it had never stopped.
type State struct {
	Config    Config
	Step      int
	Elapsed   time.Duration
	Inpainter Weights
	Detector  Weights
	Random    []byte // state of the data's random source
	Newest    Validation
}

// Weights are a network's weights, its optimizer's state and its best
// checkpoint.
type Weights struct {
	Theta    []float32
	State    [][]float32
	Best     []float32
	BestAt   int
	BestMark float64
}

// Encode is a compact form of the state for a file.
func (s *State) Encode() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(s)
	return b.Bytes(), err
}

// DecodeState is the inverse of Encode.
func DecodeState(data []byte) (*State, error) {
	s := &State{}
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(s); err != nil {
		return nil, fmt.Errorf("train: state to resume from: %w", err)
	}
	li, ld := s.Config.Inpainter.Layout().Len(), s.Config.Detector.Layout().Len()
	if int64(len(s.Inpainter.Theta)) != li || int64(len(s.Detector.Theta)) != ld || s.Config.Validate() != nil {
		return nil, fmt.Errorf("train: state to resume from does not fit its own settings")
	}
	return s, nil
}

// Run trains on clips until its steps or time are over or ctx is done, then
// calibrates and returns the bundle of the best checkpoints. A cancelled run
// returns its bundle too, without an error, once it has made a step. Errors
// wrap ErrConfig, ErrFootage, ErrDiverged or the backend's.
func Run(ctx context.Context, c Config, clips []Clip, backend compute.Backend, o Options) (*bundle.Bundle, error) {
	if o.Resume != nil {
		limits := c
		c = o.Resume.Config
		c.Steps, c.Duration = limits.Steps, limits.Duration
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
	if o.Save != nil {
		if err := o.Save(r.snapshot()); err != nil {
			return nil, fmt.Errorf("saving the state: %w", err)
		}
	}
	return r.export()
}

// Streams of random numbers that one seed gives.
const (
	dataStream = iota + 1
	weightStream
	noiseStream
	checkStream
)

type run struct {
	c       Config
	o       Options
	backend compute.Backend
	regions bundle.Regions
	source  *rand.PCG
	feed    *feeder
	batch   *batch
	held    []Clip
	check   *validator
	session compute.Session
	// The step reads one set of buffers and writes the other.
	nets   [2]*netBuffers // I, D
	losses *compute.Tensor
	step   int
	before time.Duration // elapsed before this run
	start  time.Time
	newest Validation
}

// netBuffers are the two sets of buffers of one network.
type netBuffers struct {
	theta [2]*compute.Tensor
	state [][2]*compute.Tensor
	rate  *compute.Tensor
	best  Weights // Best, BestAt and BestMark alone
}

func newNetBuffers(w Weights) *netBuffers {
	pair := func(v []float32) (p [2]*compute.Tensor) {
		for i := range p {
			p[i] = compute.Floats(int64(len(v)))
			copy(p[i].F32, v)
		}
		return p
	}
	n := &netBuffers{theta: pair(w.Theta), rate: compute.Floats(1), best: w}
	for _, s := range w.State {
		n.state = append(n.state, pair(s))
	}
	return n
}

func (n *netBuffers) in(side int) []*compute.Tensor {
	list := []*compute.Tensor{n.theta[side], n.rate}
	for _, s := range n.state {
		list = append(list, s[side])
	}
	return list
}

func (n *netBuffers) out(side int) []*compute.Tensor {
	list := []*compute.Tensor{n.theta[side]}
	for _, s := range n.state {
		list = append(list, s[side])
	}
	return list
}

func first(l nets.Layout, o Optimizer, rng *rand.Rand) Weights {
	w := Weights{Theta: l.Init(rng)}
	for range o.slots() {
		w.State = append(w.State, make([]float32, l.Len()))
	}
	return w
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
	r := &run{c: c, o: o, backend: backend, regions: regions, held: held, source: rand.NewPCG(c.Seed, dataStream),
		batch: newBatch(c.Batch, c.Height, c.Width, regions.Rows, regions.Cols), losses: compute.Floats(lossCount)}
	rng := rand.New(rand.NewPCG(c.Seed, weightStream))
	s := o.Resume
	if s == nil {
		s = &State{Inpainter: first(c.Inpainter.Layout(), c.Optimizer, rng), Detector: first(c.Detector.Layout(), c.Optimizer, rng)}
	}
	r.nets = [2]*netBuffers{newNetBuffers(s.Inpainter), newNetBuffers(s.Detector)}
	r.step, r.before, r.newest = s.Step, s.Elapsed, s.Newest
	unit := float64(c.Height) / 128
	r.feed = newFeeder(c, regions, pseudo.Generator{H: c.Height, W: c.Width, Clips: learn,
		MinSpeed: unit, MaxSpeed: 5 * unit, PasteShare: 0.45, SkipShare: 0.45}, rand.New(r.source))
	if s.Random != nil {
		if err := r.source.UnmarshalBinary(s.Random); err != nil {
			return nil, fmt.Errorf("train: random state: %w", err)
		}
	}
	if r.check, err = newValidator(c, regions, held, backend); err != nil {
		return nil, err
	}
	model, in, out, err := stepGraph(c, regions.Rows, regions.Cols)
	if err != nil {
		return nil, err
	}
	if r.session, err = backend.Load(model, in, out); err != nil {
		r.check.close()
		return nil, fmt.Errorf("loading the training step: %w", err)
	}
	return r, nil
}

func (r *run) close() {
	_ = r.session.Close() // nothing is lost with it
	r.check.close()
}

// loop runs steps until a limit or the context ends it.
func (r *run) loop(ctx context.Context) error {
	r.start = time.Now()
	saved := time.Now()
	saveEach := r.o.SaveEach
	if saveEach == 0 {
		saveEach = 5 * time.Minute
	}
	validated := false
	for !r.done() && (ctx.Err() == nil || r.step == 0) {
		if err := r.once(); err != nil {
			return err
		}
		if validated = r.step%r.interval() == 0; validated {
			if err := r.validate(); err != nil {
				return err
			}
		}
		if r.o.Progress != nil {
			r.o.Progress(r.progress(validated))
		}
		if r.o.Save != nil && time.Since(saved) > saveEach {
			if err := r.o.Save(r.snapshot()); err != nil {
				return fmt.Errorf("saving the state: %w", err)
			}
			saved = time.Now()
		}
	}
	if validated {
		return nil
	}
	return r.validate() // the last weights may be the best
}

func (r *run) elapsed() time.Duration { return r.before + time.Since(r.start) }

func (r *run) done() bool {
	return r.c.Steps > 0 && r.step >= r.c.Steps || r.c.Duration > 0 && r.elapsed() >= r.c.Duration
}

// interval is the number of steps between validations: 20 in a run.
func (r *run) interval() int {
	if r.c.Steps > 0 {
		return max(r.c.Steps/20, 10)
	}
	return 50
}

// fraction is how much of the run is over, 0 to 1.
func (r *run) fraction() float64 {
	var f float64
	if r.c.Steps > 0 {
		f = float64(r.step) / float64(r.c.Steps)
	}
	if r.c.Duration > 0 {
		f = max(f, float64(r.elapsed())/float64(r.c.Duration))
	}
	return min(f, 1)
}

// decay lowers both rates to a tenth over the last third of a run with Adam;
// the paper's SGD keeps its rate.
func (r *run) decay() float64 {
	const from, to = 2.0 / 3, 0.1
	f := r.fraction()
	if r.c.Optimizer != Adam || f < from {
		return 1
	}
	return 1 - (1-to)*(f-from)/(1-from)
}

// once makes one step.
func (r *run) once() error {
	r.feed.fill(r.batch)
	r.step++
	d := r.decay()
	side := (r.step + 1) % 2
	base := []float64{r.c.InpainterRate, r.c.DetectorRate}
	in := r.batch.tensors()
	var out []*compute.Tensor
	for i, n := range r.nets {
		n.rate.F32[0] = float32(d * r.c.Optimizer.rate(base[i], r.step))
		in = append(in, n.in(side)...)
		out = append(out, n.out(1-side)...)
	}
	if err := r.session.Run(in, append(out, r.losses)); err != nil {
		return fmt.Errorf("step %d: %w", r.step, err)
	}
	for _, l := range r.losses.F32 {
		if l != l {
			return fmt.Errorf("step %d: %w", r.step, ErrDiverged)
		}
	}
	return nil
}

// theta are the newest weights of network i.
func (r *run) theta(i int) *compute.Tensor { return r.nets[i].theta[r.step%2] }

// validate measures the newest weights and keeps them where they are the best
// so far: two different checkpoints, section 4.3 of the paper.
func (r *run) validate() error {
	v, err := r.check.run(r.theta(0), r.theta(1))
	if err != nil {
		return fmt.Errorf("validation at step %d: %w", r.step, err)
	}
	r.newest = v
	marks := []float64{-v.Reconstruction, v.mark(r.c)}
	for i, n := range r.nets {
		if n.best.Best == nil || marks[i] > n.best.BestMark {
			n.best.Best = append(n.best.Best[:0], r.theta(i).F32...)
			n.best.BestAt, n.best.BestMark = r.step, marks[i]
		}
	}
	return nil
}

func (r *run) progress(validated bool) Progress {
	l := r.losses.F32
	p := Progress{Step: r.step, Steps: r.c.Steps, Elapsed: r.elapsed(), Validation: r.newest, Validated: validated,
		Losses: Losses{l[0], l[1], l[2], l[3], l[4], l[5], l[6]}}
	if f := r.fraction(); f > 0 {
		p.Left = time.Duration(float64(p.Elapsed) * (1 - f) / f)
	}
	return p
}

func (r *run) snapshot() *State {
	s := &State{Config: r.c, Step: r.step, Elapsed: r.elapsed(), Newest: r.newest}
	s.Random, _ = r.source.MarshalBinary() // never fails, by its documentation
	for i, n := range r.nets {
		w := n.best
		w.Theta, w.State = r.theta(i).F32, nil
		for _, st := range n.state {
			w.State = append(w.State, st[r.step%2].F32)
		}
		if i == 0 {
			s.Inpainter = w
		} else {
			s.Detector = w
		}
	}
	return s
}
