package engine_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/onnx"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

func open(t *testing.T, b *bundle.Bundle) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), b, options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestParseDevice(t *testing.T) {
	for _, good := range []string{"auto", "cpu", "cuda", "cuda:0", "cuda:12", "tensorrt", "tensorrt:1", "webgpu"} {
		if d, err := engine.ParseDevice(good); err != nil || string(d) != good {
			t.Errorf("%s: got %s, %v", good, d, err)
		}
	}
	for _, bad := range []string{"", "gpu", "CUDA", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:999", "cuda:01", "auto:1"} {
		if _, err := engine.ParseDevice(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// TestScoreAgreesWithMask: a frame is irregular exactly when its score reaches
// the threshold, whatever the thresholds.
func TestScoreAgreesWithMask(t *testing.T) {
	e := open(t, testBundle(t, 32, 48))
	rng := rand.New(rand.NewPCG(1, 1))
	r := e.NewVerdict()
	var seen [2]int
	for _, zeta := range []float64{-1, 0, 0.2, 0.4, 0.5, 0.6, 1} {
		for _, alpha := range []float64{-1, 0, 0.3, 1} {
			if err := e.Infer(t.Context(), randomFrames(rng, 6*32*48), verdict.Thresholds{Alpha: alpha, Zeta: zeta}, r); err != nil {
				t.Fatal(err)
			}
			marked := slices.Max(r.Mask) == 255
			if marked != (r.Score >= r.Threshold) {
				t.Errorf("ζ %g α %g: mask marked %v, score %g, threshold %g", zeta, alpha, marked, r.Score, r.Threshold)
			}
			if marked {
				seen[1]++
			} else {
				seen[0]++
			}
			if alpha == 1 && zeta == 1 {
				continue
			}
			checkZeta(t, e, r, alpha, zeta)
		}
	}
	if seen[0] == 0 || seen[1] == 0 {
		t.Errorf("%v frames without and with marks: one case was never met", seen)
	}
}

// checkZeta: with explicit thresholds a pixel is marked only inside a region
// with O ≤ ζ.
func checkZeta(t *testing.T, e *engine.Engine, r *verdict.Verdict, alpha, zeta float64) {
	t.Helper()
	if zeta < 0 {
		return
	}
	h, w := e.Size()
	g := e.Regions()
	for y := range h {
		for x := range w {
			inside := false
			for i, o := range r.Regions {
				dy := math.Abs(float64(y) - g.Center - float64(g.Stride*(i/g.Cols)))
				dx := math.Abs(float64(x) - g.Center - float64(g.Stride*(i%g.Cols)))
				inside = inside || dy <= g.Box/2 && dx <= g.Box/2 && float64(o) <= zeta+1e-6
			}
			if r.Mask[y*w+x] == 255 && (!inside || alpha >= 0 && float64(r.Error[y*w+x]) < alpha) {
				t.Fatalf("ζ %g α %g: pixel %d,%d is marked against Eq. 4", zeta, alpha, y, x)
			}
		}
	}
}

// TestRestart: after Restart a window gives what it gives first.
func TestRestart(t *testing.T) {
	b := testBundle(t, 32, 48)
	b.Manifest.Calibration.Smoothing = 0.4
	e := open(t, b)
	rng := rand.New(rand.NewPCG(2, 2))
	first, second := randomFrames(rng, 6*32*48), randomFrames(rng, 6*32*48)
	r := e.NewVerdict()
	infer := func(w []byte) []float32 {
		if err := e.Infer(t.Context(), w, verdict.Calibrated(), r); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(r.Regions)
	}
	alone := infer(second)
	e.Restart()
	infer(first)
	mixed := infer(second)
	e.Restart()
	again := infer(second)
	if !slices.Equal(alone, again) {
		t.Error("a restarted engine remembers")
	}
	if slices.Equal(alone, mixed) {
		t.Error("the frame before has no weight in the causal mean")
	}
}

// TestPassed: one run that stands for three samples leaves the mean over time where three
// runs of the same window do.
func TestPassed(t *testing.T) {
	b := testBundle(t, 32, 48)
	b.Manifest.Calibration.Smoothing = 0.2
	for i := range b.Manifest.Calibration.RowShift {
		b.Manifest.Calibration.RowShift[i] = -3 // the mean begins below all windows
	}
	e := open(t, b)
	window, r := randomFrames(rand.New(rand.NewPCG(4, 2)), 6*32*48), e.NewVerdict()
	after := func(runs, samples int) []float32 {
		e.Restart()
		for range runs {
			e.Passed(samples)
			if err := e.Infer(t.Context(), window, verdict.Calibrated(), r); err != nil {
				t.Fatal(err)
			}
		}
		return slices.Clone(r.Regions)
	}
	each, once, less := after(3, 1), after(1, 3), after(1, 1)
	near := func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 })
	}
	if !near(each, once) || near(once, less) {
		t.Errorf("by each of three %v, by the last of three %v, by one %v", each[:4], once[:4], less[:4])
	}
}

