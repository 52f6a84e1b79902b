// Package eval measures how well irregularities are found, by the criteria
// that the literature uses: frame level, pixel level and dual-pixel, each as
// an ROC curve with its area (AUC) and equal error rate (EER).
//
// A score is in logit units, larger is more irregular; -Inf is allowed and
// means "never marked, however low the threshold", NaN is refused. At a
// threshold t a frame is marked where its score is at least t.
package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Errors that callers tell apart.
var (
	ErrOneClass = errors.New("eval: both irregular and normal frames are needed")
	ErrScore    = errors.New("eval: score is not a number")
	ErrSize     = errors.New("eval: sizes do not fit")
)

// Point is one threshold of an ROC curve.
type Point struct {
	Threshold     float64 `json:"threshold"` // +Inf at the start
	FalsePositive float64 `json:"fpr"`       // share of the normal frames that are marked, 0..1
	TruePositive  float64 `json:"tpr"`       // share of the irregular frames that are found, 0..1
}

// Curve is an ROC curve: points by falling threshold, from (0, 0), where
// nothing is marked, to the point where everything is. Between neighbouring
// points the curve is the straight line, which is what choosing between two
// thresholds by lot gives (Fawcett, An introduction to ROC analysis, Pattern
// Recognition Letters 27, 2006).
type Curve []Point

// change is what happens to the counts when the threshold falls to at.
type change struct {
	at     float32
	tp, fp int
}

// sweep turns changes into a curve; equal thresholds are one point. It sorts
// the changes in place.
func sweep(changes []change, positives, negatives int) (Curve, error) {
	if positives == 0 || negatives == 0 {
		return nil, fmt.Errorf("%w: %d irregular, %d normal", ErrOneClass, positives, negatives)
	}
	slices.SortFunc(changes, func(a, b change) int {
		switch {
		case a.at > b.at:
			return -1
		case a.at < b.at:
			return 1
		}
		return 0
	})
	c := Curve{{Threshold: math.Inf(1)}}
	tp, fp := 0, 0
	for i, s := range changes {
		tp, fp = tp+s.tp, fp+s.fp
		if i+1 < len(changes) && changes[i+1].at == s.at {
			continue
		}
		c = append(c, Point{float64(s.at), float64(fp) / float64(negatives), float64(tp) / float64(positives)})
	}
	return c, nil
}

// ROC is the curve of frame scores: positive[i] says whether frame i is
// irregular. The error wraps ErrOneClass, ErrScore or ErrSize.
func ROC(scores []float32, positive []bool) (Curve, error) {
	if len(scores) != len(positive) {
		return nil, fmt.Errorf("%w: %d scores, %d labels", ErrSize, len(scores), len(positive))
	}
	changes := make([]change, len(scores))
	n := 0
	for i, s := range scores {
		if s != s {
			return nil, fmt.Errorf("%w: frame %d", ErrScore, i)
		}
		if positive[i] {
			n++
			changes[i] = change{at: s, tp: 1}
		} else {
			changes[i] = change{at: s, fp: 1}
		}
	}
	return sweep(changes, n, len(scores)-n)
}

// AUC is the area under the curve by trapezoids, 0..1. For a curve of scores
// it equals the chance that an irregular frame scores above a normal one, a
// tie counting half (Hanley and McNeil, Radiology 143, 1982).
func (c Curve) AUC() float64 {
	area := 0.0
	for i := 1; i < len(c); i++ {
		area += (c[i].FalsePositive - c[i-1].FalsePositive) * (c[i].TruePositive + c[i-1].TruePositive) / 2
	}
	return area
}

// EER is the equal error rate, 0..1: the share of false positives where it
// equals the share of misses, FPR = 1 - TPR, on the curve with straight lines
// between its points; the first such place by falling threshold.
func (c Curve) EER() float64 {
	before := -1.0
	for i, p := range c {
		gap := p.FalsePositive + p.TruePositive - 1
		if gap >= 0 {
			if i == 0 {
				return p.FalsePositive
			}
			last := c[i-1].FalsePositive
			return last + (p.FalsePositive-last)*before/(before-gap)
		}
		before = gap
	}
	return 1
}
