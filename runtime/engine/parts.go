package engine

import (
	"math"
	"slices"

	"avid/models/bundle"
	"avid/runtime/verdict"
)

// surest is the largest O below 1 in float32: past it, above a logit of about
// 17, O is rounded to 1 and says no more.
const surest = 1 - 1.0/(1<<24)

// Parts gives the two halves of Eq. 4 apart, for the window that r is of and at
// the calibration that the last Infer used:
//
//   - inpainter: the greatest E within the bundle's Dilation, counted from its Floor and closed,
//     grey levels of [0,1]; Eq. 4 counts a pixel where this reaches
//     Calibration.Alpha;
//   - detector: the score of the region that each pixel lies in, of several the
//     largest, in logits, calibrated row by row as the fused graph has it;
//     -Inf where no region is; where D has a second head, with its verdict on the
//     pixel. It is r.Pixel wherever the inpainter reaches α and package front leaves it.
//
// Both are written whole and must have H·W elements. It allocates nothing.
func (e *Engine) Parts(r *verdict.Verdict, inpainter, detector []float32) {
	h, w := e.Size()
	bundle.AboveFloor(inpainter, r.Error, e.bundle.Floor, h, w, e.bundle.Manifest.Dilation, e.bundle.Manifest.Closing)
	g := e.Regions()
	for i := range detector {
		detector[i] = float32(math.Inf(-1))
	}
	for k, o := range r.Regions {
		p := min(float64(o), surest)
		row := k / g.Cols
		e.scores[k] = (float32(math.Log1p(-p)-math.Log(p)) - e.io.Shift.F32[row]) / e.io.Scale.F32[row]
	}
	kth := float32(math.Inf(1))
	if g.MinRegions > 1 { // as the fused graph has it
		copy(e.ranked, e.scores)
		slices.Sort(e.ranked)
		kth = e.ranked[len(e.ranked)-g.MinRegions]
	}
	for k, score := range e.scores {
		score = min(score, kth)
		row := k / g.Cols
		top, bottom := g.Span(row, h)
		left, right := g.Span(k%g.Cols, w)
		for y := top; y < bottom; y++ {
			for x := left; x < right; x++ {
				if at := y*w + x; score > detector[at] {
					detector[at] = score
				}
			}
		}
	}
	if where := e.io.Where; where != nil {
		for i, v := range where.F32 {
			detector[i] = min(detector[i], e.io.Balance.F32[0]+e.io.Balance.F32[1]*v)
		}
	}
}

// heat shows scores from 4 logits below the threshold to 4 above.
func heat(dst []byte, pixel []float32, threshold float32) {
	for i, s := range pixel {
		v := 128 + (s-threshold)*32
		dst[i] = byte(min(max(v, 0), 255))
	}
}