func TestInferAllocatesNothing(t *testing.T) {
	e := open(t, testBundle(t, 32, 48))
	frames, r := randomFrames(rand.New(rand.NewPCG(3, 3)), 6*32*48), e.NewVerdict()
	if n := testing.AllocsPerRun(50, func() {
		if err := e.Infer(t.Context(), frames, verdict.Calibrated(), r); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%g allocations a window", n)
	}
}

func TestRefusals(t *testing.T) {
	good := testBundle(t, 32, 48)
	e := open(t, good)
	if err := e.Infer(t.Context(), make([]byte, 5), verdict.Calibrated(), e.NewVerdict()); !errors.Is(err, engine.ErrInput) {
		t.Errorf("short window: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := e.Infer(t.Context(), make([]byte, 6*32*48), verdict.Calibrated(), e.NewVerdict()); !errors.Is(err, engine.ErrModel) {
		t.Errorf("closed engine: %v", err)
	}
	broken := *good
	broken.Fused = []byte("no model")
	if _, err := engine.Open(t.Context(), &broken, options(t)); !errors.Is(err, engine.ErrModel) {
		t.Errorf("broken model: %v", err)
	}
	other := *good
	other.Manifest.Height = 64
	if _, err := engine.Open(t.Context(), &other, options(t)); !errors.Is(err, engine.ErrModel) {
		t.Errorf("model of another size: %v", err)
	}
	elsewhere := options(t)
	elsewhere.Library = "/nonexistent/libonnxruntime.so"
	if _, err := engine.Open(t.Context(), good, elsewhere); !errors.Is(err, engine.ErrLibrary) && !environmentWins() {
		t.Errorf("another library: %v", err)
	}
}

// spoiled is a bundle of a network that was changed.
func spoiled(t *testing.T, spoil func(n network)) *bundle.Bundle {
	t.Helper()
	n := randomNetwork(4, 32, 48)
	spoil(n)
	g, err := n.fused.Graph(n.inpainter, n.weights)
	if err != nil {
		t.Fatal(err)
	}
	b := testBundle(t, 32, 48)
	if b.Fused, err = g.Marshal(); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNotFinite: a network whose score is no number is an error, not a frame
// without irregularity: here its weights are numbers, and what comes of them is
// beyond all.
func TestNotFinite(t *testing.T) {
	for name, spoil := range map[string]func(n network){
		"detector":  func(n network) { fill(n.weights, math.MaxFloat32) },
		"inpainter": func(n network) { fill(n.inpainter, math.MaxFloat32) },
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, spoiled(t, spoil))
			err := e.Infer(t.Context(), randomFrames(rand.New(rand.NewPCG(1, 9)), 6*32*48), verdict.Calibrated(), e.NewVerdict())
			if !errors.Is(err, verdict.ErrNotFinite) {
				t.Errorf("got %v, want ErrNotFinite", err)
			}
		})
	}
}

