package datasets

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// published lays out a set as UCSD's archive does, with what lies about in it:
// Test001 and Test003 have masks and labels, Test002 labels alone.
func published(t *testing.T) string {
	root := t.TempDir() + "/UCSD_Anomaly_Dataset.v1p2/UCSDped1"
	for k := 1; k <= 4; k++ {
		put(t, fmt.Sprintf("%s/Train/Train001/%03d.tif", root, k), 8, 6, byte(k), false)
		for clip := 1; clip <= 3; clip++ {
			put(t, fmt.Sprintf("%s/Test/Test%03d/%03d.tif", root, clip, k), 8, 6, byte(k), false)
		}
		put(t, fmt.Sprintf("%s/Test/Test001_gt/%03d.bmp", root, k), 8, 6, 0, k == 3)
		put(t, fmt.Sprintf("%s/Test/Test003_gt/frame%03d.bmp", root, k), 8, 6, 0, k >= 3)
	}
	write(t, root+"/Test/UCSDped1.m", "TestVideoFile = {};\nTestVideoFile{end+1}.gt_frame = [1:4];\nTestVideoFile{end+1}.gt_frame = [1:1, 4:4];\nTestVideoFile{end+1}.gt_frame = [3:4];\n")
	for _, stray := range []string{"/Test/._UCSDped1.m", "/Test/Test001/._001.tif", "/Test/Test001/Thumbs.db", "/Test/.DS_Store", "/._Test",
		"/Test/Test001_gt/._001.bmp", "/Test/Test002/.DS_Store", "/Train/Train001/._001.tif", "/Train/._Train001", "/Test/README.txt~", "/Test/.hidden/001.tif"} {
		write(t, root+stray, "\x00\x05\x16\x07no picture")
	}
	return root
}

func TestPublishedPed1(t *testing.T) {
	root := published(t)
	s, err := OpenUCSD(root)
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Train) != "Train001" || names(s.Test) != "Test001 Test002 Test003" {
		t.Fatalf("clips %q and %q", names(s.Train), names(s.Test))
	}
	for i, want := range []struct {
		irregular string
		masks     bool
	}{{"0010", true}, {"1001", false}, {"0011", true}} { // masks come before labels
		c := s.Test[i]
		n, err := c.Frames()
		if err != nil {
			t.Fatal(err)
		}
		truth, err := c.Truth(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(truth.Irregular); got != want.irregular || c.HasMasks() != want.masks {
			t.Errorf("%s: irregular %s, masks %v; want %s, %v", c.Name, got, c.HasMasks(), want.irregular, want.masks)
		}
		mask, err := truth.Mask(2, 8, 6, nil)
		if err != nil || (mask != nil) != want.masks {
			t.Errorf("%s: mask of %d bytes, %v", c.Name, len(mask), err)
		}
		if numbers, w, h := seen(t, c, nil); len(numbers) != 4 || w != 8 || h != 6 {
			t.Errorf("%s: %d frames of %dx%d", c.Name, len(numbers), w, h)
		}
	}
}

func TestBrokenPublishedNamesTheFile(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, root string)
		want  error
		says  string
	}{
		{"a clip without frames", func(_ *testing.T, r string) {
			for k := 1; k <= 4; k++ {
				os.Remove(fmt.Sprintf("%s/Test/Test002/%03d.tif", r, k))
			}
		}, ErrEmpty, "Test002"},
		{"neither masks nor labels", func(_ *testing.T, r string) { os.Remove(r + "/Test/UCSDped1.m") }, ErrLayout, "Test002_gt"},
		{"an empty folder of masks", func(t *testing.T, r string) {
			os.RemoveAll(r + "/Test/Test003_gt")
			write(t, r+"/Test/Test003_gt/x", "")
		}, ErrEmpty, "Test003_gt"},
		{"a mask too few", func(_ *testing.T, r string) { os.Remove(r + "/Test/Test003_gt/frame004.bmp") }, ErrCount, "Test003"},
		{"a mask too many", func(t *testing.T, r string) { put(t, r+"/Test/Test001_gt/005.bmp", 8, 6, 0, false) }, ErrCount, "Test001"},
		{"labels beyond the clip", func(_ *testing.T, r string) { os.Remove(r + "/Test/Test002/004.tif") }, ErrCount, "Test002"},
		{"labels damaged", func(t *testing.T, r string) { write(t, r+"/Test/UCSDped1.m", "TestVideoFile{end+1}.gt_frame = [a:b];") }, ErrLabels, "UCSDped1.m"},
		{"two label files", func(t *testing.T, r string) { write(t, r+"/old.m", "TestVideoFile{end+1}.gt_frame = [1:2];") }, ErrLabels, "old.m"},
		{"no test clips", func(_ *testing.T, r string) { os.RemoveAll(r + "/Test") }, ErrLayout, "test"},
	} {
		root := published(t)
		c.spoil(t, root)
		_, err := OpenUCSD(root)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %v naming %s", c.name, err, c.want, c.says)
		}
	}
	root := published(t)
	write(t, root+"/Test/Test002/002.tif", "II*\x00 and no more")
	write(t, root+"/Test/Test001_gt/002.bmp", "BM")
	s, err := OpenUCSD(root)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Test[1].Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrImage) || !strings.Contains(err.Error(), "Test002/002.tif") {
		t.Errorf("a damaged frame: %v", err)
	}
	if _, err := s.Test[0].Truth(4); !errors.Is(err, ErrImage) || !strings.Contains(err.Error(), "Test001_gt/002.bmp") {
		t.Errorf("a damaged mask: %v", err)
	}
	if _, err := OpenUCSD(root + "/.."); !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), "did you mean") || !strings.Contains(err.Error(), "UCSDped1?") {
		t.Errorf("the folder above: %v", err)
	}
}

// TestTheSameLabelsTwice: a second copy of the label file does no harm.
func TestTheSameLabelsTwice(t *testing.T) {
	root := published(t)
	text, err := os.ReadFile(root + "/Test/UCSDped1.m")
	if err != nil {
		t.Fatal(err)
	}
	write(t, root+"/UCSDped1.m", string(text))
	if _, err := OpenUCSD(root); err != nil {
		t.Error(err)
	}
}
