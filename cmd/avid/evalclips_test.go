package main

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"avid/models/average"
	"avid/models/datasets"
	"avid/models/eval"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/synth"
	"avid/models/zones"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
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

func (o *oracle) Size() (h, w int)         { return o.h, o.w }
func (o *oracle) Luma() luma.Range         { return luma.Stored }
func (o *oracle) FrameRate() float64       { return o.rate }
func (o *oracle) Restart()                 { o.restarts++ }
func (o *oracle) Alone()                   {}
func (o *oracle) Passed(int)               {}
func (o *oracle) Learn([]byte)             {}
func (o *oracle) Zones() zones.List        { return nil }
func (o *oracle) Ordinary() *ordinary.List { return nil }
func (o *oracle) Picture() []byte          { return nil }
func (o *oracle) NewVerdict() *verdict.Verdict {
	return &verdict.Verdict{Mask: make([]byte, o.h*o.w), Heat: make([]byte, o.h*o.w), Pixel: make([]float32, o.h*o.w)}
}

func (o *oracle) Infer(_ context.Context, frames []byte, _ verdict.Thresholds, r *verdict.Verdict) error {
	o.windows++
	if len(frames) != average.Frames*o.h*o.w {
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

// Parts gives the same marks to both: I sees an error of 0.2 there.
func (o *oracle) Parts(r *verdict.Verdict, inpainter, detector []float32) {
	for i, m := range r.Mask {
		inpainter[i], detector[i] = 0, float32(math.Inf(-1))
		if m != 0 {
			inpainter[i], detector[i] = 0.2, 3
		}
	}
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
	r, err := clip.Open()
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{h: 48, w: 72, rate: 10, reader: r.(*sceneReader)}
	var all eval.Collector
	if err := (&evaluate.Evaluator{Model: o, Thresholds: verdict.Calibrated()}).Clip(context.Background(), clip, &all); err != nil {
		t.Fatal(err)
	}
	report, err := all.Report("synth")
	if err != nil {
		t.Fatal(err)
	}
	if report.Frames != 75 || report.LeftOut != 5 || o.windows != 75 || o.restarts != 1 {
		t.Errorf("%d frames, %d left out, %d windows, %d restarts; want 75, 5, 75, 1", report.Frames, report.LeftOut, o.windows, o.restarts)
	}
	for name, f := range map[string]*eval.Figures{"both": &report.Figures, "I": report.Inpainter, "D": report.Detector} {
		for _, rates := range []*eval.Rates{f.Frame, f.Pixel, f.DualPixel} {
			if rates == nil || rates.AUC != 1 || rates.EER != 0 {
				t.Errorf("%s: %+v, want a perfect one", name, rates)
			}
		}
		if *f.TBDC != 1 || *f.RBDC != 1 {
			t.Errorf("%s: RBDC %v, TBDC %v", name, *f.RBDC, *f.TBDC)
		}
	}
	if two := report.TwoThresholds; two == nil || two.Frame.AUC != 1 || two.Pixel.AUC != 1 {
		t.Errorf("two thresholds %+v", two)
	}
	if c := report.Coverage; c == nil || c.Irregular != 1 || c.Moving != 0 {
		t.Errorf("coverage %+v, want all of the irregular and nothing else", c)
	}
	m := report.Clips[0]
	if m.Found != report.Irregular || m.False != 0 {
		t.Errorf("marked %+v of %d", m, report.Irregular)
	}
	var out strings.Builder
	printReport(&out, report, "cpu")
	for _, want := range []string{"cart", "I ∩ D", "D alone", "I alone", "best α and ζ", "1.000", "left out are 5 frames", "100.0 % of the irregular"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
}

// TestEvalZones: what is true where a zone leaves out is nothing to be found, and no
// judge finds anything there; beside it all is as before.
func TestEvalZones(t *testing.T) {
	for _, c := range []struct {
		zone      zones.Zone
		irregular bool
	}{
		{zones.Zone{Name: "all-but-a-strip", Kind: zones.Private, Points: []zones.Point{{}, {X: 1}, {X: 1, Y: 0.95}, {Y: 0.95}}}, false},
		{zones.Zone{Name: "strip", Kind: zones.Ignore, Points: []zones.Point{{Y: 0.95}, {X: 1, Y: 0.95}, {X: 1, Y: 1}, {Y: 1}}}, true},
	} {
		clip := sceneClip("cart", tinyScene(t, synth.Cart))
		r, err := clip.Open()
		if err != nil {
			t.Fatal(err)
		}
		var all eval.Collector
		o := &oracle{h: 48, w: 72, rate: 10, reader: r.(*sceneReader)}
		dark := 0
		show := func(_ string, _ int, p datasets.Picture, _ evaluate.Truth, _ *verdict.Verdict) error {
			if p.Gray[0] == 0 && p.Gray[p.Width-1] == 0 {
				dark++
			}
			return nil
		}
		if err := (&evaluate.Evaluator{Model: o, Thresholds: verdict.Calibrated(), Zones: zones.List{c.zone}, Show: show}).Clip(context.Background(), clip, &all); err != nil {
			t.Fatal(err)
		}
		report, err := all.Report("synth")
		if err != nil {
			t.Fatal(err)
		}
		if (report.Irregular > 0) != c.irregular || (dark == 75) == c.irregular {
			t.Errorf("%s: %d of %d frames are irregular, %d pictures are black above", c.zone.Name, report.Irregular, report.Frames, dark)
		}
		if m := report.Clips[0]; m.Found != report.Irregular || m.False != 0 {
			t.Errorf("%s: marked %+v of %d", c.zone.Name, m, report.Irregular)
		}
	}
}

// TestReportFits: long names and clips without masks, in at most 100 columns.
func TestReportFits(t *testing.T) {
	half := &eval.Rates{EER: 0.5, AUC: 0.5}
	figures := eval.Figures{Frame: half, Pixel: half}
	r := &eval.Report{Frames: 100000, Irregular: 10000, Figures: figures, Inpainter: &figures, Detector: &eval.Figures{},
		TwoThresholds: &eval.TwoReport{Frame: half}, Clips: []eval.ClipReport{{Name: strings.Repeat("long/", 40), Frames: 100000, Masks: true}, {Name: "b"}}}
	var out strings.Builder
	printReport(&out, r, "cpu")
	for _, line := range strings.Split(out.String(), "\n") {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	for _, want := range []string{"pixel figures from 1 of 2 clips", "50.0 %", "-"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "left out") {
		t.Errorf("nothing was left out:\n%s", out.String())
	}
	r.Clips = r.Clips[1:]
	out.Reset()
	if printReport(&out, r, "cpu"); !strings.Contains(out.String(), "There are no masks") {
		t.Errorf("the report does not say that there are no masks:\n%s", out.String())
	}
}

// slides are pictures that stand alone: each is one grey level throughout.
type slides struct{ next, count int }

func (s *slides) Next() (datasets.Picture, error) {
	if s.next == s.count {
		return datasets.Picture{}, io.EOF
	}
	s.next++
	return datasets.Picture{Gray: slices.Repeat([]byte{byte(10 * s.next)}, 16*16), Width: 16, Height: 16}, nil
}

func (s *slides) Close() error { return nil }

// stillEngine holds that each window is one picture six times over, after a
// Restart; what is brighter than 25 is irregular.
type stillEngine struct {
	oracle
	t *testing.T
}

func (e *stillEngine) Infer(_ context.Context, frames []byte, _ verdict.Thresholds, r *verdict.Verdict) error {
	e.windows++
	if e.restarts != e.windows+1 { // one at the clip's start
		e.t.Errorf("window %d after %d restarts", e.windows, e.restarts)
	}
	for _, b := range frames {
		if int(b) != 10*e.windows {
			e.t.Fatalf("window %d holds grey %d", e.windows, b)
		}
	}
	for i := range r.Mask {
		if r.Mask[i], r.Pixel[i] = 0, nets.Outside; frames[0] > 25 {
			r.Mask[i], r.Pixel[i] = 255, 3
		}
	}
	return nil
}

// TestJudgeStills: each picture of such a clip is judged, alone, and none is
// left out.
func TestJudgeStills(t *testing.T) {
	mask := slices.Repeat([]byte{255}, 16*16)
	clip := evaluate.Clip{Name: "slides", Still: true,
		Open: func() (datasets.Reader, error) { return &slides{count: 4}, nil },
		Truth: func(k, _, _ int) (evaluate.Truth, error) {
			ft := evaluate.Truth{Irregular: k >= 2, Masked: true}
			if k >= 2 {
				ft.Mask = mask
			}
			return ft, nil
		},
		Ended: func(int) error { return nil },
	}
	e := &stillEngine{oracle{h: 16, w: 16, rate: 10}, t}
	j := &evaluate.Evaluator{Model: e, Thresholds: verdict.Calibrated()}
	var shown []int
	j.Show = func(name string, k int, p datasets.Picture, t evaluate.Truth, r *verdict.Verdict) error {
		if name == "slides" && p.Width == 16 && t.Irregular == (r.Mask[0] != 0) {
			shown = append(shown, k)
		}
		return nil
	}
	var all eval.Collector
	if err := j.Clip(context.Background(), clip, &all); err != nil {
		t.Fatal(err)
	}
	r, err := all.Report("slides")
	if err != nil {
		t.Fatal(err)
	}
	if r.Frames != 4 || r.LeftOut != 0 || r.Frame.AUC != 1 || *r.TBDC != 1 || e.windows != 4 || r.Coverage != nil {
		t.Errorf("report %+v after %d windows", r, e.windows)
	}
	if !slices.Equal(shown, []int{0, 1, 2, 3}) {
		t.Errorf("shown were %v", shown)
	}
}

// TestJudgeSamples: a bundle of 5 frames/s looks at each second frame of a clip
// of 10, and the frames between keep the verdict.
func TestJudgeSamples(t *testing.T) {
	clip := sceneClip("none", tinyScene(t))
	r, err := clip.Open()
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{h: 48, w: 72, rate: 5, reader: r.(*sceneReader)}
	var all eval.Collector
	if err := (&evaluate.Evaluator{Model: o, Thresholds: verdict.Calibrated()}).Clip(context.Background(), clip, &all); err != nil {
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
	if status, _, errOut := avid(t, "synth", "-o", dir+"/set/", "--train", "1", "--test", "2", "--seconds", "1", "--size", "72x48"); status != 0 {
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
	if err := clip.Ended(9); err != nil && !errors.Is(err, datasets.ErrCount) {
		t.Error(err)
	}
	if _, err := clip.Truth(10, 72, 48); !errors.Is(err, datasets.ErrCount) {
		t.Errorf("a frame beyond the truth: %v", err)
	}
	if _, err := clip.Truth(3, 72, 48); err != nil {
		t.Error(err)
	}
	if err := clip.Ended(9); !errors.Is(err, datasets.ErrCount) {
		t.Errorf("a clip of 9 frames with truth for 10: %v", err)
	}
}
