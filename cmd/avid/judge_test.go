package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"avid/models/datasets"
	"avid/models/eval"
	"avid/models/nets"
	"avid/models/synth"
	"avid/runtime/engine"
	"avid/runtime/window"
)

// oracle is an engine that knows the truth of the scene: it marks what differs
// from the empty place. Its model is as large as the picture.
type oracle struct {
	h, w     int
	rate     float64
	reader   *sceneReader
	restarts int
	windows  int
}

func (o *oracle) Size() (h, w int)   { return o.h, o.w }
func (o *oracle) FrameRate() float64 { return o.rate }
func (o *oracle) Restart()           { o.restarts++ }
func (o *oracle) NewResult() *engine.Result {
	return &engine.Result{Mask: make([]byte, o.h*o.w), Pixel: make([]float32, o.h*o.w)}
}

func (o *oracle) Infer(frames []byte, _ engine.Thresholds, r *engine.Result) error {
	o.windows++
	if len(frames) != window.Frames*o.h*o.w {
		return errors.New("window of the wrong size")
	}
	r.Score, r.Threshold = -1, 0
	for i, m := range o.reader.frame.Mask {
		r.Mask[i], r.Pixel[i] = 0, nets.Outside
		if m != 0 {
			r.Mask[i], r.Pixel[i], r.Score = 255, 3, 3
		}
	}
	return nil
}

func tinyScene(t *testing.T, kinds ...synth.Kind) *synth.Scene {
	t.Helper()
	cfg := synth.DefaultConfig()
	cfg.Height, cfg.Width, cfg.Frames, cfg.Irregular, cfg.Noise = 48, 72, 80, kinds, 0
	s, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJudgeOnAnOracle(t *testing.T) {
	clip := sceneClip("cart", tinyScene(t, synth.Cart))
	r, err := clip.open()
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{h: 48, w: 72, rate: 10, reader: r.(*sceneReader)}
	var all eval.Collector
	if err := newJudge(o, engine.Calibrated()).clip(context.Background(), clip, &all); err != nil {
		t.Fatal(err)
	}
	report, err := all.Report("synth")
	if err != nil {
		t.Fatal(err)
	}
	if report.Frames != 75 || report.LeftOut != 5 || o.windows != 75 || o.restarts != 1 {
		t.Errorf("%d frames, %d left out, %d windows, %d restarts; want 75, 5, 75, 1", report.Frames, report.LeftOut, o.windows, o.restarts)
	}
	for name, rates := range map[string]*eval.Rates{"frame": report.Frame, "pixel": report.Pixel, "dual": report.DualPixel} {
		if rates == nil || rates.AUC != 1 || rates.EER != 0 {
			t.Errorf("%s level: %+v, want a perfect one", name, rates)
		}
	}
	if c := report.Coverage; c == nil || c.Irregular != 1 || c.Moving != 0 {
		t.Errorf("coverage %+v, want all of the irregular and nothing else", c)
	}
	m := report.Clips[0].Marked
	if m.Irregular != report.Irregular || m.Normal != 0 {
		t.Errorf("marked %+v of %d", m, report.Irregular)
	}
	var out strings.Builder
	printReport(&out, report, "cpu")
	for _, want := range []string{"cart", "AUC 1.000", "left out are 5 frames", "100.0 % of the irregular"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
}

// TestJudgeSamples: a bundle of 5 frames/s looks at each second frame of a clip
// of 10, and the frames between keep the verdict.
func TestJudgeSamples(t *testing.T) {
	clip := sceneClip("none", tinyScene(t))
	r, err := clip.open()
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{h: 48, w: 72, rate: 5, reader: r.(*sceneReader)}
	var all eval.Collector
	if err := newJudge(o, engine.Calibrated()).clip(context.Background(), clip, &all); err != nil {
		t.Fatal(err)
	}
	report, err := all.Report("synth")
	if err != nil {
		t.Fatal(err)
	}
	if report.LeftOut != 10 || report.Frames != 70 || o.windows != 35 {
		t.Errorf("%d left out, %d frames, %d windows; want 10, 70, 35", report.LeftOut, report.Frames, o.windows)
	}
}

// TestJudgeRefusesMissingTruth: a clip that ends before its truth does.
func TestJudgeRefusesMissingTruth(t *testing.T) {
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "-o", dir+"/set/", "--train", "1", "--test", "2", "--seconds", "1", "--size", "48x72"); status != 0 {
		t.Fatal(errOut)
	}
	set, err := datasets.OpenUCSD(dir + "/set")
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Train) != 1 || len(set.Test) != 2 || len(set.Test[0].Masks) != 10 {
		t.Fatalf("data set %+v", set)
	}
	clip, err := diskClip(set.Test[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := clip.ended(9); err != nil && !errors.Is(err, datasets.ErrCount) {
		t.Error(err)
	}
	if _, err := clip.truth(10, 72, 48); !errors.Is(err, datasets.ErrCount) {
		t.Errorf("a frame beyond the truth: %v", err)
	}
	if _, err := clip.truth(3, 72, 48); err != nil {
		t.Error(err)
	}
	if err := clip.ended(9); !errors.Is(err, datasets.ErrCount) {
		t.Errorf("a clip of 9 frames with truth for 10: %v", err)
	}
}
