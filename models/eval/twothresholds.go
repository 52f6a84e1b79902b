package eval

import (
	"math"
	"slices"
)

// Alphas are the pixel thresholds α that TwoThresholds tries: none at all, then
// 24 from 0.001 of the grey range, half a grey level, to 0.5, each 1.31 times
// the one before.
var Alphas = func() []float32 {
	a := []float32{lowest}
	for k := range 24 {
		a = append(a, float32(0.001*math.Pow(500, float64(k)/23)))
	}
	return a
}()

// TwoThresholds gathers frames for the curves of Eq. 4 of the paper with both
// its thresholds free: a pixel is marked where its error is at least α and its
// region's score at least ζ. For each α of Alphas there is an ROC over ζ; the
// figure is the envelope, at each share of false positives the best of them.
//
// Choosing both thresholds on the curve that is then reported is optimistic, as
// α is fitted to the test clips: the sweep of one threshold, at the α of the
// calibration, is the figure to go by.
type TwoThresholds struct {
	frame, pixel [][]change // by α
	counts       [2][2]int  // of frame and pixel: irregular, normal
	best         []float32  // by α
	on           []int
}

// add takes a frame: each pixel's error, counted as α is, and region score, of
// one size, and its truth, nil without pixel-level truth.
func (t *TwoThresholds) add(errors, region *ranked, g *grid, irregular bool) {
	if t.frame == nil {
		t.frame, t.pixel = make([][]change, len(Alphas)), make([][]change, len(Alphas))
		t.best, t.on = make([]float32, len(Alphas)), make([]int, len(Alphas))
	}
	t.highest(errors.scores, region.scores)
	t.note(t.frame, 0, irregular)
	if g == nil {
		return
	}
	if g.total > 0 {
		t.covered(errors.scores, region, g)
	}
	t.note(t.pixel, 1, g.total > 0)
}

// note adds what best says to changes.
func (t *TwoThresholds) note(changes [][]change, kind int, irregular bool) {
	c := change{fp: 1}
	if irregular {
		c = change{tp: 1}
	}
	t.counts[kind][c.fp]++
	for k, s := range t.best {
		c.at = s
		changes[k] = append(changes[k], c)
	}
}

// level is the place of the largest α that e reaches; all smaller ones it
// reaches too.
func level(e float32) int {
	k, found := slices.BinarySearch(Alphas, e)
	if !found {
		k--
	}
	return k
}

// highest fills best with the highest region score of a pixel that reaches α.
func (t *TwoThresholds) highest(errors, scores []float32) {
	for k := range t.best {
		t.best[k] = lowest
	}
	last := len(t.best) - 1
	for i, s := range scores {
		if s > t.best[last] {
			k := level(errors[i])
			t.best[k] = max(t.best[k], s)
		}
	}
	for k := last; k > 0; k-- {
		t.best[k-1] = max(t.best[k-1], t.best[k])
	}
}

// covered fills best with the region score from which on enough of the truth is
// marked: that of its k-th best pixel that reaches α.
func (t *TwoThresholds) covered(errors []float32, region *ranked, g *grid) {
	need := needed(g.total)
	clear(t.on)
	for k := range t.best {
		t.best[k] = lowest
	}
	for _, key := range region.falling() {
		i := uint32(key)
		if g.on[i] == 0 {
			continue
		}
		for k := range level(errors[i]) + 1 {
			if t.on[k] < need && t.on[k]+g.on[i] >= need {
				t.best[k] = region.scores[i]
			}
			t.on[k] += g.on[i]
		}
	}
}

// Frame is the envelope at frame level. I alone, the sweep of α with every region
// taken, may be given besides; its thresholds are α's. The error wraps
// ErrOneClass.
func (t *TwoThresholds) Frame(alone ...Curve) (Curve, error) {
	return t.envelope(t.frame, t.counts[0], alone)
}

// Pixel is the envelope at pixel level (see Pixels), else as Frame.
func (t *TwoThresholds) Pixel(alone ...Curve) (Curve, error) {
	return t.envelope(t.pixel, t.counts[1], alone)
}

func (t *TwoThresholds) envelope(changes [][]change, n [2]int, curves []Curve) (Curve, error) {
	for _, c := range changes {
		curve, err := sweep(slices.Clone(c), n[0], n[1])
		if err != nil {
			return nil, err
		}
		curves = append(curves, curve)
	}
	if len(changes) == 0 {
		return sweep(nil, 0, 0)
	}
	return envelope(curves, n[1]), nil
}

// envelope is the best of curves over the same frames, of which n are normal, at
// each number of false positives: where a curve comes to it, and where it leaves
// it upwards. Thresholds are those of the curve that is best.
func envelope(curves []Curve, n int) Curve {
	come, leave := make(Curve, n+1), make(Curve, n+1)
	at := func(p Point) int { return int(math.Round(p.FalsePositive * float64(n))) }
	raise := func(p *Point, q Point) {
		if q.TruePositive > p.TruePositive {
			*p = q
		}
	}
	for k := range come {
		come[k].TruePositive, leave[k].TruePositive = -1, -1
	}
	come[0], leave[0] = curves[0][0], curves[0][0]
	for _, c := range curves {
		for i := 1; i < len(c); i++ {
			from, to := at(c[i-1]), at(c[i])
			for k := from + 1; k <= to; k++ {
				share := float64(k-from) / float64(to-from)
				p := Point{c[i].Threshold, float64(k) / float64(n), c[i-1].TruePositive + share*(c[i].TruePositive-c[i-1].TruePositive)}
				raise(&come[k], p)
				raise(&leave[k], p)
			}
			raise(&leave[to], c[i])
		}
	}
	var out Curve
	for k := range come {
		out = append(out, come[k])
		if leave[k].TruePositive > come[k].TruePositive {
			out = append(out, leave[k])
		}
	}
	return out
}
