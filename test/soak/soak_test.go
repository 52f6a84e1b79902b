package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/engine"
)

// TestMain: a job of the tests runs in a process of its own, as the command's do.
func TestMain(m *testing.M) {
	if os.Getenv(inChild) == "" {
		os.Exit(m.Run())
	}
	if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "avid-soak:", err)
		os.Exit(1)
	}
}

// needRoot is the root of the tree, whose ONNX Runtime is used.
func needRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(engine.LibraryEnv) == "" {
		t.Setenv(engine.LibraryEnv, filepath.Join(root, "build", "lib", "libonnxruntime.so.1"))
	}
	return root
}

// soak runs the command with the demo's files and the built tool, and returns what it says.
func soak(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := needRoot(t)
	var out bytes.Buffer
	err := run(t.Context(), append(args, "-m", filepath.Join(root, "demo", "walkway.avid"), "--clip", filepath.Join(root, "demo", "walkway.mp4"),
		"--avid", filepath.Join(root, "build", "avid")), &out, &out)
	return out.String(), err
}

// TestCycles: 50 starts and stops of avidfilter leave no object of GStreamer, no
// descriptor and no thread, and no more of Go's heap. Memory is let alone: allocators still
// fill what they keep.
func TestCycles(t *testing.T) {
	text, err := soak(t, "--only", "cycles", "--cycles", "50")
	if errors.Is(err, errLeft) || !strings.Contains(text, "50 cycles of avidfilter") || !strings.Contains(text, "GStreamer objects") {
		t.Errorf("%v, %s", err, text)
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "GROWS") && !strings.Contains(line, "memory, MiB") {
			t.Error(line)
		}
	}
}

// TestDay: a part of the day has events, each of which begins and ends once.
func TestDay(t *testing.T) {
	text, err := soak(t, "--only", "day", "--day", "3m")
	if err != nil && !strings.Contains(text, "memory, MiB") || errors.Is(err, errLeft) || !strings.Contains(text, "1800 frames, 257 verdicts") {
		t.Errorf("%v, %s", err, text)
	}
}

// TestKills: an avid serve that is killed three times has lost nothing.
func TestKills(t *testing.T) {
	if text, err := soak(t, "--only", "kills", "--cycles", "3"); err != nil {
		t.Errorf("%v, %s", err, text)
	}
}

// TestComes: two cameras of an avid serve come, are judged, one is watched to its end, and
// nothing is left of them at /metrics.
func TestComes(t *testing.T) {
	root := needRoot(t)
	o := options{model: filepath.Join(root, "demo", "walkway.avid"), clip: filepath.Join(root, "demo", "walkway.mp4"), avid: filepath.Join(root, "build", "avid")}
	err := o.in(10, func(in *setting) error {
		s, err := in.start(t.Context(), fmt.Sprintf(head, in.dir, in.model, in.camera.URL()))
		if err != nil {
			return err
		}
		s.drain()
		one, err := s.turn(t.Context(), in, 0, 2)
		if err == nil && (one.rss == 0 || one.threads == 0) {
			t.Errorf("measured %+v", one)
		}
		m, err1 := s.metrics()
		if len(m["n00001"]) > 0 || m["stays"]["viewers_total"] != 1 {
			t.Errorf("metrics %v", m)
		}
		return errors.Join(err, err1, s.stop())
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFair: a camera that goes without verdicts, and one that was started anew, are told
// from those that have all of them fewer.
func TestFair(t *testing.T) {
	of := func(verdicts, restarts float64) *watched {
		return &watched{last: map[string]float64{"inferences_total": verdicts, "restarts_total": restarts}}
	}
	for name, c := range map[string]struct {
		by   map[string]*watched
		fair bool
	}{
		"alike":        {map[string]*watched{"a": of(100, 0), "b": of(90, 0), "c": of(40, 0)}, true},
		"one starves":  {map[string]*watched{"a": of(100, 0), "b": of(90, 0), "c": of(20, 0)}, false},
		"one restarts": {map[string]*watched{"a": of(100, 0), "b": of(90, 1), "c": of(80, 0)}, false},
	} {
		if err := fair(c.by); (err == nil) != c.fair || err != nil && !errors.Is(err, errStarved) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReport: what grows is told from what is noise.
func TestReport(t *testing.T) {
	row := func(n int, at func(i int) sample) (all []sample) {
		for i := range n {
			all = append(all, at(i))
		}
		return all
	}
	for name, c := range map[string]struct {
		all  []sample
		flat bool
	}{
		"flat":            {row(50, func(int) sample { return sample{100 << 20, 1 << 20, 20, 10} }), true},
		"warming up":      {row(50, func(i int) sample { return sample{int64(min(i, 9)) << 24, 1 << 20, 20, 10} }), true},
		"memory":          {row(50, func(i int) sample { return sample{100<<20 + int64(i)<<20, 1 << 20, 20, 10} }), false},
		"heap":            {row(50, func(i int) sample { return sample{100 << 20, 1<<20 + int64(i)<<16, 20, 10} }), false},
		"a descriptor":    {row(50, func(i int) sample { return sample{100 << 20, 0, int64(20 + i), 10} }), false},
		"threads":         {row(50, func(i int) sample { return sample{100 << 20, 0, 20, int64(10 + i)} }), false},
		"one tall moment": {row(50, func(i int) sample { return sample{int64(100+900*(i/49)) << 20, 0, 20, 10} }), true},
	} {
		var out bytes.Buffer
		if flat, err := report(&out, name, c.all); flat != c.flat || err != nil {
			t.Errorf("%s: flat %v, %v: %s", name, flat, err, &out)
		}
	}
	if _, err := report(new(bytes.Buffer), "short", row(9, func(int) sample { return sample{} })); err == nil {
		t.Error("nine samples are enough")
	}
}

// TestFlags: what cannot be is refused.
func TestFlags(t *testing.T) {
	for line, words := range map[string]string{"--only all": "want one of", "--cycles 3": "want 80 or more", "--only cycles --cycles 3": "want 10 or more", "--minutes 0.1": "--minutes 0.1", "--day 1m": "--day 1m", "--only kills --cycles 0": "--cycles 0", "more": "takes no arguments"} {
		if err := run(t.Context(), strings.Fields(line), new(bytes.Buffer), new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", line, err, words)
		}
	}
}
