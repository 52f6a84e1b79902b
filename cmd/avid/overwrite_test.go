//go:build !nogst

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/models/bundle"
)

// copied puts a copy of a file into a folder.
func copied(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestNothingIsOverwrittenBySlip: an output that is there, and that is not the very
// bundle that is changed, stays as it is unless --force is given; what no name of an
// output fits is refused whatever is given.
func TestNothingIsOverwrittenBySlip(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	mine, work, film := copied(t, demoBundle, at("mine.avid")), at("work.avid"), at("film.mp4")
	for _, path := range []string{work, film, at("set.jpg")} {
		if err := os.WriteFile(path, []byte("hours of work"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(at("set/train/01"), 0o755); err != nil {
		t.Fatal(err)
	}
	clip := copied(t, film, at("set/train/01/000.jpg"))
	if status, _, errOut := avid(t, "sign", "--make-key", at("k.pem")); status != 0 {
		t.Fatal(errOut)
	}
	const unasked = "--force replaces it"
	for _, c := range []struct{ want, line string }{
		{unasked, "calibrate -m MINE --false-alarms-per-day 2 -o WORK"},
		{unasked, "convert -m MINE -o WORK"},
		{unasked, "learn ../../demo/walkway.mp4 --frames 100:120 -m MINE -o WORK"},
		{unasked, "sign MINE --key DIR/k.pem -o WORK"},
		{unasked, "synth --normal --seconds 1 --size 96x64 -o FILM"},
		{unasked, "synth --train 1 --test 1 --seconds 1 --size 96x64 -o DIR/set"},
		{"ends in .html", "report MINE -o FILM"},
		{"ends in .png", "inspect MINE --thumbnail FILM"},
		{"ends in .png", "inspect MINE --thumbnail MINE"},
		{"ends in .json", "eval --dataset actors --root ../../demo/walkway.mp4 -m MINE --json FILM"},
		{"avid run did not write", "run ../../demo/walkway.mp4 -m MINE --frames 0:10 -o FILM"},
	} {
		args := strings.Fields(strings.NewReplacer("MINE", mine, "WORK", work, "FILM", film, "DIR", dir).Replace(c.line))
		if status, _, errOut := avid(t, args...); status != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("avid %s: status %d, %q; want %q", c.line, status, errOut, c.want)
		}
	}
	for _, path := range []string{work, film, clip} {
		if text, err := os.ReadFile(path); err != nil || string(text) != "hours of work" {
			t.Errorf("%s was overwritten: %v", path, err)
		}
	}
	if _, err := bundle.Open(mine); err != nil {
		t.Errorf("the bundle itself: %v", err)
	}
	for _, line := range []string{
		"calibrate -m MINE --false-alarms-per-day 2 -o MINE", "calibrate -m MINE --false-alarms-per-day 3 -o WORK --force",
		"sign MINE --key DIR/k.pem", "sign MINE --key DIR/k.pem -o WORK --force", "convert -m MINE -o WORK --force",
		"synth --normal --seconds 1 --size 96x64 -o FILM --force", "synth --train 1 --test 1 --seconds 1 --size 96x64 -o DIR/set --force",
	} {
		args := strings.Fields(strings.NewReplacer("MINE", mine, "WORK", work, "FILM", film, "DIR", dir).Replace(line))
		if status, _, errOut := avid(t, args...); status != 0 {
			t.Errorf("avid %s: %s", line, errOut)
		}
	}
}

// TestRecordingsStay: what an earlier run has recorded of a live input is gone on beside.
func TestRecordingsStay(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, "today.mkv")
	for i, want := range []string{"today.mkv", "today-2.mkv", "today-3.mkv"} {
		o, err := newOutput(first, true)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(o.video) != want {
			t.Errorf("run %d records to %s, want %s", i+1, o.video, want)
		}
		for _, path := range []string{o.lines, o.snapshot} {
			if strings.TrimSuffix(want, ".mkv") != strings.SplitN(filepath.Base(path), ".", 2)[0] {
				t.Errorf("beside %s lies %s", want, path)
			}
		}
		if err := os.WriteFile(o.video, []byte("film"), 0o644); err != nil {
			t.Fatal(err)
		}
		o.discard()
	}
}

// TestPoorBundlesAreTold: no command relies on a bundle that knows nothing without a word.
func TestPoorBundlesAreTold(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	b, err := bundle.Open(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	b.Manifest.HeldBack.AUC = 0.55
	if err := b.WriteFile(at("poor.avid")); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := avid(t, "sign", "--make-key", at("k.pem")); status != 0 {
		t.Fatal(errOut)
	}
	if status, _, errOut := avid(t, "synth", "--train", "1", "--test", "1", "--seconds", "1", "--size", "96x64", "-o", at("set/")); status != 0 {
		t.Fatal(errOut)
	}
	for _, line := range []string{
		"learn ../../demo/walkway.mp4 --frames 0:20 -m POOR -o DIR/learnt.avid",
		"convert -m POOR -o DIR/half.avid",
		"sign POOR --key DIR/k.pem -o DIR/signed.avid",
		"report POOR -o DIR/r.html",
		"eval --dataset synth --root SET -m POOR",
		"calibrate -m POOR --false-alarms-per-day 2 -o DIR/c.avid",
		"promote POOR --to DIR/cam.avid",
	} {
		args := strings.Fields(strings.NewReplacer("POOR", at("poor.avid"), "DIR", dir, "SET", at("set")).Replace(line))
		_, out, errOut := avid(t, args...)
		if !strings.Contains(errOut, "do not rely on") || !strings.Contains(out+errOut, "0.55, no better than chance") {
			t.Errorf("avid %s: %q, %q", line, out, errOut)
		}
	}
	if _, out, errOut := avid(t, "report", demoBundle, "-o", at("good.html")); strings.Contains(errOut, "rely") {
		t.Errorf("of a good one: %q, %q", out, errOut)
	}
}
