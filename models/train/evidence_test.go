package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/onnx/ref"
	"avid/models/pseudo"
	"avid/models/spans"
)

// taught is a bundle of a short training.
func taught(t *testing.T) *bundle.Bundle {
	t.Helper()
	b, err := Run(context.Background(), tiny(), footage(160, 32, 32), ref.Backend{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEvidence: a training leaves its curve, where things moved, the scores of the
// held-back footage, and what was drawn into it.
func TestEvidence(t *testing.T) {
	b := taught(t)
	e, err := ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Curve) == 0 || e.Curve[len(e.Curve)-1].Step != 4 || !(e.Curve[0].Reconstruction > 0) {
		t.Errorf("curve %+v", e.Curve)
	}
	m, r := e.Motion, b.Manifest.Regions
	if len(m.Share) != r.Rows*r.Cols || len(m.Growth) != 10 || !slices.IsSorted(m.Growth) {
		t.Fatalf("motion %+v", m)
	}
	// The square walks in rows 8 to 15 alone, all the way across.
	moved := 0.0
	for k, share := range m.Share {
		y := r.Center + float64(r.Stride*(k/r.Cols))
		if inside := y >= 8-float64(r.Stride)/2 && y < 16+float64(r.Stride)/2; share > 0 && !inside {
			t.Errorf("region %d, around row %g, is said to have moved", k, y)
		}
		moved += share
	}
	if moved == 0 || m.New != 0 {
		t.Errorf("shares %v, new %v", m.Share, m.New)
	}
	h := e.Held
	if h == nil || len(h.Maxima) < 2 || h.Seconds <= 0 || len(h.Drawn) != testWindows || len(h.Examples) == 0 {
		t.Fatalf("held back: %+v", h)
	}
	found := 0
	for _, d := range h.Drawn {
		if d.Found {
			found++
		}
		if d.W < 1 || d.H < 1 || d.X < 0 || d.Y < 0 || d.X+d.W > 32 || d.Y+d.H > 32 {
			t.Errorf("a shape is drawn at %+v", d)
		}
	}
	if share := float64(found) / float64(testWindows); share != b.Manifest.HeldBack.Found {
		t.Errorf("%v of the drawn are found, the manifest says %v", share, b.Manifest.HeldBack.Found)
	}
	for _, x := range h.Examples {
		for _, text := range [][]byte{x.Picture, x.Mask} {
			if img, err := png.Decode(bytes.NewReader(text)); err != nil || img.Bounds().Dx() != 32 {
				t.Errorf("example: %v", err)
			}
		}
	}
}

// TestCalibrateKeepsEvidence: a new calibration replaces what is of the held-back
// footage, and nothing else.
func TestCalibrateKeepsEvidence(t *testing.T) {
	b := taught(t)
	before, err := ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := Calibrate(context.Background(), b, footage(60, 32, 32), 0.2, 5, ref.Backend{}); err != nil {
		t.Fatal(err)
	}
	after, err := ParseEvidence(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Curve) != len(before.Curve) || after.Motion == nil || after.Held.Seconds == before.Held.Seconds {
		t.Errorf("%d points, motion %v, %v s", len(after.Curve), after.Motion != nil, after.Held.Seconds)
	}
	b.Evidence = []byte("{") // of who knows where
	if err := Calibrate(context.Background(), b, footage(60, 32, 32), 0.2, 5, ref.Backend{}); err != nil {
		t.Error(err)
	}
	if e, err := ParseEvidence(b); err != nil || e.Held == nil {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestResumeKeepsCurve: a resumed run goes on with the curve of the one before.
func TestResumeKeepsCurve(t *testing.T) {
	var state *State
	c := tiny()
	background := make([]byte, 32*32)
	background[7] = 7
	_, err := Run(context.Background(), c, footage(160, 32, 32), ref.Backend{}, Options{Background: background, Save: func(s *State) error { state = s; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	text, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if state, err = DecodeState(text); err != nil || !bytes.Equal(state.Background, background) {
		t.Fatalf("background of %d bytes, %v", len(state.Background), err)
	}
	n := len(state.Curve)
	c.Steps = 6
	b, err := Run(context.Background(), c, footage(160, 32, 32), ref.Backend{}, Options{Resume: state})
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEvidence(b)
	if err != nil || len(e.Curve) <= n || e.Curve[n-1].Step != 4 || e.Curve[len(e.Curve)-1].Step != 6 {
		t.Errorf("%+v, %v", e.Curve, err)
	}
}

// TestForeignEvidence: evidence is of a file from anywhere; what cannot be is refused
// with the reason.
func TestForeignEvidence(t *testing.T) {
	b := taught(t)
	huge, err := bundle.EncodePicture(make([]byte, 33*32), 33)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(e *Evidence){
		"too many regions":     func(e *Evidence) { e.Motion.Share = append(e.Motion.Share, 0) },
		"a share above 1":      func(e *Evidence) { e.Motion.Share[0] = 2 },
		"a wide picture":       func(e *Evidence) { e.Held.Examples[0].Picture = huge },
		"no picture":           func(e *Evidence) { e.Held.Examples[0].Mask = []byte("<svg/>") },
		"many recordings":      func(e *Evidence) { e.Footage = make([]Recording, maxRecordings+1) },
		"a long name":          func(e *Evidence) { e.Footage = []Recording{{Name: strings.Repeat("x", 5000)}} },
		"negative time":        func(e *Evidence) { e.Held.Seconds = -1 },
		"a maximum beyond all": func(e *Evidence) { e.Held.Maxima[0] = 1e9 },
		"more maxima than fit": func(e *Evidence) { e.Held.Maxima = make([]float32, maxMaxima+1) },
		"pictures without end": func(e *Evidence) { e.Footage = []Recording{{Scenes: make([][]byte, 5*maxPictures)}} },
		"hours out of order": func(e *Evidence) {
			day := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
			e.Hours = &Hours{Held: spans.List{{From: day.Add(time.Hour), To: day.Add(2 * time.Hour)}, {From: day, To: day.Add(90 * time.Minute)}}}
		},
		"hours of no end":    func(e *Evidence) { e.Hours = &Hours{Learnt: make(spans.List, 2*maxSpans)} },
		"a frame rate of -1": func(e *Evidence) { e.Footage = []Recording{{Rate: -1}} },
	} {
		e, err := ParseEvidence(b)
		if err != nil {
			t.Fatal(err)
		}
		change(e)
		foreign := *b
		if foreign.Evidence, err = json.Marshal(e); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseEvidence(&foreign); !errors.Is(err, ErrEvidence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "null", "{}", `{"curve":null}`} {
		foreign := *b
		foreign.Evidence = []byte(text)
		if _, err := ParseEvidence(&foreign); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestMotionIsWhereThingsMove: motion is told at the cells in which it is, and a
// change of the light of a few levels is none.
func TestMotionIsWhereThingsMove(t *testing.T) {
	const h, w = 32, 48
	r := bundle.Regions{Stride: 8, Rows: 4, Cols: 6, Center: 3.5, Box: 16}
	window := make(pseudo.Clip, average.Frames)
	for i := range window {
		window[i] = bytes.Repeat([]byte{byte(100 + i)}, h*w)
	}
	for k, moves := range movingRegions(window, r, h, w) {
		if moves {
			t.Errorf("region %d moves in slow light", k)
		}
	}
	for y := 17; y < 22; y++ {
		for x := 33; x < 38; x++ {
			window[5][y*w+x], window[4][y*w+x] = 250, 250
		}
	}
	for k, moves := range movingRegions(window, r, h, w) {
		if moves != (k == 2*6+4) {
			t.Errorf("region %d: %v", k, moves)
		}
	}
}

// TestIrregularityIsFinite: a detector that is surer than float32 can say gives a
// number all the same, so that one such frame does not spoil a calibration.
func TestIrregularityIsFinite(t *testing.T) {
	got := irregularity([]float32{0, math.SmallestNonzeroFloat32, 0.5, 1})
	for i, want := range []float32{16, 16, 0, -16} {
		if got[i] != want {
			t.Errorf("number %d is %v, want %v", i, got[i], want)
		}
	}
}

func TestEncodeThinsCurves(t *testing.T) {
	e := Evidence{Curve: make([]Point, maxPoints+7)}
	for i := range e.Curve {
		e.Curve[i].Step = i
	}
	if _, err := e.Encode(); err != nil || len(e.Curve) > maxPoints || e.Curve[len(e.Curve)-1].Step != maxPoints+5 && e.Curve[len(e.Curve)-1].Step != maxPoints+6 {
		t.Errorf("%d points up to step %d, %v", len(e.Curve), e.Curve[len(e.Curve)-1].Step, err)
	}
	e.Curve[0].Reconstruction = math.NaN()
	if _, err := e.Encode(); err == nil {
		t.Error("what is no number is written")
	}
}

// TestSame: a run that goes on does not list a recording twice because the bundle of
// before knew only its file's date.
func TestSame(t *testing.T) {
	filed := Recording{Name: "a.mp4", Made: time.Unix(2000, 0), Seconds: 60, Frames: 600}
	recorded := filed
	recorded.Made, recorded.Recorded = time.Unix(1000, 0), true
	later := recorded
	later.Made = later.Made.Add(time.Hour)
	longer := recorded
	longer.Frames++
	for _, c := range []struct {
		what string
		a, b Recording
		want bool
	}{
		{"itself", filed, filed, true},
		{"by its own date", filed, recorded, true},
		{"of another hour", recorded, later, false},
		{"of another length", filed, longer, false},
		{"of another name", filed, Recording{Name: "b.mp4", Made: filed.Made}, false},
	} {
		if got := c.a.Same(c.b); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
