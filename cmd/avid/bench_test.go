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
	for _, want := range []string{"filter on cpu, 50 frames", "pipeline with avidfilter", "same session, bare", "pipeline / bare session: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, args := range [][]string{{"--only", "everything"}, {"--frames", "3"}, {"--repeats", "0"}, {"--device", "gpu"}} {
		if status, _, errOut := avid(t, append([]string{"bench"}, args...)...); status != 1 || errOut == "" {
			t.Errorf("%v: status %d, %q", args, status, errOut)
		}
	}
}
