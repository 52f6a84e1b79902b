package main

import (
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/models/datasets"
	"avid/models/nets"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
)

// The pictures of these tests are of 12 x 8 pixels, the masks of 6 x 4.
const (
	wide, high     = 12, 8
	modelW, modelH = 6, 4
)

// seen is a judged frame: columns of the mask that are marked, columns of the
// picture that are truth, from and up to, both all the way down.
type seen struct {
	k           int
	score       float32 // the threshold is 1
	truth, mask [2]int
	irregular   bool // without masks
}

func columns(w, h int, c [2]int) []byte {
	m := make([]byte, w*h)
	for i := range m {
		if x := i % w; x >= c[0] && x < c[1] {
			m[i] = 255
		}
	}
	return m
}

// show shows frames to p; with masks their truth is by pixel.
func show(t *testing.T, p *pictures, clip string, masked bool, frames ...seen) {
	t.Helper()
	gray := make([]byte, wide*high)
	for _, f := range frames {
		for i := range gray {
			gray[i] = byte(100 + f.k%100)
		}
		truth := evaluate.Truth{Irregular: f.irregular}
		if masked {
			truth = evaluate.Truth{Irregular: f.truth[1] > f.truth[0], Masked: true, Mask: columns(wide, high, f.truth)}
		}
		r := &verdict.Verdict{Mask: columns(modelW, modelH, f.mask), Score: f.score, Threshold: 1}
		if err := p.frame(clip, f.k, datasets.Picture{Gray: gray, Width: wide, Height: high}, truth, r); err != nil {
			t.Fatal(err)
		}
	}
	clear(gray) // what is kept is not ours
}

// ranked are the frames of each kind, the most telling first.
func ranked(c *chosen) string {
	var text strings.Builder
	for kind, r := range c {
		fmt.Fprintf(&text, "%s", shotNames[kind])
		for _, s := range r {
			fmt.Fprintf(&text, " %d", s.k)
		}
		text.WriteString("; ")
	}
	return strings.TrimSuffix(text.String(), "; ")
}

