package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
	"avid/models/train"
	"avid/runtime/engine"
)

// network is a small pair of networks with random weights.
type network struct {
	fused              nets.Fused
	inpainter, weights []float32
}

func randomNetwork(seed uint64, h, w int) network {
	rng := rand.New(rand.NewPCG(seed, 3))
	f := nets.Fused{Height: h, Width: w, ErrorBox: 3, Dilation: 3, RegionBox: 3,
		Inpainter: nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none"},
		Detector: nets.ConvDetector{Box: 12, Layers: []nets.ConvLayer{
			{Out: 5, Kernel: 6, Stride: 2, Pad: 2}, {Out: 4, Kernel: 4, Stride: 2, Pad: 1}, {Out: 1, Kernel: 1, Stride: 1}}}}
	return network{f, f.Inpainter.Layout().Init(rng), f.Detector.Layout().Init(rng)}
}

// wanting is the detector with another number of regions that must be irregular.
func wanting(d nets.Detector, regions int) nets.Detector {
	conv := d.(nets.ConvDetector)
	conv.MinRegions = regions
	return conv
}

func randomFrames(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.IntN(256))
	}
	return b
}

// expected is what the fused graph must give for one window, computed without
// it: section 3.5 and Eq. 4 in plain Go, I and D by the slow reference.
type expected struct {
	errors, regions, pixel []float64
	state                  []float64
	front, where           []float64 // of an I that is given the ground
}

// expect knows no threshold: pixel is that of the regions, gated by α alone.
func expect(t *testing.T, n network, frames []byte, ground []float32, state []float64, smoothing float64, alpha []float32, shift []float64) expected {
	t.Helper()
	h, w := n.fused.Height, n.fused.Width
	size := h * w
	x := ref.New(1, 3, int64(h), int64(w))
	for c := range 3 { // ⟨I'(t−4), I'(t−2), I'(t)⟩, I'(t) = ½(I(t) + I(t−1))
		for i := range size {
			newer, older := float64(frames[(2*c+1)*size+i]), float64(frames[2*c*size+i])
			x.Data[c*size+i] = (newer + older) / 2 / 255
		}
	}
	ig, err := nets.InpainterGraph(n.fused.Inpainter, n.inpainter)
	if err != nil {
		t.Fatal(err)
	}
	dg, err := nets.DetectorGraph(n.fused.Detector, n.weights)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]*ref.Tensor{"x": x}
	run := func(g *onnx.Graph, name string) []float64 {
		out, err := ref.Run(g, in)
		if err != nil {
			t.Fatal(err)
		}
		return out[name].Data
	}
	if ground != nil {
		in["ground"] = ref.New(1, 1, int64(h), int64(w))
		for i, v := range ground {
			in["ground"].Data[i] = float64(v)
		}
	}
	inpainted, o := run(ig, "inpainted"), run(dg, "regions")
	regions, err := n.fused.Detector.Regions(h, w)
	if err != nil {
		t.Fatal(err)
	}
	var e expected
	raw := make([]float64, size)
	for i := range raw {
		if ground != nil {
			e.front = append(e.front, float64(frames[5*size+i])/255-inpainted[i])
			raw[i] = math.Abs(e.front[i])
			continue
		}
		each := [3]float64{}
		for c := range each {
			each[c] = math.Abs(x.Data[c*size+i] - inpainted[c*size+i])
		}
		if raw[i] = (each[0] + each[1] + each[2]) / 3; n.fused.Newest {
			raw[i] = each[2]
		}
	}
	logits := make([]float64, len(o))
	for i, v := range o {
		logits[i] = math.Log((1 - v) / v)
	}
	e.errors, e.regions, e.pixel = box(raw, h, w, n.fused.ErrorBox), make([]float64, len(o)), make([]float64, size)
	e.state = box(logits, regions.Rows, regions.Cols, n.fused.RegionBox)
	if ground != nil {
		d := n.fused.Detector.(nets.ConvDetector)
		g := onnx.NewGraph("where")
		p, err := d.Layout().Constants(g, n.weights)
		if err != nil {
			t.Fatal(err)
		}
		plane := []any{1, 1, h, w}
		_, where := d.ForwardWhere(g, p, g.Input("x", onnx.Float, 1, 3, h, w), g.Input("front", onnx.Float, plane...))
		g.Output("where", where)
		in = map[string]*ref.Tensor{"x": x, "front": {Shape: []int64{1, 1, int64(h), int64(w)}, Data: e.front}}
		e.where = box(run(g, "where"), h, w, n.fused.WhereBox)
	}
	judged := make([]float64, len(o))
	for i, now := range e.state {
		e.state[i] = smoothing*now + (1-smoothing)*state[i]
		judged[i] = min(now, e.state[i])
		e.regions[i] = 1 / (1 + math.Exp(judged[i]))
	}
	scores := make([]float64, len(o))
	for i, v := range judged {
		scores[i] = v - shift[i/regions.Cols]
	}
	kth := slices.Sorted(slices.Values(scores))[len(o)-max(regions.MinRegions, 1)]
	over := make([]float64, size)
	for i := range over {
		over[i] = e.errors[i] - float64(alpha[i])
	}
	over = greatest(over, h, w, n.fused.Dilation)
	if k := n.fused.Closing; k > 1 {
		over = negative(greatest(negative(greatest(over, h, w, k)), h, w, k))
	}
	for y := range h {
		for xx := range w {
			best := float64(nets.Outside)
			for r := range regions.Rows {
				for c := range regions.Cols {
					dy := math.Abs(float64(y) - regions.Center - float64(regions.Stride*r))
					dx := math.Abs(float64(xx) - regions.Center - float64(regions.Stride*c))
					if dy <= regions.Box/2 && dx <= regions.Box/2 && over[y*w+xx] >= 0 {
						best = max(best, min(scores[r*regions.Cols+c], kth))
					}
				}
			}
			e.pixel[y*w+xx] = best
		}
	}
	return e
}

