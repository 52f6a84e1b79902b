package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"avid/models/average"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
	"avid/models/pseudo"
)

// tiny is a configuration that the slow reference runs in a moment.
func tiny() Config {
	c := DefaultConfig()
	c.Height, c.Width, c.Batch, c.Steps = 32, 32, 2, 4
	c.Inpainter = nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 4, Norm: "none"}
	c.Detector = nets.ConvDetector{Box: 8, Layers: []nets.ConvLayer{{Out: 3, Kernel: 4, Stride: 4}, {Out: 4, Kernel: 2, Stride: 2}, {Out: 1, Kernel: 1, Stride: 1}}}
	return c
}

// footage is a clip in which a square walks over a gradient.
func footage(frames, h, w int) []Clip {
	c := Clip{Name: "walk"}
	for t := range frames {
		f := make([]byte, h*w)
		for i := range f {
			f[i] = byte(60 + i%w)
		}
		for y := 8; y < 16; y++ {
			for x := range 6 {
				f[y*w+(t+x)%w] = 220
			}
		}
		c.Frames = append(c.Frames, f)
	}
	return []Clip{c}
}

func train(t *testing.T, c Config, o Options) []Progress {
	t.Helper()
	var list []Progress
	o.Progress = func(p Progress) { list = append(list, p) }
	b, err := Run(context.Background(), c, footage(160, c.Height, c.Width), ref.Backend{}, o)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		t.Fatalf("the bundle does not write: %v", err)
	}
	var rec Record
	if err := json.Unmarshal(b.Manifest.Training, &rec); err != nil || rec.Steps != c.Steps || rec.Config.Seed != c.Seed {
		t.Errorf("training record %+v, %v", rec, err)
	}
	return list
}

func losses(list []Progress) []Losses {
	var out []Losses
	for _, p := range list {
		out = append(out, p.Losses)
	}
	return out
}

func TestSameSeedSameLosses(t *testing.T) {
	a, b := losses(train(t, tiny(), Options{})), losses(train(t, tiny(), Options{}))
	if len(a) != 4 || !slices.Equal(a, b) {
		t.Errorf("losses differ:\n%v\n%v", a, b)
	}
	c := tiny()
	c.Seed = 2
	if slices.Equal(a, losses(train(t, c, Options{}))) {
		t.Error("another seed gives the same losses")
	}
}

// TestResume: stopping and going on gives the losses of one run.
func TestResume(t *testing.T) {
	whole := tiny()
	whole.Optimizer, whole.AdversarialShare, whole.Steps = SGD, 0, 4 // no schedule depends on the number of steps
	want := losses(train(t, whole, Options{}))
	var saved *State
	half := whole
	half.Steps = 2
	first := train(t, half, Options{Save: func(s *State) error {
		data, err := s.Encode()
		if err != nil {
			return err
		}
		saved, err = DecodeState(data)
		return err
	}})
	rest := train(t, whole, Options{Resume: saved})
	got := append(losses(first), losses(rest)...)
	if !slices.Equal(got, want) {
		t.Errorf("resumed losses\n%v\nwant\n%v", got, want)
	}
	if rest[0].Step != 3 {
		t.Errorf("resumed at step %d, want 3", rest[0].Step)
	}
}

func TestDecodeStateRefuses(t *testing.T) {
	if _, err := DecodeState([]byte("nothing")); err == nil {
		t.Error("rubbish was decoded")
	}
	s := &State{Config: tiny()}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeState(data); err == nil {
		t.Error("a state without weights was decoded")
	}
}

// TestCancel: a cancelled run gives a bundle as soon as it has made one step.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := tiny()
	c.Steps = 1000
	steps := 0
	b, err := Run(ctx, c, footage(160, 32, 32), ref.Backend{}, Options{Progress: func(Progress) {
		if steps++; steps == 2 {
			cancel()
		}
	}})
	if err != nil || b == nil {
		t.Fatalf("bundle %v, error %v", b, err)
	}
	if steps > 3 {
		t.Errorf("%d steps after cancelling at 2", steps)
	}
}

