package datasets

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// put writes a w x h picture of one grey level; with dot, pixel 1,1 is 255.
func put(t *testing.T, path string, w, h int, grey byte, dot bool) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = grey
	}
	if dot {
		m.SetGray(1, 1, color.Gray{Y: 255})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch filepath.Ext(path) {
	case ".png":
		err = png.Encode(f, m)
	case ".bmp":
		err = bmp.Encode(f, m)
	case ".tif":
		err = tiff.Encode(f, m, nil)
	default:
		err = jpeg.Encode(f, m, &jpeg.Options{Quality: 100})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ours makes a data set in our layout: train/01, test/01 and 05 with masks.
func ours(t *testing.T) string {
	root := t.TempDir()
	for k := range 3 {
		put(t, fmt.Sprintf("%s/train/01/%03d.jpg", root, k), 8, 6, byte(40*k), false)
		for _, clip := range []string{"01", "05"} {
			put(t, fmt.Sprintf("%s/test/%s/%03d.jpg", root, clip, k), 8, 6, byte(40*k), false)
			put(t, fmt.Sprintf("%s/gt/%s/%03d.png", root, clip, k), 8, 6, 0, k == 1)
		}
	}
	return root
}

func names(clips []*Clip) string {
	var s []string
	for _, c := range clips {
		s = append(s, c.Name)
	}
	return strings.Join(s, " ")
}

func TestOurLayout(t *testing.T) {
	s, err := OpenUCSD(ours(t))
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Train) != "01" || names(s.Test) != "01 05" {
		t.Fatalf("clips %q and %q", names(s.Train), names(s.Test))
	}
	c := s.Test[1]
	r, err := c.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 3 {
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if p.Width != 8 || p.Height != 6 || p.PTS != time.Duration(k)*100*time.Millisecond {
			t.Errorf("frame %d: %dx%d at %v", k, p.Width, p.Height, p.PTS)
		}
		if d := int(p.Gray[20]) - 40*k; d < -1 || d > 1 {
			t.Errorf("frame %d is grey %d, want %d", k, p.Gray[20], 40*k)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: %v", err)
	}
	truth, err := c.Truth(3)
	if err != nil || !slices.Equal(truth.Irregular, []bool{false, true, false}) {
		t.Fatalf("truth %v, %v", truth, err)
	}
	mask, err := truth.Mask(1, 8, 6, nil)
	if err != nil || mask[9] != 255 || mask[0] != 0 {
		t.Errorf("mask %v, %v", mask, err)
	}
	if _, err := truth.Mask(1, 9, 6, nil); !errors.Is(err, ErrCount) || !strings.Contains(err.Error(), "001.png") {
		t.Errorf("mask of another size: %v", err)
	}
	if _, err := c.Truth(4); !errors.Is(err, ErrCount) {
		t.Errorf("one frame too many: %v", err)
	}
}

func TestPublishedLayout(t *testing.T) {
	root := t.TempDir()
	for k := 1; k <= 12; k++ {
		put(t, fmt.Sprintf("%s/Train/Train001/%03d.tif", root, k), 8, 6, byte(k), false)
		put(t, fmt.Sprintf("%s/Test/Test001/%03d.tif", root, k), 8, 6, byte(k), false)
		put(t, fmt.Sprintf("%s/Test/Test002/%03d.tif", root, k), 8, 6, byte(k), false)
		// Not padded: frame10 must come after frame9.
		put(t, fmt.Sprintf("%s/Test/Test001_gt/frame%d.bmp", root, k), 8, 6, 0, k >= 10)
	}
	write(t, root+"/Test/.DS_Store", "x")
	write(t, root+"/Test/UCSDped1.m", "% TestVideoFile{end+1}.gt_frame = [9:9];\nTestVideoFile = {};\n"+
		"TestVideoFile{end+1}.gt_frame = [10:12];\nTestVideoFile{end+1}.gt_frame = [1:2, 12:12];\n")
	s, err := OpenUCSD(root)
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Train) != "Train001" || names(s.Test) != "Test001 Test002" {
		t.Fatalf("clips %q and %q", names(s.Train), names(s.Test))
	}
	for i, want := range []string{"000000000111", "110000000001"} {
		truth, err := s.Test[i].Truth(12)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, b := range truth.Irregular {
			got += map[bool]string{false: "0", true: "1"}[b]
		}
		if got != want {
			t.Errorf("clip %d: irregular %s, want %s", i+1, got, want)
		}
	}
	if s.Test[1].HasMasks() {
		t.Error("Test002 has masks")
	}
}

// fakeVideo gives n frames, 40 ms apart from 7 s on.
type fakeVideo struct{ n, k, closed int }

func (v *fakeVideo) Next() (Picture, error) {
	if v.k >= v.n {
		return Picture{}, io.EOF
	}
	v.k++
	return Picture{Gray: []byte{byte(v.k - 1)}, Width: 1, Height: 1, PTS: 7*time.Second + time.Duration(v.k)*40*time.Millisecond}, nil
}

func (v *fakeVideo) Close() error { v.closed++; return nil }

func TestVideosAndLabels(t *testing.T) {
	root := t.TempDir()
	for _, f := range []string{"train/Train001.mkv", "test/Test010.mkv", "test/Test002.mkv", "test/notes.txt"} {
		write(t, filepath.Join(root, f), "")
	}
	put(t, root+"/gt/Test010/000.png", 4, 4, 0, true)
	write(t, root+"/labels.csv", "clip,first_irregular_frame,last_irregular_frame\nTest002,2,3\nTest002,5,5\nTest099,1,9\n")
	s, err := OpenUCSD(root)
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Test) != "Test002 Test010" {
		t.Fatalf("clips %q", names(s.Test))
	}
	c := s.Test[0]
	truth, err := c.Truth(6)
	if err != nil || !slices.Equal(truth.Irregular, []bool{false, true, true, false, true, false}) {
		t.Errorf("truth %v, %v", truth, err)
	}
	if m, err := truth.Mask(1, 4, 4, nil); m != nil || err != nil {
		t.Errorf("a clip without masks gives %v, %v", m, err)
	}
	if _, err := c.Truth(4); !errors.Is(err, ErrCount) {
		t.Errorf("labels beyond the clip: %v", err)
	}
	if _, err := c.Open(nil); !errors.Is(err, ErrNoVideo) {
		t.Errorf("no opener: %v", err)
	}
	video := &fakeVideo{n: 9}
	c.Range = Range{2, 5}
	r, err := c.Open(func(path string) (Reader, error) {
		if path != c.Path {
			t.Errorf("opened %s", path)
		}
		return video, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range 3 {
		p, err := r.Next()
		if err != nil || int(p.Gray[0]) != 2+k || p.PTS != time.Duration(k)*40*time.Millisecond {
			t.Errorf("frame %d: %v, %v", k, p, err)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the range: %v", err)
	}
	if r.Close(); video.closed != 1 {
		t.Error("the video was not closed")
	}
	truth, err = c.Truth(3)
	if err != nil || !slices.Equal(truth.Irregular, []bool{true, false, true}) {
		t.Errorf("truth of the range %v, %v", truth, err)
	}
}

func TestBrokenDataSetsNameTheFile(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(root string)
		want  error
		names string
	}{
		{"no test", func(r string) { os.RemoveAll(r + "/test") }, ErrLayout, "test"},
		{"empty test", func(r string) { os.RemoveAll(r + "/test/01"); os.RemoveAll(r + "/test/05") }, ErrEmpty, "test"},
		{"no masks", func(r string) { os.RemoveAll(r + "/gt/05") }, ErrLayout, "05"},
		{"no gt", func(r string) { os.RemoveAll(r + "/gt") }, ErrLayout, "01"},
		{"empty masks", func(r string) { os.RemoveAll(r + "/gt/05"); write(t, r+"/gt/05/notes.txt", "") }, ErrEmpty, "05"},
		{"mask missing", func(r string) { os.Remove(r + "/gt/05/002.png") }, ErrCount, "05"},
		{"frame missing", func(r string) { os.Remove(r + "/test/05/002.jpg") }, ErrCount, "05"},
		{"bad csv", func(r string) { write(t, r+"/labels.csv", "a,b\n") }, ErrLabels, "labels.csv"},
		{"bad m", func(r string) { write(t, r+"/x.m", "nothing") }, ErrLabels, "x.m"},
	} {
		root := ours(t)
		c.spoil(root)
		_, err := OpenUCSD(root)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v, want %v naming %s", c.name, err, c.want, c.names)
		}
	}
	if _, err := OpenUCSD("/no/such/folder"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/folder") {
		t.Errorf("no folder: %v", err)
	}
}

func TestBrokenPictures(t *testing.T) {
	root := ours(t)
	write(t, root+"/train/01/001.jpg", "not a picture")
	put(t, root+"/test/01/002.jpg", 10, 6, 0, false)
	write(t, root+"/gt/05/001.png", "\x89PNG\r\n")
	s, err := OpenUCSD(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		clip *Clip
		name string
	}{{s.Train[0], "001.jpg"}, {s.Test[0], "002.jpg"}} {
		r, err := c.clip.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, ErrImage) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%v, want ErrImage naming %s", err, c.name)
		}
	}
	if _, err := s.Test[1].Truth(3); !errors.Is(err, ErrImage) || !strings.Contains(err.Error(), "001.png") {
		t.Errorf("broken mask: %v", err)
	}
}
