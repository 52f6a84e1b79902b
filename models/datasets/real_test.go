package datasets

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// dataRoot is the folder of the real clips: $AVID_DATA, or shared/data beside
// the repository. Where it is missing the test is skipped on a desk, and
// fails in continuous integration.
func dataRoot(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("AVID_DATA"), filepath.Join("..", "..", "..", "shared", "data")} {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "ucsdped2")); err == nil {
			return dir
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no test data: set AVID_DATA to the folder that holds ucsdped2")
	}
	t.Skip("no test data: set AVID_DATA to the folder that holds ucsdped2")
	return ""
}

func TestRealPed2(t *testing.T) {
	s, err := OpenUCSD(filepath.Join(dataRoot(t), "ucsdped2"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Train) == 0 || len(s.Test) == 0 {
		t.Fatalf("%d and %d clips", len(s.Train), len(s.Test))
	}
	c := s.Test[0]
	truth, err := c.Truth(len(c.Images))
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Next()
	if err != nil || p.Width != 360 || p.Height != 240 {
		t.Fatalf("first frame %dx%d, %v", p.Width, p.Height, err)
	}
	irregular := 0
	for _, b := range truth.Irregular {
		if b {
			irregular++
		}
	}
	if irregular == 0 {
		t.Errorf("%d of %d frames irregular", irregular, len(truth.Irregular))
	}
	if _, err := truth.Mask(0, p.Width, p.Height, nil); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Next(); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestRealPed1(t *testing.T) {
	s, err := OpenUCSD(filepath.Join(dataRoot(t), "ucsdped1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Test {
		if !c.IsVideo() || c.Spans == nil {
			t.Errorf("clip %s: video %v, labels %v", c.Name, c.IsVideo(), c.Spans)
		}
		if !c.HasMasks() {
			continue
		}
		// The masks agree with the labels, frame by frame.
		byMask, err := c.Truth(len(c.Masks))
		if err != nil {
			t.Fatal(err)
		}
		labelled := *c
		labelled.Masks = nil
		byLabel, err := labelled.Truth(len(c.Masks))
		if err != nil {
			t.Fatal(err)
		}
		differ := 0
		for k := range byMask.Irregular {
			if byMask.Irregular[k] != byLabel.Irregular[k] {
				differ++
			}
		}
		if differ > 5 {
			t.Errorf("clip %s: masks and labels differ in %d frames", c.Name, differ)
		}
	}
}
