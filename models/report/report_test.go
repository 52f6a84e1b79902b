package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"avid/models/bundle"
	"avid/models/train"
)

// made is a bundle of 32×48 pixels with all evidence.
func made(t *testing.T) *bundle.Bundle {
	t.Helper()
	b := &bundle.Bundle{Inpainter: []byte("i"), Detector: []byte("d"), Fused: []byte("f"), Manifest: bundle.Manifest{
		Name: `<script>alert(1)</script>`, Tool: "avid test", Created: "2026-01-02T03:04:05Z", Height: 32, Width: 48, FrameRate: 10,
		Regions: bundle.Regions{Stride: 8, Rows: 4, Cols: 6, Center: 3.5, Box: 16}, Calibration: bundle.Uncalibrated(4),
		Footage:  &bundle.Size{Width: 1920, Height: 1080},
		HeldBack: &bundle.HeldBack{AUC: 0.55, Found: 0.1, Windows: 64}}}
	b.Manifest.Calibration.FalseAlarmsPerDay, b.Manifest.Calibration.Frames = 24, 1000
	pix := make([]byte, 32*48)
	for i := range pix {
		pix[i] = byte(i)
	}
	if err := b.SetPicture(pix); err != nil {
		t.Fatal(err)
	}
	shot, err := bundle.EncodePicture(pix, 48)
	if err != nil {
		t.Fatal(err)
	}
	mask := make([]byte, len(pix))
	for i := range 10 {
		mask[5*48+i], mask[6*48+i] = 255, 255
	}
	marked, err := bundle.EncodePicture(mask, 48)
	if err != nil {
		t.Fatal(err)
	}
	share := make([]float64, 24)
	share[7], share[8] = 0.5, 0.1
	e := train.Evidence{
		Footage: []train.Recording{{Name: `mon"day<b>.mp4`, Made: time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC), Seconds: 7200, Frames: 72000, Width: 1920, Height: 1080, Rate: 25, Scenes: [][]byte{shot}},
			{Name: "camera", Seconds: 60, Frames: 600, Width: 1920, Height: 1080}},
		Curve:  []train.Point{{Step: 10, Reconstruction: 0.1, DrawnAUC: 0.6, InpaintedAUC: 0.7}, {Step: 20, Reconstruction: 0.05, DrawnAUC: 0.8, InpaintedAUC: 0.9}},
		Motion: &train.Motion{Share: share, Growth: []float64{0.02, 0.05, 0.08}, New: 0.2},
		Held: &train.Held{Seconds: 100, Maxima: []float32{-1, 9, 9, -2, 9}, Drawn: []train.Drawn{{X: 3, Y: 4, W: 9, H: 8, Score: 3, Found: true}, {X: 30, Y: 4, W: 9, H: 8, Score: -3}},
			Examples: []train.Example{{Drawn: train.Drawn{X: 3, Y: 4, W: 9, H: 8, Score: 3, Found: true}, Picture: shot, Mask: marked}}},
	}
	if b.Evidence, err = e.Encode(); err != nil {
		t.Fatal(err)
	}
	return b
}

// written is the page of a bundle.
func written(t *testing.T, b *bundle.Bundle) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, b, time.UTC); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPage(t *testing.T) {
	text := written(t, made(t))
	for _, want := range []string{"0.55, no better than chance", "it knows nothing of this camera yet", "Wed 4 Mar 2026 15:30", "2.0 hours", "1920 × 1080", "48 × 32",
		"<small>(from the file&#39;s date)</small>", "or where it has none by when its file was written last",
		"<span class=\"seen\">14</span>", "<span>16</span>", "24 (set)", "1 of 2 reach the threshold", "92 % of the picture", "20 % of the motion", "Yes, much", "10 times"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	// Two stretches of the maxima reach the threshold, one of which lasts.
	if !regexp.MustCompile(`24 \(set\)</td><td class="n">[\d.]+</td><td class="n">[\d.]+</td><td class="n">2</td>`).MatchString(text) {
		t.Error("the alarms that it had are not two")
	}
}

// TestDated: a recording that knows its own date is told from one of which only the
// file's is known, and the hours are by both.
func TestDated(t *testing.T) {
	b := made(t)
	e, err := train.ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	e.Footage[0].Recorded = true
	if b.Evidence, err = e.Encode(); err != nil {
		t.Fatal(err)
	}
	text := written(t, b)
	if !strings.Contains(text, "Wed 4 Mar 2026 15:30 <small>(recorded)</small>") || strings.Contains(text, "file") {
		t.Error("the date in the recording is not told from the file's")
	}
	e.Footage[1].Made = e.Footage[0].Made.Add(3 * time.Hour)
	if b.Evidence, err = e.Encode(); err != nil {
		t.Fatal(err)
	}
	text = written(t, b)
	for _, want := range []string{"15:30 <small>(recorded)", "18:30 <small>(from the file&#39;s date)", `<span class="seen">14</span>`, `<span class="seen">18</span>`, `<span>17</span>`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

// TestPageIsClosed: the page runs and loads nothing, whatever the bundle says.
func TestPageIsClosed(t *testing.T) {
	text := written(t, made(t))
	for _, bad := range []string{"<script", "<b>.mp4", "http://", "https://", "//cdn", "@import", "url("} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	for _, source := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(source[1], "data:image/") {
			t.Errorf("the page loads %.40q", source[1])
		}
	}
	if strings.Count(text, "data:image/") < 8 {
		t.Error("pictures are missing")
	}
}

// TestBareBundle: a bundle of before, without evidence or picture, has a page that
// says so.
func TestBareBundle(t *testing.T) {
	b := made(t)
	b.Evidence, b.Thumbnail, b.Manifest.HeldBack, b.Manifest.Footage, b.Manifest.Name = nil, nil, nil, nil, ""
	text := written(t, b)
	for _, want := range []string{"Report of a bundle", "avid calibrate --normal", "made before avid kept this", "Not recorded"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

func TestRefusesForeign(t *testing.T) {
	b := made(t)
	b.Evidence = []byte(`{"motion":{"share":[3]}}`)
	if err := Write(&bytes.Buffer{}, b, time.UTC); !errors.Is(err, train.ErrEvidence) {
		t.Errorf("%v", err)
	}
	// A picture that is right in its head alone.
	b = made(t)
	e, err := train.ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	e.Footage[0].Scenes[0] = e.Footage[0].Scenes[0][:40]
	if b.Evidence, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	if err := Write(&bytes.Buffer{}, b, time.UTC); !errors.Is(err, train.ErrEvidence) {
		t.Errorf("%v", err)
	}
}

func TestWords(t *testing.T) {
	for seconds, want := range map[float64]string{20: "20 seconds", 600: "10 minutes", 9000: "2.5 hours", 400000: "4.6 days"} {
		if got := length(seconds); got != want {
			t.Errorf("length(%v) = %q, want %q", seconds, got, want)
		}
	}
	for share, want := range map[float64]int{0: 0, 0.001: 1, 0.5: 50, 0.999: 99, 1: 100} {
		if got := percent(share); got != want {
			t.Errorf("percent(%v) = %d, want %d", share, got, want)
		}
	}
	for v, want := range map[float64]string{0.01234: "0.012", 2: "2", 2.34: "2.3", 234.5: "234"} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
}
