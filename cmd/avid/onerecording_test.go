//go:build !nogst

package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/eval"
	"avid/models/train"
	"avid/runtime/engine"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
)

// recording is some pictures that are read again and again.
type recording []datasets.Picture

func (r recording) open() (datasets.Reader, error) { return &recordingReader{r}, nil }

type recordingReader struct{ left recording }

func (r *recordingReader) Next() (datasets.Picture, error) {
	if len(r.left) == 0 {
		return datasets.Picture{}, io.EOF
	}
	p := r.left[0]
	r.left = r.left[1:]
	return p, nil
}

func (r *recordingReader) Close() error { return nil }

// recorded is the first n pictures of the demo.
func recorded(t *testing.T, n int) (all recording) {
	t.Helper()
	r, err := video.Open("../../demo/walkway.mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range n {
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		p.Gray = slices.Clone(p.Gray)
		all = append(all, p)
	}
	return all
}

// watched is a model that remembers its windows.
type watched struct {
	*engine.Engine
	windows [][]byte
}

func (m *watched) Infer(ctx context.Context, frames []byte, t verdict.Thresholds, v *verdict.Verdict) error {
	m.windows = append(m.windows, slices.Clone(frames))
	return m.Engine.Infer(ctx, frames, t, v)
}

// evaluated is what avid eval, and avid bench, which has the same analyzer, make of a
// recording: the scores of its frames, and the windows that they are of.
func evaluated(t *testing.T, b *bundle.Bundle, r recording) (scores []float32, windows [][]byte) {
	t.Helper()
	e, err := engine.Open(t.Context(), b, engine.Options{Device: engine.CPU})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m := &watched{Engine: e}
	clip := evaluate.Clip{Name: "x", Open: r.open, Ended: func(int) error { return nil },
		Truth: func(int, int, int) (evaluate.Truth, error) { return evaluate.Truth{}, nil }}
	by := &evaluate.Evaluator{Model: m, Thresholds: verdict.Calibrated(),
		Show: func(_ string, _ int, _ datasets.Picture, _ evaluate.Truth, v *verdict.Verdict) error {
			scores = append(scores, v.Score)
			return nil
		}}
	if err := by.Clip(t.Context(), clip, new(eval.Collector)); err != nil {
		t.Fatal(err)
	}
	return scores, m.windows
}

// filtered is what avidfilter makes of a recording.
func filtered(t *testing.T, path string, r recording) (scores []float32) {
	t.Helper()
	h, err := harness.New("avidfilter device=cpu overlay=none model=" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if !h.Caps("video/x-raw,format=I420,width=352,height=240,framerate=10/1,colorimetry=bt601") {
		t.Fatal("caps refused")
	}
	said := regexp.MustCompile(`score=\(double\)([-+.e0-9]+)`)
	for _, p := range r {
		data := append(slices.Clone(p.Gray), bytes.Repeat([]byte{128}, len(p.Gray)/2)...)
		if flow, _ := h.Push(harness.In{Data: data, PTS: p.PTS, Duration: -1}); flow != harness.OK {
			t.Fatalf("flow %v", flow)
		}
		out, ok := h.Pull()
		if !ok {
			t.Fatal("no buffer comes out")
		}
		if m := said.FindStringSubmatch(out.Verdict); m != nil {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			scores = append(scores, float32(v))
		}
	}
	return scores
}

// TestOneRecording: a recording gives the same windows and the same verdicts, bit by
// bit, in the filter and in avid eval; training and calibration have the very frames;
// and what calibration measures is what the filter will show.
func TestOneRecording(t *testing.T) {
	if testing.Short() {
		t.Skip("calibrates")
	}
	needLibrary(t)
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := avidfilter.Register(); err != nil {
		t.Fatal(err)
	}
	r := recorded(t, 28) // of ordinary footage, up to the first event
	b, err := bundle.Open(walkway)
	if err != nil {
		t.Fatal(err)
	}
	scores, windows := evaluated(t, b, r)
	if want := len(r) - average.Frames + 1; len(scores) != want {
		t.Fatalf("%d verdicts, want %d", len(scores), want)
	}
	if got := filtered(t, walkway, r); !slices.Equal(got, scores) {
		t.Errorf("the filter says\n%v\navid eval\n%v", got, scores)
	}

	film := &footage{size: size{b.Manifest.Height, b.Manifest.Width}, step: 16, rate: b.Manifest.FrameRate, luma: b.Manifest.LumaRange(), most: 1000, place: b.Background()}
	one := reel{name: "x", open: func(datasets.Range) (datasets.Reader, error) { return r.open() }}
	if err := film.read(t.Context(), []reel{one}, datasets.Range{}, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	if len(film.clips) != 1 || len(film.clips[0].Frames) != len(r) {
		t.Fatalf("training has %d clips", len(film.clips))
	}
	learnt := film.clips[0].Frames
	for k, window := range windows {
		if !bytes.Equal(window, slices.Concat(learnt[k:k+average.Frames]...)) {
			t.Fatalf("window %d is another in training", k)
		}
	}

	backend, _, err := engine.NewBackend(engine.Options{Device: engine.CPU})
	if err != nil {
		t.Fatal(err)
	}
	if err := train.Calibrate(t.Context(), b, film.clips, b.Manifest.Calibration.Smoothing, 1, backend); err != nil {
		t.Fatal(err)
	}
	e, err := train.ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	scores, _ = evaluated(t, b, r)
	for k, most := range e.Held.Maxima {
		block := scores[10*k : min(10*k+10, len(scores))]
		if shown := slices.Max(block); math.Abs(float64(shown-most)) > 1e-3 {
			t.Errorf("second %d: calibration measures %v, the filter shows %v", k, most, shown)
		}
	}
}
