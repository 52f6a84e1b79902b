package mask

import (
	"fmt"
	"math"

	"avid/models/bundle"
)

// And is Eq. 4 of the paper by its definition, the reference for the fused
// graph:
//
//	M = {x : E(x) ≥ α} ∩ ⋃ {Bᵢ : Oᵢ ≤ ζ}
//
// with E in pixels (h·w values, in [0, 1]), α in alpha (one value, or one a
// pixel), O in scores (r.Rows·r.Cols values, 1 normal to 0 irregular), ζ in
// zeta (one value, or one a region) and the boxes Bᵢ placed by r: pixel
// (y, x) belongs to the one of row k and column l when both
// |y - (Center + Stride·k)| and |x - (Center + Stride·l)| are at most Box/2.
// Values that are not numbers are never irregular. M goes to dst, h·w bytes.
// It takes time h·w·Rows·Cols.
func And(dst []byte, pixels, alpha, scores, zeta []float32, r bundle.Regions, h, w int) {
	cells := r.Rows * r.Cols
	if len(dst) != h*w || len(pixels) != h*w || len(scores) != cells ||
		len(alpha) != 1 && len(alpha) != h*w || len(zeta) != 1 && len(zeta) != cells {
		panic(fmt.Sprintf("mask: Eq. 4 of %d pixels, %d α, %d regions, %d ζ into %d bytes, for %d×%d pixels and %d×%d regions",
			len(pixels), len(alpha), len(scores), len(zeta), len(dst), h, w, r.Rows, r.Cols))
	}
	for i := range dst {
		dst[i] = 0
		if pixels[i] >= at(alpha, i) && suspect(scores, zeta, r, i/w, i%w) {
			dst[i] = 255
		}
	}
}

// suspect tells whether pixel (y, x) lies in a box with O ≤ ζ.
func suspect(scores, zeta []float32, r bundle.Regions, y, x int) bool {
	in := func(p, k int) bool {
		return math.Abs(float64(p)-(r.Center+float64(r.Stride*k))) <= r.Box/2
	}
	for k := range r.Rows {
		for l := range r.Cols {
			i := k*r.Cols + l
			if scores[i] <= at(zeta, i) && in(y, k) && in(x, l) {
				return true
			}
		}
	}
	return false
}

// at is the i-th value, or the only one.
func at(v []float32, i int) float32 {
	if len(v) == 1 {
		return v[0]
	}
	return v[i]
}
