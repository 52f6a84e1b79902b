//go:build !nogst

package main

import (
	"testing"
	"time"
)

// TestTrimmer: pipelines that are closed together have memory given back once, later ones
// again.
func TestTrimmer(t *testing.T) {
	trims := 0
	var later []func()
	h := trimmer{trim: func() { trims++ }, after: func(d time.Duration, do func()) {
		if d != trimAfter {
			t.Errorf("after %v", d)
		}
		later = append(later, do)
	}}
	for n := 1; n <= 2; n++ {
		for range 3 {
			h.closed()
		}
		if len(later) != n || trims != n-1 {
			t.Fatalf("%d waits, %d trims", len(later), trims)
		}
		later[n-1]()
		if trims != n {
			t.Fatalf("%d trims", trims)
		}
	}
	new(trimmer).closed()
}
