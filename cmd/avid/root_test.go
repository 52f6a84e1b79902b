package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// avid runs a command line and gives what it printed.
func avid(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(context.Background(), args, &o, &e)
	return status, o.String(), e.String()
}

// demoBundle is the bundle that the demo ships.
const demoBundle = "../../demo/walkway.avid"

// tiny are flags of a training that takes seconds. TestTheWholePath and TestTrainInHalf
// have a detector of three networks.
var tiny = []string{"--steps", "2", "--batch", "4", "--width", "8", "--ensemble", "1", "--size", "96x64", "--threads", "1"}

// needLibrary points at the library that make setup fetched.
func needLibrary(t *testing.T) {
	t.Helper()
	if os.Getenv("AVID_ONNXRUNTIME") != "" {
		return
	}
	path, err := filepath.Abs("../../build/lib/libonnxruntime.so.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no ONNX Runtime (make setup fetches it): %v", err)
	}
	t.Setenv("AVID_ONNXRUNTIME", path)
}

// TestEachCommandExplainsItself: words, examples that name the command, and
// flags that the examples use and that exist.
func TestEachCommandExplainsItself(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Name() == "help" || c.Name() == "completion" || c.Hidden {
			continue
		}
		if c.Short == "" || len(c.Long) < 60 || c.GroupID == "" {
			t.Errorf("%s does not say what it does", c.Name())
		}
		if !strings.Contains(c.Example, "avid "+c.Name()) {
			t.Errorf("%s has no example", c.Name())
		}
		checkExample(t, c)
		for _, line := range strings.Split(c.Long, "\n") {
			if len(line) > 92 {
				t.Errorf("%s: a line of %d characters: %s", c.Name(), len(line), line)
			}
		}
	}
}

func checkExample(t *testing.T, c *cobra.Command) {
	t.Helper()
	for _, line := range strings.Split(c.Example, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line, _, _ = strings.Cut(line, "|")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		if err := c.ParseFlags(words[2:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := c.Args(c, c.Flags().Args()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestRequiredFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"train", "-o", "x.avid"}, "[normal inputs dataset camera] is required"},
		{[]string{"train", "-o", "x.avid", "--root", "x"}, "[normal inputs dataset camera] is required"},
		{[]string{"train", "-o", "x.avid", "--normal", "x", "--dataset", "ucsd"}, "none of the others can be"},
		{[]string{"train", "-o", "x.avid", "--normal", "x", "--root", "x"}, "none of the others can be"},
		{[]string{"train", "--normal", "x"}, "[output camera] is required"},
		{[]string{"run", "x.mp4", "-o", "out"}, `"model" not set`},
		{[]string{"run", "x.mp4", "-m", "x.avid"}, `"output" not set`},
		{[]string{"run", "-m", "x.avid", "-o", "out"}, "accepts 1 arg"},
		{[]string{"preview", "-m", "x.avid"}, "at least 1 arg"},
		{[]string{"preview", "x.mp4"}, `"model" not set`},
		{[]string{"eval"}, `"model" not set`},
		{[]string{"synth"}, `"output" not set`},
		{[]string{"inspect"}, "accepts 1 arg"},
		{[]string{"trian"}, "unknown command"},
	} {
		if (c.args[0] == "run" || c.args[0] == "preview") && !withGStreamer {
			continue
		}
		status, _, errOut := avid(t, c.args...)
		if status != 1 || !strings.Contains(errOut, c.says) {
			t.Errorf("avid %v: status %d, %q; want 1, saying %q", c.args, status, errOut, c.says)
		}
	}
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "text.avid")
	if err := os.WriteFile(file, []byte("no bundle"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"inspect", file}, "not an avid bundle"},
		{[]string{"inspect", dir + "/none.avid"}, "none.avid"},
		{[]string{"run", file, "-m", file, "-o", dir}, "not an avid bundle"},
		{[]string{"run", file, "-m", file, "-o", dir, "--frames", "9:3"}, "bad frame range"},
		{[]string{"run", file, "-m", file, "-o", dir, "--overlay", "masks"}, "mask, outline"},
		{[]string{"run", file, "-m", file, "-o", dir, "--device", "gpu"}, "gpu"},
		{[]string{"preview", file, "-m", file}, "not an avid bundle"},
		{[]string{"preview", file, file, file, "-m", demoBundle, "-m", demoBundle}, "once for each input"},
		{[]string{"preview", file, "-m", demoBundle, "--overlay", "masks"}, "mask, outline"},
		{[]string{"preview", file, "-m", demoBundle, "--listen", "0.0.0.0:0"}, "token"},
		{[]string{"preview", file, "-m", demoBundle, "--codec", "vp7"}, "vp7"},
		{[]string{"preview", file, "-m", demoBundle, "--opacity", "5"}, "--opacity 5"},
		{[]string{"preview", file, "-m", demoBundle, "--false-alarms-per-day", "-1"}, "--false-alarms-per-day -1"},
		{[]string{"preview", file, file, "-m", demoBundle, "--title", "Door"}, "once for each input"},
		{[]string{"run", file, "-m", demoBundle, "-o", dir, "--zeta", "3"}, "--zeta 3"},
		{[]string{"preview", file, "-m", demoBundle, "--listen", "nowhere"}, "nowhere"},
		{[]string{"preview", file, "-m", demoBundle, "--tls-cert", file}, "tls"},
		{[]string{"preview", dir + "/none.mp4", "-m", demoBundle}, "none.mp4"},
		{[]string{"calibrate", "-m", file, "-o", file, "--false-alarms-per-day", "1"}, "not an avid bundle"},
		{[]string{"eval", "-m", file, "--dataset", "kth"}, "kth"},
		{[]string{"eval", "-m", file, "--dataset", "ucsd"}, "--root"},
		{[]string{"eval", "-m", file, "--root", dir}, "no folder named test"},
		{[]string{"synth", "-o", dir + "/a.mp4", "--irregular", "dog"}, "dog"},
		{[]string{"synth", "-o", dir + "/a.mp4", "--size", "9x9"}, "height"},
		{[]string{"synth", "-o", dir + "/a.gif"}, ".mp4"},
		{[]string{"train", "--normal", dir, "-o", dir + "/x.avid", "--recipe", "fast"}, "paper"},
		{[]string{"train", "--normal", dir, "-o", dir + "/x.avid", "--size", "big"}, "WIDTHxHEIGHT"},
		{[]string{"train", "--normal", dir, "-o", dir + "/x.avid", "--rate", "0"}, "--rate"},
		{[]string{"train", "--normal", dir, "-o", dir + "/x.avid", "--resume"}, "nothing to resume"},
		{[]string{"train", "--normal", dir, "-o", dir + "/x.avid", "--epochs", "2", "--minutes", "3"}, "none of the others"},
	} {
		if (c.args[0] == "run" || c.args[0] == "preview") && !withGStreamer {
			continue
		}
		if c.args[0] == "train" {
			needLibrary(t)
		}
		status, _, errOut := avid(t, c.args...)
		if status != 1 || !saysOnce(errOut, c.says) {
			t.Errorf("avid %v: status %d, %q; want 1 and one line saying %q", c.args, status, errOut, c.says)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if status, out, _ := avid(t, "completion", shell); status != 0 || !strings.Contains(out, "avid") {
			t.Errorf("%s: status %d, %d bytes", shell, status, len(out))
		}
	}
	if _, out, _ := avid(t, "__complete", "train", "--recipe", ""); !strings.Contains(out, "paper") {
		t.Errorf("recipes completed as %q", out)
	}
}