func TestPicturesChoose(t *testing.T) {
	for name, c := range map[string]struct {
		masked bool
		frames []seen
		want   string
	}{
		"a clip": {true, []seen{
			{k: 5, score: -2},
			{k: 20, score: 0.5},
			{k: 40, score: 3, truth: [2]int{0, 4}, mask: [2]int{0, 2}},      // exact
			{k: 60, score: 9, truth: [2]int{0, 4}, mask: [2]int{0, 6}},      // everything
			{k: 80, score: 9, truth: [2]int{0, 4}, mask: [2]int{4, 6}},      // elsewhere
			{k: 100, score: -3, truth: [2]int{0, 2}},                        // missed
			{k: 120, score: 1, mask: [2]int{5, 6}},                          // a false alarm, just so
			{k: 140, score: nets.Outside, truth: [2]int{0, 1}},              // missed by far
			{k: 160, score: nets.Outside, truth: [2]int{0, 2}},              // and this is larger
			{k: 180, score: 2, truth: [2]int{0, 4}, mask: [2]int{0, 1}},     // half of it
			{k: 200, score: 0.999, truth: [2]int{0, 4}, mask: [2]int{0, 2}}, // not at this threshold
		}, "hit 40 180 60; weakest 160 140 100 200 180 40; normal 120 20 5"},
		"near ones": {true, []seen{
			{k: 10, score: -3}, {k: 19, score: -2}, {k: 28, score: -2.5}, {k: 29, score: -1.5}, {k: 38, score: -1}, {k: 45, score: -1},
		}, "hit; weakest; normal 38 19"},
		"labels alone": {false, []seen{
			{k: 10, score: 1.5, irregular: true, mask: [2]int{0, 1}}, {k: 30, score: 4, irregular: true, mask: [2]int{0, 6}},
			{k: 50, score: 0, irregular: true}, {k: 70, score: 2},
		}, "hit 30 10; weakest 50 10 30; normal 70"},
		"a score of none": {false, []seen{{k: 0, score: float32(math.Inf(-1)), irregular: true}, {k: 10, score: nets.Outside}},
			"hit; weakest 0; normal 10"},
	} {
		p := newPictures(t.TempDir(), modelH, modelW)
		show(t, p, "a", c.masked, c.frames...)
		p.finish()
		if got := ranked(p.clips[0]); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// files is the folder of p after write, and the sizes of its pictures.
func files(t *testing.T, p *pictures) (names []string, sizes map[string]string) {
	t.Helper()
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
	sizes = map[string]string{}
	names = folder(t, p.dir)
	for _, n := range names {
		w, h := pngSize(t, filepath.Join(p.dir, n))
		sizes[n] = fmt.Sprintf("%dx%d", w, h)
	}
	return names, sizes
}

// TestPicturesOfFewClips: two clips get up to three pictures of a kind.
func TestPicturesOfFewClips(t *testing.T) {
	p := newPictures(filepath.Join(t.TempDir(), "new", "pictures"), modelH, modelW)
	for k := 0; k < 100; k += 20 {
		show(t, p, "a/1", true, seen{k: k, score: float32(k)})
	}
	show(t, p, "b", true, seen{k: 3, score: 2, truth: [2]int{0, 4}, mask: [2]int{0, 2}})
	names, sizes := files(t, p)
	want := []string{"a_1-normal-2.png", "a_1-normal-3.png", "a_1-normal.png", "b-hit.png", "b-weakest.png", "overview.png"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	if got := ranked(p.clips[0]); got != "hit; weakest; normal 80 60 40" {
		t.Errorf("clip a/1: %s", got)
	}
	// 12 x 8 pixels, 50 fold and the caption; four rows of 360 x 240 with theirs.
	if sizes["b-hit.png"] != "600x450" || sizes["overview.png"] != fmt.Sprintf("1136x%d", 14+19+4*(240+52)+19) {
		t.Errorf("sizes %v", sizes)
	}
}

// TestClipsOfOneName: frames that begin anew are another clip.
func TestClipsOfOneName(t *testing.T) {
	p := newPictures(t.TempDir(), modelH, modelW)
	show(t, p, "a", true, seen{k: 5}, seen{k: 6, score: 0.5})
	show(t, p, "a", true, seen{k: 5, score: 0.25})
	if names, _ := files(t, p); !slices.Equal(names, []string{"a-2-normal.png", "a-normal.png", "overview.png"}) {
		t.Errorf("files %q", names)
	}
}

// TestPicturesOfManyClips: of clips 0 to 99 the last have the highest scores,
// and the first the lowest; every tenth is normal.
func TestPicturesOfManyClips(t *testing.T) {
	for count, c := range map[int]struct {
		files int
		best  string
	}{
		7:   {6*2 + 1 + 1, "hit 6 5 4 3 2 1; weakest 1 2 3 4 5 6; normal 0"},
		40:  {36*2 + 4 + 1, "hit 39 38 37 36 35 34; weakest 1 2 3 4 5 6; normal 30 20 10 0"},
		41:  {6*2 + 5 + 1, "hit 39 38 37 36 35 34; weakest 1 2 3 4 5 6; normal 40 30 20 10 0"},
		100: {6*2 + 6 + 1, "hit 99 98 97 96 95 94; weakest 1 2 3 4 5 6; normal 90 80 70 60 50 40"},
	} {
		p := newPictures(t.TempDir(), modelH, modelW)
		for n := range count {
			f := seen{k: n, score: 2 + float32(n)/100}
			if n%10 != 0 {
				f.truth, f.mask = [2]int{0, 4}, [2]int{0, 2}
			}
			show(t, p, fmt.Sprintf("clip%02d", n), true, f)
			if kept := len(p.clips); kept > mostClips {
				t.Fatalf("%d clips are kept", kept)
			}
		}
		names, sizes := files(t, p)
		if got := ranked(&p.best); got != c.best || len(names) != c.files {
			t.Errorf("%d clips: %d files of %s, want %d of %s", count, len(names), got, c.files, c.best)
		}
		if want := fmt.Sprintf("1136x%d", 14+19+6*(240+52)+19); sizes["overview.png"] != want {
			t.Errorf("%d clips: overview of %s, want %s", count, sizes["overview.png"], want)
		}
	}
}

func TestNoPictures(t *testing.T) {
	p := newPictures(filepath.Join(t.TempDir(), "none"), modelH, modelW)
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.dir); err == nil {
		t.Error("a folder for no pictures")
	}
}

func TestPicturesRefuse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	pic := datasets.Picture{Gray: make([]byte, wide*high), Width: wide, Height: high}
	r := &verdict.Verdict{Mask: make([]byte, modelW*modelH)}
	if err := newPictures(file, modelH, modelW).frame("a", 0, pic, evaluate.Truth{}, r); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file instead of the folder: %v", err)
	}
	if err := newPictures(t.TempDir(), modelH, modelW+1).frame("a", 0, pic, evaluate.Truth{}, r); err == nil || !strings.Contains(err.Error(), "24 pixels, want 4 x 7") {
		t.Errorf("a mask of another size: %v", err)
	}
	p := newPictures(t.TempDir(), modelH, modelW)
	show(t, p, "a", true, seen{})
	if err := os.Mkdir(filepath.Join(p.dir, "overview.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.write(); err == nil || !strings.Contains(err.Error(), "overview.png") {
		t.Errorf("a folder instead of a picture: %v", err)
	}
	if got := folder(t, p.dir); !slices.Equal(got, []string{"a-normal.png", "overview.png"}) {
		t.Errorf("left are %q", got)
	}
}

// TestPictureShows: red where the mask is, cyan around the truth, gray elsewhere.
func TestPictureShows(t *testing.T) {
	p := newPictures(t.TempDir(), modelH, modelW)
	show(t, p, "a", true, seen{k: 50, score: 2, truth: [2]int{4, 8}, mask: [2]int{0, 3}})
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(p.dir, "a-hit.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	kind := func(x int) string {
		r, g, b, _ := img.At(x, 200).RGBA()
		switch r, g, b := int(r>>8), int(g>>8), int(b>>8); {
		case r == 150 && g == 150 && b == 150:
			return "gray"
		case r == 0 && g == 0xe5 && b == 0xff:
			return "cyan"
		case r == 0xff && g == 0x30 && b == 0x30:
			return "line"
		case r > g+30 && g == b:
			return "red"
		default:
			return fmt.Sprint(r, g, b)
		}
	}
	// The truth's outline lies a pixel of the picture, which is 50 here, outside.
	for x, want := range map[int]string{50: "red", 140: "red", 150: "cyan", 160: "red", 299: "line", 301: "gray", 449: "cyan", 452: "gray", 590: "gray"} {
		if got := kind(x); got != want {
			t.Errorf("column %d is %s, want %s", x, got, want)
		}
	}
}
