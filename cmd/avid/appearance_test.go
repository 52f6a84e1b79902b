package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/models/bundle"
)

// TestTrainAppearance: a bundle learns what passes looks like where the weights are there and
// it is wanted; where they are not, that is told, and where they are damaged, nothing
// is begun.
func TestTrainAppearance(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "-o", dir+"/set", "--train", "1", "--test", "1", "--seconds", "20", "--size", "192x128"); status != 0 {
		t.Fatal(errOut)
	}
	damaged := filepath.Join(dir, "damaged.pth")
	if err := os.WriteFile(damaged, []byte("no weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, weights, says string
		args                []string
		status              int
		has                 bool
	}{
		{"as usual", "", "", nil, 0, true},
		{"not wanted", filepath.Join(dir, "none.pth"), "", []string{"--appearance=false"}, 0, false},
		{"not there", filepath.Join(dir, "none.pth"), "none.pth (make setup fetches them", nil, 0, false},
		{"damaged", damaged, "damaged.pth is no file of PyTorch's", nil, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.weights != "" {
				t.Setenv(featuresEnv, c.weights)
			}
			out := filepath.Join(t.TempDir(), "cam.avid")
			args := append(append([]string{"train", "--dataset", "synth", "--root", dir + "/set", "-o", out, "--size", "96x64"}, tiny...), c.args...)
			status, _, errOut := avid(t, args...)
			if status != c.status || !strings.Contains(errOut, c.says) || (c.says == "") == strings.Contains(errOut, "feature network") {
				t.Fatalf("status %d: %s", status, errOut)
			}
			if c.status != 0 {
				if _, err := os.Stat(out); err == nil {
					t.Error("a bundle was written")
				}
				return
			}
			b, err := bundle.Open(out)
			if err != nil {
				t.Fatal(err)
			}
			if has := b.Manifest.Appearance != nil; has != c.has {
				t.Fatalf("it has a detector of what looks out of place: %v, want %v", has, c.has)
			}
			if _, text, _ := avid(t, "inspect", out); strings.Contains(text, "appearance") != c.has {
				t.Errorf("inspect: %s", text)
			}
			if status, _, errOut := avid(t, "calibrate", "-m", out, "--normal", dir+"/set/train", "-o", out, "--force"); status != 0 {
				t.Fatal(errOut)
			}
			again, err := bundle.Open(out)
			if err != nil || (again.Manifest.Appearance != nil) != c.has || c.has && *again.Manifest.Appearance == *b.Manifest.Appearance {
				t.Errorf("calibrated anew: %+v, before %+v, %v", again.Manifest.Appearance, b.Manifest.Appearance, err)
			}
			if status, _, errOut := avid(t, "eval", "--dataset", "synth", "--root", dir+"/set", "-m", out); status != 0 {
				t.Error(errOut)
			}
		})
	}
}
