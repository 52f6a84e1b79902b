package nets

import (
	"errors"
	"fmt"
	"math"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/onnx"
)

// Outside is the score of a pixel that is not in {|X − I(X)| ≥ α} or in no
// region: less than any logit.
const Outside float32 = -1e30

// Fused are the settings of the graph that runs per frame.
type Fused struct {
	Height, Width int
	Inpainter     Inpainter
	Detector      Detector
	ErrorBox      int // side of the box mean on |X − I(X)| in pixels, odd; 1 is the paper
	// Dilation is the side in pixels, odd, of the square in which some pixel's error
	// must reach α for the one in its middle to count; 1 is the paper. What I
	// cannot paint is seldom a closed surface, and marks would fall apart.
	Dilation int
	// Closing is the side in pixels, odd, of the square of the closing of {E ≥ α}
	// (Serra, "Image Analysis and Mathematical Morphology", 1982, chapter II): gaps and
	// holes as large as that are filled, and the outer edge stays. 1 is none.
	Closing   int
	RegionBox int // side in regions of the mean on the logits, odd; 1 is the paper
	// Newest takes |X − I(X)| of the newest channel, I'(t), alone: the marks then
	// lie where things are now, not where they were in the five frames before.
	// False is the mean over the three channels. Where I returns the ground, it is
	// the newest frame that is compared with it, whatever this says.
	Newest bool
	// WhereBox is the side in pixels, odd, of the box mean on the logits of D's second
	// head, which makes whole marks of specks; 1 is none.
	WhereBox int
	// GroundStep is how far the ground follows the newest frame at each frame at most,
	// grey levels of [0,1]; of an I that is given the ground.
	GroundStep float32
}

// FusedInputs are the inputs of the fused graph of a bundle, in order:
//
//	frames    uint8 [N,6,H,W]  grey frames, oldest first
//	state     [N,n1,n2]        smoothed irregularity logits of the frame before
//	smoothing [N,1,1]          weight of this frame's logits; 1 forgets the state
//	alpha     [H,W]            pixel threshold α of Eq. 4, pixel by pixel
//	shift     [n1,1]           location of normal logits, row by row
//	scale     [n1,1]           scale of normal logits, row by row
//	threshold [1]              least score that is irregular
//	balance   [2]              score of a pixel by D's second head: the first and its logit times the second; where the manifest has Where
//	ground    [N,H,W]          the ground after the frame before, in [0,1]; where the manifest has Ground
func FusedInputs(m *bundle.Manifest) []string {
	return names((&FusedTensors{m: m}).inputs())
}

// FusedOutputs are its outputs, in order:
//
//	mask    uint8 [N,H,W]  M of Eq. 4, 0 or 255
//	score   [N]            largest pixel score; the mask is empty below threshold
//	error   [N,H,W]        E, box mean of |X − I(X)|
//	regions [N,n1,n2]      O, 1 = normal, 0 = irregular: the higher of this frame's and the causal mean's
//	next    [N,n1,n2]      state for the next frame
//	pixel   [N,H,W]        score of each pixel, Outside where E < α all about
//	kept    [N,H,W]        the ground for the next frame; where the manifest has Ground
//	where   [N,H,W]        box mean of the logits of D's second head; where the manifest has Where
func FusedOutputs(m *bundle.Manifest) []string {
	return names((&FusedTensors{m: m}).outputs())
}

// WindowToX is section 3.5 of the paper: frames [N,6,H,W] in grey levels 0–255
// become X [N,3,H,W] in [0,1], I'(t) = ½(I(t) + I(t−1)) at t−4, t−2 and t. It is
// written as a 1×1 convolution, one multiplication instead of slices.
func WindowToX(g *onnx.Graph, frames *onnx.Value) *onnx.Value {
	return g.Conv(frames, g.Floats(average.Kernel(), average.Channels, average.Frames, 1, 1), nil, onnx.ConvOptions{})
}

