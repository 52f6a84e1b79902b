package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"avid/models/eval"
	"avid/models/train"
)

// elsewhere is a picture of a place that no bundle knows.
func elsewhere(w, h int, seed uint64) *image.Gray {
	rng := rand.New(rand.NewPCG(seed, 2))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for range 60 {
		y, x, v := rng.IntN(h-12), rng.IntN(w-16), byte(30+rng.IntN(200))
		for i := range 12 * 16 {
			img.Pix[(y+i/16)*w+x+i%16] = v
		}
	}
	return img
}

// pngs writes n times a picture into a folder.
func pngs(t *testing.T, dir string, img image.Image, n int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for k := range n {
		err := writeImage(filepath.Join(dir, fmt.Sprintf("%03d.png", k)), func(out io.Writer) error { return png.Encode(out, img) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEvalOtherPlace: clips of another place than the bundle's are warned of in one
// line, and told in the JSON; the figures come all the same.
func TestEvalOtherPlace(t *testing.T) {
	needLibrary(t)
	root := t.TempDir()
	pngs(t, filepath.Join(root, "a", "frames"), elsewhere(240, 160, 1), 25)
	pngs(t, filepath.Join(root, "a", "masks"), image.NewGray(image.Rect(0, 0, 240, 160)), 25)
	status, out, errOut := avid(t, "eval", "--dataset", "masks", "--root", root, "-m", demoBundle, "--device", "cpu", "--json", "-")
	if status != 0 {
		t.Fatal(errOut)
	}
	var r eval.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Clips) != 1 || r.Clips[0].Likeness == nil || *r.Clips[0].Likeness >= 0.5 || !r.Clips[0].OtherPlace {
		t.Errorf("%s", out)
	}
	if strings.Count(errOut, "warning: ") != 1 || !strings.Contains(errOut, "warning: a: another place than the one that "+demoBundle) {
		t.Errorf("%s", errOut)
	}
}

// TestOtherPlaces: a warning names a few clips and counts the rest.
func TestOtherPlaces(t *testing.T) {
	low, high := 0.1, 0.9
	clips := []eval.ClipReport{{Name: "own", Likeness: &high}, {Name: "still"}}
	if text := otherPlaces(clips, "cam.avid"); text != "" {
		t.Errorf("%q", text)
	}
	for k := range 7 {
		clips = append(clips, eval.ClipReport{Name: fmt.Sprint(k), Likeness: &low, OtherPlace: true})
	}
	if text := otherPlaces(clips, "cam.avid"); !strings.HasPrefix(text, "0, 1, 2, 3, 4, 2 more: ") || !strings.Contains(text, "down to 0.10 of 1") {
		t.Errorf("%q", text)
	}
}

// TestOneOfAnotherPlace: where most footage is of the bundle's place, the recording that
// is not is named, and it is no error.
func TestOneOfAnotherPlace(t *testing.T) {
	const h, w = 160, 240
	here, there := elsewhere(w, h, 1).Pix, elsewhere(w, h, 2).Pix
	f := &footage{size: size{h, w}}
	for _, name := range []string{"monday", "tuesday", "garage"} {
		s := &source{name: name, picture: size{h, w}}
		frame := here
		if name == "garage" {
			frame = there
		}
		for k := range 10 {
			s.keep(bytes.Clone(frame), time.Duration(k)*time.Second)
		}
		f.sources, f.clips = append(f.sources, s), append(f.clips, train.Clip{Name: name})
	}
	var said strings.Builder
	c := &cobra.Command{}
	c.SetErr(&said)
	if err := f.samePlace(c, here, "cam.avid", false); err != nil {
		t.Fatal(err)
	}
	if text := said.String(); !strings.HasPrefix(text, "warning: garage shows another place than cam.avid") || strings.Count(text, "warning") != 1 {
		t.Errorf("%q", text)
	}
}
