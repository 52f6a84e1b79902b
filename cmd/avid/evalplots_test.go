package main

import (
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/models/eval"
)

// folder lists the files of a folder.
func folder(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// checkXML fails unless the file is well formed.
func checkXML(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := xml.NewDecoder(f); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

// pngSize is the size of a PNG that can be read to its end.
func pngSize(t *testing.T, path string) (w, h int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return img.Bounds().Dx(), img.Bounds().Dy()
}

func someCurves(t *testing.T) []eval.NamedCurve {
	t.Helper()
	c, err := eval.ROC([]float32{4, 3, 2, 1}, []bool{true, false, true, false})
	if err != nil {
		t.Fatal(err)
	}
	return []eval.NamedCurve{{Name: "I ∩ D", Curve: c}}
}

func someTimeline(clip string) eval.Timeline {
	return eval.Timeline{Clip: clip, Scores: []float32{float32(math.NaN()), 1, 2}, Irregular: []bool{false, false, true}, Threshold: 1.5}
}

func TestWritePlots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "plots")
	timelines := []eval.Timeline{someTimeline("03"), someTimeline("a/b"), someTimeline("A:b"), {Clip: "empty"}}
	if err := writePlots(dir, someCurves(t), nil, timelines); err != nil {
		t.Fatal(err)
	}
	want := []string{"roc-frame", "timeline-03", "timeline-A_b-2", "timeline-a_b"}
	var files []string
	for _, base := range want {
		files = append(files, base+".png", base+".svg")
	}
	if got := folder(t, dir); !slices.Equal(got, files) {
		t.Errorf("files %q, want %q", got, files)
	}
	for _, base := range want {
		if w, h := pngSize(t, filepath.Join(dir, base+".png")); w < 1200 || h < 600 {
			t.Errorf("%s is of %dx%d pixels", base, w, h)
		}
		checkXML(t, filepath.Join(dir, base+".svg"))
	}
}

// TestNoTimelinesOfManyClips: the curves are there all the same.
func TestNoTimelinesOfManyClips(t *testing.T) {
	dir := t.TempDir()
	timelines := slices.Repeat([]eval.Timeline{someTimeline("a")}, mostClips+1)
	if err := writePlots(dir, someCurves(t), someCurves(t), timelines); err != nil {
		t.Fatal(err)
	}
	if got, want := folder(t, dir), []string{"roc-frame.png", "roc-frame.svg", "roc-pixel.png", "roc-pixel.svg"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// TestPlotsWithoutAPlace: a file lies where the folder, or where a plot, should.
func TestPlotsWithoutAPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writePlots(file, nil, nil, nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file instead of the folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "roc-frame.svg"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writePlots(dir, someCurves(t), nil, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder instead of a plot: %v", err)
	}
	if got, want := folder(t, dir), []string{"roc-frame.png", "roc-frame.svg"}; !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
}

func TestFileNames(t *testing.T) {
	f := fileNames{}
	long := strings.Repeat("é", 200)
	for _, c := range []struct{ clip, want string }{
		{"03", "03"}, {"Test003", "Test003"}, {"../../etc", ".._.._etc"}, {"a b\x00\\c\xff", "a_b__c_"}, {"", "unnamed"}, {"", "unnamed-2"},
		{"Straße.1", "Straße.1"}, {"03", "03-2"}, {"03-2", "03-2-2"}, {"test003", "test003-2"}, {long, strings.Repeat("é", 50)}, {"x" + long, "x" + strings.Repeat("é", 49)},
	} {
		if got := f.of(c.clip); got != c.want {
			t.Errorf("%q is %q, want %q", c.clip, got, c.want)
		}
	}
}
