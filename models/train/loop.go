package train

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
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
	Updates  int
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
	if err := s.Config.Validate(); err != nil {
		return nil, fmt.Errorf("train: state to resume from: %w", err)
	}
	if !s.Inpainter.fits(s.Config.Inpainter.Layout(), s.Config.Optimizer) || !s.Detector.fits(s.Config.Detector.Layout(), s.Config.Optimizer) {
		return nil, errors.New("train: state to resume from does not fit its own settings")
	}
	return s, nil
}

// fits tells whether each vector has the layout's length.
func (w Weights) fits(l nets.Layout, o Optimizer) bool {
	n := int(l.Len())
	ok := len(w.Theta) == n && len(w.State) == o.slots() && (len(w.Best) == 0 || len(w.Best) == n)
	for _, s := range w.State {
		ok = ok && len(s) == n
	}
	return ok
}

// Run trains on clips until its steps or time are over or ctx is done, then
// calibrates and returns the bundle of the best checkpoints. A cancelled run
// returns its bundle too, without an error, once it has made a step. Errors
// wrap ErrConfig, ErrFootage, ErrDiverged or the backend's; with ErrState there
// is a bundle all the same.
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
	session compute.Session // a step of both networks
	teacher compute.Session // a step of D alone; nil without ExtraTeaching
	nets    [2]*netBuffers  // I, D
	losses  *compute.Tensor
	taught  *compute.Tensor // the loss of the teacher
	step    int
	before  time.Duration // elapsed before this run
	start   time.Time
	newest  Validation
}

// netBuffers are the two sets of buffers of one network: an update reads one
// and writes the other.
type netBuffers struct {
	theta   [2]*compute.Tensor
	state   [][2]*compute.Tensor
	rate    *compute.Tensor
	side    int     // which set is the newest
	updates int     // how many there were
	best    Weights // Best, BestAt and BestMark alone
}

func newNetBuffers(w Weights) *netBuffers {
	pair := func(v []float32) (p [2]*compute.Tensor) {
		for i := range p {
			p[i] = compute.Floats(int64(len(v)))
			copy(p[i].F32, v)
		}
		return p
	}
	n := &netBuffers{theta: pair(w.Theta), rate: compute.Floats(1), updates: w.Updates, best: w}
	for _, s := range w.State {
		n.state = append(n.state, pair(s))
	}
	return n
}

// update prepares the next update at the given rate: what it reads and what it
// writes. The new side is the newest once it has run.
func (n *netBuffers) update(o Optimizer, rate float64) (in, out []*compute.Tensor) {
	n.updates++
	n.rate.F32[0] = float32(o.rate(rate, n.updates))
	in, out = []*compute.Tensor{n.theta[n.side], n.rate}, []*compute.Tensor{n.theta[1-n.side]}
	for _, s := range n.state {
		in, out = append(in, s[n.side]), append(out, s[1-n.side])
	}
	n.side = 1 - n.side
	return in, out
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
		batch: newBatch(c.Batch, c.Height, c.Width, regions.Rows, regions.Cols), losses: compute.Floats(lossCount), taught: compute.Floats(1)}
	rng := rand.New(rand.NewPCG(c.Seed, weightStream))
	s := o.Resume
	if s == nil {
		s = &State{Inpainter: first(c.Inpainter.Layout(), c.Optimizer, rng), Detector: first(c.Detector.Layout(), c.Optimizer, rng)}
	}
	r.nets = [2]*netBuffers{newNetBuffers(s.Inpainter), newNetBuffers(s.Detector)}
	r.step, r.before, r.newest = s.Step, s.Elapsed, s.Newest
	r.feed = newFeeder(c, regions, c.irregularities(learn, regions), rand.New(r.source))
	if s.Random != nil {
		if err := r.source.UnmarshalBinary(s.Random); err != nil {
			return nil, fmt.Errorf("train: random state: %w", err)
		}
	}
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
	for _, g := range []struct {
		wanted  bool
		graph   func(Config, int, int) (*stepModel, error)
		session *compute.Session
	}{{true, stepGraph, &r.session}, {r.c.ExtraTeaching > 0, teachGraph, &r.teacher}} {
		if !g.wanted {
			continue
		}
		m, err := g.graph(r.c, r.regions.Rows, r.regions.Cols)
		if err != nil {
			return err
		}
		if *g.session, err = r.backend.Load(m.model, m.inputs, m.outputs); err != nil {
			return fmt.Errorf("loading the training step: %w", err)
		}
	}
	return nil
}

// close frees the graphs; nothing is lost with them.
func (r *run) close() {
	for _, s := range []compute.Session{r.session, r.teacher} {
		if s != nil {
			_ = s.Close()
		}
	}
	if r.check != nil {
		r.check.close()
	}
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

// game is what is left of the weight of D's game against I. Once I paints well,
// D is asked to tell apart what is all but equal, which upsets what it is
// taught; so the game opens a run and the teaching ends it.
func (r *run) game() float64 {
	if r.c.GameShare == 0 {
		return 1
	}
	return max(1-r.fraction()/r.c.GameShare, 0)
}

// once makes one step: both networks against each other, then D alone on more
// pseudo-irregularities.
func (r *run) once() error {
	r.step++
	d := r.decay()
	r.feed.fill(r.batch)
	r.batch.game.F32[0] = float32(r.game())
	if err := r.update(r.session, r.batch.tensors(), d, r.nets[:]...); err != nil {
		return err
	}
	for range r.c.ExtraTeaching {
		r.feed.fill(r.batch)
		if err := r.update(r.teacher, r.batch.taught(), d, r.nets[1]); err != nil {
			return err
		}
	}
	return nil
}

// update runs a step of the given networks.
func (r *run) update(s compute.Session, in []*compute.Tensor, decay float64, nets ...*netBuffers) error {
	var out []*compute.Tensor
	for _, n := range nets {
		rate := r.c.InpainterRate
		if n == r.nets[1] {
			rate = r.c.DetectorRate
		}
		i, o := n.update(r.c.Optimizer, decay*rate)
		in, out = append(in, i...), append(out, o...)
	}
	losses := r.losses
	if s == r.teacher {
		losses = r.taught
	}
	if err := s.Run(in, append(out, losses)); err != nil {
		return fmt.Errorf("step %d: %w", r.step, err)
	}
	for _, l := range losses.F32 {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
			return fmt.Errorf("step %d: %w", r.step, ErrDiverged)
		}
	}
	return nil
}

// theta are the newest weights of network i.
func (r *run) theta(i int) *compute.Tensor { return r.nets[i].theta[r.nets[i].side] }

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
		if math.IsNaN(marks[i]) {
			return fmt.Errorf("validation at step %d: %w", r.step, ErrDiverged)
		}
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
		w.Theta, w.State, w.Updates = r.theta(i).F32, nil, n.updates
		for _, st := range n.state {
			w.State = append(w.State, st[n.side].F32)
		}
		if i == 0 {
			s.Inpainter = w
		} else {
			s.Detector = w
		}
	}
	return s
}
