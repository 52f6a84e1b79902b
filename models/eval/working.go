package eval

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// bridged is how long marks may be away and still be of one alarm.
const bridged = time.Second

// WorkingReport is how the filter does at its working threshold, over all clips.
// Figures without data are nil.
type WorkingReport struct {
	Recall *float64 `json:"recall"` // of the irregular frames, the share that is marked
	// FalseAlarms counts the alarms in which nothing irregular is and within a second
	// of whose begin nothing irregular was: runs of marked frames, pauses of up to a
	// second bridged.
	FalseAlarms        int         `json:"false_alarms"`
	Hours              float64     `json:"hours"` // of ordinary frames
	FalseAlarmsPerHour *float64    `json:"false_alarms_per_hour"`
	Interval           *[2]float64 `json:"false_alarms_per_hour_95"` // see Poisson
	// Delay is the mean time from the first irregular frame of a run of them to the
	// first marked one, s, of the runs with a marked frame; where a clip begins
	// irregular, from its first judged frame.
	Delay  *float64 `json:"delay_s"`
	Onsets int      `json:"onsets"` // runs of irregular frames
	Found  int      `json:"onsets_found"`
}

// Poisson is between what the rate of events truly lies with 95 % certainty where n of
// them were counted: the exact limits of a Poisson mean (Garwood, Biometrika 28, 1936).
func Poisson(n int) (lo, hi float64) {
	if n > 0 {
		lo = distuv.ChiSquared{K: 2 * float64(n)}.Quantile(0.025) / 2
	}
	return lo, distuv.ChiSquared{K: 2 * float64(n+1)}.Quantile(0.975) / 2
}

// judged is a judged frame of a clip in time.
type judged struct {
	at                time.Duration
	irregular, marked bool
}

// working sums up; nil where the frames have no times.
func (c *Collector) working() *WorkingReport {
	r := &WorkingReport{}
	var irregular, marked int
	var delays []float64
	var ordinary time.Duration
	for _, clip := range c.clips {
		frames, each := clip.frames, clip.period()
		if each == 0 {
			continue
		}
		for _, f := range frames {
			switch {
			case !f.irregular:
				ordinary += each
			case f.marked:
				marked++
				fallthrough
			default:
				irregular++
			}
		}
		r.FalseAlarms += falseAlarms(frames)
		onsets, found := delaysOf(frames)
		r.Onsets += onsets
		delays = append(delays, found...)
	}
	if ordinary == 0 && irregular == 0 {
		return nil
	}
	r.Recall, r.Found = part(marked, irregular), len(delays)
	if r.Hours = ordinary.Hours(); r.Hours > 0 {
		rate := float64(r.FalseAlarms) / r.Hours
		lo, hi := Poisson(r.FalseAlarms)
		r.FalseAlarmsPerHour, r.Interval = &rate, &[2]float64{lo / r.Hours, hi / r.Hours}
	}
	if len(delays) > 0 {
		sum := 0.0
		for _, d := range delays {
			sum += d
		}
		mean := sum / float64(len(delays))
		r.Delay = &mean
	}
	return r
}

// period is the usual time between two frames of a clip, 0 for pictures that have no
// times.
func (c *clipFrames) period() time.Duration {
	var steps []time.Duration
	for i := 1; i < len(c.frames); i++ {
		steps = append(steps, c.frames[i].at-c.frames[i-1].at)
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return max(steps[len(steps)/2], 0)
}

// falseAlarms counts those of a clip.
func falseAlarms(frames []judged) (n int) {
	seen := time.Duration(math.MinInt64 / 2) // when something irregular was there last
	until, right := time.Duration(math.MinInt64/2), true
	for _, f := range frames {
		if f.irregular {
			seen = f.at
			if f.at-until <= bridged && !right { // what began too early is not false
				n, right = n-1, true
			}
		}
		if !f.marked {
			continue
		}
		if f.at-until > bridged {
			if right = f.at-seen <= bridged; !right {
				n++
			}
		}
		until = f.at
	}
	return n
}

// delaysOf are how long each run of irregular frames of a clip went unmarked, s, for
// the runs that were found.
func delaysOf(frames []judged) (onsets int, found []float64) {
	var onset time.Duration
	waiting := false
	for i, f := range frames {
		if f.irregular && (i == 0 || !frames[i-1].irregular) {
			onsets++
			onset, waiting = f.at, true
		}
		if waiting = waiting && f.irregular; waiting && f.marked {
			found, waiting = append(found, (f.at-onset).Seconds()), false
		}
	}
	return onsets, found
}
