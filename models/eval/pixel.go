package eval

import (
	"math"
	"slices"
)

// Shares of the pixel-level criteria.
const (
	// Covered is the share of an irregular frame's truth pixels that must be
	// marked: Mahadevan et al., Anomaly Detection in Crowded Scenes, CVPR
	// 2010; Li, Mahadevan, Vasconcelos, PAMI 36(1), 2014.
	Covered = 0.40
	// OnTruth is the share of the marked pixels that must lie on truth for the
	// dual-pixel criterion: Sabokrou et al., Real-Time Anomaly Detection and
	// Localization in Crowded Scenes, CVPR Workshops 2015.
	OnTruth = 0.10
)

// Pixels gathers per-pixel scores of frames with pixel-level truth.
//
// Pixel level: an irregular frame counts as found at threshold t when at
// least Covered of its truth pixels score t or more; a normal frame is a false
// positive when any pixel does. As the first is the case exactly down from the
// score of the k-th best truth pixel, k = ceil(0.4 |truth|), and the second
// from the best pixel's, the whole sweep is exact without trying thresholds.
//
// Dual-pixel: besides, at least OnTruth of all marked pixels lie on truth, so
// painting everything no longer wins. This can come and go while the threshold
// falls, and is followed through every distinct score of a frame.
//
// Pixels that score -Inf are marked only at the end of the curve, where
// everything is.
type Pixels struct {
	plain, dual          []change
	positives, negatives int

	input // of Add
}

// Add takes one frame: scores of h x w pixels and its truth of th x tw
// pixels, not 0 where irregular, nil or empty of ones for a normal frame. The
// two grids may differ in size: each truth pixel takes the score of the pixel
// of the score grid in which its centre lies. The error wraps ErrSize or
// ErrScore.
func (p *Pixels) Add(scores []float32, h, w int, truth []byte, th, tw int) error {
	if err := p.set(scores, h, w, truth, th, tw); err != nil {
		return err
	}
	p.add(&p.scores, &p.grid)
	return nil
}

func (p *Pixels) add(m *ranked, g *grid) {
	if g.total == 0 {
		p.negatives++
		p.plain = append(p.plain, change{at: m.best, fp: 1})
		p.dual = append(p.dual, change{at: m.best, fp: 1})
		return
	}
	p.positives++
	p.follow(m, g)
}

// needed is how many of a frame's truth pixels must be marked.
func needed(total int) int { return int(math.Ceil(Covered*float64(total) - 1e-9)) }

// follow lets the threshold fall through the scores and notes when the frame is
// found and when it is lost again.
func (p *Pixels) follow(m *ranked, g *grid) {
	need := needed(g.total)
	all, on := 0, 0
	plain, dual := false, false
	for n, key := range m.falling() {
		i := uint32(key)
		all, on = all+g.weight[i], on+g.on[i]
		if !m.last(n) {
			continue
		}
		if on >= need && !plain {
			plain = true
			p.plain = append(p.plain, change{at: m.scores[i], tp: 1})
		}
		now := on >= need && float64(on) >= OnTruth*float64(all)-1e-9
		if now != dual {
			dual = now
			step := change{at: m.scores[i], tp: 1}
			if !now {
				step.tp = -1
			}
			p.dual = append(p.dual, step)
		}
	}
}

// Frames is how many irregular and normal frames were added.
func (p *Pixels) Frames() (irregular, normal int) { return p.positives, p.negatives }

// Plain is the curve of the pixel-level criterion. The error wraps ErrOneClass.
func (p *Pixels) Plain() (Curve, error) {
	return sweep(slices.Clone(p.plain), p.positives, p.negatives)
}

// Dual is the curve of the dual-pixel criterion. As the share of found frames
// may fall again with the threshold, each point has the best share so far:
// whoever puts up with so many false positives may choose any threshold that
// gives no more. The error wraps ErrOneClass.
func (p *Pixels) Dual() (Curve, error) {
	c, err := sweep(slices.Clone(p.dual), p.positives, p.negatives)
	for i := 1; i < len(c); i++ {
		c[i].TruePositive = max(c[i].TruePositive, c[i-1].TruePositive)
	}
	return c, err
}
