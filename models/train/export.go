package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/compute"
	"avid/models/front"
	"avid/models/nets"
	"avid/models/pseudo"
	"avid/models/zones"
)

// Record is the training record in a bundle's manifest.
type Record struct {
	Config         Config     `json:"config"`
	Steps          int        `json:"steps"`
	Seconds        float64    `json:"seconds"`
	InpainterAt    int        `json:"inpainter_at"` // step of θ_I
	DetectorAt     int        `json:"detector_at"`  // step of θ_D
	Reconstruction float64    `json:"reconstruction"`
	DetectorMark   float64    `json:"detector_mark"`
	LastValidation Validation `json:"last_validation"`
}

// alphaWindows is how many windows with drawn shapes α is measured on. It is a
// variable, as those below, for tests under the race detector.
var alphaWindows = 64

// export makes the bundle of the best checkpoints.
func (r *run) export() (*bundle.Bundle, error) {
	wi, wd := r.nets[0].best, r.nets[1].best
	theta := wi.Best
	if r.c.Inpainter.Norm == "batch" {
		var err error
		if theta, err = fold(r.c, wi.Best, r.check.batches, r.backend); err != nil {
			return nil, fmt.Errorf("folding batch normalization: %w", err)
		}
	}
	smoothing := calib.DefaultSmoothing
	if r.c.AuxiliaryWeight == 0 || r.c.Still { // the paper's recipe has none, stills have no before
		smoothing = 1
	}
	b, err := r.c.Pack(theta, wd.Best)
	if err != nil {
		return nil, err
	}
	b.Manifest.Name, b.Manifest.FrameRate = r.c.Name, r.c.FrameRate
	b.Zones = []byte(r.c.Zones.String())
	b.Manifest.Created = time.Now().UTC().Format(time.RFC3339)
	b.Manifest.Training, err = json.Marshal(Record{Config: r.c, Steps: r.step, Seconds: r.elapsed().Seconds(),
		InpainterAt: wi.BestAt, DetectorAt: wd.BestAt, Reconstruction: -wi.BestMark, DetectorMark: wd.BestMark, LastValidation: r.newest})
	if err != nil {
		return nil, fmt.Errorf("training record: %w", err)
	}
	background := r.o.Background
	if background == nil {
		background = r.ground
	}
	if background != nil {
		if err := b.SetPicture(background); err != nil {
			return nil, err
		}
	}
	if r.o.FalseAlarmsPerDay > 0 {
		b.Manifest.Calibration.FalseAlarmsPerDay = r.o.FalseAlarmsPerDay
	}
	// A cancelled training is calibrated all the same: the bundle must be usable.
	held, err := calibrate(context.Background(), b, r.held, smoothing, r.c.Seed, r.backend)
	if err != nil {
		return nil, err
	}
	if err := r.learnAppearance(context.Background(), b); err != nil {
		return nil, err
	}
	b.Evidence, err = (&Evidence{Curve: r.curve, Motion: r.motion, Held: held}).Encode()
	return b, err
}

// timeFinish estimates how long export takes, by some windows of a bundle of the
// first weights.
func (r *run) timeFinish() error {
	begin := time.Now()
	b, err := r.c.Pack(r.theta(0).F32, r.theta(1).F32)
	if err != nil {
		return err
	}
	p, err := newProbe(b, r.backend)
	if err != nil {
		return err
	}
	defer func() { _ = p.session.Close() }() // nothing is lost with it
	window := r.held[0].Frames[:average.Frames]
	if err := p.run(context.Background(), window, 1); err != nil { // the first run allocates
		return err
	}
	packed := time.Now()
	const tries = 3
	for range tries {
		if err := p.run(context.Background(), window, 1); err != nil {
			return err
		}
	}
	windows := alphaWindows + 2*testWindows
	for _, clip := range r.held {
		windows += max(len(clip.Frames)-average.Frames+1, 0)
	}
	if r.looksAtAppearance() { // a look at a picture takes about as long as a window
		windows += 2*mostLooks + windows
	}
	r.finish = packed.Sub(begin) + time.Since(packed)/tries*time.Duration(windows)
	return nil
}

// groundPace is how far the ground follows the picture, grey levels a second: a cloud's
// shadow within half a minute, and somebody who waits as long is not in it yet.
const groundPace = 2.5

// Fused are the settings of the graph that training with c exports, but for the
// mirror images of D.
func (c Config) Fused() nets.Fused {
	f := nets.Fused{Height: c.Height, Width: c.Width, Inpainter: c.Inpainter, Detector: c.Detector, ErrorBox: 5, Dilation: 5, RegionBox: 3, Newest: true}
	if c.Still { // neighbouring cells have nothing to do with each other
		f.RegionBox = 1
	}
	if c.AuxiliaryWeight == 0 { // the paper's recipe averages nothing
		f.ErrorBox, f.Dilation, f.RegionBox, f.Newest = 1, 1, 1, false
	}
	if c.Inpainter.Ground != "" { // what stands in front of it is a closed surface
		f.ErrorBox, f.Dilation, f.Closing, f.WhereBox = 1, 1, 5, 5
		f.GroundStep = float32(groundPace / average.White / c.FrameRate)
	}
	return f
}