// TestLearns: on the reference backend a few steps already lower the loss.
func TestLearns(t *testing.T) {
	for _, c := range []struct {
		name string
		norm string
		kind Optimizer
		rate float64
	}{{"adam", "none", Adam, 5e-3}, {"sgd with batch norm", "batch", SGD, 2e-3}} {
		t.Run(c.name, func(t *testing.T) {
			cfg := tiny()
			cfg.Steps, cfg.Optimizer, cfg.InpainterRate, cfg.DetectorRate = 25, c.kind, c.rate, 1e-3
			cfg.Inpainter.Norm = c.norm
			l := losses(train(t, cfg, Options{}))
			if first, last := l[0].Reconstruction, l[len(l)-1].Reconstruction; !(last < first) {
				t.Errorf("reconstruction went from %g to %g", first, last)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	c := tiny()
	run := func(c Config, clips []Clip) error {
		_, err := Run(context.Background(), c, clips, ref.Backend{}, Options{})
		return err
	}
	for name, change := range map[string]func(*Config){
		"size": func(c *Config) { c.Height = 33 }, "batch": func(c *Config) { c.Batch = 0 },
		"steps": func(c *Config) { c.Steps = 0 }, "optimizer": func(c *Config) { c.Optimizer = "lbfgs" },
		"rate": func(c *Config) { c.DetectorRate = 0 }, "share": func(c *Config) { c.Validation = 0.9 },
		"shares": func(c *Config) { c.PasteShare, c.SkipShare = 0.8, 0.3 },
		"gamma":  func(c *Config) { c.Gamma = math.NaN() }, "label": func(c *Config) { c.RealLabel = 0.2 },
	} {
		bad := tiny()
		change(&bad)
		if err := run(bad, footage(160, 32, 32)); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, clips := range map[string][]Clip{
		"none": nil, "short": footage(20, 32, 32), "wrong size": footage(160, 16, 32),
	} {
		if err := run(c, clips); !errors.Is(err, ErrFootage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wild := tiny()
	wild.Optimizer, wild.InpainterRate, wild.Steps = SGD, 1e18, 40
	if err := run(wild, footage(160, 32, 32)); !errors.Is(err, ErrDiverged) {
		t.Errorf("diverging run: %v", err)
	}
}

func TestConfigRoundTrip(t *testing.T) {
	for _, c := range []Config{DefaultConfig(), PaperConfig(), StillConfig()} {
		c.Duration = 3 * time.Minute
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back Config
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("settings changed on the way: %s, %s, %v", data, again, err)
		}
	}
}

// pictures are n pictures that stand alone, each with a square elsewhere.
func pictures(n, h, w int) []Clip {
	clips := make([]Clip, n)
	for k, frame := range footage(n, h, w)[0].Frames {
		clips[k] = Clip{Name: fmt.Sprint(k), Still: true}
		for range average.Frames {
			clips[k].Frames = append(clips[k].Frames, frame)
		}
	}
	return clips
}

// TestStills: pictures that stand alone are held back whole, and the bundle is
// calibrated on those alone.
func TestStills(t *testing.T) {
	c := tiny()
	c.Still, c.Mirror, c.PasteShare, c.SkipShare, c.WeatherShare = true, false, 0.9, 0, 0
	learn, held, err := divide(c, pictures(200, 32, 32))
	if err != nil {
		t.Fatal(err)
	}
	if len(learn) != 170 || len(held) != 30 || held[0].Name != "170" {
		t.Errorf("%d to learn from, %d held back from %s, want 170 and 30 from 170", len(learn), len(held), held[0].Name)
	}
	b, err := Run(context.Background(), c, pictures(200, 32, 32), ref.Backend{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if cal := b.Manifest.Calibration; cal.Frames != 30 || cal.Smoothing != 1 {
		t.Errorf("calibrated on %d pictures with smoothing %g, want 30 and 1", cal.Frames, cal.Smoothing)
	}
	for name, clips := range map[string][]Clip{"film": footage(160, 32, 32), "few": pictures(10, 32, 32)} {
		if _, _, err := divide(c, clips); !errors.Is(err, ErrFootage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := divide(tiny(), pictures(200, 32, 32)); !errors.Is(err, ErrFootage) {
		t.Errorf("pictures with a recipe for film: %v", err)
	}
}

// TestPaperRecipe holds the numbers that define the method.
func TestPaperRecipe(t *testing.T) {
	c := PaperConfig()
	if c.Optimizer != SGD || sgdMomentum != 0.9 || c.InpainterRate != 0.002 || c.DetectorRate != 0.002 || c.Batch != 16 ||
		c.Gamma != 0.4 || !c.FixedGamma || c.AuxiliaryWeight != 0 {
		t.Errorf("%+v is not the paper's recipe", c)
	}
}

// TestLabels: regions under a changed block are irregular, far ones normal.
func TestLabels(t *testing.T) {
	c := tiny()
	r, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	f := &feeder{c: c, regions: r, diff: make([]float64, (c.Height+1)*(c.Width+1))}
	clean, changed := make([]float32, 3*32*32), make([]float32, 3*32*32)
	for y := 0; y < 8; y++ {
		for x := 0; x < 8; x++ {
			changed[32*32+y*32+x] = 0.5 // one channel is enough
		}
	}
	target, judged := make([]float32, r.Rows*r.Cols), make([]float32, r.Rows*r.Cols)
	f.label(target, judged, clean, changed)
	if target[0] != 0 || judged[0] != 1 {
		t.Errorf("changed region: target %g, weight %g", target[0], judged[0])
	}
	last := len(target) - 1
	if target[last] != c.RealLabel || judged[last] != 1 {
		t.Errorf("far region: target %g, weight %g", target[last], judged[last])
	}
}

// TestBatch: teaching weights sum to one, pixel weights average one.
func TestBatch(t *testing.T) {
	c := tiny()
	c.Batch = 6
	r, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	clips := footage(60, 32, 32)
	gen := pseudo.Generator{H: 32, W: 32, Clips: []pseudo.Clip{clips[0].Frames}, MinSpeed: 1, MaxSpeed: 3, PasteShare: 0.5, SkipShare: 0.3}
	f, b := newFeeder(c, r, gen, newTestRand()), newBatch(c, r.Rows, r.Cols)
	f.fill(b)
	var judged, weight float64
	for _, v := range b.judged.F32 {
		judged += float64(v)
	}
	for _, v := range b.weight.F32 {
		weight += float64(v)
	}
	if math.Abs(judged-1) > 1e-4 || math.Abs(weight/float64(len(b.weight.F32))-1) > 1e-4 {
		t.Errorf("teaching weights sum to %g, pixel weights average %g", judged, weight/float64(len(b.weight.F32)))
	}
	if slices.Equal(b.clean.F32, b.noisy.F32) {
		t.Error("X̃ has no noise")
	}
}

// TestFold: I with folded normalization gives what I gives on a batch of the
// same statistics.
func TestFold(t *testing.T) {
	c := tiny()
	c.Inpainter.Norm = "batch"
	r, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	clips := footage(60, 32, 32)
	f := newFeeder(c, r, pseudo.Generator{H: 32, W: 32, Clips: []pseudo.Clip{clips[0].Frames}}, newTestRand())
	b := newBatch(c, r.Rows, r.Cols)
	f.fill(b)
	theta := c.Inpainter.Layout().Init(newTestRand())
	folded, err := fold(c, theta, []*batch{b}, ref.Backend{})
	if err != nil {
		t.Fatal(err)
	}
	forward := func(weights []float32, bn nets.BatchNorm) []float64 {
		g := onnx.NewGraph("test")
		p, err := c.Inpainter.Layout().Constants(g, weights)
		if err != nil {
			t.Fatal(err)
		}
		g.Output("y", c.Inpainter.Forward(g, p, g.Input("x", onnx.Float, c.Batch, 3, 32, 32), nil, bn))
		x := ref.New(b.clean.Shape...)
		for i, v := range b.clean.F32 {
			x.Data[i] = float64(v)
		}
		out, err := ref.Run(g, map[string]*ref.Tensor{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		return out["y"].Data
	}
	want, got := forward(theta, nets.BatchStatistics()), forward(folded, nil)
	for i := range want {
		if math.Abs(want[i]-got[i]) > 1e-4*max(1, math.Abs(want[i])) {
			t.Fatalf("output %d is %g, want %g", i, got[i], want[i])
		}
	}
}

// TestDetectorMean: what is kept of D is the fading mean of its weights over
// every update, the zeros that it began with taken out.
func TestDetectorMean(t *testing.T) {
	c := tiny()
	c.DetectorMean, c.AuxiliarySteps, c.Steps = 0.9, 0, 1
	_, one := trained(t, c, nil)
	near := func(what string, got []float32, want func(i int) float64) {
		t.Helper()
		for i, v := range got {
			if w := want(i); math.Abs(float64(v)-w) > 1e-5*(1+math.Abs(w)) {
				t.Fatalf("%s: weight %d is %g, want %g", what, i, v, w)
			}
		}
	}
	near("after one update", one.Detector.Best, func(i int) float64 { return float64(one.Detector.Theta[i]) })

	c.Steps = 2
	_, two := trained(t, c, one)
	mean := two.Detector.State[len(two.Detector.State)-1]
	near("after two", mean, func(i int) float64 {
		return 0.09*float64(one.Detector.Theta[i]) + 0.1*float64(two.Detector.Theta[i])
	})
	if two.Detector.BestAt == 2 {
		near("kept of two", two.Detector.Best, func(i int) float64 { return float64(mean[i]) / 0.19 })
	}
	if slices.Equal(one.Detector.Theta, two.Detector.Theta) {
		t.Error("the second step moved nothing")
	}
	for i := range two.Inpainter.Best {
		if two.Inpainter.BestAt == 2 && two.Inpainter.Best[i] != two.Inpainter.Theta[i] {
			t.Fatal("what is kept of I is not its newest weights")
		}
	}
}
