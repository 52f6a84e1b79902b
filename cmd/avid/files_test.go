package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReplaceFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	if err := replaceFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := replaceFile(path, func(w io.Writer) error { return errors.Join(text("half")(w), broken) })
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("file holds %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0:00", 61 * time.Second: "1:01", time.Hour + 2*time.Second: "1:00:02"} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %s, want %s", d, got, want)
		}
	}
}

// TestOutputsSpareInputs: an input is never written over, and a folder that is
// not there is told by its own name.
func TestOutputsSpareInputs(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.avid")
	if err := os.WriteFile(input, []byte("footage"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.avid")
	if err := os.Symlink(input, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{input, "would be lost"}, {link, "would be lost"}, {filepath.Join(dir, "none", "x.avid"), "does not exist"},
		{filepath.Join(input, "x.avid"), "not a"}, {dir, "ends in .avid"}, {filepath.Join(dir, "x.mp4"), "ends in .avid"},
	} {
		err := checkBundleOutput(c.path, input)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ".avid-") {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
	}
	if err := checkBundleOutput(filepath.Join(dir, "new.avid"), input); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%d files left, %v", len(left), err)
	}
}