// TestWeightsNotFinite: weights that are no numbers are refused at once.
func TestWeightsNotFinite(t *testing.T) {
	for name, spoil := range map[string]func(n network){
		"detector":                    func(n network) { fill(n.weights, math.NaN()) },
		"inpainter":                   func(n network) { fill(n.inpainter, math.NaN()) },
		"one weight of the inpainter": func(n network) { n.inpainter[len(n.inpainter)-1] = float32(math.Inf(1)) },
	} {
		if _, err := engine.Open(t.Context(), spoiled(t, spoil), options(t)); !errors.Is(err, engine.ErrModel) || !errors.Is(err, onnx.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func fill(v []float32, x float64) {
	for i := range v {
		v[i] = float32(x)
	}
}

// TestForeignGraph: a graph with other inputs, or operators that we never use,
// is refused before ONNX Runtime sees it.
func TestForeignGraph(t *testing.T) {
	g := onnx.NewGraph("foreign")
	g.Output("mask", g.Relu(g.Input("frames", onnx.Float, 1)))
	model, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b := testBundle(t, 32, 48)
	unknown := bytes.ReplaceAll(b.Fused, []byte("Gather"), []byte("Gatter"))
	if bytes.Equal(unknown, b.Fused) {
		t.Fatal("the graph has no operator to replace")
	}
	for name, m := range map[string][]byte{"other inputs": model, "an unknown operator": unknown} {
		bad := *b
		bad.Fused = m
		if _, err := engine.Open(t.Context(), &bad, options(t)); !errors.Is(err, engine.ErrModel) {
			t.Errorf("%s: got %v, want ErrModel", name, err)
		}
	}
}

// TestModelIsReadAsVetted: a graph that begins as a model in ONNX Runtime's own
// format does is run as the graph that was looked at.
func TestModelIsReadAsVetted(t *testing.T) {
	b := testBundle(t, 32, 48)
	both := *b
	// producer_name, field 2 of a model, whose last value counts: bytes 4 to 7 are
	// the other format's sign.
	both.Fused = slices.Concat([]byte("\x12\x06\x00\x00ORTM"), b.Fused)
	frames := randomFrames(rand.New(rand.NewPCG(5, 9)), 6*32*48)
	one, other := open(t, b), open(t, &both)
	want, got := one.NewVerdict(), other.NewVerdict()
	if err := errors.Join(one.Infer(t.Context(), frames, verdict.Calibrated(), want), other.Infer(t.Context(), frames, verdict.Calibrated(), got)); err != nil {
		t.Fatal(err)
	}
	if got.Score != want.Score {
		t.Errorf("score %v, want %v", got.Score, want.Score)
	}
}

// TestCUDAIsNotReplaced: a device that is not there is an error.
func TestCUDAIsNotReplaced(t *testing.T) {
	o := options(t)
	o.Device = "cuda:7"
	e, err := engine.Open(t.Context(), testBundle(t, 32, 48), o)
	if err == nil {
		_ = e.Close()
		t.Skip("this machine has eight CUDA devices")
	}
	if !errors.Is(err, engine.ErrDevice) {
		t.Errorf("got %v, want ErrDevice", err)
	}
	o.Device = engine.Auto
	auto, err := engine.Open(t.Context(), testBundle(t, 32, 48), o)
	if err != nil {
		t.Fatal(err)
	}
	if d := auto.Device(); d == string(engine.Auto) {
		t.Error("the engine does not say what auto became")
	}
	_ = auto.Close()
}

// TestBundleModelsParse: the three models of a bundle pass the checker.
func TestBundleModelsParse(t *testing.T) {
	b := testBundle(t, 32, 48)
	for name, m := range map[string][]byte{"inpainter": b.Inpainter, "detector": b.Detector, "fused": b.Fused} {
		if _, err := onnx.Parse(m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if average.Frames != 6 {
		t.Errorf("windows of %d frames", average.Frames)
	}
}