// Graph writes the fused graph with the weights of I and D.
func (f Fused) Graph(inpainter, detector []float32) (*onnx.Graph, error) {
	regions, err := f.Detector.Regions(f.Height, f.Width)
	if err != nil {
		return nil, err
	}
	d, _ := f.Detector.(ConvDetector)
	if d.Where.There() && f.Inpainter.Ground == "" {
		return nil, errors.New("nets: a second head of the detector needs an inpainter that returns the ground")
	}
	g := onnx.NewGraph("avid")
	pi, err := f.Inpainter.Layout().Constants(g, inpainter)
	if err != nil {
		return nil, fmt.Errorf("inpainter: %w", err)
	}
	pd, err := f.Detector.Layout().Constants(g, detector)
	if err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	n1, n2 := regions.Rows, regions.Cols
	frames := g.Input("frames", onnx.Uint8, "n", average.Frames, f.Height, f.Width)
	state := g.Input("state", onnx.Float, "n", n1, n2)
	smoothing := g.Input("smoothing", onnx.Float, "n", 1, 1)
	alpha := g.Input("alpha", onnx.Float, f.Height, f.Width)
	shift := g.Input("shift", onnx.Float, n1, 1)
	scale := g.Input("scale", onnx.Float, n1, 1)
	threshold := g.Input("threshold", onnx.Float, 1)

	var balance, ground *onnx.Value
	if d.Where.There() {
		balance = g.Input("balance", onnx.Float, 2)
	}
	if f.Inpainter.Ground == Given {
		ground = g.Reshape(g.Input("ground", onnx.Float, "n", f.Height, f.Width), -1, 1, int64(f.Height), int64(f.Width))
	}

	grey := g.Cast(frames, onnx.Float)
	x := WindowToX(g, grey)
	var inpainted, logits, where *onnx.Value
	g.Scope("I", func() { inpainted = f.Inpainter.Forward(g, pi, x, ground, nil) })
	now, front := f.front(g, grey, x, inpainted)
	g.Scope("D", func() {
		if d.Where.There() {
			logits, where = d.ForwardWhere(g, pd, x, front)
		} else {
			logits = f.Detector.Forward(g, pd, x)
		}
	})

	e := g.ReduceMean(g.Abs(front), true, 1)
	e = squeeze(g, boxMean(g, e, f.ErrorBox), f.Height, f.Width)
	irregular := squeeze(g, boxMean(g, g.Neg(logits), f.RegionBox), n1, n2)
	// next = state + smoothing·(irregular − state): a causal mean over time.
	next := g.Add(state, g.Mul(smoothing, g.Sub(irregular, state)))
	// A region counts while it is irregular both lately and now: the mean over
	// time alone would mark where something was some frames ago.
	judged := g.Op("Min", nil, next, irregular)
	regionScore := g.Div(g.Sub(judged, shift), scale)
	if k := regions.MinRegions; k > 1 {
		// No score is above the k-th largest: where fewer than k regions are
		// irregular, none is.
		kth := g.Largest(g.Reshape(regionScore, -1, 1, int64(n1*n2)), k)
		regionScore = g.Op("Min", nil, regionScore, kth)
	}
	placed := place(g, regionScore, regions, f.Height, f.Width)
	if where != nil {
		where = squeeze(g, boxMean(g, where, f.WhereBox), f.Height, f.Width)
		// A pixel scores what the lower of both heads gives it.
		part := func(i int64) *onnx.Value { return g.Slice(balance, []int64{i}, []int64{i + 1}, []int64{0}, []int64{1}) }
		placed = g.Op("Min", nil, placed, g.Add(part(0), g.Mul(part(1), where)))
	}
	// Eq. 4: a pixel counts where both judge it irregular.
	pixel := g.Where(f.reaches(g, e, alpha), placed, g.Scalar(Outside))
	mask := g.Where(g.GreaterOrEqual(pixel, threshold), g.Scalar(255), g.Scalar(0))

	g.Output("mask", g.Cast(mask, onnx.Uint8))
	g.Output("score", g.ReduceMax(pixel, false, 1, 2))
	g.Output("error", e)
	g.Output("regions", g.Sigmoid(g.Neg(judged)))
	g.Output("next", next)
	g.Output("pixel", pixel)
	if ground != nil {
		marked := g.Reshape(g.GreaterOrEqual(pixel, threshold), -1, 1, int64(f.Height), int64(f.Width))
		g.Output("kept", squeeze(g, f.follow(g, ground, now, marked), f.Height, f.Width))
	}
	if where != nil {
		g.Output("where", where)
	}
	return g, g.Err()
}

// front is X − I(X): of all channels or the newest, or of the newest frame where I
// returns the ground; and what I(X) is taken from.
func (f Fused) front(g *onnx.Graph, grey, x, inpainted *onnx.Value) (now, front *onnx.Value) {
	switch {
	case f.Inpainter.Ground != "":
		x = newestFrame(g, grey)
	case f.Newest:
		newest := func(v *onnx.Value) *onnx.Value {
			return g.Slice(v, []int64{average.Channels - 1}, []int64{average.Channels}, []int64{1}, []int64{1})
		}
		x, inpainted = newest(x), newest(inpainted)
	}
	return x, g.Sub(x, inpainted)
}

