package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/eval"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/pseudo"
)

// Validation are figures on footage that the run does not learn from.
type Validation struct {
	Reconstruction float64 // ‖X − I(X)‖₂ a pixel and channel, root mean square; of an I that returns the ground, between the two grounds
	DrawnAUC       float64 // AUC of D on frames with irregularities of a kind it is not taught with
	InpaintedAUC   float64 // AUC of D between X and I(X̃), frame by frame
	Gap            float64 // mean score of irregular frames less that of normal ones, logits
}

// mark is what the best detector has most of: how well it tells the irregular
// from the normal where it is taught that, else the real from the inpainted
// (section 4.3 of the paper).
func (v Validation) mark(c Config) float64 {
	if c.AuxiliaryWeight == 0 {
		return v.InpaintedAUC
	}
	// Several checkpoints may rank all frames alike; the wider gap is better.
	return v.DrawnAUC + 1e-3*math.Tanh(v.Gap/10)
}

// validationWindows is how many windows, clean and irregular, are judged.
var validationWindows = 128

type validator struct {
	c       Config
	cells   int
	rows    int
	box     int // side of the mean that judges regions
	session compute.Session
	batches []*batch
	errors  *compute.Tensor // [1]
	logits  [3]*compute.Tensor
}

// newValidator draws its windows from the held clips, the same ones for the
// same seed.
func newValidator(c Config, r bundle.Regions, held []Clip, backend compute.Backend) (*validator, error) {
	v := &validator{c: c, cells: r.Rows * r.Cols, rows: r.Rows, box: c.Fused().RegionBox, errors: compute.Floats(1)}
	for i := range v.logits {
		v.logits[i] = compute.Floats(int64(c.Batch), 1, int64(r.Rows), int64(r.Cols))
	}
	var clips []pseudo.Clip
	for _, clip := range held {
		clips = append(clips, clip.Frames)
	}
	shapes := unknown(clips, c.Height, c.Width, r, c.Still)
	shapes.Counts = c.Counts()
	f := newFeeder(c, r, shapes, rand.New(rand.NewPCG(c.Seed, checkStream)))
	for range (validationWindows + c.Batch - 1) / c.Batch {
		b := newBatch(c, r.Rows, r.Cols)
		f.fill(b)
		v.batches = append(v.batches, b)
	}
	model, in, out, err := validationGraph(c)
	if err != nil {
		return nil, err
	}
	if v.session, err = backend.Load(model, in, out); err != nil {
		return nil, fmt.Errorf("loading the validation graph: %w", err)
	}
	return v, nil
}

func (v *validator) close() { _ = v.session.Close() }

// validationGraph: I on clean X, D on X, on X with irregularities and on I(X̃).
func validationGraph(c Config) (model []byte, in, out []string, err error) {
	g := onnx.NewGraph("avid validation")
	li, ld := c.Inpainter.Layout(), c.Detector.Layout()
	ti, td := g.Input("inpainter", onnx.Float, li.Len()), g.Input("detector", onnx.Float, ld.Len())
	x := func(name string) *onnx.Value {
		return g.Input(name, onnx.Float, c.Batch, average.Channels, c.Height, c.Width)
	}
	clean, irregular, noisy := x("clean"), x("pseudo"), x("noisy")
	pi, pd := li.Split(g, ti), ld.Split(g, td)
	bn := nets.BatchStatistics()
	inputs, wanted := []string{"inpainter", "detector", "clean", "pseudo", "noisy"}, clean
	var ground *onnx.Value
	if c.Inpainter.Ground != "" {
		ground = g.Input("ground", onnx.Float, c.Batch, 1, c.Height, c.Width)
		wanted = g.Input("place", onnx.Float, c.Batch, 1, c.Height, c.Width)
		inputs = append(inputs, "ground", "place")
	}
	d := g.Sub(c.Inpainter.Forward(g, pi, clean, ground, bn), wanted)
	inpainted := c.Inpainter.Forward(g, pi, noisy, ground, bn)
	if c.Inpainter.Ground != "" {
		inpainted = lossGraph{g: g, c: c}.replaced(clean, irregular, inpainted)
	}
	g.Output("error", g.Reshape(g.ReduceMean(g.Mul(d, d), true, 0, 1, 2, 3), 1))
	g.Output("clean.logits", c.Detector.Forward(g, pd, clean))
	g.Output("pseudo.logits", c.Detector.Forward(g, pd, irregular))
	g.Output("inpainted.logits", c.Detector.Forward(g, pd, inpainted))
	model, err = g.Marshal()
	return model, inputs, []string{"error", "clean.logits", "pseudo.logits", "inpainted.logits"}, err
}

func (v *validator) run(inpainter, detector *compute.Tensor) (Validation, error) {
	var out Validation
	var peaks, means [3][]float32 // clean, irregular, inpainted
	for _, b := range v.batches {
		in := []*compute.Tensor{inpainter, detector, b.clean, b.pseudo, b.noisy}
		if b.ground != nil {
			in = append(in, b.ground, b.place)
		}
		err := v.session.Run(context.Background(), in,
			[]*compute.Tensor{v.errors, v.logits[0], v.logits[1], v.logits[2]})
		if err != nil {
			return out, err
		}
		out.Reconstruction += float64(v.errors.F32[0]) / float64(len(v.batches))
		for i, l := range v.logits {
			for n := range v.c.Batch {
				o := l.F32[n*v.cells : (n+1)*v.cells]
				peaks[i] = append(peaks[i], peak(o, v.rows, v.box))
				means[i] = append(means[i], float32(-mean(o)))
			}
		}
	}
	out.Reconstruction = math.Sqrt(out.Reconstruction)
	var err1, err2 error
	out.DrawnAUC, err1 = auc(peaks[1], peaks[0])
	out.InpaintedAUC, err2 = auc(means[2], means[0])
	out.Gap = mean(peaks[1]) - mean(peaks[0])
	return out, errors.Join(err1, err2)
}

// peak is the greatest mean of k×k values of the irregularity −o, k odd.
func peak(o []float32, rows, k int) float32 {
	cols, reach := len(o)/rows, k/2
	best := math.Inf(-1)
	for r := range rows {
		for c := range cols {
			var sum, n float64
			for y := max(r-reach, 0); y <= min(r+reach, rows-1); y++ {
				for x := max(c-reach, 0); x <= min(c+reach, cols-1); x++ {
					sum -= float64(o[y*cols+x])
					n++
				}
			}
			best = max(best, sum/n)
		}
	}
	return float32(best)
}

func mean(v []float32) float64 {
	var s float64
	for _, x := range v {
		s += float64(x)
	}
	return s / float64(len(v))
}

// auc is the area under the ROC curve of two sets of scores.
func auc(positive, negative []float32) (float64, error) {
	labels := make([]bool, len(positive)+len(negative))
	for i := range positive {
		labels[i] = true
	}
	c, err := eval.ROC(slices.Concat(positive, negative), labels)
	return c.AUC(), err
}