func negative(v []float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = -v[i]
	}
	return out
}

// greatest is the greatest of k×k neighbours inside the picture.
func greatest(v []float64, h, w, k int) []float64 {
	out := make([]float64, len(v))
	for i := range out {
		y, x := i/w, i%w
		out[i] = v[i]
		for yy := max(y-k/2, 0); yy <= min(y+k/2, h-1); yy++ {
			for xx := max(x-k/2, 0); xx <= min(x+k/2, w-1); xx++ {
				out[i] = max(out[i], v[yy*w+xx])
			}
		}
	}
	return out
}

// box is the mean over k×k neighbours inside the picture.
func box(v []float64, h, w, k int) []float64 {
	out := make([]float64, len(v))
	for y := range h {
		for x := range w {
			var sum, n float64
			for yy := max(y-k/2, 0); yy <= min(y+k/2, h-1); yy++ {
				for xx := max(x-k/2, 0); xx <= min(x+k/2, w-1); xx++ {
					sum += v[yy*w+xx]
					n++
				}
			}
			out[y*w+x] = sum / n
		}
	}
	return out
}

func backend(t *testing.T) compute.Backend {
	t.Helper()
	b, _, err := engine.NewBackend(options(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFusedGraph compares a batch of two different windows, at sizes that are
// not square, with the plain Go computation.
func TestFusedGraph(t *testing.T) {
	for _, size := range [][2]int{{16, 24}, {32, 20}, {20, 44}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			n := randomNetwork(uint64(size[1]), size[0], size[1])
			n.fused.Newest = size[0] == 32
			if size[0] == 20 {
				n.fused.Detector = wanting(n.fused.Detector, 7)
			}
			g, err := n.fused.Graph(n.inpainter, n.weights)
			if err != nil {
				t.Fatal(err)
			}
			model, err := g.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			s, err := backend(t).Load(model, nets.FusedInputs(&bundle.Manifest{}), nets.FusedOutputs(&bundle.Manifest{}))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			r, err := n.fused.Detector.Regions(size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			compareFused(t, n, s, r)
		})
	}
}

func compareFused(t *testing.T, n network, s compute.Session, r bundle.Regions) {
	t.Helper()
	const batch = 2
	h, w, n1, n2 := int64(n.fused.Height), int64(n.fused.Width), int64(r.Rows), int64(r.Cols)
	rng := rand.New(rand.NewPCG(5, uint64(w)))
	frames := compute.Bytes(batch, average.Frames, h, w)
	copy(frames.U8, randomFrames(rng, len(frames.U8)))
	state, smoothing := compute.Floats(batch, n1, n2), compute.Floats(batch, 1, 1)
	for i := range state.F32 {
		state.F32[i] = float32(rng.NormFloat64())
	}
	smoothing.F32[0], smoothing.F32[1] = 1, 0.4
	shift, scale := compute.Floats(n1, 1), compute.Floats(n1, 1)
	rows := make([]float64, n1)
	for i := range rows {
		shift.F32[i], scale.F32[i] = 0.1*float32(i), 1
		rows[i] = float64(shift.F32[i])
	}
	alpha := compute.Floats(h, w)
	for i := range alpha.F32 {
		alpha.F32[i] = 0.3 + 0.1*rng.Float32()
	}
	one := func(v float32) *compute.Tensor { return &compute.Tensor{Shape: []int64{1}, F32: []float32{v}} }
	out := []*compute.Tensor{compute.Bytes(batch, h, w), compute.Floats(batch), compute.Floats(batch, h, w),
		compute.Floats(batch, n1, n2), compute.Floats(batch, n1, n2), compute.Floats(batch, h, w)}
	size, cells := h*w, n1*n2
	var want [batch]expected
	var inside []float64
	for b := range int64(batch) {
		before := make([]float64, cells)
		for i := range before {
			before[i] = float64(state.F32[b*cells+int64(i)])
		}
		want[b] = expect(t, n, frames.U8[b*average.Frames*size:(b+1)*average.Frames*size], nil, before, float64(smoothing.F32[b]), alpha.F32, rows)
		for _, v := range want[b].pixel {
			if v > float64(nets.Outside) {
				inside = append(inside, v)
			}
		}
	}
	slices.Sort(inside)
	threshold := inside[len(inside)/2] + 1e-3 // so that pixels lie on both sides
	if err := s.Run(t.Context(), []*compute.Tensor{frames, state, smoothing, alpha, shift, scale, one(float32(threshold))}, out); err != nil {
		t.Fatal(err)
	}
	marked := 0
	for b := range int64(batch) {
		e := want[b]
		near(t, "error", out[2].F32[b*size:(b+1)*size], e.errors, 1e-4)
		near(t, "regions", out[3].F32[b*cells:(b+1)*cells], e.regions, 1e-4)
		near(t, "next", out[4].F32[b*cells:(b+1)*cells], e.state, 1e-3)
		best := float64(nets.Outside)
		for i, want := range e.pixel {
			// A pixel at the very edge of α may fall on either side.
			if math.Abs(e.errors[i]-float64(alpha.F32[i])) < 1e-4 || math.Abs(want-threshold) < 1e-3 {
				continue
			}
			at := b*size + int64(i)
			got := float64(out[5].F32[at])
			if math.Abs(got-want) > 1e-3*max(1, math.Abs(want)) {
				t.Fatalf("pixel %d of window %d scores %g, want %g", i, b, got, want)
			}
			if (out[0].U8[at] == 255) != (want >= threshold) || out[0].U8[at] != 0 && out[0].U8[at] != 255 {
				t.Fatalf("mask at %d of window %d is %d for score %g", i, b, out[0].U8[at], want)
			}
			marked += int(out[0].U8[at] / 255)
			best = max(best, want)
		}
		if got := float64(out[1].F32[b]); math.Abs(got-best) > 1e-2 {
			t.Errorf("score of window %d is %g, want %g", b, got, best)
		}
	}
	if marked == 0 || marked == int(batch*h*w) {
		t.Errorf("%d pixels marked: the case tests nothing", marked)
	}
}

func near(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > tolerance*max(1, math.Abs(want[i])) {
			t.Fatalf("%s[%d] = %g, want %g", name, i, got[i], want[i])
		}
	}
}

// groundNetwork is a small pair whose I is given the ground and whose D has a second
// head, with random weights.
func groundNetwork() network {
	rng := rand.New(rand.NewPCG(6, 6))
	f := nets.Fused{Height: 32, Width: 48, ErrorBox: 3, Dilation: 1, Closing: 3, RegionBox: 3, WhereBox: 5, GroundStep: 0.01,
		Inpainter: nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none", Ground: nets.Given},
		Detector: nets.ConvDetector{Box: 16, EnsembleSize: 2, Where: nets.Where{Width: 6}, Layers: []nets.ConvLayer{
			{Out: 5, Kernel: 6, Stride: 2, Pad: 2}, {Out: 4, Kernel: 4, Stride: 2, Pad: 1}, {Out: 4, Kernel: 6, Stride: 2, Pad: 2}, {Out: 1, Kernel: 1, Stride: 1}}}}
	n := network{f, f.Inpainter.Layout().Init(rng), f.Detector.Layout().Init(rng)}
	for i := range n.inpainter { // what begins as nothing too
		n.inpainter[i] += float32(0.02 * rng.NormFloat64())
	}
	return n
}

// pack makes a bundle of them.
func (n network) pack(t *testing.T) *bundle.Bundle {
	t.Helper()
	b, err := train.Pack(n.fused, n.inpainter, n.weights)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFusedGround: with an I that is given the ground and a D with a second head, the
// graph of two windows gives what the plain computation does: E of the newest frame, the
// head's verdict on each pixel, the lower of both as its score, and a ground that
// follows the picture, but not what is marked.
func TestFusedGround(t *testing.T) {
	const h, w, batch, size = 32, 48, 2, 32 * 48
	rng := rand.New(rand.NewPCG(6, 7))
	n := groundNetwork()
	b := n.pack(t)
	s, err := backend(t).Load(b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	io := nets.NewFusedTensors(b.Manifest, batch)
	copy(io.Frames.U8, randomFrames(rng, len(io.Frames.U8)))
	for i := range io.Ground.F32 {
		io.Ground.F32[i] = 0.3 + 0.4*rng.Float32()
	}
	for i := range io.Alpha.F32 {
		io.Alpha.F32[i] = 0.15 + 0.05*rng.Float32()
	}
	io.Smoothing.F32[0], io.Smoothing.F32[1] = 1, 1
	rows := make([]float64, b.Manifest.Regions.Rows)
	cells := b.Manifest.Regions.Rows * b.Manifest.Regions.Cols
	var want [batch]expected
	var inside []float64
	for k := range batch {
		want[k] = expect(t, n, io.Frames.U8[k*average.Frames*size:(k+1)*average.Frames*size], io.Ground.F32[k*size:(k+1)*size],
			make([]float64, cells), 1, io.Alpha.F32, rows)
		for i, v := range want[k].pixel {
			if v > float64(nets.Outside) && want[k].where[i] > 0.2 {
				inside = append(inside, v)
			}
		}
	}
	slices.Sort(inside)
	threshold := inside[len(inside)/2] + 1e-3
	io.Threshold.F32[0] = float32(threshold)
	io.Balance.F32[0], io.Balance.F32[1] = float32(threshold-0.3), 1.5
	if err := s.Run(t.Context(), io.Inputs(), io.Outputs()); err != nil {
		t.Fatal(err)
	}
	var marked, still, moved int
	for k := range batch {
		e := want[k]
		near(t, "error", io.Error.F32[k*size:(k+1)*size], e.errors, 1e-4)
		near(t, "where", io.Where.F32[k*size:(k+1)*size], e.where, 1e-3)
		for i, score := range e.pixel {
			score = max(min(score, threshold-0.3+1.5*e.where[i]), float64(nets.Outside))
			if math.Abs(e.errors[i]-float64(io.Alpha.F32[i])) < 1e-4 || math.Abs(score-threshold) < 1e-3 {
				continue
			}
			at := k*size + i
			if got := float64(io.Pixel.F32[at]); math.Abs(got-score) > 2e-3*max(1, math.Abs(score)) || (io.Mask.U8[at] == 255) != (score >= threshold) {
				t.Fatalf("pixel %d of window %d scores %g and is marked %d, want %g at threshold %g", i, k, got, io.Mask.U8[at], score, threshold)
			}
			before, now := float64(io.Ground.F32[at]), float64(io.Frames.U8[(k*average.Frames+5)*size+i])/255
			kept := before
			if score < threshold {
				kept += min(max(now-before, -0.01), 0.01)
				moved++
			} else {
				marked++
				if math.Abs(now-before) > 0.02 {
					still++
				}
			}
			if got := float64(io.Kept.F32[at]); math.Abs(got-kept) > 1e-5 {
				t.Fatalf("the ground at %d of window %d goes from %g to %g, want %g", i, k, before, got, kept)
			}
		}
	}
	if marked < 20 || still < 10 || moved < 20 {
		t.Errorf("%d pixels marked, %d of them unlike the ground, %d moved: the case tests nothing", marked, still, moved)
	}
}

// testBundle packs a random network.
func testBundle(t *testing.T, h, w int) *bundle.Bundle {
	t.Helper()
	return testBundleLeast(t, h, w, 0)
}

// testBundleLeast is one whose frames are irregular with so many regions.
func testBundleLeast(t *testing.T, h, w, least int) *bundle.Bundle {
	t.Helper()
	n := randomNetwork(9, h, w)
	n.fused.Detector = wanting(n.fused.Detector, least)
	b, err := train.Pack(n.fused, n.inpainter, n.weights)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
