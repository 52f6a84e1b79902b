package bundle

import (
	"fmt"
	"math"
)

// Regions is where the region of each cell of O lies on the model's picture:
// the box B_k of row or column k is centred on Center + Stride·k and reaches
// Box/2 to both sides, the same vertically and horizontally. It follows from
// the strides, paddings and kernels of D.
type Regions struct {
	Stride int     `json:"stride"` // pixels from cell to cell, ≥ 1
	Rows   int     `json:"rows"`   // height of O, ≥ 1
	Cols   int     `json:"cols"`   // width of O, ≥ 1
	Center float64 `json:"center"` // centre of cell 0, pixels; pixel y's own centre is y
	Box    float64 `json:"box"`    // side of a region, pixels, > 0
	// MinRegions is how many regions must be irregular for the frame to be: with fewer
	// its mask is empty. 0 means 1.
	MinRegions int `json:"least,omitempty"`
}

// Validate tells whether every value is in its range. The error is
// ErrManifest and names the field.
func (r Regions) Validate() error {
	switch {
	case r.Stride < 1 || r.Stride > MaxSize:
		return badField("regions.stride", r.Stride, fmt.Sprintf("1 to %d", MaxSize))
	case r.Rows < 1 || r.Rows > MaxSize:
		return badField("regions.rows", r.Rows, fmt.Sprintf("1 to %d", MaxSize))
	case r.Cols < 1 || r.Cols > MaxSize:
		return badField("regions.cols", r.Cols, fmt.Sprintf("1 to %d", MaxSize))
	case !finite(r.Center) || math.Abs(r.Center) > MaxSize:
		return badField("regions.center", r.Center, fmt.Sprintf("%d to %d", -MaxSize, MaxSize))
	case !positive(r.Box) || r.Box > 2*MaxSize:
		return badField("regions.box", r.Box, fmt.Sprintf("above 0, up to %d", 2*MaxSize))
	case r.MinRegions < 0 || r.MinRegions > r.Rows*r.Cols:
		return badField("regions.least", r.MinRegions, fmt.Sprintf("0 to %d", r.Rows*r.Cols))
	}
	return nil
}

// Span is the half-open range of pixels [lo, hi) that the region of row or
// column k covers on an axis of size pixels: those y with
// |y - (Center + Stride·k)| ≤ Box/2. It is empty, lo ≥ hi, where the region
// lies outside the picture.
func (r Regions) Span(k, size int) (lo, hi int) {
	c := r.Center + float64(r.Stride)*float64(k)
	lo = max(0, int(math.Ceil(c-r.Box/2)))
	hi = min(size, int(math.Floor(c+r.Box/2))+1)
	return lo, hi
}

// fits tells whether the first and last region of both axes touch an h×w
// picture, and so all regions do.
func (r Regions) fits(h, w int) error {
	for _, a := range []struct {
		field    string
		cells, n int
	}{{"regions.rows", r.Rows, h}, {"regions.cols", r.Cols, w}} {
		for _, k := range []int{0, a.cells - 1} {
			if lo, hi := r.Span(k, a.n); lo >= hi {
				return badField(a.field, a.cells, fmt.Sprintf("cells that touch the picture's %d pixels; cell %d does not", a.n, k))
			}
		}
	}
	return nil
}
