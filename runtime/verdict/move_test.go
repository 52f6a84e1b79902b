package verdict

import (
	"slices"
	"testing"
)

// TestDisplace compares with the slow way, for all movements of a small map.
func TestDisplace(t *testing.T) {
	const h, w, fill = 4, 5, -1
	var m [h * w]int
	for i := range m {
		m[i] = i
	}
	for down := -h - 1; down <= h+1; down++ {
		for right := -w - 1; right <= w+1; right++ {
			got, want := slices.Clone(m[:]), make([]int, h*w)
			for y := range h {
				for x := range w {
					want[y*w+x] = fill
					if fy, fx := y-down, x-right; fy >= 0 && fy < h && fx >= 0 && fx < w {
						want[y*w+x] = m[fy*w+fx]
					}
				}
			}
			Displace(got, h, w, right, down, fill)
			if !slices.Equal(got, want) {
				t.Fatalf("by %d, %d: %v, want %v", right, down, got, want)
			}
		}
	}
}
