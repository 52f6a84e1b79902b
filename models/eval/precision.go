package eval

import "math"

// precisionBits is how much of a score's bits AveragePrecision tells apart: scores
// that differ by less than one part in 2,000 count as equal.
const precisionBits = 20

// AveragePrecision gathers the scores of all pixels of the frames with pixel-level
// truth, in a histogram whose bins keep the order of the scores.
type AveragePrecision struct {
	all, on []int64
}

// add takes one frame.
func (a *AveragePrecision) add(m *ranked, g *grid) {
	if a.all == nil {
		a.all, a.on = make([]int64, 1<<precisionBits), make([]int64, 1<<precisionBits)
	}
	for i, s := range m.scores {
		if g.weight[i] == 0 {
			continue
		}
		bin := falling(s) >> (32 - precisionBits)
		a.all[bin] += int64(g.weight[i])
		a.on[bin] += int64(g.on[i])
	}
}

// falling are bits that grow as scores fall: as integers, the bits of floats order
// them when the sign bit of the positive and all bits of the negative ones are
// flipped; here the other way round, highest first.
func falling(score float32) uint32 {
	b := math.Float32bits(score)
	if b>>31 == 0 {
		return ^b &^ (1 << 31)
	}
	return b
}

// Value is the average precision Σ (Rₙ − Rₙ₋₁)·Pₙ over falling thresholds, the area
// under the curve of precision over recall without interpolation (Davis and Goadrich,
// ICML 2006, on why not to draw lines between its points). ok is false without
// irregular pixels.
func (a *AveragePrecision) Value() (ap float64, ok bool) {
	var total, on, all int64
	for _, n := range a.on {
		total += n
	}
	if total == 0 {
		return 0, false
	}
	for bin, n := range a.on {
		on, all = on+n, all+a.all[bin]
		if n > 0 {
			ap += float64(n) / float64(total) * float64(on) / float64(all)
		}
	}
	return ap, true
}
