package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// take adds a frame whose only pixel has the given score for Both, with the
// working threshold 2.5.
func take(t *testing.T, c *Collector, score float32, irregular bool) {
	t.Helper()
	if err := c.Frame(Frame{H: 1, W: 1, Maps: [Judges][]float32{Both: {score}}, Threshold: 2.5, Irregular: irregular}); err != nil {
		t.Fatal(err)
	}
}

// TestReport: two clips, each perfect by itself and confused when pooled, and
// one of normal frames only.
func TestReport(t *testing.T) {
	var c Collector
	c.Clip("a")
	c.LeaveOut(true)
	take(t, &c, 4, true)
	take(t, &c, 3, false)
	c.Clip("b")
	c.LeaveOut(false)
	take(t, &c, 2, true)
	take(t, &c, 1, false)
	c.Clip("c")
	c.LeaveOut(false)
	take(t, &c, 0, false)
	r, err := c.Report("test")
	if err != nil {
		t.Fatal(err)
	}
	if *r.MacroAUC != 1 || !near(r.Frame.AUC, 5.0/6) || r.LeftOut != 3 || r.Frames != 5 || r.Irregular != 2 {
		t.Errorf("report %+v, macro %v, frame %+v", r, *r.MacroAUC, r.Frame)
	}
	if r.Clips[2].AUC != nil || r.Clips[0].Found != 1 || r.Clips[0].False != 1 || r.Clips[0].Masks || r.Pixel != nil || r.RBDC != nil {
		t.Errorf("clips %+v, pixel %v, RBDC %v", r.Clips, r.Pixel, r.RBDC)
	}
	if r.Detector != nil || r.Inpainter != nil || r.TwoThresholds != nil {
		t.Errorf("figures of judges without maps: %+v, %+v, %+v", r.Detector, r.Inpainter, r.TwoThresholds)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"frame":{"eer":`) || !strings.Contains(string(text), `"pixel":null`) {
		t.Errorf("%s, %v", text, err)
	}
	lines := c.Timelines()
	first := lines[0]
	if len(lines) != 3 || first.Clip != "a" || first.Threshold != 2.5 || !math.IsNaN(float64(first.Scores[0])) ||
		!slices.Equal(first.Scores[1:], []float32{4, 3}) || !slices.Equal(first.Irregular, []bool{true, true, false}) {
		t.Errorf("timelines %+v", lines)
	}
}

// TestReportJudges: I marks one pixel of each frame, D one of the irregular and
// both the same as D; the masks of the second clip are missing.
func TestReportJudges(t *testing.T) {
	var c Collector
	frame := func(i, d []float32, truth ...byte) {
		t.Helper()
		f := Frame{H: 1, W: 4, Maps: [Judges][]float32{Both: d, Detector: d, Inpainter: i}, Irregular: truth[0] != 0}
		if len(truth) == 4 {
			f.Masked, f.Truth, f.TH, f.TW = true, bytes.Repeat(truth, Speck), Speck, 4
		}
		if err := c.Frame(f); err != nil {
			t.Fatal(err)
		}
	}
	e := []float32{0.02, 0, 0, 0}
	c.Clip("masks")
	frame(e, []float32{3, -inf, -inf, -inf}, 1, 0, 0, 0)
	frame(e, []float32{-inf, -inf, -inf, -inf}, 0, 0, 0, 0)
	c.Clip("labels")
	frame(e, []float32{2, 0, 0, 0}, 1)
	frame(e, []float32{1, 0, 0, 0}, 0)
	r, err := c.Report("test")
	if err != nil {
		t.Fatal(err)
	}
	if r.Frame.AUC != 1 || r.Pixel.AUC != 1 || r.DualPixel.AUC != 1 || *r.RBDC != 1 || *r.TBDC != 1 || r.Inpainter.Frame.AUC != 0.5 {
		t.Errorf("figures %+v, I alone %+v", r.Figures, r.Inpainter)
	}
	// I finds the region and, at the same threshold, one false region in the
	// other of two frames with masks: half of the range.
	if *r.Inpainter.RBDC != 0.5 || r.Inpainter.Pixel.AUC != 0.5 || *r.Detector.TBDC != 1 {
		t.Errorf("I alone %v, %+v, D alone %v", *r.Inpainter.RBDC, r.Inpainter.Pixel, *r.Detector.TBDC)
	}
	if r.TwoThresholds.Frame.AUC != 1 || r.TwoThresholds.Pixel.EER != 0 {
		t.Errorf("two thresholds %+v, %+v", r.TwoThresholds.Frame, r.TwoThresholds.Pixel)
	}
	if !r.Clips[0].Masks || r.Clips[1].Masks {
		t.Errorf("clips %+v", r.Clips)
	}
	byFrame, byPixel, err := c.Curves()
	if err != nil || len(byFrame) != 3 || len(byPixel) != 3 {
		t.Fatalf("%d and %d curves, %v", len(byFrame), len(byPixel), err)
	}
	for k, name := range []string{"I ∩ D", "D alone", "I alone"} {
		if byFrame[k].Name != name || byPixel[k].Name != name {
			t.Errorf("curve %d is called %q, %q", k, byFrame[k].Name, byPixel[k].Name)
		}
	}
	if byFrame[2].Curve.AUC() != 0.5 || byPixel[0].Curve.AUC() != 1 {
		t.Error("curves differ from the report")
	}
}

func TestCollectorRefuses(t *testing.T) {
	var c Collector
	good := []float32{0}
	for name, f := range map[string]struct {
		Frame
		want error
	}{
		"NaN":           {Frame{H: 1, W: 1, Maps: [Judges][]float32{{float32(math.NaN())}}}, ErrScore},
		"no map":        {Frame{H: 1, W: 1}, ErrSize},
		"I of any size": {Frame{H: 1, W: 1, Maps: [Judges][]float32{Both: good, Inpainter: {1, 2}}}, ErrSize},
		"short truth":   {Frame{H: 1, W: 1, Maps: [Judges][]float32{good}, Masked: true, Truth: []byte{1}, TH: 1, TW: 2}, ErrSize},
	} {
		if err := c.Frame(f.Frame); !errors.Is(err, f.want) {
			t.Errorf("%s: %v, want %v", name, err, f.want)
		}
	}
	r, err := c.Report("empty")
	if err != nil || r.Frames != 0 || r.Frame != nil {
		t.Errorf("nothing taken: %+v, %v", r, err)
	}
	if a, b, err := c.Curves(); len(a)+len(b) != 0 || err != nil {
		t.Errorf("curves of nothing: %v, %v, %v", a, b, err)
	}
	take(t, &c, 1, true)
	f := Frame{H: 1, W: 1, Maps: [Judges][]float32{Both: good, Detector: good}}
	if err := c.Frame(f); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Report("test"); !errors.Is(err, ErrSize) {
		t.Errorf("a map of D for one frame of two: %v", err)
	}
}
