package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"avid/models/bundle"
	"avid/runtime/verdict"
)

const demo = "../../demo/walkway.avid"

// TestOnTheCPU runs the whole command with the CPU in the device's place, where
// every check has to hold.
func TestOnTheCPU(t *testing.T) {
	o, err := parse([]string{"--device", "cpu", "--quick", "-m", demo}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(&out, o); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"avid on cpu", "fp32            100.0000 %", "64×96", "p99", "training", "20 bundle swaps"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in the report:\n%s", want, out.String())
		}
	}
}

// TestLikeness: other results than the CPU's are seen, and so are masks that
// compare nothing.
func TestLikeness(t *testing.T) {
	result := func(marked int, e float32) *verdict.Verdict {
		r := &verdict.Verdict{Mask: make([]byte, 1000), Error: make([]float32, 1000), Regions: []float32{0.5, 0.25}}
		for i := range r.Mask {
			if r.Error[i] = e; i < marked {
				r.Mask[i] = 255
			}
		}
		return r
	}
	for _, c := range []struct {
		name string
		a, b *verdict.Verdict
		want bool
	}{
		{"the same", result(500, 0.1), result(500, 0.1), true},
		{"one pixel in a thousand", result(500, 0.1), result(501, 0.1), true},
		{"two pixels in a thousand", result(500, 0.1), result(502, 0.1), false},
		{"E two thousandths higher", result(500, 0.1), result(500, 0.1002), false},
		{"nothing marked", result(0, 0.1), result(0, 0.1), false},
		{"all marked", result(1000, 0.1), result(1000, 0.1), false},
		{"E is 0", result(500, 0), result(500, 0), false},
	} {
		var l likeness
		if l.add(c.a, c.b); l.within(bundle.FP32) != c.want {
			t.Errorf("%s: within the bounds %v, want %v (%+v)", c.name, !c.want, c.want, l)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"name the device":       {"--device", "auto"},
		"no libonnxruntime.so":  {"--libraries", t.TempDir()},
		"takes no arguments":    {"cuda"},
		"device \"gpu\"":        {"--device", "gpu"},
		"flag provided but not": {"--fast"},
	} {
		if _, err := parse(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
