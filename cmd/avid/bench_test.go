package main

import (
	"strings"
	"testing"
)

// TestBenchFilter: the bench gives a ratio of two figures of the same run.
func TestBenchFilter(t *testing.T) {
	needLibrary(t)
	status, out, errOut := avid(t, "bench", "--only", "filter", "--frames", "50", "--device", "cpu")
	if status != 0 {
		t.Fatalf("status %d: %s", status, errOut)
	}
	wanted := []string{"filter on cpu, 50 frames", "session, bare"}
	if withGStreamer {
		wanted = append(wanted, "pipeline with avidfilter", "pipeline with identity", "pipeline / bare session: ")
	}
	for _, want := range wanted {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
}

// TestBenchTraining: so does that of training, of each of its networks.
func TestBenchTraining(t *testing.T) {
	needLibrary(t)
	status, out, errOut := avid(t, "bench", "--only", "train", "--repeats", "1", "--device", "cpu")
	if status != 0 {
		t.Fatalf("status %d: %s", status, errOut)
	}
	for _, want := range []string{"training on cpu", "without ground, 16×3×128×128, base width 16", "default, 16×3×128×192", "step / bare product: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
}

// TestBenchStreams: so does the bench of several streams.
func TestBenchStreams(t *testing.T) {
	needLibrary(t)
	status, out, errOut := avid(t, "bench", "--only", "streams", "--streams", "3", "--frames", "50", "--device", "cpu")
	if status != 0 {
		t.Fatalf("status %d: %s", status, errOut)
	}
	for _, want := range []string{"3 streams on cpu, 16 windows each", "a session for each", "one session, batch ≤ 8", "one session / a session for each: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, args := range [][]string{{"--only", "everything"}, {"--frames", "3"}, {"--repeats", "0"}, {"--streams", "0"}, {"--max-batch", "1"}, {"--device", "gpu"}} {
		if status, _, errOut := avid(t, append([]string{"bench"}, args...)...); status != 1 || errOut == "" {
			t.Errorf("%v: status %d, %q", args, status, errOut)
		}
	}
}
