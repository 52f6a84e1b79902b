package bundle

import (
	"encoding/json"
	"fmt"
)

// HeldBack is how a bundle did on a test of its own: held-back ordinary footage,
// as it is and with irregularities drawn into it that training never showed,
// judged by the very graph that the bundle holds.
type HeldBack struct {
	// AUC is the area under the ROC curve, frame by frame: 0.5 is chance, 1 is
	// perfect.
	AUC float64 `json:"auc"`
	// Found is the share of the drawn irregularities that reach the threshold of
	// the default rate of false alarms.
	Found float64 `json:"found"`
	// Windows is how many windows were judged of each kind.
	Windows int `json:"windows"`
}

// validate tells whether the figures can be. The error is ErrManifest.
func (t *HeldBack) validate() error {
	switch {
	case t == nil:
	case !(t.AUC >= 0 && t.AUC <= 1):
		return badField("held_back.auc", t.AUC, "0 to 1")
	case !(t.Found >= 0 && t.Found <= 1):
		return badField("held_back.found", t.Found, "0 to 1")
	case t.Windows < 1:
		return badField("held_back.windows", t.Windows, "1 or more")
	}
	return nil
}

// Grade says in a word how well a bundle tells what is irregular.
type Grade string

// The grades, by the AUC of the held-back test: from 0.9 on it is good, from 0.8
// fair, from 0.65 poor. Below, 128 windows cannot be told from chance with
// certainty: the AUC of 64 against 64 random scores has a standard deviation of
// 0.05 (Hanley and McNeil, 1982), three of which are 0.65.
const (
	Good     Grade = "good"
	Fair     Grade = "fair"
	Poor     Grade = "poor"
	Chance   Grade = "no better than chance"
	Untested Grade = "not tested"
)

var grades = []struct {
	least float64
	grade Grade
}{{0.9, Good}, {0.8, Fair}, {0.65, Poor}, {0, Chance}}

// Quality is how good a bundle is, as far as it tells.
type Quality struct {
	Grade Grade
	// AUC is that of the held-back test; of a bundle of before there was one, the
	// best that D alone came to on held-back footage. 0 where Untested.
	AUC float64
	// Found is the share of drawn irregularities found at the default threshold;
	// negative where it is not known.
	Found float64
}

// Quality tells how good the bundle is.
func (m *Manifest) Quality() Quality {
	if t := m.HeldBack; t != nil {
		return graded(t.AUC, t.Found)
	}
	var record struct {
		Config struct {
			AuxiliaryWeight float64 `json:"teaching_weight"`
		} `json:"config"`
		Mark float64 `json:"detector_mark"`
	}
	// Without taught shapes the mark says how well D tells real from inpainted.
	if json.Unmarshal(m.Training, &record) != nil || record.Config.AuxiliaryWeight == 0 || !(record.Mark > 0) {
		return Quality{Grade: Untested, Found: -1}
	}
	return graded(min(record.Mark, 1), -1)
}

func graded(auc, found float64) Quality {
	for _, g := range grades {
		if auc >= g.least {
			return Quality{g.grade, auc, found}
		}
	}
	return Quality{Chance, auc, found}
}

// Trusted says that nobody needs to be warned of the bundle.
func (q Quality) Trusted() bool { return q.Grade != Chance && q.Grade != Poor }

// String is the quality in a line: "held-back test: 0.97, good, finds 81 % of
// what was drawn".
func (q Quality) String() string {
	if q.Grade == Untested {
		return "held-back test: none (avid calibrate --normal FOOTAGE makes it)"
	}
	text := fmt.Sprintf("held-back test: %.2f, %s", q.AUC, q.Grade)
	if q.Found >= 0 {
		text += fmt.Sprintf(", finds %.0f %% of what was drawn", 100*q.Found)
	}
	return text
}

// Advice says what to do about a bundle that is not good; "" where nothing is.
func (q Quality) Advice() string {
	switch q.Grade {
	case Chance:
		return "it knows nothing of this camera yet: train longer (avid train --resume), and on more footage"
	case Poor:
		return "it misses much and alarms for nothing: train longer (avid train --resume), and on more footage"
	case Fair:
		return "more footage or a longer training would help"
	case Good, Untested:
	}
	return ""
}
