//go:build !nogst

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"avid/models/synth"
	"avid/runtime/evaluate"
)

// TestRecode: H.264 leaves a picture's size and time as they are, odd sides too, and
// takes some of it away.
func TestRecode(t *testing.T) {
	needLibrary(t)
	all, err := degradations("h264=45")
	if err != nil {
		t.Fatal(err)
	}
	cfg := synth.DefaultConfig()
	cfg.Height, cfg.Width, cfg.Frames = 61, 83, 12
	s, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	clip := sceneClip("x", s)
	clean, _ := framesOf(t, clip)
	coded, _ := framesOf(t, all[0].clips(t.Context(), []evaluate.Clip{clip}, 1)[0])
	if len(coded) != len(clean) {
		t.Fatalf("%d frames, want %d", len(coded), len(clean))
	}
	for k, f := range coded {
		if len(f) != len(clean[k]) || slices.Equal(f, clean[k]) {
			t.Fatalf("frame %d is of %d bytes, want %d others", k, len(f), len(clean[k]))
		}
		sum := 0
		for i, v := range f {
			d := int(v) - int(clean[k][i])
			sum += max(d, -d)
		}
		if mean := float64(sum) / float64(len(f)); mean > 12 {
			t.Errorf("frame %d is off by %.1f grey levels", k, mean)
		}
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "avid-recode-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
