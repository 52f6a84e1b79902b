// Package calib turns the scores of normal footage into thresholds for a wanted
// rate of false alarms.
package calib

import (
	"errors"
	"math"
	"slices"

	"avid/models/bundle"
	"avid/models/scene"
)

// Defaults of a calibration.
const (
	// DefaultPerDay is one false alarm an hour.
	DefaultPerDay = 24
	// DefaultSmoothing is the weight of the newest frame in the causal mean of
	// the logits.
	DefaultSmoothing = 0.2

	blockSeconds = 1.0
	// rowQuantile is the quantile of a row's irregularity that locates it: its
	// upper end, since a mean or deviation says nothing of rare high scores and is
	// tiny where nothing ever moves.
	rowQuantile = 0.995
	// rowShrink pulls each row towards the whole picture, and rowLimit bounds
	// what is left, in logits: a row has few frames to speak for it.
	rowShrink = 0.25
	rowLimit  = 2.0
	// euler is the Euler–Mascheroni constant, mean of the standard Gumbel
	// distribution.
	euler = 0.5772156649015329
)

// ErrTooFew says that there is too little normal footage to calibrate with.
var ErrTooFew = errors.New("calib: too little normal footage")

// Clip holds the smoothed irregularity logits of consecutive frames of normal
// footage: for each frame Rows·Cols values.
type Clip [][]float32

// Measure calibrates on normal clips whose frames follow each other at rate
// frames/s. Alpha and Smoothing of the result are the caller's.
func Measure(clips []Clip, r bundle.Regions, rate float64) (bundle.Calibration, error) {
	c := bundle.Calibration{BlockSeconds: blockSeconds, FalseAlarmsPerDay: DefaultPerDay,
		Smoothing: 1, RowScale: make([]float64, r.Rows)}
	for i := range c.RowScale {
		c.RowScale[i] = 1
	}
	c.RowShift = rowShifts(clips, r)
	for _, clip := range clips {
		c.Frames += len(clip)
	}
	maxima := Maxima(clips, c, r, rate)
	if len(maxima) < MinBlocks {
		return c, ErrTooFew
	}
	c.GumbelLocation, c.GumbelScale = gumbel(maxima)
	return c, nil
}

// Maxima are the greatest calibrated scores of the blocks of the clips, in order of
// time.
func Maxima(clips []Clip, c bundle.Calibration, r bundle.Regions, rate float64) (maxima []float64) {
	return blockMaxima(clips, rate, func(frame []float32) float64 { return highest(frame, c, r) })
}

// blockMaxima are the greatest values of the blocks of frames of clips, in order of time.
func blockMaxima[C ~[]F, F any](clips []C, rate float64, value func(F) float64) (maxima []float64) {
	block := blockFrames(rate)
	for _, clip := range clips {
		for at := range Blocks(len(clip), rate) {
			best := math.Inf(-1)
			for _, frame := range clip[at*block : min((at+1)*block, len(clip))] {
				best = max(best, value(frame))
			}
			maxima = append(maxima, best)
		}
	}
	return maxima
}

// Mark is a pixel that the pixel half of Eq. 4 lets through: the score of its regions,
// and the logit of D's second head.
type Mark struct{ Region, Where float64 }

// Marks are those of one frame that may count most, whatever the balance: of each two,
// one has the higher region score and the other the higher logit.
type Marks []Mark

// Add takes a pixel in.
func (m Marks) Add(p Mark) Marks {
	for _, q := range m {
		if q.Region >= p.Region && q.Where >= p.Where {
			return m
		}
	}
	return append(slices.DeleteFunc(m, func(q Mark) bool { return q.Region <= p.Region && q.Where <= p.Where }), p)
}

// highest is the greatest of what the lower of both comes to by a balance; -Inf of none.
func (m Marks) highest(b bundle.Balance) float64 {
	best := math.Inf(-1)
	for _, p := range m {
		best = max(best, min(p.Region, b.Location+b.Scale*p.Where))
	}
	return best
}

// Refit calibrates D's second head and, with it, the score of a frame anew by what the
// whole of Eq. 4 marks on normal clips, first with even odds of the head worth the
// threshold that the regions alone would have, and a logit of it as much as one of
// theirs. Then even odds are worth the threshold that was found: a pixel is marked where
// the head holds it to be irregular rather than not. That lowers scores alone, so no
// more false alarms come of it.
//
// The head can only lower the score of a frame, and so never raises the threshold. But a
// fit to what it lowers some blocks by and others not may: the spread then is that of
// the low end, and says nothing of the high one. What the regions alone were fitted with
// stays in that case.
//
// Refit returns the maxima of the blocks. A block in which the pixel half lets nothing
// through counts as the lowest of the others: it lies below them, and how far is no sign
// of how high others reach. Without any it is least.
func Refit(c *bundle.Calibration, clips [][]Marks, rate, least float64) (maxima []float64) {
	alone := Threshold(*c, c.FalseAlarmsPerDay)
	c.Where = &bundle.Balance{Location: alone, Scale: 1}
	fitted := *c
	fitted.GumbelLocation, fitted.GumbelScale = gumbel(whole(clips, *c.Where, rate, least))
	if both := Threshold(fitted, c.FalseAlarmsPerDay); both < alone {
		c.GumbelLocation, c.GumbelScale = fitted.GumbelLocation, fitted.GumbelScale
		c.Where.Location = both
	}
	return whole(clips, *c.Where, rate, least)
}

