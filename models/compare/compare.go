// Package compare holds two bundles of a camera against each other: what both said of time
// that neither has learnt from, and of events that are known.
package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"avid/models/eval"
)

// version is the Comparison's of this code.
const version = 1

// Comparison is what came of it.
type Comparison struct {
	Version int       `json:"version"`
	Camera  string    `json:"camera"`
	Made    time.Time `json:"made"`
	Old     Side      `json:"old"` // the present bundle
	New     Side      `json:"new"`
	// Seconds is the held-back time that both judged, in so many pieces.
	Seconds float64 `json:"seconds"`
	Pieces  int     `json:"pieces"`
	// Alarms are those in that time.
	Alarms []Alarm `json:"alarms"`
	// Known are events that were recorded and that nobody called normal.
	Known []Known `json:"known"`
}

// Side is one of the bundles.
type Side struct {
	File              string  `json:"file"` // its name, without folders
	Hash              string  `json:"hash"` // bundle.Bundle.Hash
	FalseAlarmsPerDay float64 `json:"false_alarms_per_day"`
}

// Who says who found something.
type Who string

// The values of Who.
const (
	Both    Who = "both"
	OnlyOld Who = "only old"
	OnlyNew Who = "only new"
	Neither Who = "neither"
)

// Alarm is an event in held-back time.
type Alarm struct {
	Start   time.Time `json:"start"`
	Seconds float64   `json:"seconds"`
	Who     Who       `json:"who"`
	Score   float64   `json:"score"` // the greatest, less the threshold
	JPEG    []byte    `json:"-"`     // its highest frame, outlined; nil: there is none
}

// Known is an event that was recorded.
type Known struct {
	ID        string    `json:"id"`
	Start     time.Time `json:"start"`
	Confirmed bool      `json:"confirmed"` // somebody acknowledged it, and not as normal
	Note      string    `json:"note,omitempty"`
	Who       Who       `json:"who"` // found it in its clip
	JPEG      []byte    `json:"-"`
}

// New is an empty comparison.
func New(camera string, old, next Side, now time.Time) *Comparison {
	return &Comparison{Version: version, Camera: camera, Made: now.UTC(), Old: old, New: next, Alarms: []Alarm{}, Known: []Known{}}
}

// Count is how many alarms somebody had.
func (c *Comparison) Count(who ...Who) (n int) {
	for _, a := range c.Alarms {
		for _, w := range who {
			if a.Who == w {
				n++
			}
		}
	}
	return n
}

// OldAlarms and NewAlarms are how many alarms each had.
func (c *Comparison) OldAlarms() int { return c.Count(Both, OnlyOld) }

// NewAlarms is OldAlarms of the new bundle.
func (c *Comparison) NewAlarms() int { return c.Count(Both, OnlyNew) }

// Rate is alarms a day, and between what their true rate lies with 95 % certainty.
type Rate struct{ PerDay, Low, High float64 }

// RateOf is the rate of n alarms in the held-back time; all zero where there is none.
func (c *Comparison) RateOf(n int) Rate {
	days := c.Seconds / 86400
	if days <= 0 {
		return Rate{}
	}
	lo, hi := eval.Poisson(n)
	return Rate{float64(n) / days, lo / days, hi / days}
}

// doubt is how likely it may be that as many more alarms are chance.
const doubt = 0.05

// More tells whether the new bundle had more alarms than chance explains: n of both
// together are then the new one's with probability ½ each, as the time is the same
// (Przyborowski and Wilenski, Biometrika 31, 1940).
func (c *Comparison) More() bool {
	next, n := c.NewAlarms(), c.OldAlarms()+c.NewAlarms()
	chance := 0.0
	for k := next; k <= n; k++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		d, _ := math.Lgamma(float64(n - k + 1))
		chance += math.Exp(a - b - d - float64(n)*math.Ln2)
	}
	return n > 0 && next > c.OldAlarms() && chance < doubt
}

// KnownBy counts the known events that somebody found; confirmed ones alone, where asked.
func (c *Comparison) KnownBy(who Who, confirmed bool) (n int) {
	for _, k := range c.Known {
		if k.Who == who && (k.Confirmed || !confirmed) {
			n++
		}
	}
	return n
}

// Against is what speaks against the new bundle, a sentence each without its end; none:
// it may take the place of the present one.
func (c *Comparison) Against() (all []string) {
	if c.Seconds <= 0 && len(c.Known) == 0 {
		all = append(all, "nothing could be compared: there is neither held-back time nor an event")
	}
	if c.More() {
		all = append(all, fmt.Sprintf("it alarms more often on ordinary time that was held back: %d times, the present one %d times", c.NewAlarms(), c.OldAlarms()))
	}
	if n := c.KnownBy(OnlyOld, true); n > 0 {
		all = append(all, fmt.Sprintf("it does not find %d of the confirmed events any more that the present one finds", n))
	}
	return all
}

// ErrComparison says that a file has no comparison.
var ErrComparison = errors.New("no comparison of two bundles")

// Encode is the comparison as Parse reads it; pictures are left out.
func (c *Comparison) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(c, "", "  ")
	return append(text, '\n'), err
}

// Parse reads a comparison. The error is ErrComparison.
func Parse(text []byte) (*Comparison, error) {
	c := new(Comparison)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrComparison, err)
	}
	if c.Version != version || !(c.Seconds >= 0) {
		return nil, fmt.Errorf("%w: version %d, %g seconds: this avid reads version %d", ErrComparison, c.Version, c.Seconds, version)
	}
	return c, nil
}
