package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/runtime/evaluate"
)

// mnistFiles writes digits in MNIST's form, n a part, digit i of label i%10, one
// bright pixel each.
func mnistFiles(t *testing.T, n int) string {
	t.Helper()
	root := t.TempDir()
	pixels, labels := make([]byte, n*28*28), make([]byte, n)
	for i := range n {
		pixels[i*28*28+14*28+14], labels[i] = byte(100+i%100), byte(i%10)
	}
	for _, part := range []string{"train", "t10k"} {
		head := func(dims ...uint32) (b []byte) {
			for _, v := range append([]uint32{uint32(0x0800 + len(dims))}, dims...) {
				b = binary.BigEndian.AppendUint32(b, v)
			}
			return b
		}
		for name, data := range map[string][]byte{
			"-images-idx3-ubyte": append(head(uint32(n), 28, 28), pixels...),
			"-labels-idx1-ubyte": append(head(uint32(n)), labels...),
		} {
			if err := os.WriteFile(filepath.Join(root, part+name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// umnFolder is a film of 40 pictures of 60x40, picture k of grey level k, with
// a caption in the first 8 rows.
func umnFolder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	greyFolder(t, root+"/film", 60, 40, 40)
	for k := range 40 {
		img := image.NewGray(image.Rect(0, 0, 60, 40))
		for i := range img.Pix {
			if img.Pix[i] = byte(k); i < 8*60 {
				img.Pix[i] = 255
			}
		}
		err := writeImage(fmt.Sprintf("%s/film/%03d.png", root, k), func(w io.Writer) error { return png.Encode(w, img) })
		if err != nil {
			t.Fatal(err)
		}
	}
	table := "scene,clip,first,last,irregular_first,irregular_last,top,use\na,1,1,20,16,20,8,train\na,2,21,40,31,38,8,test\n"
	if err := os.WriteFile(root+"/scenes.csv", []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// masksFolder has a clip of 9 frames, of which the last 4 are irregular at the
// top left, and ordinary footage.
func masksFolder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	greyFolder(t, root+"/normal", 60, 40, 12)
	greyFolder(t, root+"/frames/gate", 60, 40, 9)
	greyFolder(t, root+"/masks/gate", 60, 40, 0)
	for k := range 9 {
		img := image.NewGray(image.Rect(0, 0, 60, 40))
		if k >= 5 {
			img.Pix[0] = 255
		}
		err := writeImage(fmt.Sprintf("%s/masks/gate/%d.png", root, k), func(w io.Writer) error { return png.Encode(w, img) })
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestClipsOfEachDataset(t *testing.T) {
	ucsd := t.TempDir()
	if status, _, errOut := avid(t, "synth", "-o", ucsd+"/", "--train", "1", "--test", "1", "--seconds", "1", "--size", "72x48"); status != 0 {
		t.Fatal(errOut)
	}
	for _, c := range []struct {
		dataset, root, clip       string
		frames, irregular, height int
		masked, still             bool
	}{
		{"ucsd", ucsd, "01", 10, -1, 48, true, false},
		{"synth", ucsd, "01", 10, -1, 48, true, false},
		{"umn", umnFolder(t), "a-2", 20, 8, 32, false, false},
		{"irmnist", mnistFiles(t, 200), "test", 1000, 500, 220, true, true},
		{"masks", masksFolder(t), "gate", 9, 4, 40, true, false},
	} {
		t.Run(c.dataset, func(t *testing.T) {
			clips, err := testClips(c.dataset, c.root, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			if len(clips) != 1 || clips[0].Name != c.clip || clips[0].Still != c.still {
				t.Fatalf("clips %+v", clips)
			}
			frames, irregular := walk(t, clips[0], c.height, c.masked)
			if frames != c.frames || c.irregular >= 0 && irregular != c.irregular {
				t.Errorf("%d frames, %d irregular; want %d, %d", frames, irregular, c.frames, c.irregular)
			}
		})
	}
	if clips, err := testClips("synth", "", 5, 0); err != nil || len(clips) != 5 {
		t.Errorf("synth on the spot: %d clips, %v", len(clips), err)
	}
}

// walk goes through a clip as the judge does.
func walk(t *testing.T, c evaluate.Clip, height int, masked bool) (frames, irregular int) {
	t.Helper()
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for ; ; frames++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ft, err := c.Truth(frames, p.Width, p.Height)
		if err != nil {
			t.Fatal(err)
		}
		set := slices.ContainsFunc(ft.Mask, func(m byte) bool { return m != 0 })
		if p.Height != height || ft.Masked != masked || set != (ft.Irregular && masked) {
			t.Fatalf("frame %d of height %d: %v with a mask of %d bytes", frames, p.Height, ft.Irregular, len(ft.Mask))
		}
		if ft.Irregular {
			irregular++
		}
	}
	if err := c.Ended(frames); err != nil {
		t.Error(err)
	}
	return frames, irregular
}

// TestMasksMustFit: a mask of another size is found where nothing is irregular
// too.
func TestMasksMustFit(t *testing.T) {
	root := masksFolder(t)
	greyFolder(t, root+"/other", 40, 60, 1)
	if err := errors.Join(os.Rename(root+"/other/000.png", root+"/masks/gate/0.png"), os.Remove(root+"/other")); err != nil {
		t.Fatal(err)
	}
	clips, err := testClips("masks", root, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clips[0].Truth(0, 60, 40); !errors.Is(err, datasets.ErrCount) || !strings.Contains(err.Error(), "masks/gate/0.png is 40x60") {
		t.Errorf("a mask of another size: %v", err)
	}
}

// learnt is what avid train reads of a data set.
func learnt(t *testing.T, f footage, dataset, root string, keep datasets.Range) *footage {
	t.Helper()
	all, err := normalPart(dataset, root, 1)
	if err != nil {
		t.Fatal(err)
	}
	f.rate, f.step = 10, 16
	if err := f.read(context.Background(), all, keep, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestFootageOfDatasets(t *testing.T) {
	set := t.TempDir()
	if status, _, errOut := avid(t, "synth", "-o", set+"/", "--train", "2", "--test", "1", "--seconds", "1", "--size", "72x48"); status != 0 {
		t.Fatal(errOut)
	}
	for _, c := range []struct {
		dataset, root string
		keep          datasets.Range
		most          int
		frames, clips int
		picture       size
	}{
		{"ucsd", set, datasets.Range{}, 1000, 20, 2, size{48, 72}},
		{"synth", set, datasets.Range{First: 2, End: 5}, 1000, 6, 2, size{48, 72}},
		{"umn", umnFolder(t), datasets.Range{}, 1000, 15, 1, size{32, 60}},
		{"umn", umnFolder(t), datasets.Range{First: 10}, 1000, 5, 1, size{32, 60}},
		{"masks", masksFolder(t), datasets.Range{}, 1000, 12, 1, size{40, 60}},
		{"synth", "", datasets.Range{End: 3}, 7, 7, 3, size{240, 352}},
	} {
		f := learnt(t, footage{most: c.most}, c.dataset, c.root, c.keep)
		if f.frames != c.frames || f.windows() != c.frames || len(f.clips) != c.clips || f.picture != c.picture {
			t.Errorf("%s: %d frames in %d clips of %v; want %d in %d of %v", c.dataset, f.frames, len(f.clips), f.picture, c.frames, c.clips, c.picture)
		}
	}
	// The caption is cut off what is learnt too.
	for _, frame := range learnt(t, footage{most: 1000}, "umn", umnFolder(t), datasets.Range{}).clips[0].Frames {
		if slices.Max(frame) > 40 {
			t.Errorf("the caption is in a frame of grey %d to %d", slices.Min(frame), slices.Max(frame))
		}
	}
}

// TestSynthLearnsOtherClips: what avid train makes is not what avid eval makes,
// whatever the seeds.
func TestSynthLearnsOtherClips(t *testing.T) {
	f := learnt(t, footage{most: 1}, "synth", "", datasets.Range{})
	same := learnt(t, footage{most: 1}, "synth", "", datasets.Range{})
	if !slices.Equal(f.clips[0].Frames[0], same.clips[0].Frames[0]) {
		t.Error("the same seed makes other clips")
	}
	clips, err := testClips("synth", "", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var judged footage
	judged.rate, judged.step, judged.most = 10, 16, 1
	one := reel{name: "normal", open: func(datasets.Range) (datasets.Reader, error) { return clips[0].Open() }}
	if err := judged.read(context.Background(), []reel{one}, datasets.Range{}, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(f.clips[0].Frames[0], judged.clips[0].Frames[0]) {
		t.Error("the clip to learn from is the clip to judge")
	}
}

// TestStills: a picture that stands alone is a clip of six times the same
// bytes, at its own size.
func TestStills(t *testing.T) {
	root := mnistFiles(t, 200)
	f := learnt(t, footage{most: 20}, "irmnist", root, datasets.Range{})
	if f.frames != 18 || f.stills != 3 || f.windows() != 3 || len(f.clips) != 3 || !f.cut || f.size != (size{220, 220}) {
		t.Fatalf("%d frames of %d pictures in %d clips of %v, cut %v", f.frames, f.stills, len(f.clips), f.size, f.cut)
	}
	for _, c := range f.clips {
		if len(c.Frames) != average.Frames || len(c.Frames[0]) != 220*220 {
			t.Fatalf("clip %s of %d frames", c.Name, len(c.Frames))
		}
		for _, frame := range c.Frames {
			if &frame[0] != &c.Frames[0][0] {
				t.Error("a picture is kept twice")
			}
		}
	}
	if slices.Equal(f.clips[0].Frames[0], f.clips[1].Frames[0]) {
		t.Error("two pictures are alike")
	}
	f = learnt(t, footage{most: 100000}, "irmnist", root, datasets.Range{First: 4990})
	if f.stills != 10 || f.cut || f.words() != "10 pictures" {
		t.Errorf("%s of the last 10, cut %v", f.words(), f.cut)
	}
	f = learnt(t, footage{most: 6, size: size{64, 96}}, "irmnist", root, datasets.Range{})
	if len(f.clips[0].Frames[0]) != 64*96 || f.picture != (size{220, 220}) {
		t.Errorf("frames of %d bytes from %v, want 64x96", len(f.clips[0].Frames[0]), f.picture)
	}
}

func TestModelSize(t *testing.T) {
	for _, c := range []struct {
		f    trainFlags
		want size
	}{
		{trainFlags{size: "auto"}, size{}},
		{trainFlags{size: "auto", dataset: "ucsd"}, size{}},
		{trainFlags{size: "auto", dataset: "irmnist"}, size{220, 220}},
		{trainFlags{size: "96x64", dataset: "irmnist"}, size{64, 96}},
	} {
		if got, err := c.f.modelSize(); err != nil || got != c.want {
			t.Errorf("%s of %q: %v, %v; want %v", c.f.size, c.f.dataset, got, err, c.want)
		}
	}
}

func TestDatasetErrors(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	bare := masksFolder(t)
	if err := os.RemoveAll(bare + "/normal"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--dataset", "kth"}, "ucsd, umn, irmnist, synth, masks"},
		{[]string{"--dataset", "ucsd"}, "--root"},
		{[]string{"--dataset", "umn", "--root", dir}, "neither a video nor"},
		{[]string{"--dataset", "masks", "--root", bare}, "no footage to learn from"},
		{[]string{"--dataset", "masks", "--root", dir}, "expected masks/"},
		{[]string{"--dataset", "irmnist", "--root", dir, "--size", "96x64"}, "train-images-idx3-ubyte"},
	} {
		status, _, errOut := avid(t, append([]string{"train", "-o", dir + "/x.avid"}, c.args...)...)
		if status != 1 || !strings.Contains(errOut, c.says) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%v: status %d, %q; want 1 and one line saying %q", c.args, status, errOut, c.says)
		}
	}
}

func TestDatasetCompletion(t *testing.T) {
	_, out, _ := avid(t, "__complete", "train", "--dataset", "")
	for _, name := range datasetNames {
		if !strings.Contains(out, name+"\n") {
			t.Errorf("data sets completed as %q, without %s", out, name)
		}
	}
}

// TestTrainOnADataset: the whole way, with a network that learns nothing.
func TestTrainOnADataset(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	for _, args := range [][]string{
		{"synth", "-o", dir + "/set/", "--train", "2", "--test", "1", "--seconds", "15", "--size", "96x64"},
		append([]string{"train", "--dataset", "synth", "--root", dir + "/set", "-o", dir + "/cam.avid"}, tiny...),
		{"train", "--dataset", "synth", "--root", dir + "/set", "-o", dir + "/cam.avid", "--steps", "3", "--resume", "--threads", "1"},
		{"eval", "--dataset", "synth", "--root", dir + "/set", "-m", dir + "/cam.avid"},
	} {
		if status, _, errOut := avid(t, args...); status != 0 {
			t.Fatalf("avid %v: %s", args, errOut)
		}
	}
}

// TestActorClips: of ordinary footage, the last part as it is, with an actor that moves
// and with one that stands; what cannot be is said.
func TestActorClips(t *testing.T) {
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "-o", dir, "--train", "2", "--test", "1", "--seconds", "4", "--size", "128x96"); status != 0 {
		t.Fatal(errOut)
	}
	clips, err := testClips("actors", filepath.Join(dir, "train"), 7, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range clips {
		names = append(names, c.Name)
		frames, irregular := walk(t, c, 96, true)
		if ordinary := !strings.Contains(c.Name, " "); frames != 20 || ordinary != (irregular == 0) || !ordinary && irregular < 15 {
			t.Errorf("%s: %d of %d frames irregular", c.Name, irregular, frames)
		}
	}
	if want := []string{"01", "01 cyclist", "01 cyclist standing", "02", "02 cart", "02 cart standing"}; !slices.Equal(names, want) {
		t.Errorf("clips %q, want %q", names, want)
	}
	for name, c := range map[string]struct {
		root string
		held float64
		says string
	}{
		"no root":   {"", 0.5, "--root"},
		"too much":  {dir, 2, "--held-back 2"},
		"no number": {dir, math.NaN(), "--held-back"},
		"too short": {filepath.Join(dir, "train"), 0.05, "--held-back takes more"},
		"nothing":   {filepath.Join(dir, "none"), 0.5, "none"},
	} {
		if _, err := testClips("actors", c.root, 7, c.held); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error about %q", name, err, c.says)
		}
	}
}

// TestTrainStills: a bundle is made of pictures that stand alone, which have no ground
// and no picture of a place.
func TestTrainStills(t *testing.T) {
	out := filepath.Join(t.TempDir(), "digits.avid")
	status, _, errOut := avid(t, "train", "--dataset", "irmnist", "--root", mnistFiles(t, 200), "--max-frames", "900", "--steps", "1",
		"--batch", "2", "--width", "4", "--ensemble", "1", "-o", out)
	if status != 0 {
		t.Fatal(errOut)
	}
	b, err := bundle.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if b.Thumbnail != nil || b.Manifest.Ground || b.Manifest.Where {
		t.Errorf("a picture of %d bytes, ground %v, second head %v", len(b.Thumbnail), b.Manifest.Ground, b.Manifest.Where)
	}
}
