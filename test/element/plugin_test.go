// Package element_test runs the plugin as a user does: gst-inspect-1.0 and
// gst-launch-1.0 in processes of their own, with a small bundle of untrained
// networks.
package element_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"avid/models/nets"
	"avid/models/train"
)

// hang bounds a process of these tests that never ends.
const hang = 2 * time.Minute

// layout is a copy of the build layout, made once for all tests: the plugin in
// gstreamer-1.0/, ONNX Runtime in lib/, and a bundle beside them.
var layout struct {
	sync.Once
	root string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if layout.root != "" {
		os.RemoveAll(layout.root)
	}
	os.Exit(code)
}

// build makes the layout; tests call it first.
func build(t *testing.T) string {
	t.Helper()
	layout.Do(func() {
		layout.root, layout.err = os.MkdirTemp("", "avid-test")
		if layout.err == nil {
			layout.err = errors.Join(buildPlugin(layout.root), linkLibrary(layout.root), makeBundle(filepath.Join(layout.root, "cam.avid")))
		}
	})
	if layout.err != nil {
		t.Fatal(layout.err)
	}
	return layout.root
}

// buildPlugin builds the plugin as the Makefile does.
func buildPlugin(root string) error {
	script, err := filepath.Abs("../../plugin/libgstavid.map")
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags", "-s -w -extldflags=-Wl,--version-script="+script,
		"-o", filepath.Join(root, "gstreamer-1.0", "libgstavid.so"), "./plugin")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the plugin: %w\n%s", err, out)
	}
	return os.Remove(filepath.Join(root, "gstreamer-1.0", "libgstavid.h"))
}

// linkLibrary puts ONNX Runtime where the plugin must find it by itself.
func linkLibrary(root string) error {
	library := os.Getenv("AVID_ONNXRUNTIME")
	if library == "" {
		library = "../../build/lib/libonnxruntime.so.1"
	}
	library, err := filepath.Abs(library)
	if err != nil {
		return err
	}
	if _, err := os.Stat(library); err != nil {
		return fmt.Errorf("no ONNX Runtime (make setup): %w", err)
	}
	return errors.Join(os.Mkdir(filepath.Join(root, "lib"), 0o755),
		os.Symlink(library, filepath.Join(root, "lib", "libonnxruntime.so.1")))
}

// makeBundle writes a bundle of random networks for 24x32 pixels.
func makeBundle(path string) error {
	rng := rand.New(rand.NewPCG(1, 2))
	f := nets.Fused{Height: 24, Width: 32, ErrorBox: 3, RegionBox: 3,
		Inpainter: nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none"},
		Detector: nets.ConvDetector{Box: 12, Layers: []nets.ConvLayer{
			{Out: 5, Kernel: 6, Stride: 2, Pad: 2}, {Out: 4, Kernel: 4, Stride: 2, Pad: 1}, {Out: 1, Kernel: 1, Stride: 1}}}}
	b, err := train.Pack(f, f.Inpainter.Layout().Init(rng), f.Detector.Layout().Init(rng))
	if err != nil {
		return err
	}
	return b.WriteFile(path)
}

// result is how a process ended.
type result struct {
	code     int
	out, err string
}

// gst runs a GStreamer tool that sees the layout's plugin, with the given
// variables on top. AVID_ONNXRUNTIME is taken away: the plugin must find its
// library by itself.
func gst(t *testing.T, variables []string, tool string, args ...string) result {
	t.Helper()
	root := build(t)
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AVID_") && !strings.HasPrefix(v, "GST_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "GST_PLUGIN_PATH="+filepath.Join(root, "gstreamer-1.0"),
		"GST_REGISTRY="+filepath.Join(root, "registry.bin"))
	cmd.Env = append(cmd.Env, variables...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s %v: %v\n%s%s", tool, args, err, &out, &complaint)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), complaint.String()}
}

// launch runs a gst-launch line; MODEL stands for the bundle.
func launch(t *testing.T, line string, variables ...string) result {
	t.Helper()
	line = strings.ReplaceAll(line, "MODEL", filepath.Join(build(t), "cam.avid"))
	return gst(t, variables, "gst-launch-1.0", append([]string{"-m"}, strings.Fields(line)...)...)
}
