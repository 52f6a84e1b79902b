package analyze

import (
	"math"
	"time"

	"avid/models/bundle"
	"avid/models/calib"
)

// Drift watches whether the scores of a stream lie where the calibration of its bundle
// promises. It counts in how many blocks of time the greatest score reaches two marks:
// ordinary footage does so in shares of them that the calibration knows, and what is
// irregular is too seldom to change that much. Of both counts comes the rate of false
// alarms that is to be expected now. Not safe for concurrent use.
type Drift struct {
	c     *bundle.Calibration // nil: nothing is watched
	marks [2]float64          // scores
	had   [2]float64          // shares of the blocks that reached them, of late
	n     float64             // blocks that those are of, at most driftBlocks
	begun time.Duration       // of the block in work
	open  bool
	most  float64
	last  time.Duration // the frame before
	held  bool
}

// The shares of the blocks of ordinary footage that reach the marks, how many blocks are
// looked back on and how many are needed, and how many times the promised false alarms
// are drift. Scores follow each other, so that driftRun blocks count as one.
const (
	driftHigh, driftLow = 0.2, 0.05
	driftBlocks         = 1800
	leastBlocks         = 600
	driftFactor         = 10
	driftRun            = 10
	driftSure           = 4   // standard errors
	driftOften          = 0.8 // share from which on a mark is reached too often to measure by
)

// NewDrift returns a watch of scores by a calibration; nil, or one that nothing was
// measured for: nothing is ever told.
func NewDrift(c *bundle.Calibration) *Drift {
	d := &Drift{}
	if c == nil || c.Frames == 0 || !(c.BlockSeconds > 0) {
		return d
	}
	d.c = c
	for i, share := range []float64{driftHigh, driftLow} {
		d.marks[i] = calib.Threshold(*c, share*86400/c.BlockSeconds)
	}
	return d
}

// Restart forgets the stream, but not what it has shown.
func (d *Drift) Restart() { d.open = false }

// take counts a verdict of a time of the stream.
func (d *Drift) take(at time.Duration, score float64) {
	if d.c == nil {
		return
	}
	block := time.Duration(d.c.BlockSeconds * float64(time.Second))
	if since := at - d.begun; !d.open || since < 0 || at-d.last > block {
		d.begun, d.open, d.most = at, true, math.Inf(-1)
	} else if since >= block {
		d.count()
		d.begun, d.most = at, math.Inf(-1)
	}
	d.last = at
	d.most = max(d.most, score)
}

// count closes a block.
func (d *Drift) count() {
	d.n = min(d.n+1, driftBlocks)
	for i, mark := range d.marks {
		reached := 0.0
		if d.most >= mark {
			reached = 1
		}
		d.had[i] += (reached - d.had[i]) / d.n
	}
}

// PerDay is how many false alarms a day are to be expected at a threshold by what the
// stream has shown of late; false where that is not known yet, or no more than its
// scores may come to by chance.
func (d *Drift) PerDay(threshold float64) (float64, bool) {
	if d.c == nil || d.n < leastBlocks {
		return 0, false
	}
	chance := driftSure * math.Sqrt(driftHigh*(1-driftHigh)*driftRun/d.n)
	if d.held {
		chance /= 2
	}
	if d.had[0] < driftHigh+chance {
		return 0, false
	}
	// P(most ≤ s) = exp(−e^−z), z = (s − location)/scale. The scale is taken to be as it
	// was, and the location comes of the mark that is reached neither seldom nor always.
	i := 0
	if d.had[0] > driftOften {
		i = 1
	}
	scale := d.c.GumbelScale
	location := d.marks[i] + scale*math.Log(-math.Log1p(-min(d.had[i], 1-1e-6)))
	share := -math.Expm1(-math.Exp(-(threshold - location) / scale))
	return share * 86400 / d.c.BlockSeconds, true
}

// look tells where drift begins or ends, at a time of the stream and the threshold in
// force, by which perDay false alarms are promised.
func (d *Drift) look(at time.Duration, threshold, perDay float64) (n Notice, tell bool) {
	had, known := d.PerDay(threshold)
	is := known && had >= driftFactor*perDay
	if d.held { // it ends well below where it begins
		is = known && had >= driftFactor*perDay/2
	}
	if is == d.held {
		return n, false
	}
	d.held = is
	return Notice{Scene: Drifted, Begin: is, Time: at, PerDay: had, Promised: perDay}, true
}