// Pack makes an uncalibrated bundle of the networks of c and their weights, as
// training with c exports it: D with mirror images where c wants them.
func (c Config) Pack(inpainter, detector []float32) (*bundle.Bundle, error) {
	f := c.Fused()
	var err error
	if f.Detector, err = c.bundled(); err != nil {
		return nil, err
	}
	if c.Mirror {
		if detector, err = c.Detector.WithMirrors(detector); err != nil {
			return nil, err
		}
	}
	b, err := Pack(f, inpainter, detector)
	if err != nil {
		return nil, err
	}
	b.Manifest.Luma = c.Luma
	return b, nil
}

// Pack makes an uncalibrated bundle of networks and their weights.
func Pack(f nets.Fused, inpainter, detector []float32) (*bundle.Bundle, error) {
	regions, err := f.Detector.Regions(f.Height, f.Width)
	if err != nil {
		return nil, err
	}
	b := &bundle.Bundle{Manifest: bundle.Manifest{Height: f.Height, Width: f.Width, FrameRate: 10, Regions: regions, Dilation: f.Dilation, Closing: f.Closing,
		Ground: f.Inpainter.Ground == nets.Given, Calibration: bundle.Uncalibrated(regions.Rows)}}
	b.Manifest.Calibration.FalseAlarmsPerDay = calib.DefaultPerDay
	if d, ok := f.Detector.(nets.ConvDetector); ok {
		if b.Manifest.Where = d.Where.There(); b.Manifest.Where {
			b.Manifest.Calibration.Where = &bundle.Balance{Scale: 1}
		}
	}
	if b.Manifest.Ground { // it begins somewhere
		if err := b.SetPicture(bytes.Repeat([]byte{average.White / 2}, f.Height*f.Width)); err != nil {
			return nil, err
		}
	}
	ig, err1 := nets.InpainterGraph(f.Inpainter, inpainter)
	dg, err2 := nets.DetectorGraph(f.Detector, detector)
	fg, err3 := f.Graph(inpainter, detector)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	b.Inpainter, err1 = ig.Marshal()
	b.Detector, err2 = dg.Marshal()
	b.Fused, err3 = fg.Marshal()
	var err4, err5 error
	b.Manifest.Inpainter, err4 = json.Marshal(f.Inpainter)
	b.Manifest.Detector, err5 = nets.MarshalDetector(f.Detector)
	return b, errors.Join(err1, err2, err3, err4, err5)
}

// Calibrate measures normal clips with the bundle's own graph and writes the
// calibration into its manifest, for the rate of false alarms that is there, and what
// came of them into its evidence. The clips
// must not have been learnt from, and show the same in all frames where the bundle's zones
// leave something out.
func Calibrate(ctx context.Context, b *bundle.Bundle, held []Clip, smoothing float64, seed uint64, backend compute.Backend) error {
	e, err := ParseEvidence(b)
	if err != nil {
		e = new(Evidence) // it is for people, and calibrating is more
	}
	if e.Held, err = calibrate(ctx, b, held, smoothing, seed, backend); err != nil {
		return err
	}
	if err := calibrateAppearance(ctx, b, held, backend); err != nil {
		return err
	}
	b.Evidence, err = e.Encode()
	return err
}

func calibrate(ctx context.Context, b *bundle.Bundle, held []Clip, smoothing float64, seed uint64, backend compute.Backend) (*Held, error) {
	p, err := newProbe(b, backend)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.session.Close() }() // nothing is lost with it
	var clips []calib.Clip
	var floor calib.Floor
	shadows := front.NewShadows(p.h, p.w)
	var frames []pseudo.Clip
	for i, clip := range held {
		frames = append(frames, clip.Frames)
		var logits calib.Clip
		err := p.each(ctx, clip, 1, smoothing, func() {
			logits = append(logits, irregularity(p.io.Regions.F32))
			floor.Add(p.io.Error.F32)
			if b.Manifest.Ground {
				shadows.Add(front.Of(p.io))
			}
		})
		if err != nil {
			return nil, err
		}
		// Pictures that stand alone count as frames that follow each other.
		if clip.Still && i > 0 && held[i-1].Still {
			clips[len(clips)-1] = append(clips[len(clips)-1], logits...)
		} else {
			clips = append(clips, logits)
		}
	}
	c, err := calib.Measure(clips, b.Manifest.Regions, b.Manifest.FrameRate)
	if err != nil {
		return nil, err
	}
	c.FalseAlarmsPerDay = b.Manifest.Calibration.FalseAlarmsPerDay
	told := &Held{Seconds: float64(c.Frames) / b.Manifest.FrameRate}
	told.tell(calib.Maxima(clips, c, b.Manifest.Regions, b.Manifest.FrameRate))
	b.Floor, c.Shadow = floor.Median(), shadows.Measured()
	shapes := unknown(frames, p.h, p.w, b.Manifest.Regions, held[0].Still)
	shapes.Upright = true // as the place is
	left, err := zones.OfBundle(b)
	if err != nil {
		return nil, err
	}
	shapes.Counts = left.Counts(p.h, p.w)
	irregular, unaffected, err := p.shapeErrors(ctx, shapes, b.Floor, seed)
	if err != nil {
		return nil, err
	}
	c.Alpha, c.Smoothing = calib.AlphaFor(irregular, unaffected), smoothing
	if b.Manifest.Ground {
		c.Alpha = calib.AlphaBetween(irregular, unaffected)
	}
	if b.Manifest.Where {
		if err := p.refit(ctx, &c, b, held, told); err != nil {
			return nil, err
		}
	}
	b.Manifest.Calibration = c
	b.Manifest.HeldBack, err = p.heldBack(ctx, shapes, b, seed, told)
	return told, err
}

