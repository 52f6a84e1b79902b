//go:build !nogst

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/models/eval"
	"avid/runtime/event"
)

// TestTheWholePath is what a newcomer does: footage, training, a look at the
// bundle, a run over a video and over pictures, an evaluation. The network is
// tiny and learns nothing; the path is what is tested.
func TestTheWholePath(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	ok := func(args ...string) string {
		t.Helper()
		status, out, errOut := avid(t, args...)
		if status != 0 {
			t.Fatalf("avid %v: %s", args, errOut)
		}
		return out
	}
	ok("synth", "--normal", "--seconds", "20", "--size", "97x65", "-o", at("normal.mp4"))
	ok("synth", "--seed", "2", "--seconds", "8", "--size", "96x64", "--masks", at("masks"), "-o", at("today.mkv"))
	ok("synth", "--train", "1", "--test", "2", "--seconds", "8", "--size", "96x64", "-o", at("set/"))
	line := []string{"train", "--normal", at("normal.mp4"), "-o", at("cam.avid"), "--steps", "2", "--batch", "4", "--width", "8", "--size", "96x64",
		"--name", "walk", "--threads", "1", "--recipe", "default", "--rate", "10"}
	if out := ok(line...); !strings.Contains(out, "held-back test: ") {
		t.Errorf("training does not say how good the bundle is: %s", out)
	}
	refused := func(words string, more ...string) {
		t.Helper()
		status, _, errOut := avid(t, append(slices.Clone(line), more...)...)
		if status != 1 || !strings.Contains(errOut, words) {
			t.Errorf("%v: status %d, %q, want %q", more, status, errOut, words)
		}
	}
	// What is there is not lost by a slip; the very line typed before goes on.
	refused("--force replaces it")
	refused("--width 12 cannot change", "--resume", "--width", "12")
	refused("--seed 3 cannot change", "--resume", "--seed", "3")
	refused("--size 96x96 cannot change", "--resume", "--size", "96x96")
	refused("--recipe paper cannot change", "--resume", "--recipe", "paper")
	refused("--rate 5 cannot change", "--resume", "--rate", "5")
	// Of one camera alone is learnt, and with the footage of another nothing goes on.
	ok("synth", "--normal", "--seconds", "20", "--size", "96x64", "--place", "7", "-o", at("elsewhere.mp4"))
	elsewhere := slices.Clone(line)
	elsewhere[2] = at("elsewhere.mp4")
	for words, args := range map[string][]string{
		"elsewhere: it does not show the place that normal shows": {"train", "--normal", at("normal.mp4"), "--normal", at("elsewhere.mp4"), "-o", at("mixed.avid")},
		"another place than the bundle was trained on":            append(elsewhere, "--resume"),
	} {
		if status, _, errOut := avid(t, args...); status != 1 || !strings.Contains(errOut, words) || !strings.Contains(errOut, "--force") {
			t.Errorf("%v: status %d, %q, want %q", args, status, errOut, words)
		}
	}
	ok(append(line, "--resume", "--steps", "3", "--steps-per-run", "2")...)
	checkBundle(t, at("cam.avid"), ok("inspect", at("cam.avid")))

	ok("report", at("cam.avid"))
	if page, err := os.ReadFile(at("cam.html")); err != nil || !strings.Contains(string(page), ">normal.mp4<") && !strings.Contains(string(page), ">normal<") || strings.Count(string(page), "data:image/") < 10 {
		t.Errorf("report of %d bytes, %v", len(page), err)
	} else if !strings.Contains(string(page), "<small>(recorded)</small>") {
		t.Error("the report does not go by the date in the recording")
	}
	ok("calibrate", "-m", at("cam.avid"), "--false-alarms-per-day", "0.25", "-o", at("cam.avid"))
	ok("calibrate", "-m", at("cam.avid"), "--normal", at("normal.mp4"), "--false-alarms-per-day", "0.25", "-o", at("other.avid"))
	other := []string{"calibrate", "-m", at("cam.avid"), "--normal", at("elsewhere.mp4"), "-o", at("moved.avid")}
	if status, _, errOut := avid(t, other...); status != 1 || !strings.Contains(errOut, "another place") {
		t.Errorf("footage of another place: status %d, %q", status, errOut)
	}
	ok(append(other, "--force")...)
	for _, name := range []string{"cam.avid", "other.avid"} {
		if out := ok("inspect", at(name)); !strings.Contains(out, "0.25 false alarms a day") {
			t.Errorf("%s is not calibrated:\n%s", name, out)
		}
	}

	if out := ok("run", at("today.mkv"), "-m", at("cam.avid"), "-o", at("out/"), "--alpha", "0", "--zeta", "1"); !strings.Contains(out, "75 frames of 80 judged") {
		t.Errorf("it does not say how many frames were judged: %s", out)
	}
	if status, out, errOut := avid(t, "run", at("today.mkv"), "-m", at("cam.avid"), "-o", at("four/"), "--frames", "0:4"); status != 1 ||
		!strings.Contains(errOut, "nothing was judged of 4 frames") || !strings.Contains(out, "0 frames of 4 judged") {
		t.Errorf("four frames: status %d, %q, %q", status, out, errOut)
	}
	checkRun(t, at("out"), 80)
	ok("run", at("set/test/01"), "-m", at("cam.avid"), "-o", at("pictures.mkv"), "--alpha", "0", "--zeta", "1", "--frames", "10:50")
	if n := frames(t, at("pictures.mkv")); n != 40 {
		t.Errorf("%d frames of 10:50", n)
	}
	ok("run", at("today.mkv"), "-m", at("cam.avid"), "-o", at("part"), "--frames", "60:")
	if n := frames(t, at("part/annotated.mp4")); n != 20 {
		t.Errorf("%d frames of 60: of 80", n)
	}

	out := ok("eval", "--dataset", "synth", "--root", at("set"), "-m", at("cam.avid"), "--json", at("out.json"), "--plots", at("plots"), "--pictures", at("pictures"))
	if !strings.Contains(out, "left out are 10 frames") || !strings.Contains(out, "I ∩ D") || !strings.Contains(out, "TBDC") {
		t.Errorf("evaluation says:\n%s", out)
	}
	var report eval.Report
	text, err := os.ReadFile(at("out.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &report); err != nil || report.Frames != 150 || report.Frame == nil {
		t.Errorf("report %+v, %v", report, err)
	}
	for _, name := range []string{"plots/roc-frame.png", "plots/roc-pixel.svg", "pictures/overview.png"} {
		if _, err := os.Stat(at(name)); err != nil {
			t.Error(err)
		}
	}
	if report.RBDC == nil || report.Detector == nil || report.Inpainter == nil || report.TwoThresholds.Pixel == nil {
		t.Errorf("figures are missing: %s", text)
	}
}

func checkBundle(t *testing.T, path, said string) {
	t.Helper()
	b, err := bundle.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.Manifest.Name != "walk" || b.Manifest.Height != 64 || b.Manifest.Width != 96 || len(b.Thumbnail) == 0 {
		t.Errorf("bundle %q of %dx%d, picture of %d bytes", b.Manifest.Name, b.Manifest.Height, b.Manifest.Width, len(b.Thumbnail))
	}
	for _, want := range []string{"walk", "96x64", "3 steps", "networks 3 and as many mirrored", b.Hash()} {
		if !strings.Contains(said, want) {
			t.Errorf("inspect does not say %q:\n%s", want, said)
		}
	}
}

// checkRun looks at the three files of avid run.
func checkRun(t *testing.T, dir string, count int) {
	t.Helper()
	if n := frames(t, filepath.Join(dir, "annotated.mp4")); n != count {
		t.Errorf("annotated.mp4 has %d frames, want %d", n, count)
	}
	f, err := os.Open(filepath.Join(dir, "snapshot.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() != 96 || img.Bounds().Dy() != 64 {
		t.Errorf("snapshot: %v", err)
	}
	events, err := os.Open(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer events.Close()
	var kinds []string
	for lines := bufio.NewScanner(events); lines.Scan(); {
		r, err := event.ParseRecord(lines.Bytes())
		if err != nil || len(r.Boxes) == 0 || r.Camera == "" || len(r.Bundle.SHA256) != 64 || r.Width != 96 {
			t.Errorf("%s: %v", lines.Text(), err)
		}
		kinds = append(kinds, r.Type)
	}
	if len(kinds) < 2 || kinds[0] != "begin" || kinds[len(kinds)-1] != "end" {
		t.Errorf("events %v: want a begin first and an end last", kinds)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

func frames(t *testing.T, path string) int {
	t.Helper()
	r, err := video.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for {
		if _, err := r.Next(); err != nil {
			return n
		}
		n++
	}
}

// TestTrainStopsCleanly: a cancelled training leaves a usable bundle.
func TestTrainStopsCleanly(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "--normal", "--seconds", "20", "--size", "96x64", "-o", dir+"/n.mkv"); status != 0 {
		t.Fatal(errOut)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var said stopper
	said.stop = stop
	status := run(ctx, append([]string{"train", "--normal", dir + "/n.mkv", "-o", dir + "/cam.avid"}, append(slices.Clone(tiny), "--steps", "1000000")...), &said, &said)
	if status != 0 || !strings.Contains(said.String(), "stopped early") {
		t.Fatalf("status %d, %s", status, said.String())
	}
	if _, err := bundle.Open(dir + "/cam.avid"); err != nil {
		t.Error(err)
	}
}

// stopper cancels once training has begun.
type stopper struct {
	strings.Builder
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	n, err := s.Builder.Write(p)
	if strings.Contains(s.String(), "training on") {
		s.stop()
	}
	return n, err
}
