package datasets

import (
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// dataRoot is the folder of a real data set, in $AVID_DATA, or in shared/data
// beside the repository. Where it is missing the test is skipped on a desk, and
// fails in continuous integration.
func dataRoot(t *testing.T, set string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("AVID_DATA"), filepath.Join("..", "..", "..", "shared", "data")} {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, set)); err == nil {
			return filepath.Join(dir, set)
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no test data: set AVID_DATA to the folder that holds %s", set)
	}
	t.Skipf("no test data: set AVID_DATA to the folder that holds %s", set)
	return ""
}

func TestRealPed2(t *testing.T) {
	s, err := OpenUCSD(dataRoot(t, "ucsdped2"))
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
	s, err := OpenUCSD(dataRoot(t, "ucsdped1"))
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

func TestRealMNIST(t *testing.T) {
	root := dataRoot(t, "mnist")
	for _, c := range []struct {
		part      string
		n, threes int
		first     []byte
	}{
		{"train", 60000, 6131, []byte{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}},
		{"t10k", 10000, 1010, []byte{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}},
	} {
		d, err := readDigits(root, c.part)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.labels) != c.n || len(d.labels)-len(d.normal) != c.threes || !slices.Equal(d.labels[:10], c.first) {
			t.Errorf("%s: %d digits, %d of them no 3, the first %v", c.part, len(d.labels), len(d.normal), d.labels[:10])
		}
		whole, _, err := readIDX(root, c.part+"-images-idx3-ubyte", mnistSide, mnistSide)
		if err != nil {
			t.Fatal(err)
		}
		if was, is := ink(whole), ink(d.pixels); was != is {
			t.Errorf("%s: cutting out keeps %d of %d", c.part, is, was)
		}
	}
}

func ink(pixels []byte) (sum int) {
	for _, p := range pixels {
		sum += int(p)
	}
	return sum
}

// TestRealIRMNIST: the pictures stay the ones they are, so that results can be
// compared.
func TestRealIRMNIST(t *testing.T) {
	s, err := OpenIRMNIST(dataRoot(t, "mnist"), 1)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := s.Test[0].Truth(testPictures)
	if err != nil {
		t.Fatal(err)
	}
	irregular := 0
	for _, b := range truth.Irregular {
		if b {
			irregular++
		}
	}
	if irregular != 500 || truth.Irregular[0] {
		t.Errorf("%d of 1000 pictures are irregular, the first %v", irregular, truth.Irregular[0])
	}
	mask, err := truth.Mask(1, IRMNISTSize, IRMNISTSize, nil)
	if err != nil {
		t.Fatal(err)
	}
	var cells []int
	for cell := range gridCells {
		if cellRow(mask, cell, digitSide/2)[digitSide/2] != 0 {
			cells = append(cells, cell)
		}
	}
	if want := []int{5, 7, 16, 22, 31, 33, 35, 41, 49, 57, 67, 73, 76, 83, 96, 101, 113, 116}; !slices.Equal(cells, want) {
		t.Errorf("picture 1 has a 3 in cells %v, want %v", cells, want)
	}
	for part, want := range map[string]uint32{"train": 0x2db03839, "test": 0x2c8382c8} {
		c := s.Train[0]
		if part == "test" {
			c = s.Test[0]
		}
		r, err := c.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := crc32.ChecksumIEEE(p.Gray); got != want {
			t.Errorf("%s picture 0 has checksum %#08x, want %#08x", part, got, want)
		}
	}
}
