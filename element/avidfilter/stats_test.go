package avidfilter

import (
	"testing"
	"time"
)

// TestStatsSayWhy: who reads the stats learns why device=auto took no GPU.
func TestStatsSayWhy(t *testing.T) {
	s := stats{device: "cpu", note: "cuda not used: no NVIDIA driver (libcuda.so.1)"}
	got := map[string]any{}
	for _, f := range s.record(nil, time.Now()).Fields {
		got[f.Name] = f.Value
	}
	if got["device"] != s.device || got["device-note"] != s.note {
		t.Errorf("got %v", got)
	}
}
