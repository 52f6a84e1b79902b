// Package verdict has the one form of a result: what is said of one moment of a
// camera. The engine fills in what the networks give, the analyzer the rest; the
// filter, the tool and every sink read it from there.
package verdict

import (
	"errors"
	"math"
	"time"

	"avid/models/nets"
)

// ErrNotFinite says that the networks gave a score that is not a number.
var ErrNotFinite = errors.New("score is not a number")

// Verdict is what is said of the newest frame of a window. Its slices belong to
// it and are overwritten by the next verdict.
type Verdict struct {
	// Serial counts the verdicts of a stream, from 1: another serial is another
	// verdict, the same one the verdict before, held.
	Serial uint64
	// Time is the presentation time of the newest frame of the window.
	Time time.Duration
	// Wall is when the verdict was made.
	Wall time.Time
	// Kind is the kind of detector that gave Score.
	Kind nets.Kind

	// H and W are the model size in pixels, of Mask, Error, Pixel, Heat and Boxes.
	H, W int
	// Score is the largest pixel score, in logits; the frame is irregular when
	// it is Threshold or more.
	Score float32
	// Threshold is what Score is measured against, in logits.
	Threshold float32
	// Mask is M of Eq. 4: H·W bytes, 0 or 255.
	Mask []byte
	// Heat is Pixel as a grey level: 128 at the threshold.
	Heat []byte
	// Error is |X − I(X)|, its box mean, in grey levels of [0,1]; H·W values.
	Error []float32
	// Regions is O of Eq. 4: 1 = normal, 0 = irregular; Rows·Cols values.
	Regions []float32
	// Pixel is the score of each pixel in logits, H·W values; nets.Outside where
	// the pixel is not irregular to I.
	Pixel []float32
	// Right and Down are by how many pixels the picture had moved from where the camera
	// usually looks: all maps but Regions are moved along, so that they lie on the frame.
	Right, Down int
	// Boxes are the connected parts of Mask, the largest ones, specks left out.
	Boxes []Box
}

// Irregular tells whether the frame is irregular. A score that is not a number
// never is.
func (v *Verdict) Irregular() bool { return v.Score >= v.Threshold }

// Confidence maps the score to (0,1), with ½ at the threshold.
func (v *Verdict) Confidence() float64 { return float64(Probability(v.Score - v.Threshold)) }

// Probability maps a score in logits to (0,1); the threshold maps to ½ when it
// is subtracted first.
func Probability(score float32) float32 {
	return float32(1 / (1 + math.Exp(-float64(score))))
}

// Thresholds decide what is irregular. They may change from frame to frame.
type Thresholds struct {
	// Alpha is the pixel threshold α of Eq. 4, 0 to 1, the same everywhere;
	// negative means the bundle's calibration, place by place.
	Alpha float64
	// Zeta is the region threshold ζ of Eq. 4: regions with O ≤ Zeta are
	// irregular, 0 to 1; negative means the bundle's calibration for
	// FalseAlarmsPerDay.
	Zeta float64
	// FalseAlarmsPerDay is the wanted rate of false alarms; 0 or less means the
	// bundle's default. It is used where Zeta is negative.
	FalseAlarmsPerDay float64
}

// PerDay is the wanted rate of false alarms a day, usual where none is.
func (t Thresholds) PerDay(usual float64) float64 {
	if t.FalseAlarmsPerDay > 0 {
		return t.FalseAlarmsPerDay
	}
	return usual
}

// Calibrated are thresholds that come from the bundle alone.
func Calibrated() Thresholds { return Thresholds{Alpha: -1, Zeta: -1} }
