package gstc_test

import (
	"testing"

	"avid/element/gstc"
	"avid/element/gstc/harness"
)

// TestFork: an element in a forked child says on its bus that it cannot run
// there, of both kinds of classes, and does not hang.
func TestFork(t *testing.T) {
	if err := gstc.Init(); err != nil {
		t.Fatal(err)
	}
	if err := gstc.Register(testClass); err != nil {
		t.Fatal(err)
	}
	if err := gstc.RegisterBin(testBin); err != nil {
		t.Fatal(err)
	}
	for _, description := range []string{
		"fakesrc num-buffers=3 ! video/x-raw,format=GRAY8,width=4,height=2,framerate=10/1 ! avidtestbody mode=x ! fakesink",
		"fakesrc num-buffers=3 ! video/x-raw,format=GRAY8,width=4,height=2,framerate=10/1 ! avidtestbin mode=x",
	} {
		if status := harness.Fork(description); status != 0 {
			t.Errorf("%s: the child ended with %d", description, status)
		}
	}
}
