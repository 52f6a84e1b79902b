package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"avid/models/bundle"
)

// TestInspectHostile: nothing that a bundle holds acts on the terminal, and
// networks that avid does not make are refused with the reason.
func TestInspectHostile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, change func(*bundle.Bundle)) string {
		b, err := bundle.Open(demoBundle)
		if err != nil {
			t.Fatal(err)
		}
		change(b)
		path := filepath.Join(dir, name)
		if err := b.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const evil = "a\x1b]0;gone\x07\u009b2J\x7f\u202eb\tc\nd é"
	path := write("escapes.avid", func(b *bundle.Bundle) {
		b.Manifest.Name, b.Manifest.Tool = evil, evil
		settings, err := json.Marshal(map[string]string{"norm": evil})
		if err != nil {
			t.Fatal(err)
		}
		b.Manifest.Inpainter, b.Manifest.Training = settings, settings
	})
	for _, args := range [][]string{{"inspect", path}, {"inspect", path, "--json"}} {
		status, out, said := avid(t, args...)
		if status != 0 {
			t.Fatal(said)
		}
		for _, r := range out {
			if unicode.IsControl(r) && r != '\n' || r == '\u202e' {
				t.Errorf("%v prints %q", args, r)
			}
		}
		if !strings.Contains(out, "gone") || !strings.Contains(out, "é") {
			t.Errorf("%v prints not what is harmless:\n%s", args, out)
		}
		if len(args) == 3 {
			var m bundle.Manifest
			if err := json.Unmarshal([]byte(out), &m); err != nil || m.Name != evil {
				t.Errorf("--json gives the name %q, %v", m.Name, err)
			}
		}
	}
	path = write("networks.avid", func(b *bundle.Bundle) { b.Detector = b.Inpainter })
	for _, args := range [][]string{{"inspect", path}, {"calibrate", "--model", path, "--false-alarms-per-day", "2", "-o", dir + "/other.avid"},
		{"run", "--model", path, "-o", dir + "/out.mp4", "../../demo/walkway.mp4"}, {"convert", "--model", path, "--precision", "fp16", "-o", dir + "/other.avid"}} {
		if status, _, said := avid(t, args...); status == 0 || !strings.Contains(said, "d.onnx: onnx: graph refused") {
			t.Errorf("%v: %d, %s", args, status, said)
		}
	}
}
