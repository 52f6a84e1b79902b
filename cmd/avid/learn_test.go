//go:build !nogst

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestLearn: what a clip shows is not marked any more by the bundle that learnt it, is
// listed by its name, and is found again once it is forgotten.
func TestLearn(t *testing.T) {
	needLibrary(t)
	root := t.TempDir()
	clip, learnt, again := filepath.Join(root, "cart.mp4"), filepath.Join(root, "learnt.avid"), filepath.Join(root, "again.avid")
	do := func(want int, words string, args ...string) {
		t.Helper()
		status, out, errOut := avid(t, args...)
		if status != want || !strings.Contains(out+errOut, words) {
			t.Fatalf("%v: status %d, %s%s; want %d and %q", args, status, out, errOut, want, words)
		}
	}
	do(0, "wrote", "synth", "-o", clip, "--seed", "1002", "--irregular", "cart", "--seconds", "12")
	do(0, " 0 are marked still", "learn", clip, "-m", demoBundle, "-o", learnt, "--name", "the cart", "--device", "cpu")
	do(0, `ordinary     "the cart", learnt `, "inspect", learnt)
	do(0, "format 7", "inspect", learnt)
	do(1, "nothing in the clip is marked", "learn", clip, "-m", learnt, "-o", again, "--device", "cpu")
	do(1, `learnt nothing under the name "the van"`, "learn", "--forget", "the van", "-m", learnt, "-o", again)
	do(0, `"the cart" is found again`, "learn", "--forget", "the cart", "-m", learnt, "-o", again)
	do(0, "format 7", "inspect", again)
	do(1, "give a clip to learn, or --forget", "learn", "-m", learnt, "-o", again)
	do(1, "ends in .avid", "learn", clip, "-m", demoBundle, "-o", filepath.Join(root, "x.mp4"))
}
