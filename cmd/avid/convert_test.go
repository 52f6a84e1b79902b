package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"avid/models/bundle"
)

// walkway is the demo's bundle.
const walkway = "../../demo/walkway.avid"

func TestConvert(t *testing.T) {
	out := filepath.Join(t.TempDir(), "half.avid")
	status, said, errOut := avid(t, "convert", "-m", walkway, "--precision", "fp16", "-o", out)
	if status != 0 || !strings.Contains(said, "wrote "+out+": fp16") {
		t.Fatalf("status %d, %q, %s", status, said, errOut)
	}
	before, err := bundle.Open(walkway)
	if err != nil {
		t.Fatal(err)
	}
	after, err := bundle.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(after.Floor, before.Floor) || !bytes.Equal(after.Thumbnail, before.Thumbnail) || after.Manifest.Calibration.Alpha != before.Manifest.Calibration.Alpha {
		t.Error("more than the networks has changed")
	}
	for path, want := range map[string]string{walkway: "fp32", out: "fp16"} {
		_, said, _ := avid(t, "inspect", path)
		if row := strings.Fields(said[strings.Index(said, "precision"):])[1]; row != want {
			t.Errorf("%s is in %s, want %s", path, row, want)
		}
	}
	// What else writes a bundle leaves its precision.
	if status, _, errOut := avid(t, "calibrate", "-m", out, "--false-alarms-per-day", "2", "-o", out); status != 0 {
		t.Fatal(errOut)
	}
	if again, err := bundle.Open(out); err != nil || again.Manifest.Precision != bundle.FP16 || !bytes.Equal(again.Fused, after.Fused) {
		t.Errorf("calibrated, it is in %q, %v", again.Manifest.Precision, err)
	}
}

// TestCalibrateLuma: the range of a bundle of before can be recorded, which changes
// nothing else.
func TestCalibrateLuma(t *testing.T) {
	b, err := bundle.Open(walkway)
	if err != nil {
		t.Fatal(err)
	}
	before, after := filepath.Join(t.TempDir(), "before.avid"), filepath.Join(t.TempDir(), "after.avid")
	b.Manifest.Luma = ""
	if err := b.WriteFile(before); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := avid(t, "calibrate", "-m", before, "--luma", "limited", "-o", after); status != 0 {
		t.Fatal(errOut)
	}
	for path, want := range map[string]string{before: "as the footage has it (not recorded)", after: "limited"} {
		if _, said, _ := avid(t, "inspect", path); !regexp.MustCompile(`(?m)^luma +` + regexp.QuoteMeta(want) + "$").MatchString(said) {
			t.Errorf("luma is not %q in\n%s", want, said)
		}
	}
	b.Manifest.Luma, b.Manifest.Format = "limited", 0 // it is written anew
	if got, err := bundle.Open(after); err != nil || got.Hash() != b.Hash() {
		t.Errorf("more than the range has changed, %v", err)
	}
	if status, _, errOut := avid(t, "calibrate", "-m", before, "--luma", "narrow", "-o", after); status != 1 || !strings.Contains(errOut, "--luma") || !strings.Contains(errOut, "want full or limited") {
		t.Errorf("status %d, %q", status, errOut)
	}
}

func TestConvertRefuses(t *testing.T) {
	dir := t.TempDir()
	half, other := filepath.Join(dir, "half.avid"), filepath.Join(dir, "other.avid")
	if status, _, errOut := avid(t, "convert", "-m", walkway, "-o", half); status != 0 {
		t.Fatal(errOut)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-m", half, "-o", other}, "is in fp16 already"},
		{[]string{"-m", walkway, "--precision", "fp32", "-o", other}, "is in fp32 already"},
		{[]string{"-m", half, "--precision", "fp32", "-o", other}, "cannot be undone"},
		{[]string{"-m", walkway, "--precision", "int8", "-o", other}, "want fp32 or fp16"},
		{[]string{"-m", half, "-o", half}, "would be lost"},
		{[]string{"-m", walkway, "-o", filepath.Join(dir, "other.onnx")}, "ends in .avid"},
		{[]string{"-m", filepath.Join(dir, "none.avid"), "-o", other}, "none.avid"},
		{[]string{"-m", walkway}, `"output" not set`},
		{[]string{"-o", other}, `"model" not set`},
	} {
		status, _, errOut := avid(t, append([]string{"convert"}, c.args...)...)
		if status != 1 || !saysOnce(errOut, c.says) {
			t.Errorf("avid convert %v: status %d, %q; want one line saying %q", c.args, status, errOut, c.says)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestTrainInHalf: what training writes is in the wanted precision, and goes on
// in full from its state.
func TestTrainInHalf(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	needLibrary(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "half.avid")
	ok := func(args ...string) {
		t.Helper()
		if status, _, errOut := avid(t, args...); status != 0 {
			t.Fatalf("avid %v: %s", args, errOut)
		}
	}
	ok("synth", "--train", "1", "--test", "1", "--seconds", "20", "--size", "96x64", "-o", dir+"/set/")
	train := []string{"train", "--normal", dir + "/set/train", "-o", out, "--threads", "1"}
	ok(append(train, "--steps", "2", "--batch", "4", "--width", "8", "--size", "96x64", "--precision", "fp16")...)
	is := func(want string) {
		t.Helper()
		b, err := bundle.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		if b.Manifest.Precision != want {
			t.Errorf("the bundle is in %q, want %q", b.Manifest.Precision, want)
		}
	}
	is(bundle.FP16)
	ok(append(train, "--resume", "--steps", "3", "--mirror=false")...)
	is("")
	if _, said, _ := avid(t, "inspect", out); !strings.Contains(said, "networks 3, second head") {
		t.Errorf("resumed without mirror images:\n%s", said)
	}
	if status, _, errOut := avid(t, append(train, "--precision", "int8")...); status != 1 || !strings.Contains(errOut, "want fp32 or fp16") {
		t.Errorf("int8: status %d, %s", status, errOut)
	}
}
