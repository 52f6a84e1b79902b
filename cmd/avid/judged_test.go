//go:build !nogst

package main

import (
	"errors"
	"strings"
	"testing"

	"avid/element/avidfilter"
	"avid/models/eval"
)

// TestNothingJudgedIsAnError: where no frame was judged, no event says nothing, and
// the reason is told.
func TestNothingJudgedIsAnError(t *testing.T) {
	for want, s := range map[string]avidfilter.Stats{
		"":                                     {Frames: 10, Inferences: 5, Width: 64, Height: 48},
		"there is no frame":                    {},
		"of 4 frames: too few":                 {Frames: 4, Reason: "too few", Width: 64, Height: 48},
		"of 4 frames: the stream is too short": {Frames: 4, Width: 64, Height: 48},
		"pictures of 1x1 pixels":               {Frames: 40, Inferences: 35, Width: 1, Height: 1},
		"pictures of 900x4 pixels":             {Frames: 40, Inferences: 35, Width: 900, Height: 4},
	} {
		err := judgedSome(s)
		if (err == nil) != (want == "") || err != nil && (!errors.Is(err, errUnjudged) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

// TestOneClassIsExplained: clips of one class have no AUC, and the report says why.
func TestOneClassIsExplained(t *testing.T) {
	for want, r := range map[string]eval.Report{
		"no frame of these clips is irregular":    {Frames: 20},
		"every frame of these clips is irregular": {Frames: 20, Irregular: 20},
		"": {Frames: 20, Irregular: 7},
	} {
		var out strings.Builder
		printReport(&out, &r, "cpu")
		if said := strings.Contains(out.String(), "There are no figures"); said != (want != "") || !strings.Contains(out.String(), want) {
			t.Errorf("%+v: %s", r, out.String())
		}
	}
}
