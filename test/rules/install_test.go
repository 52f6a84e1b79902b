package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstall: what make install puts under ~/.local is found by GStreamer and
// finds ONNX Runtime with no variable set; make uninstall leaves no file.
func TestInstall(t *testing.T) {
	usePlugin(t)
	root, home := rootDir(t), t.TempDir()
	if _, err := os.Stat(filepath.Join(root, "build", "avid")); err != nil {
		t.Skip("the tool is not built: make builds it")
	}
	prefix := filepath.Join(home, ".local")
	run := func(name string, arguments ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, arguments...)
		cmd.Dir = home
		cmd.Env = append(without("GST_PLUGIN_PATH", "GST_REGISTRY", "AVID_ONNXRUNTIME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME", "DESTDIR"),
			"HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, arguments, err, out)
		}
		return string(out)
	}
	script := filepath.Join(root, "scripts", "install.sh")

	run(script, "install", prefix)
	seen := run("gst-inspect-1.0", "avidfilter")
	if !strings.Contains(seen, filepath.Join(prefix, "share", "gstreamer-1.0", "plugins", "libgstavid.so")) {
		t.Errorf("GStreamer takes avidfilter from elsewhere:\n%.400s", seen)
	}
	bundle := filepath.Join(root, "demo", "walkway.avid")
	run("gst-launch-1.0", "videotestsrc", "num-buffers=20", "!", "video/x-raw,framerate=10/1", "!",
		"avidfilter", "model="+bundle, "!", "fakesink")
	run(filepath.Join(prefix, "bin", "avid"), "inspect", bundle)

	run(script, "uninstall", prefix)
	err := filepath.WalkDir(prefix, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
