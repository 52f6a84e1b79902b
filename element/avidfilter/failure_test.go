package avidfilter

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/onnx"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// expect checks that an error came and that all that came have the code and
// the sentence (the base class negotiates twice).
func expect(t *testing.T, h *harness.Harness, code gstc.Code, sentence string) {
	t.Helper()
	var errs []pipeline.Message
	for _, m := range h.Messages() {
		if m.Kind == pipeline.MessageError {
			errs = append(errs, m)
		}
	}
	if len(errs) == 0 {
		t.Fatal("no error came")
	}
	for _, m := range errs {
		if !m.Known || m.Code != code || !strings.Contains(m.Text, sentence) {
			t.Errorf("got %v %q (%s), want %v with %q", m.Code, m.Text, m.Debug, code, sentence)
		}
	}
}

// TestStartFails reaches the rows of the error table that fail the start.
func TestStartFails(t *testing.T) {
	for _, c := range []struct {
		name, properties string
		err              error // of opening; nil: the real opener is used
		code             gstc.Code
		sentence         string
	}{
		{"no model", "", nil, gstc.ResourceNotFound, "set the property model"},
		{"missing", "model=/nonexistent/cam.avid", nil, gstc.ResourceNotFound, "no bundle at \"/nonexistent/cam.avid\""},
		{"a folder", "model=/", nil, gstc.ResourceOpenRead, "not an avid bundle"},
		{"no permission", "model=x", fs.ErrPermission, gstc.ResourceOpenRead, "cannot be read"},
		{"foreign file", "model=x", bundle.ErrNotBundle, gstc.ResourceOpenRead, "not an avid bundle"},
		{"cut off", "model=x", bundle.ErrTruncated, gstc.ResourceOpenRead, "cut off"},
		{"damaged", "model=x", bundle.ErrCorrupt, gstc.ResourceOpenRead, "damaged"},
		{"newer", "model=x", bundle.ErrNewerFormat, gstc.ResourceOpenRead, "newer avid"},
		{"too large", "model=x", bundle.ErrTooLarge, gstc.ResourceOpenRead, "larger"},
		{"manifest", "model=x", bundle.ErrManifest, gstc.ResourceOpenRead, "invalid manifest"},
		{"foreign networks", "model=x", fmt.Errorf("%w: %w", engine.ErrModel, onnx.ErrRefused), gstc.ResourceOpenRead, "avid writes none like them"},
		{"opening hangs", "model=x", engine.ErrPatience, gstc.LibraryInit, "takes too long"},
		{"warming up hangs", "model=x", fmt.Errorf("%w: %w: %w", analyze.ErrWarmUp, engine.ErrInterrupted, engine.ErrPatience), gstc.LibraryInit, "takes too long"},
		{"networks", "model=x", fmt.Errorf("%w: %w", analyze.ErrWarmUp, engine.ErrModel), gstc.ResourceOpenRead, "do not run"},
		{"library", "model=x", engine.ErrLibrary, gstc.LibraryInit, "avid doctor"},
		{"device", "model=x device=cuda:7", engine.ErrDevice, gstc.LibraryInit, "\"cuda:7\" is not available"},
		{"device memory", "model=x device=cuda", fmt.Errorf("%w: %w", engine.ErrDevice, engine.ErrMemory), gstc.LibraryInit, "too little free memory"},
		{"device options", "model=x device-options=fast", nil, gstc.LibrarySettings, "\"fast\" is not key=value"},
		{"device name", "model=x device=gpu", nil, gstc.LibrarySettings, "settings do not fit"},
		{"zones", "model=x zones=/nonexistent/zones.json", nil, gstc.LibrarySettings, "/nonexistent/zones.json"},
		{"contradiction", "model=x zeta=0.5 false-alarm-rate=1", nil, gstc.LibrarySettings, "settings do not fit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			use(t, nil, c.err)
			name := "avidfaked "
			if c.err == nil {
				name = "avidfilter "
				if err := Register(); err != nil {
					t.Fatal(err)
				}
			}
			h, err := harness.New(name + c.properties)
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			expect(t, h, c.code, c.sentence)
		})
	}
}

