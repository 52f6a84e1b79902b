package rules

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestToolWithoutGStreamer: with the tag nogst the tool depends on nothing that
// binds to GStreamer.
func TestToolWithoutGStreamer(t *testing.T) {
	out, err := goCommand(t, nil, "list", "-deps", "-tags", "nogst", "./cmd/avid").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	for _, dep := range deps {
		if below(dep, "element") || below(dep, "plugin") || strings.HasPrefix(dep, "github.com/go-gst/") {
			t.Errorf("with the tag nogst cmd/avid depends on %s", dep)
		}
	}
	if len(deps) < 50 || !strings.Contains(string(out), module+"/runtime/engine\n") {
		t.Errorf("go list names %d packages, without runtime/engine", len(deps))
	}
}

// TestToolRunsWithoutGStreamer builds that tool, looks at what it is linked
// with, and does with it what a server would: learn from pictures, look, measure.
func TestToolRunsWithoutGStreamer(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "avid")
	if out, err := goCommand(t, nil, "build", "-tags", "nogst", "-o", tool, "./cmd/avid").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	checkLibraries(t, tool)
	if testing.Short() {
		t.Skip("trains")
	}
	library := os.Getenv("AVID_ONNXRUNTIME")
	if library == "" {
		library = filepath.Join(rootDir(t), "build", "lib", "libonnxruntime.so.1")
	}
	if _, err := os.Stat(library); err != nil {
		t.Fatalf("no ONNX Runtime (make setup fetches it): %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "film.mp4"), []byte("a film"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		ok   bool
		says string // a regular expression
	}{
		{"--help", true, `built without GStreamer`},
		{"preview film.mp4 -m cam.avid", false, `^avid: preview: this avid was built without GStreamer; [^\n]*\n$`},
		{"run film.mp4 -m cam.avid -o out/", false, `^avid: run: this avid was built without GStreamer; [^\n]*\n$`},
		{"synth -o film.mkv --masks masks/", false, `^avid: output film.mkv: this avid was built without GStreamer[^\n]*folder[^\n]*\n$`},
		{"synth --train 1 --test 1 --seconds 20 --size 96x64 -o set/", true, `^wrote set/`},
		{"train --normal film.mp4 -o cam.avid", false, `ffmpeg -i "film.mp4" -vf fps=10 [^\n]*gst-launch-1.0 filesrc location="film.mp4" [^\n]*\n$`},
		{"train --normal set/train -o cam.avid --steps 2 --batch 4 --width 8 --size 96x64 --threads 1 --device cpu", true, `wrote cam.avid`},
		{"eval --dataset synth --root set/ -m cam.avid --device cpu", true, `frame AUC`},
		{"convert -m cam.avid -o cam16.avid", true, `fp16`},
		{"inspect cam16.avid", true, `precision +fp16`},
		{"bench --only filter -m cam16.avid --frames 50 --device cpu", true, `session, bare`},
		{"doctor", true, `absent +GStreamer`},
	} {
		cmd := exec.CommandContext(t.Context(), tool, strings.Fields(c.args)...)
		cmd.Dir, cmd.Env = dir, append(without("GST_PLUGIN_PATH"), "AVID_ONNXRUNTIME="+library)
		out, err := cmd.CombinedOutput()
		if (err == nil) != c.ok || !regexp.MustCompile(c.says).Match(out) {
			t.Errorf("avid %s: %v, want a text like %s:\n%s", c.args, err, c.says, out)
		}
		if strings.Contains(string(out), "  run ") || strings.Contains(string(out), "  preview ") {
			t.Errorf("avid %s lists run or preview:\n%s", c.args, out)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "masks")); err == nil {
		t.Error("a folder was made for a video that was refused")
	}
}

// checkLibraries: no library of GStreamer or GLib is linked in.
func checkLibraries(t *testing.T, tool string) {
	t.Helper()
	f, err := elf.Open(tool)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if regexp.MustCompile(`gst|glib|gobject|gio`).MatchString(name) {
			t.Errorf("the tool is linked with %s", name)
		}
	}
	if len(names) == 0 {
		t.Error("the tool is linked with no library: it has no cgo and cannot load ONNX Runtime")
	}
}