// refit calibrates D's second head, and c to what the whole graph marks in held clips.
func (p *probe) refit(ctx context.Context, c *bundle.Calibration, b *bundle.Bundle, held []Clip, told *Held) error {
	p.calibrated(*c, b.Floor)
	p.io.Balance.F32[0], p.io.Balance.F32[1] = 1e6, 0 // each score is that of the pixel's regions
	p.io.Threshold.F32[0] = 1e6                       // and none is marked
	var clips [][]calib.Marks
	for _, clip := range held {
		var frames []calib.Marks
		err := p.each(ctx, clip, c.Smoothing, c.Smoothing, func() {
			var marks calib.Marks
			for i, score := range p.io.Pixel.F32 {
				if score > nets.Outside {
					marks = marks.Add(calib.Mark{Region: float64(score), Where: float64(p.io.Where.F32[i])})
				}
			}
			frames = append(frames, marks)
		})
		if err != nil {
			return err
		}
		clips = append(clips, frames)
	}
	told.tell(calib.Refit(c, clips, b.Manifest.FrameRate, leastLogit))
	return nil
}

// calibrated writes a calibration's rows and α into the graph's inputs.
func (p *probe) calibrated(c bundle.Calibration, floor []byte) {
	p.rows, p.shadow = c.RowShift, c.Shadow
	for i := range p.io.Shift.F32 {
		p.io.Shift.F32[i], p.io.Scale.F32[i] = float32(c.RowShift[i]), float32(c.RowScale[i])
	}
	for i := range p.io.Alpha.F32 {
		p.io.Alpha.F32[i] = float32(c.Alpha) + float32(floor[i])*bundle.FloorUnit
	}
	if c.Where != nil {
		p.io.Balance.F32[0], p.io.Balance.F32[1] = float32(c.Where.Location), float32(c.Where.Scale)
	}
}

// testWindows is how many windows of each kind the held-back test judges.
var testWindows = 64

// heldBack judges windows of held-back footage, as they are and with shapes drawn
// into them, by the calibrated graph of the bundle: I and D together, as the
// filter does, but each window by itself. told is told of each.
func (p *probe) heldBack(ctx context.Context, shapes pseudo.Generator, b *bundle.Bundle, seed uint64, told *Held) (*bundle.HeldBack, error) {
	c := b.Manifest.Calibration
	p.calibrated(c, b.Floor)
	rng := rand.New(rand.NewPCG(seed, testStream))
	s := pseudo.NewSample(p.h, p.w)
	threshold := float32(calib.Threshold(c, c.FalseAlarmsPerDay))
	p.io.Threshold.F32[0] = threshold
	var clean, drawn []float32
	found := 0
	for range testWindows {
		shapes.Draw(rng, s)
		for _, w := range []struct {
			frames [][]byte
			scores *[]float32
		}{{s.Clean[:], &clean}, {s.Pseudo[:], &drawn}} {
			p.restart()
			if err := p.run(ctx, w.frames, 1); err != nil {
				return nil, fmt.Errorf("held-back test: %w", err)
			}
			*w.scores = append(*w.scores, p.io.Score.F32[0])
		}
		d := Drawn{Score: drawn[len(drawn)-1]}
		if d.Found = d.Score >= threshold; d.Found {
			found++
		}
		frame, mask := s.Pseudo[average.Frames-1], p.io.Mask.U8
		box := differing(s.Clean[average.Frames-1], frame, p.w)
		d.X, d.Y, d.W, d.H = box.Min.X, box.Min.Y, box.Dx(), box.Dy()
		told.Drawn = append(told.Drawn, d)
		if err := told.show(d, frame, mask, p.w); err != nil {
			return nil, fmt.Errorf("held-back test: %w", err)
		}
	}
	area, err := auc(drawn, clean)
	if err != nil {
		return nil, fmt.Errorf("held-back test: %w", err)
	}
	return &bundle.HeldBack{AUC: area, Found: float64(found) / float64(testWindows), Windows: testWindows}, nil
}

// differing is where two pictures of rows of w pixels differ.
func differing(a, b []byte, w int) (box image.Rectangle) {
	for i := range a {
		if a[i] != b[i] {
			box = box.Union(image.Rect(i%w, i/w, i%w+1, i/w+1))
		}
	}
	return box
}