// follow is the ground for the next frame: it follows the picture slowly, but not what
// is marked.
func (f Fused) follow(g *onnx.Graph, ground, now, marked *onnx.Value) *onnx.Value {
	step := g.Op("Min", nil, g.Max(g.Sub(now, ground), g.Scalar(-f.GroundStep)), g.Scalar(f.GroundStep))
	return g.Where(marked, ground, g.Add(ground, step))
}

// newestFrame is I(t) [N,1,H,W] in [0,1] of frames [N,6,H,W] in grey levels.
func newestFrame(g *onnx.Graph, frames *onnx.Value) *onnx.Value {
	last := make([]float32, average.Frames)
	last[average.Frames-1] = 1. / average.White
	return g.Conv(frames, g.Floats(last, 1, average.Frames, 1, 1), nil, onnx.ConvOptions{})
}

// reaches is where E ≥ α within Dilation, closed.
func (f Fused) reaches(g *onnx.Graph, e, alpha *onnx.Value) *onnx.Value {
	if f.Dilation <= 1 && f.Closing <= 1 {
		return g.GreaterOrEqual(e, alpha)
	}
	over := g.Reshape(g.Sub(e, alpha), -1, 1, int64(f.Height), int64(f.Width))
	if f.Dilation > 1 {
		over = g.MaxPool(over, f.Dilation)
	}
	if f.Closing > 1 {
		over = g.Neg(g.MaxPool(g.Neg(g.MaxPool(over, f.Closing)), f.Closing))
	}
	return g.GreaterOrEqual(squeeze(g, over, f.Height, f.Width), g.Scalar(0))
}

// squeeze drops the channel axis of [N,1,h,w].
func squeeze(g *onnx.Graph, v *onnx.Value, h, w int) *onnx.Value {
	return g.Reshape(v, -1, int64(h), int64(w))
}

func boxMean(g *onnx.Graph, v *onnx.Value, k int) *onnx.Value {
	if k <= 1 {
		return v
	}
	return g.AveragePool(v, k)
}

// place spreads the score of each region over the pixels of its box B_i; a
// pixel in several boxes gets the largest, one in none Outside.
func place(g *onnx.Graph, score *onnx.Value, r bundle.Regions, h, w int) *onnx.Value {
	padded := g.Pad(score, Outside, 0, 0, 0, 0, 1, 1)
	rows := spread(g, padded, 1, r, r.Rows, h)
	return spread(g, rows, 2, r, r.Cols, w)
}

// spread goes from n regions (and one at index n that stands for none) to size
// pixels along one axis.
func spread(g *onnx.Graph, v *onnx.Value, axis int, r bundle.Regions, n, size int) *onnx.Value {
	var out *onnx.Value
	covers := make([][]int64, size)
	most := 1
	for y := range size {
		first := max(int(math.Ceil((float64(y)-r.Box/2-r.Center)/float64(r.Stride))), 0)
		for k := first; k < n && math.Abs(float64(y)-r.Center-float64(r.Stride*k)) <= r.Box/2; k++ {
			covers[y] = append(covers[y], int64(k))
		}
		most = max(most, len(covers[y]))
	}
	for t := range most {
		index := make([]int64, size)
		for y, c := range covers {
			switch {
			case t < len(c):
				index[y] = c[t]
			case len(c) > 0:
				index[y] = c[0]
			default:
				index[y] = int64(n)
			}
		}
		part := g.Gather(v, axis, index...)
		if out == nil {
			out = part
		} else {
			out = g.Max(out, part)
		}
	}
	return out
}

// InpainterGraph is I alone with its weights: x [n,3,h,w], and ground [n,1,h,w] for an
// I that is given it → inpainted [n,3,h,w], or [n,1,h,w], the ground.
func InpainterGraph(c Inpainter, weights []float32) (*onnx.Graph, error) {
	g := onnx.NewGraph("avid inpainter")
	p, err := c.Layout().Constants(g, weights)
	if err != nil {
		return nil, err
	}
	x := g.Input("x", onnx.Float, "n", average.Channels, "h", "w")
	var ground *onnx.Value
	if c.Ground == Given {
		ground = g.Input("ground", onnx.Float, "n", 1, "h", "w")
	}
	g.Output("inpainted", c.Forward(g, p, x, ground, nil))
	return g, g.Err()
}

// DetectorGraph is D alone with its weights: x [n,3,h,w] → regions, O.
func DetectorGraph(d Detector, weights []float32) (*onnx.Graph, error) {
	g := onnx.NewGraph("avid detector")
	p, err := d.Layout().Constants(g, weights)
	if err != nil {
		return nil, err
	}
	g.Output("regions", g.Sigmoid(d.Forward(g, p, g.Input("x", onnx.Float, "n", average.Channels, "h", "w"))))
	return g, g.Err()
}
