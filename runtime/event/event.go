// Package event turns the verdict on each frame into few events: one begins
// when irregular frames are seen for certain, changes when what is seen
// changes, and ends when nothing was seen for a while.
package event

import (
	"errors"
	"fmt"
	"math"
	"time"

	"avid/runtime/verdict"
)

// ErrConfig means: a setting is out of range.
var ErrConfig = errors.New("event: setting out of range")

// maxWithin is the most frames that Config.Within can look back on.
const maxWithin = 64

// Config are the settings of a Tracker.
type Config struct {
	// An event begins when Confirm of the last Within frames are irregular,
	// 1 ≤ Confirm ≤ Within ≤ 64.
	Confirm, Within int
	// An event ends once no frame was irregular for Hold, ≥ 0.
	Hold time.Duration
	// Rise is by how much the score's peak must grow for a change, > 0, in
	// the score's logit units.
	Rise float64
	// Between is the least time between two changes of an event, ≥ 0.
	Between time.Duration
	// MinDuration is for how long frames must be irregular before an event begins, ≥ 0.
	MinDuration time.Duration
}

// DefaultConfig is: two of the last three frames, two seconds, a rise of 1
// (odds 2.7 times as high), one change a second. One irregular frame among
// regular ones is noise more often than not, and what is worth an alarm is in
// the picture for longer.
func DefaultConfig() Config {
	return Config{Confirm: 2, Within: 3, Hold: 2 * time.Second, Rise: 1, Between: time.Second}
}

// Validate tells whether every setting is in its range. The error is
// ErrConfig and names the setting.
func (c Config) Validate() error {
	switch {
	case c.Within < 1 || c.Within > maxWithin:
		return fmt.Errorf("%w: within is %d, allowed is 1 to %d frames", ErrConfig, c.Within, maxWithin)
	case c.Confirm < 1 || c.Confirm > c.Within:
		return fmt.Errorf("%w: confirm is %d, allowed is 1 to %d frames", ErrConfig, c.Confirm, c.Within)
	case c.Hold < 0:
		return fmt.Errorf("%w: hold is %v, allowed is 0 or more", ErrConfig, c.Hold)
	case !(c.Rise > 0) || math.IsInf(c.Rise, 1):
		return fmt.Errorf("%w: rise is %v, allowed is above 0", ErrConfig, c.Rise)
	case c.MinDuration < 0:
		return fmt.Errorf("%w: least is %v, allowed is 0 or more", ErrConfig, c.MinDuration)
	case c.Between < 0:
		return fmt.Errorf("%w: between is %v, allowed is 0 or more", ErrConfig, c.Between)
	}
	return nil
}

// Kind is what happens to an event.
type Kind string

// The kinds, as they are written.
const (
	Begin  Kind = "begin"
	Change Kind = "change"
	End    Kind = "end"
)

// The names of an event's fields in the bus message.
const (
	FieldKind      = "kind"
	FieldID        = "id"
	FieldStart     = "start"
	FieldTime      = "time"
	FieldDuration  = "duration"
	FieldScore     = "score"
	FieldPeak      = "peak"
	FieldBoxes     = "boxes"
	FieldThreshold = "threshold"
	FieldZone      = "zone"      // where the event lies in one
	FieldWall      = "wall-time" // nanoseconds since 1970, UTC
)

// Event is one report on an event.
type Event struct {
	Kind  Kind
	ID    uint64        // of the event: 1, 2, …
	Start time.Duration // presentation time of its first irregular frame
	Time  time.Duration // of the frame that caused this report
	// Duration is from the first to the last irregular frame so far.
	Duration time.Duration
	Score    float32 // of this frame, in logit units
	Peak     float32 // greatest score of an irregular frame so far
	// Threshold is what Score was held against, logits.
	Threshold float32
	// Wall is the clock time of the frame at Time; zero where nobody has said it.
	Wall time.Time
	// W and H are the size of the picture that Boxes lie in, pixels; 0: not known.
	W, H int
	// Zone is the name of the zone that the event lies in; empty: none.
	Zone string
	// Boxes are the irregular parts of this frame, of the last irregular one
	// at the end. They belong to the tracker and hold until its next call.
	Boxes []verdict.Box
}

// round keeps four digits behind the point: a tenth of a millisecond.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// number is v for JSON, which has no words for what is not finite: null.
func number(v float32) *float64 {
	f := round(float64(v))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