// Balance is how D's second head counts beside the threshold in use, whatever rate c, which
// has such a head, was measured for: even odds are worth that threshold. So a lower
// threshold marks no more of what the head holds to be ordinary, and a higher one no less
// of a thing.
func Balance(c bundle.Calibration, threshold float64) bundle.Balance {
	return bundle.Balance{Location: threshold, Scale: c.Where.Scale}
}

// whole are the maxima of the blocks by a balance, as Refit returns them.
func whole(clips [][]Marks, b bundle.Balance, rate, least float64) []float64 {
	maxima := blockMaxima(clips, rate, func(m Marks) float64 { return m.highest(b) })
	lowest := math.Inf(1)
	for _, v := range maxima {
		if v > math.Inf(-1) {
			lowest = min(lowest, v)
		}
	}
	if lowest == math.Inf(1) {
		lowest = least
	}
	for i, v := range maxima {
		maxima[i] = max(v, lowest)
	}
	return maxima
}

// leastScale keeps equal maxima, of footage where nothing moves, usable.
const leastScale = 0.05

// RateInterval is between what the rate of false alarms truly lies with 95 %
// certainty where a calibration on that many blocks promises perDay: by the standard
// error of a Gumbel quantile that is fitted by moments, β²·(1.16 + 0.19·y + 1.1·y²)/n
// (Lowery and Nash, "A comparison of methods of fitting the double exponential
// distribution", 1970), y = −ln(−ln(1 − p)). It takes the blocks as independent, so
// that it is the least there is.
func RateInterval(perDay, blockSeconds float64, blocks int) (lo, hi float64) {
	p := min(max(perDay*blockSeconds/86400, 1e-12), 1-1e-9)
	y := -math.Log(-math.Log1p(-p))
	factor := math.Exp(1.96 * math.Sqrt((1.16+0.19*y+1.1*y*y)/float64(max(blocks, 1))))
	return perDay / factor, perDay * factor
}

// MinBlocks is the least number of blocks that a calibration needs.
const MinBlocks = 2

func blockFrames(rate float64) int { return max(int(math.Round(blockSeconds*rate)), 1) }

// Blocks is how many blocks a clip of judged frames at rate frames/s gives. The
// last one may be short, but at least half a block.
func Blocks(frames int, rate float64) int {
	block := blockFrames(rate)
	return (frames + block/2) / block
}

// highest is the greatest calibrated score of a frame that enough regions reach.
func highest(frame []float32, c bundle.Calibration, r bundle.Regions) float64 {
	scores := make([]float64, len(frame))
	for i, v := range frame {
		row := i / r.Cols
		scores[i] = (float64(v) - c.RowShift[row]) / c.RowScale[row]
	}
	slices.Sort(scores)
	return scores[len(scores)-max(r.MinRegions, 1)]
}

// rowShifts locates each row of regions: near and far people differ in size,
// and so do their normal scores.
func rowShifts(clips []Clip, r bundle.Regions) []float64 {
	byRow := make([][]float64, r.Rows)
	var all []float64
	for _, clip := range clips {
		for _, frame := range clip {
			for i, v := range frame {
				byRow[i/r.Cols] = append(byRow[i/r.Cols], float64(v))
				all = append(all, float64(v))
			}
		}
	}
	whole := quantile(all, rowQuantile)
	shift := make([]float64, r.Rows)
	for row := range shift {
		var near []float64
		for k := max(row-1, 0); k <= min(row+1, r.Rows-1); k++ {
			near = append(near, byRow[k]...)
		}
		shift[row] = min(max(rowShrink*(quantile(near, rowQuantile)-whole), -rowLimit), rowLimit)
	}
	return shift
}

// quantile is the empirical q-quantile of v; 0 for none.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(int(q*float64(len(v))+1e-9), len(v)-1)] // 1e-9: 0.2·10 is 2
}

// gumbel fits the distribution of maxima by its moments (Gumbel, "Statistics of
// Extremes", 1958, section 6.2.1): scale = s·√6/π, location = mean − γ·scale.
func gumbel(maxima []float64) (location, scale float64) { return gumbelAtLeast(maxima, leastScale) }

// gumbelAtLeast is gumbel with a least scale.
func gumbelAtLeast(maxima []float64, least float64) (location, scale float64) {
	n := float64(len(maxima))
	var mean, square float64
	for _, m := range maxima {
		mean += m / n
	}
	for _, m := range maxima {
		square += (m - mean) * (m - mean)
	}
	scale = max(math.Sqrt(square/(n-1))*math.Sqrt(6)/math.Pi, least)
	return mean - euler*scale, scale
}