// TestNothingPrintedActsOnTheTerminal: names of files and flags come from anybody.
func TestNothingPrintedActsOnTheTerminal(t *testing.T) {
	const evil = "a\x1b]0;mine\x07\x1b[2J\u009b31m.avid"
	for _, args := range [][]string{{"inspect", evil}, {"calibrate", "-m", evil, "--false-alarms-per-day", "1", "-o", "x.avid"}, {"train", "--normal", evil, "-o", "x.avid"}, {evil}, {"inspect", "--" + evil}} {
		status, out, errOut := avid(t, args...)
		if status == 0 || strings.ContainsAny(out+errOut, "\x1b\x07\u009b") || !strings.Contains(errOut, "mine") {
			t.Errorf("%q: %q, %q", args, out, errOut)
		}
	}
}

// TestInterruptedCommandsSaySo: one that goes on for a while tells of it, and none ends with
// words of Go's.
func TestInterruptedCommandsSaySo(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(context.Background())
	root := &cobra.Command{Use: "avid"}
	var said bytes.Buffer
	root.SetErr(&said)
	root.AddCommand(&cobra.Command{Use: "slow", RunE: func(c *cobra.Command, _ []string) error {
		interrupt(errors.New("interrupt signal received"))
		time.Sleep(stopWord + stopWord/2)
		return context.Cause(c.Context())
	}})
	tellStops(root)
	root.SetArgs([]string{"slow"})
	root.SilenceErrors, root.SilenceUsage = true, true
	err := root.ExecuteContext(ctx)
	if !strings.Contains(said.String(), "Ctrl-C again ends it at once") || err == nil || inWords(ctx, err) != "interrupted" {
		t.Errorf("%q, %v", said.String(), err)
	}
	if other := errors.New("disk full"); inWords(ctx, other) != "disk full" || inWords(t.Context(), context.Canceled) == "interrupted" {
		t.Error("other errors are no interruption")
	}
}
