package main

import (
	"strings"
	"testing"
)

// TestHelpInTwo: the help of avid train has each flag once, those of the method after
// all others.
func TestHelpInTwo(t *testing.T) {
	status, out, errOut := avid(t, "train", "--help")
	everyday, method, apart := strings.Cut(out, "\nFlags that change the method, for experiments:\n")
	if status != 0 || errOut != "" || !apart || !strings.Contains(everyday, "--normal ") || !strings.Contains(everyday, "Global Flags:") {
		t.Fatalf("status %d, %q, %s", status, errOut, out)
	}
	for _, name := range recipeFlags {
		if flag := "  --" + name + " "; strings.Contains(everyday, flag) || strings.Count(method, flag) != 1 {
			t.Errorf("--%s is not among the flags of the method, once", name)
		}
	}
	if n := strings.Count(method, "\n"); n != len(recipeFlags) {
		t.Errorf("%d lines of %d flags: %s", n, len(recipeFlags), method)
	}
}
