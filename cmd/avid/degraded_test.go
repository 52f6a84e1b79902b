package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/models/degrade"
	"avid/models/synth"
	"avid/runtime/evaluate"
)

func TestDegradations(t *testing.T) {
	for text, want := range map[string]string{
		"noise": "noise=8", "noise=3": "noise=3", "flicker,sway=1.5": "flicker=6 sway=1.5",
	} {
		all, err := degradations(text)
		got := ""
		for _, d := range all {
			got += " " + d.String()
		}
		if err != nil || got != " "+want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	if all, err := degradations("all"); err != nil || len(all) != len(degrade.Kinds()) {
		t.Errorf("%v, %v", all, err)
	}
	for text, want := range map[string]error{"hail": degrade.ErrKind, "noise=-1": degrade.ErrStrength, "noise=much": errDegrade, "": degrade.ErrKind, "noise,": degrade.ErrKind} {
		if _, err := degradations(text); !errors.Is(err, want) || !errors.Is(err, errDegrade) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// frames reads a clip to its end, with the masks of its frames.
func framesOf(t *testing.T, c evaluate.Clip) (frames, masks [][]byte) {
	t.Helper()
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for k := 0; ; k++ {
		p, err := r.Next()
		if err != nil {
			return frames, masks
		}
		truth, err := c.Truth(k, p.Width, p.Height)
		if err != nil {
			t.Fatal(err)
		}
		frames, masks = append(frames, slices.Clone(p.Gray)), append(masks, slices.Clone(truth.Mask))
	}
}

// TestDegradedClip: the frames are degraded alike whenever they are read, those of other
// clips otherwise, and the truth moves with what is seen.
func TestDegradedClip(t *testing.T) {
	clip := sceneClip("cart", tinyScene(t, synth.Cart))
	clean, truth := framesOf(t, clip)
	d, err := degradations("noise,turned=60,sway=20")
	if err != nil {
		t.Fatal(err)
	}
	noisy := d[0].clips(t.Context(), []evaluate.Clip{clip}, 1)[0]
	once, _ := framesOf(t, noisy)
	again, _ := framesOf(t, noisy)
	other, _ := framesOf(t, d[0].clips(t.Context(), []evaluate.Clip{sceneClip("other", tinyScene(t, synth.Cart))}, 1)[0])
	if len(once) != len(clean) || slices.Equal(once[5], clean[5]) || !slices.Equal(once[5], again[5]) || slices.Equal(once[5], other[5]) {
		t.Error("noise is not its clip's own")
	}
	frames, masks := framesOf(t, d[1].clips(t.Context(), []evaluate.Clip{clip}, 1)[0])
	const right, down, w, h = 12, 6, 72, 48 // of 48 rows
	k := 60
	for y := down; y < h; y++ {
		for x := right; x < w; x++ {
			at, from := y*w+x, (y-down)*w+x-right
			if frames[k][at] != clean[k][from] || truth[k] != nil && masks[k][at] != truth[k][from] {
				t.Fatalf("at %d, %d the frame or its truth has not moved", x, y)
			}
		}
	}
	if _, masks := framesOf(t, d[2].clips(t.Context(), []evaluate.Clip{clip}, 1)[0]); len(masks) != len(truth) {
		t.Error("masks are missing")
	}
}

// TestEvalDegrade: with several kinds there is a line for each, and JSON with a report
// for each beside the clean one.
func TestEvalDegrade(t *testing.T) {
	needLibrary(t)
	root := t.TempDir()
	file := filepath.Join(root, "out.json")
	if status, _, errOut := avid(t, "synth", "-o", filepath.Join(root, "clips"), "--train", "1", "--test", "1", "--seconds", "6", "--irregular", "cart"); status != 0 {
		t.Fatal(errOut)
	}
	status, out, errOut := avid(t, "eval", "--dataset", "synth", "--root", filepath.Join(root, "clips"), "-m", demoBundle, "--device", "cpu", "--degrade", "noise,night=0.2", "--json", file)
	if status != 0 {
		t.Fatal(errOut)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r weatherReport
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Clean == nil || r.Clean.Frames != 55 || len(r.Degraded) != 2 || r.Degraded[1].Kind != "night" || r.Degraded[1].Strength != 0.2 ||
		r.Degraded[1].Report.Scenes["dark"] != 1 || r.Degraded[1].Report.Held == 0 {
		t.Errorf("%s\n%s", out, text)
	}
	if own := r.Clean.Clips[0]; own.Likeness == nil || *own.Likeness < 0.5 || own.OtherPlace || strings.Contains(errOut, "another place") {
		t.Errorf("the bundle's own place is not known: %s\n%s", text, errOut)
	}
}
