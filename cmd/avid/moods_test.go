//go:build !nogst

package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/models/bundle"
	"avid/models/datasets"
)

// nightBundle writes the demo's bundle as one of the place by night, and returns its path.
func nightBundle(t *testing.T, dir string) string {
	t.Helper()
	b, err := bundle.Open(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	picture := b.Background()
	for i, v := range picture {
		picture[i] = v / 4
	}
	b.Manifest.Name = "night"
	path := filepath.Join(dir, "night.avid")
	if err := b.SetPicture(picture); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// moodFile is a file of cameras beside whose bundle lies one of the night.
func moodFile(t *testing.T, model string) cameraFile {
	t.Helper()
	file := newCameraFile(t, serveHead+"  door: {input: CLIP, model: "+model+"}\n")
	nightBundle(t, filepath.Dir(file.path))
	return file
}

// TestMoodsCheck: a camera may have several bundles, as a list or with semicolons between;
// one that is not there, and two that no picture tells apart, are mistakes of its line.
func TestMoodsCheck(t *testing.T) {
	for model, words := range map[string]string{
		"[BUNDLE, night.avid]":  "1 camera, page at 127.0.0.1:0, no mistakes",
		`"BUNDLE; night.avid"`:  "1 camera, page at 127.0.0.1:0, no mistakes",
		"[night.avid, no.avid]": `cameras.yaml:5: camera "door": model: stat `,
		"[BUNDLE, BUNDLE]":      "are alike, so that nothing tells which of them is to judge",
		`"BUNDLE;"`:             `camera "door": model is empty`,
	} {
		status, out, errOut := avid(t, "serve", "--check", moodFile(t, model).path)
		if (status == 0) != strings.Contains(words, "no mistakes") || !strings.Contains(out+errOut, words) {
			t.Errorf("%s: status %d: %s%s", model, status, out, errOut)
		}
	}
}

// TestMoodsServed: the picture chooses the bundle of a camera that is on duty; /metrics and
// the page say which judges, and what is for one bundle is refused with what to do.
func TestMoodsServed(t *testing.T) {
	out, _, stop := start(t, "serve", moodFile(t, "[night.avid, BUNDLE]").path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	waitFor(t, address+"metrics", func(body string) bool {
		return strings.Contains(body, `avid_model_judges{model="walkway.avid",stream="door"} 1`) && strings.Contains(body, `avid_model_judges{model="night.avid",stream="door"} 0`)
	})
	if status, body := get(t, address+"api/cameras/door", ""); !strings.Contains(body, `"file":"walkway.avid"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask(t, "POST", address+"api/cameras/door/promote", "{}"); status != 409 || !strings.Contains(body, "several bundles, night.avid and walkway.avid: train each") {
		t.Errorf("%d %s", status, body)
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestOfFilm: what is learnt from a film is learnt by the bundle whose place that shows.
func TestOfFilm(t *testing.T) {
	night := nightBundle(t, t.TempDir())
	clip, err := inputClip("../../demo/walkway.mp4", datasets.Range{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, 20 * time.Second, time.Hour} {
		if path, err := ofFilm(t.Context(), night+";"+demoBundle, clip, at); err != nil || path != demoBundle {
			t.Errorf("by day at %v it is %s, %v", at, path, err)
		}
	}
	if _, err := ofFilm(t.Context(), night+";none.avid", clip, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a bundle that is not there: %v", err)
	}
}
