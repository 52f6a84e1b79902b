package rules

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"avid/element/pipeline"
)

// example is a shell text with gst-launch-1.0 lines, from a document or from
// pipelines/.
type example struct {
	name, shell string
	runs        bool // marked "test: run": needs no camera, no screen, no network
	script      bool // a file of pipelines/, which runs from any folder
}

// deadline is for one pipeline, only so that a hanging one fails by itself.
const deadline = 5 * time.Minute

// block is a fenced shell block, with the mark before it that makes us run it.
var block = regexp.MustCompile("(?ms)^(<!-- test: run -->\n)?```sh\n(.*?)^```$")

// usePlugin makes this checkout's plugin and library the ones that are used;
// without them it skips the test, unless make runs it, which built them.
func usePlugin(t *testing.T) {
	t.Helper()
	root := rootDir(t)
	built := filepath.Join(root, "build", "gstreamer-1.0")
	if _, err := os.Stat(filepath.Join(built, "libgstavid.so")); err != nil {
		if os.Getenv("GST_PLUGIN_PATH") != "" {
			t.Fatal(err)
		}
		t.Skip("the plugin is not built: make test builds it")
	}
	for name, value := range map[string]string{
		"GST_PLUGIN_PATH":  built,
		"GST_REGISTRY":     filepath.Join(root, "build", "registry.bin"),
		"AVID_ONNXRUNTIME": filepath.Join(root, "build", "lib", "libonnxruntime.so.1"),
	} {
		t.Setenv(name, value)
	}
}

// pipelines is every pipeline shown in a document or kept in pipelines/.
func pipelines(t *testing.T) []example {
	t.Helper()
	var all []example
	for path, text := range documents(t) {
		for _, m := range block.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[2], "gst-launch-1.0") {
				first, _, _ := strings.Cut(m[2], "\n")
				all = append(all, example{path + ": " + first, m[2], m[1] != "", false})
			}
		}
	}
	scripts, err := filepath.Glob(filepath.Join(rootDir(t), "pipelines", "*.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, example{"pipelines/" + filepath.Base(path), string(text), bytes.Contains(text, []byte("\n# test: run\n")), true})
	}
	return all
}

// shell runs an example with bash in dir, which it makes look like a checkout
// after the demo: demo/ and an empty out/; a script it puts into pipelines/
// there and runs from elsewhere. It gives all that was printed.
func shell(t *testing.T, dir string, p example, path string) (string, error) {
	t.Helper()
	if err := os.Symlink(filepath.Join(rootDir(t), "demo"), filepath.Join(dir, "demo")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-c", p.shell)
	cmd.Dir = dir
	if p.script {
		file := filepath.Join(dir, filepath.FromSlash(p.name))
		if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(p.shell), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd = exec.CommandContext(ctx, "bash", "-eu", file)
		cmd.Dir = t.TempDir()
	}
	cmd.Env = append(os.Environ(), "PATH="+path)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// wrote says whether a folder holds a file that is not empty.
func wrote(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Size() > 0 {
			return true
		}
	}
	return false
}

// TestPipelinesParse has the shell read each pipeline as a user's would, with a
// gst-launch-1.0 that only writes down its arguments, and GStreamer parse them:
// elements, properties, their values and links.
func TestPipelinesParse(t *testing.T) {
	usePlugin(t)
	bin, note := t.TempDir(), filepath.Join(t.TempDir(), "arguments")
	recorder := "#!/bin/sh\nprintf '%s\\037' \"$@\" >>'" + note + "'\nprintf '\\036' >>'" + note + "'\n"
	if err := os.WriteFile(filepath.Join(bin, "gst-launch-1.0"), []byte(recorder), 0o755); err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for _, p := range pipelines(t) {
		t.Run(p.name, func(t *testing.T) {
			if err := os.RemoveAll(note); err != nil {
				t.Fatal(err)
			}
			out, err := shell(t, t.TempDir(), p, bin+":"+os.Getenv("PATH"))
			text, readErr := os.ReadFile(note)
			if readErr != nil {
				t.Fatalf("it runs no gst-launch-1.0 (%v): %s", err, out)
			}
			for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x1e"), "\x1e") {
				made, err := pipeline.Parse(description(strings.Split(strings.TrimSuffix(line, "\x1f"), "\x1f")))
				if err != nil {
					t.Error(err)
					continue
				}
				made.Close()
				parsed++
			}
		})
	}
	if parsed < 10 {
		t.Errorf("only %d pipelines parsed: were none found?", parsed)
	}
}

// description joins the arguments of gst-launch-1.0 as it does, less options.
func description(arguments []string) string {
	var words []string
	for _, a := range arguments {
		if len(words) > 0 || !strings.HasPrefix(a, "-") {
			words = append(words, strings.ReplaceAll(a, " ", `\ `))
		}
	}
	return strings.Join(words, " ")
}

// TestPipelinesRun runs those that are marked so, on the demo's clip and bundle.
func TestPipelinesRun(t *testing.T) {
	usePlugin(t)
	root := rootDir(t)
	for _, f := range []string{"walkway.mp4", "walkway.avid"} {
		if _, err := os.Stat(filepath.Join(root, "demo", f)); err != nil {
			t.Fatalf("the demo's clip and bundle: %v", err)
		}
	}
	ran := 0
	for _, p := range pipelines(t) {
		if !p.runs {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			dir := t.TempDir()
			out, err := shell(t, dir, p, os.Getenv("PATH"))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if strings.Contains(p.shell, "filesink") && !wrote(filepath.Join(dir, "out")) {
				t.Errorf("it wrote nothing into out/\n%s", out)
			}
		})
		ran++
	}
	if ran < 5 {
		t.Errorf("only %d pipelines are marked to run", ran)
	}
}
