package main

import (
	"strings"
	"testing"
	"time"

	"avid/models/train"
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

// TestResumeAloneGoesOn: a training that is over gets more, one that was stopped what is
// left of its limit.
func TestResumeAloneGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		steps, done             int
		duration, elapsed, want time.Duration
		wantSteps               int
		says                    string
	}{
		"stopped early":         {steps: 500, done: 120, wantSteps: 500},
		"over":                  {steps: 40, done: 40, wantSteps: 80, says: "was over after 40 steps, and goes on for 40 more"},
		"long, and over":        {steps: 9000, done: 9000, wantSteps: 9500, says: "goes on for 500 more"},
		"stopped after a while": {duration: time.Hour, elapsed: 20 * time.Minute, want: time.Hour},
		"its hour is over":      {duration: time.Hour, elapsed: 59 * time.Minute, want: 89 * time.Minute, says: "over after 59:00, and goes on for 30:00 more"},
		"its minute is over":    {duration: time.Minute, elapsed: time.Minute, want: 2 * time.Minute, says: "goes on for 1:00 more"},
	} {
		cfg := train.Config{Steps: c.steps, Duration: c.duration}
		said := goOn(&cfg, &train.State{Step: c.done, Elapsed: c.elapsed})
		if cfg.Steps != c.wantSteps || cfg.Duration != c.want || (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %d steps, %v, %q", name, cfg.Steps, cfg.Duration, said)
		}
	}
}