// FitAppearance calibrates the detector of what looks out of place on the scores of the
// looks that it took at normal clips, perSecond of them; 0 is one at which nothing was
// there, and says nothing of how high others reach. It keeps what a has where too few are
// left, and tells so by false.
func FitAppearance(a *bundle.Appearance, clips [][]float32, perSecond float64) bool {
	maxima := blockMaxima(clips, perSecond, func(v float32) float64 { return float64(v) })
	maxima = slices.DeleteFunc(maxima, func(v float64) bool { return v <= 0 })
	if len(maxima) < MinBlocks {
		return false
	}
	a.Location, a.Scale = gumbelAtLeast(maxima, leastDistanceScale)
	return true
}

// leastDistanceScale is leastScale of distances between features.
const leastDistanceScale = 0.01

// appearanceShare is the share of the false alarms of D's other kind that the detector of what
// looks out of place may add.
const appearanceShare = 0.25

// AppearanceScore makes the score in logits of a distance, d ↦ location + scale·d: the
// thresholds of both are the same for perDay, a quarter of that for the distance, and so is
// the spread of the maxima of normal footage.
func AppearanceScore(c bundle.Calibration, a bundle.Appearance, perDay float64) (location, scale float64) {
	scale = c.GumbelScale / a.Scale
	own := bundle.Calibration{BlockSeconds: c.BlockSeconds, GumbelLocation: a.Location, GumbelScale: a.Scale}
	return Threshold(c, perDay) - scale*Threshold(own, perDay*appearanceShare), scale
}

// Threshold is the least score that counts as irregular when normal footage is
// to reach it perDay times a day: blocks of BlockSeconds exceed it with
// probability p = perDay·BlockSeconds/86400, and P(max > τ) = 1 − exp(−e^−z),
// z = (τ − location)/scale. perDay is bounded to rates that leave 0 < p < 1.
func Threshold(c bundle.Calibration, perDay float64) float64 {
	p := min(max(perDay*c.BlockSeconds/86400, 1e-12), 1-1e-9)
	return c.GumbelLocation - c.GumbelScale*math.Log(-math.Log1p(-p))
}

// AlphaFor is the pixel threshold that outlines best: the least that lets no
// more than passUnaffected of the errors beside an irregularity through, unless
// that would lose more than loseIrregular of those on it. All are counted from
// the floor.
func AlphaFor(irregular, unaffected []float64) float64 {
	return min(max(min(quantile(unaffected, 1-passUnaffected), quantile(irregular, loseIrregular)), 0), 1)
}

// Shares of AlphaFor.
const (
	passUnaffected = 0.25
	loseIrregular  = 0.02
)

// AlphaBetween is the pixel threshold that tells pixels of something irregular best
// from unaffected ones beside it, where E says what stands in front of the ground: the
// one with the greatest difference between the shares of both that reach it (Youden,
// "Index for rating diagnostic tests", Cancer 3, 1950). All are counted from the floor.
func AlphaBetween(irregular, unaffected []float64) float64 {
	if len(irregular) == 0 {
		return quantile(unaffected, 1)
	}
	thing, beside := slices.Sorted(slices.Values(irregular)), slices.Sorted(slices.Values(unaffected))
	best, alpha, below := math.Inf(-1), 0.0, 0
	for i, v := range thing {
		for below < len(beside) && beside[below] < v {
			below++
		}
		// Of thing i are below v, of beside those that were passed.
		j := float64(below)/float64(max(len(beside), 1)) - float64(i)/float64(len(thing))
		if j > best {
			best, alpha = j, v
		}
	}
	return min(max(alpha, 0), 1)
}

// Floor gathers what the pixel error usually is at each place: where I paints
// the ground badly it does so in every frame, and that is no irregularity.
type Floor struct {
	maps [][]byte // errors of some frames, in units of bundle.FloorUnit
	each int      // one frame in so many is kept
	seen int
}

// maxFloorMaps bounds the frames that are kept, and maxFloorBytes their memory:
// at twice that, half of them go and from then on half as many come.
const maxFloorMaps, maxFloorBytes = 64, 64 << 20

// Add takes the errors of one normal frame.
func (f *Floor) Add(errors []float32) {
	f.each = max(f.each, 1)
	f.seen++
	if f.seen%f.each != 0 {
		return
	}
	m := make([]byte, len(errors))
	for i, e := range errors {
		if e > 0 { // not so for what is no number
			m[i] = byte(min(e/bundle.FloorUnit, 255))
		}
	}
	f.maps = append(f.maps, m)
	floorMaps := max(min(maxFloorMaps, maxFloorBytes/max(len(m), 1)), 4)
	if len(f.maps) < 2*floorMaps {
		return
	}
	for i := range floorMaps {
		f.maps[i] = f.maps[2*i+1]
	}
	f.maps, f.each = f.maps[:floorMaps], 2*f.each
}

// Median is the middle error of each pixel in units of bundle.FloorUnit,
// rounded down: what moves there now and then does not lift it. Without frames
// it is nil.
func (f *Floor) Median() []byte { return scene.Median(f.maps) }
