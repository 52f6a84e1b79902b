//go:build !nogst

package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/runtime/event"
)

// aside is a zone of a kind from x0 to x1 and y0 to y1.
func aside(name, kind string, x0, x1, y0, y1 float64) string {
	return fmt.Sprintf(`{"name":%q,"kind":%q,"points":[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]}`, name, kind, x0, y0, x1, y0, x1, y1, x0, y1)
}

// TestRunZones: a cart on its way from right to left is told by the zones that it comes
// through, in turn; ignored on its way it is not told at all, and what is ignored elsewhere
// changes nothing of what is told.
func TestRunZones(t *testing.T) {
	needLibrary(t)
	root := t.TempDir()
	clip, out := filepath.Join(root, "cart.mp4"), filepath.Join(root, "out.mp4")
	if status, _, errOut := avid(t, "synth", "-o", clip, "--seed", "1002", "--irregular", "cart", "--seconds", "12"); status != 0 {
		t.Fatal(errOut)
	}
	told := func(list ...string) (events []string) {
		status, _, errOut := avid(t, "run", clip, "-m", demoBundle, "-o", out, "--device", "cpu", "--zones", "["+strings.Join(list, ",")+"]")
		if status != 0 {
			t.Fatal(errOut)
		}
		text, err := os.ReadFile(filepath.Join(root, "out.events.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			r, err := event.ParseRecord(line)
			if err != nil {
				t.Fatal(err)
			}
			if r.Type != string(event.Change) {
				events = append(events, fmt.Sprintf("%s %s %s", r.Type, r.ID[strings.LastIndex(r.ID, "-")+1:], r.Zone))
			}
		}
		return events
	}
	slow := strings.Replace(aside("left", "judge", 0, 0.5, 0, 1), "}", `,"least_time":60}`, 1)
	for name, c := range map[string]struct{ got, want []string }{
		"none":         {told(), []string{"begin 1 ", "end 1 "}},
		"elsewhere":    {told(aside("sky", "ignore", 0, 1, 0, 0.2), aside("lawn", "private", 0, 1, 0.85, 1)), []string{"begin 1 ", "end 1 "}},
		"on its way":   {told(aside("way", "ignore", 0, 1, 0.2, 0.85)), nil},
		"two zones":    {told(aside("left", "judge", 0, 0.5, 0, 1), aside("right", "judge", 0.5, 1, 0, 1)), []string{"begin 1 right", "begin 2 left", "end 1 right", "end 2 left"}},
		"one too long": {told(slow, aside("right", "judge", 0.5, 1, 0, 1)), []string{"begin 1 right", "end 1 right"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: told %q, want %q", name, c.got, c.want)
		}
	}
}

// busyFilms are two films of a camera, as folders of pictures, that differ in their left
// half alone, where something flickers and passes in the second; not at the very border,
// as a pixel of a larger model is of two pixels of the picture.
func busyFilms(t *testing.T, root string) (calm, busy string) {
	t.Helper()
	clip := filepath.Join(root, "normal.mkv")
	if status, _, errOut := avid(t, "synth", "--normal", "-o", clip, "--seconds", "20", "--size", "96x64", "--seed", "5"); status != 0 {
		t.Fatal(errOut)
	}
	r, err := video.Open(clip)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	calm, busy = filepath.Join(root, "calm"), filepath.Join(root, "busy")
	if err := errors.Join(os.Mkdir(calm, 0o755), os.Mkdir(busy, 0o755)); err != nil {
		t.Fatal(err)
	}
	for k := 0; ; k++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return calm, busy
		} else if err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{calm, busy} {
			gray := slices.Clone(p.Gray)
			for i := range gray {
				if x, y := i%p.Width, i/p.Width; folder == busy && x < p.Width/2-2 && (x+5*k)%40 < 12 && y > 20 {
					gray[i] = byte(220 - 3*(k%20) + x%5)
				}
			}
			var text bytes.Buffer
			if err := png.Encode(&text, &image.Gray{Pix: gray, Stride: p.Width, Rect: image.Rect(0, 0, p.Width, p.Height)}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.png", k)), text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLearntFromNothingLeftOut: what happens in a zone that is left out makes no
// difference, not a bit, to a calibration and to what training learns, resumed or not;
// without the zone it does.
func TestLearntFromNothingLeftOut(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	root := t.TempDir()
	calm, busy := busyFilms(t, root)
	zone := "[" + aside("tree", "ignore", 0, 0.5, 0, 1) + "]"
	make := func(name string, args ...string) *bundle.Bundle {
		t.Helper()
		path := filepath.Join(root, name+".avid")
		if status, _, errOut := avid(t, append(args, "-o", path, "--device", "cpu")...); status != 0 {
			t.Fatalf("avid %v: %s", args, errOut)
		}
		b, err := bundle.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	calibrate := func(name, film string, more ...string) *bundle.Bundle {
		return make(name, append([]string{"calibrate", "--normal", film, "-m", demoBundle, "--force"}, more...)...)
	}
	same := func(a, b *bundle.Bundle) bool {
		return bytes.Equal(a.Fused, b.Fused) && bytes.Equal(a.Floor, b.Floor) && bytes.Equal(a.Thumbnail, b.Thumbnail) &&
			reflect.DeepEqual(a.Manifest.Calibration, b.Manifest.Calibration) && reflect.DeepEqual(a.Manifest.HeldBack, b.Manifest.HeldBack)
	}
	if a, b := calibrate("a", calm, "--zones", zone), calibrate("b", busy, "--zones", zone); !same(a, b) || !strings.Contains(string(b.Zones), "tree") {
		t.Errorf("calibrations differ: %+v, %+v; zones %s", a.Manifest.Calibration, b.Manifest.Calibration, b.Zones)
	}
	if a, b := calibrate("c", calm), calibrate("d", busy); same(a, b) || len(b.Zones) != 0 {
		t.Error("without a zone calibrations are the same, or have one")
	}
	train := func(name, film string, more ...string) *bundle.Bundle {
		return make(name, slices.Concat([]string{"train", "--normal", film}, tiny, more)...)
	}
	e, f := train("e", calm, "--zones", zone), train("f", busy, "--zones", zone)
	if !same(e, f) {
		t.Error("with the zone bundles differ")
	}
	if g := train("e", busy, "--resume", "--steps", "3"); !same(g, train("f", calm, "--resume", "--steps", "3", "--zones", zone)) || !bytes.Equal(g.Zones, e.Zones) {
		t.Errorf("resumed bundles differ, or their zones: %s", g.Zones)
	}
	if status, _, errOut := avid(t, "train", "--normal", calm, "-o", filepath.Join(root, "e.avid"), "--resume", "--zones", "["+aside("other", "ignore", 0, 0.5, 0, 1)+"]"); status != 1 || !strings.Contains(errOut, "cannot change") {
		t.Errorf("resumed with another zone: %d, %s", status, errOut)
	}
}
