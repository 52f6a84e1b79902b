package bundle

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestQuality(t *testing.T) {
	for name, c := range map[string]struct {
		m       Manifest
		grade   Grade
		trusted bool
		words   string
	}{
		"good":             {Manifest{HeldBack: &HeldBack{AUC: 0.97, Found: 0.81, Windows: 64}}, Good, true, "0.97, good, finds 81 %"},
		"fair":             {Manifest{HeldBack: &HeldBack{AUC: 0.85, Windows: 64}}, Fair, true, "0.85, fair, finds 0 %"},
		"poor":             {Manifest{HeldBack: &HeldBack{AUC: 0.7, Windows: 64}}, Poor, false, "0.70, poor"},
		"chance":           {Manifest{HeldBack: &HeldBack{AUC: 0.546, Windows: 64}}, Chance, false, "0.55, no better than chance"},
		"upside down":      {Manifest{HeldBack: &HeldBack{AUC: 0.1, Windows: 64}}, Chance, false, "0.10, no better than chance"},
		"nothing":          {Manifest{}, Untested, true, "avid calibrate"},
		"another's record": {Manifest{Training: json.RawMessage(`{"steps":7}`)}, Untested, true, "none"},
		"of before":        {Manifest{Training: json.RawMessage(`{"config":{"teaching_weight":1},"detector_mark":0.976}`)}, Good, true, "0.98, good"},
		"of before, bad":   {Manifest{Training: json.RawMessage(`{"config":{"teaching_weight":1},"detector_mark":0.546}`)}, Chance, false, "0.55"},
		"the paper's":      {Manifest{Training: json.RawMessage(`{"config":{"teaching_weight":0},"detector_mark":0.5}`)}, Untested, true, "none"},
	} {
		q := c.m.Quality()
		if q.Grade != c.grade || q.Trusted() != c.trusted || !strings.Contains(q.String(), c.words) {
			t.Errorf("%s: %+v, %q", name, q, q)
		}
		if (q.Advice() == "") != (q.Grade == Good || q.Grade == Untested) {
			t.Errorf("%s: advice %q", name, q.Advice())
		}
	}
}

func TestHeldBackRanges(t *testing.T) {
	for _, h := range []HeldBack{{AUC: 1.1, Windows: 1}, {AUC: -0.1, Windows: 1}, {AUC: 0.9, Found: 2, Windows: 1}, {AUC: 0.9}} {
		if err := h.validate(); !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), "held_back.") {
			t.Errorf("%+v: %v", h, err)
		}
	}
	if err := (*HeldBack)(nil).validate(); err != nil {
		t.Error(err)
	}
}