// TestStartRecovers: after a failed start the element can be put right.
func TestStartRecovers(t *testing.T) {
	use(t, nil, bundle.ErrTruncated)
	h, err := harness.New("avidfaked model=x")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	expect(t, h, gstc.ResourceOpenRead, "cut off")
	use(t, &fake{h: 8, w: 16, rate: 10}, nil)
	if !h.State(pipeline.StateNull) || !h.State(pipeline.StatePlaying) {
		t.Fatalf("no second start: %v", h.Messages())
	}
}

// TestFrameFails reaches the rows that stop a running stream.
func TestFrameFails(t *testing.T) {
	small := harness.In{Data: make([]byte, 10), Duration: frameStep}
	for _, c := range []struct {
		name     string
		model    *fake
		in       harness.In
		code     gstc.Code
		sentence string
	}{
		{"short buffer", &fake{}, small, gstc.StreamFormat, "does not hold the picture"},
		{"odd layout", &fake{}, harness.In{Data: gray(1), Layout: &harness.Layout{Format: "GRAY8", Width: 16, Height: 8,
			Strides: []int{8}, Offsets: []int{0}}}, gstc.StreamFormat, "does not hold the picture"},
		{"inference", &fake{fail: engine.ErrModel}, harness.In{Data: gray(1)}, gstc.StreamFailed, "Inference failed"},
		{"not a number", &fake{score: func(float32) float32 { return float32(math.NaN()) }}, harness.In{Data: gray(1)},
			gstc.StreamFailed, "not a number"},
		{"not finite", &fake{fail: verdict.ErrNotFinite}, harness.In{Data: gray(1)}, gstc.StreamFailed, "not a number"},
		{"panic", &fake{panicky: true}, harness.In{Data: gray(1)}, gstc.LibraryFailed, "internal error"},
		{"unknown", &fake{fail: errors.New("unknown")}, harness.In{Data: gray(1)}, gstc.LibraryFailed, "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			good := &fake{h: 8, w: 16, rate: 10}
			h := start(t, good, "", grayCaps)
			for i := range 10 {
				push(t, h, i, gray(1))
			}
			good.mu.Lock()
			good.fail, good.panicky, good.score = c.model.fail, c.model.panicky, c.model.score
			good.mu.Unlock()
			c.in.PTS = 10 * frameStep
			if flow, _ := h.Push(c.in); flow != harness.Error {
				t.Errorf("flow %d", flow)
			}
			expect(t, h, c.code, c.sentence)
		})
	}
}

// TestCapsRefused: caps that the template has but nobody can hold.
func TestCapsRefused(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	h.Caps("video/x-raw,format=GRAY8,width=16,height=8,framerate=10/1,interlace-mode=alternate")
	flow, _ := h.Push(harness.In{Data: gray(1)})
	if flow != harness.NotNegotiated {
		t.Errorf("flow %d", flow)
	}
	expect(t, h, gstc.CoreNegotiation, "no raw video")
}

// TestFailureTable: an error keeps its cause, and a known failure stays as it
// is.
func TestFailureTable(t *testing.T) {
	cause := fmt.Errorf("%w: 7 bytes", bundle.ErrTruncated)
	err := failure(cause, settings{Model: "a.avid"})
	if !errors.Is(err, bundle.ErrTruncated) || !strings.Contains(err.Error(), "a.avid") {
		t.Errorf("%v", err)
	}
	if again := failure(err, settings{}); !errors.Is(again, err) {
		t.Errorf("%v became %v", err, again)
	}
	if err := failure(nil, settings{}); err != nil {
		t.Errorf("no error became %v", err)
	}
	if err := failure(gstc.ErrFlushing, settings{}); !errors.Is(err, gstc.ErrFlushing) {
		t.Errorf("flushing became %v", err)
	}
}

// TestUncalibrated: a wanted rate of false alarms needs a calibrated bundle.
func TestUncalibrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.avid")
	b := &bundle.Bundle{Inpainter: []byte("i"), Detector: []byte("d"), Fused: []byte("f")}
	b.Manifest = bundle.Manifest{Height: 16, Width: 16, FrameRate: 10,
		Regions: bundle.Regions{Stride: 8, Rows: 1, Cols: 1, Center: 7.5, Box: 8}, Calibration: bundle.Uncalibrated(1)}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	s := defaultSettings()
	s.Model, s.FalseAlarmRate = path, 3
	if _, err := openEngine(t.Context(), s, nil); !errors.Is(err, errSettings) {
		t.Errorf("got %v", err)
	}
}
