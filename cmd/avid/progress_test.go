package main

import (
	"strings"
	"testing"
	"time"
)

// TestLinesOfProgress: where there is no terminal, a line comes within the first
// minute and then now and then, with the share and the words; never a flood.
func TestLinesOfProgress(t *testing.T) {
	now := time.Unix(1000, 0)
	var out strings.Builder
	m := newMeterAt(&out, "training", func() time.Time { return now })
	for second := range 3600 {
		now = now.Add(time.Second)
		m.set(float64(second)/3600, "step 7, 0:10 left ")
	}
	m.done()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if n := len(lines); n < 60 || n > 75 {
		t.Errorf("%d lines in an hour", n)
	}
	if want := "training: 0:15,   0 %, step 7, 0:10 left"; lines[0] != want {
		t.Errorf("the first is %q, want %q", lines[0], want)
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "training: 59:") || !strings.Contains(last, " 99 %") && !strings.Contains(last, " 98 %") {
		t.Errorf("the last is %q", last)
	}
}

// TestShortWorkIsQuiet: what is over in seconds says nothing, and what is not
// known is not made up.
func TestShortWorkIsQuiet(t *testing.T) {
	now := time.Unix(1000, 0)
	var out strings.Builder
	m := newMeterAt(&out, "running", func() time.Time { return now })
	for range 14 {
		now = now.Add(time.Second)
		m.set(0, "0:03, 1 event")
	}
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
	now = now.Add(time.Second)
	m.set(0, "0:03, 1 event")
	if got, want := out.String(), "running: 0:15, 0:03, 1 event\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
