package train

import (
	"math"

	"avid/models/average"
	"avid/models/pseudo"
	"avid/models/scene"
)

// How the light of the ground that I is given may differ from that of X, so that it
// learns to bring it there: everywhere alike by a factor of e^±gainDeviation and by
// offsetDeviation grey levels of [0,1], and half the time place by place, by up to
// fieldSpread, as under a cloud.
const (
	gainDeviation   = 0.15
	offsetDeviation = 0.02
	fieldSpread     = 0.35
	fieldRows       = 4
	fieldCols       = 5
)

// What D's second head is taught of a pixel: covered counts as irregular, uncovered
// as not, and between the two it is not judged. A pixel that does not stand in front
// of the ground, by inFront grey levels of [0,1], weighs little, as I finds it out.
const (
	covered      = 0.5
	uncovered    = 0.1
	inFront      = 0.04
	behindWeight = 0.15
	// lightLeft is how far the ground of I may be off, standard deviation.
	lightLeft = 0.008
)

// setWhole makes the ground of all clips.
func (f *feeder) setWhole() {
	if f.gen.Grounds == nil {
		return
	}
	f.field = make([]float32, f.c.Height*f.c.Width)
	f.whole[0] = wholeGround(f.gen.Grounds)
	f.whole[1] = append([]byte(nil), f.whole[0]...)
	pseudo.Mirror(f.whole[1], f.c.Width)
}

// wholeGround is what most of the grounds show.
func wholeGround(grounds []pseudo.Ground) []byte {
	var all [][]byte
	for _, g := range grounds {
		all = append(all, g...)
	}
	return scene.Median(all)
}

// before writes what sample i of a batch has of the ground, and of what stands in
// front of it.
func (f *feeder) before(b *batch, i int, gain float32) {
	s, size := f.sample, f.c.Height*f.c.Width
	part := func(v []float32) []float32 { return v[i*size : (i+1)*size] }
	ground, place, front := part(b.ground.F32), part(b.place.F32), part(b.front.F32)
	known := f.clear
	if f.rng.IntN(2) == 0 {
		known = f.whole[0]
		if s.Mirrored {
			known = f.whole[1]
		}
	}
	relight := gain * float32(math.Exp(gainDeviation*f.rng.NormFloat64())) / average.White
	offset := float32(offsetDeviation * f.rng.NormFloat64())
	f.shade()
	left := float32(lightLeft * f.rng.NormFloat64())
	now, grey := s.Pseudo[average.Frames-1], gain/average.White
	for k := range ground {
		ground[k] = min(max(relight*f.field[k]*float32(known[k])+offset, 0), 1)
		place[k] = min(grey*float32(s.Ground[k]), 1)
		front[k] = min(grey*float32(now[k]), 1) - place[k] + left
	}
	cells := i * f.regions.Rows * f.regions.Cols
	f.things(part(b.thing.F32), part(b.near.F32), front, b.target.F32[cells:], b.judged.F32[cells:])
}

// shade fills field: 1 everywhere, or what drawn values of a coarse grid come to
// between them.
func (f *feeder) shade() {
	if f.rng.IntN(2) == 0 {
		for k := range f.field {
			f.field[k] = 1
		}
		return
	}
	var grid [fieldRows * fieldCols]float32
	spread := fieldSpread * f.rng.Float64()
	for i := range grid {
		grid[i] = float32(1 + spread*(2*f.rng.Float64()-1))
	}
	h, w := f.c.Height, f.c.Width
	for y := range h {
		fy := float32(y) / float32(h) * (fieldRows - 1)
		for x := range w {
			fx := float32(x) / float32(w) * (fieldCols - 1)
			f.field[y*w+x] = pseudo.Lerp(grid[:], fieldCols, fieldRows, float64(fy), float64(fx))
		}
	}
}

// things writes where something irregular is in the newest frame, and how much each
// pixel is to be judged by. Where time runs too fast, that is whatever stands in front
// of the ground in an irregular region.
func (f *feeder) things(thing, near, front, target, judged []float32) {
	s, w := f.sample, f.c.Width
	for k, cover := range s.Cover {
		forward := abs(front[k]) >= inFront
		thing[k], near[k] = 0, 1
		if !forward {
			near[k] = behindWeight
		}
		switch {
		case cover >= covered:
			thing[k] = 1
		case cover > uncovered:
			near[k] = 0
		case s.Kind == pseudo.Skip && forward:
			switch region := f.regionAt(k/w, k%w); {
			case judged[region] == 0:
				near[k] = 0
			case target[region] < 0.5:
				thing[k] = 1
			}
		}
	}
}

// regionAt is the region whose centre is nearest to a pixel.
func (f *feeder) regionAt(y, x int) int {
	r := f.regions
	near := func(v, n int) int {
		return min(max(int(math.Round((float64(v)-r.Center)/float64(r.Stride))), 0), n-1)
	}
	return near(y, r.Rows)*r.Cols + near(x, r.Cols)
}

// balance scales weights so that labels below and above a half weigh as the roots of
// their sums, since one of them is rare, and all together one.
func balance(label, weight []float32) {
	class := func(i int) int {
		if label[i] < 0.5 {
			return 0
		}
		return 1
	}
	var sums [2]float64
	for i, w := range weight {
		sums[class(i)] += float64(w)
	}
	roots := [2]float64{math.Sqrt(sums[0]), math.Sqrt(sums[1])}
	var scale [2]float32
	for k, sum := range sums {
		if sum > 0 {
			scale[k] = float32(roots[k] / (roots[0] + roots[1]) / sum)
		}
	}
	for i := range weight {
		weight[i] *= scale[class(i)]
	}
}
