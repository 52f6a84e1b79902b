package evaluate

import (
	"math"
	"slices"

	"avid/models/datasets"
	"avid/models/zones"
)

// zoned is what zones leave of a clip.
type zoned struct {
	set    zones.Set
	counts []bool // which pixels of the model count; nil: all
	truth  []byte // buffer
	size   [2]int // height and width of the pictures that seen is of
	seen   []bool // which of their pixels count; nil: all
}

func newZoned(set zones.Set, h, w int) zoned { return zoned{set: set, counts: set.Counts(h, w)} }

// left is what is true of a picture of w×h pixels where it counts. Without pixel truth
// nobody knows where it is, and the frame stays what it is.
func (z *zoned) left(t Truth, w, h int) Truth {
	if z.counts == nil || !t.Masked || t.Mask == nil {
		return t
	}
	if size := [2]int{h, w}; size != z.size {
		z.size, z.seen = size, z.set.Counts(h, w)
	}
	z.truth = append(z.truth[:0], t.Mask...)
	any := false
	for i := range z.truth {
		if i < len(z.seen) && !z.seen[i] {
			z.truth[i] = 0
		}
		any = any || z.truth[i] != 0
	}
	t.Mask, t.Irregular = z.truth, any
	return t
}

// cut has a judge's map of rows of w pixels find nothing where pixels do not count, moved
// as far as the map is.
func (z *zoned) cut(scores []float32, w, right, down int) {
	h := len(scores) / w
	for i, c := range z.counts {
		y, x := i/w+down, i%w+right
		if !c && y >= 0 && y < h && x >= 0 && x < w {
			scores[y*w+x] = float32(math.Inf(-1))
		}
	}
}

// shown is the picture as it may be shown: private zones are black.
func (z *zoned) shown(p datasets.Picture) datasets.Picture {
	private := z.set.Private()
	if len(private) == 0 {
		return p
	}
	p.Gray = slices.Clone(p.Gray)
	for _, one := range private {
		one.Spans(p.Height, p.Width, func(y, first, end int) { clear(p.Gray[y*p.Width+first : y*p.Width+end]) })
	}
	return p
}
