package eval

import "slices"

// Speck is the least number of pixels of a truth region. Masks that are drawn by
// a renderer have specks, where a spoke shows behind a lamp post, and each would
// be a track by itself. UCSD's have none: the smallest region of the clips looked
// at has more than 50 pixels.
const Speck = 10

// region is a connected region of truth in one frame.
type region struct {
	area  int // truth pixels
	track int // the same number in the frames that show the same thing, or speck
}

const speck = -1

// tracks finds the regions of a frame's truth, 8-connected, and links them over
// the frames of a clip.
//
// UCSD's masks name no things, so they are linked by place: a region continues
// the track of that region of the frame before with which it shares the most
// pixels (of equals the first from the top); one that shares none begins a
// track. Parts that one region falls into, as behind a lamp post, stay in its
// track; where two regions meet, the larger's goes on. Frames that do not follow
// each other, in another clip or after a gap, begin anew.
//
// In IR-MNIST, where irregular cells that touch are one region, each picture is
// cut from the others.
//
// Specks, of fewer than Speck pixels, need not be found, belong to no track, and
// what is marked there is not false.
type tracks struct {
	h, w    int
	labels  []int32 // by truth pixel: 0 or 1 + the index of its region
	regions []region
	begun   int // tracks so far

	before        []int32
	beforeRegions []region
	part, shared  []int
}

// cut says that the next frame does not follow the last.
func (t *tracks) cut() { t.regions = t.regions[:0] }

// next takes the truth of the next frame, h x w pixels or nil.
func (t *tracks) next(truth []byte, h, w int) {
	t.before, t.labels = t.labels, t.before
	t.beforeRegions, t.regions = t.regions, t.beforeRegions[:0]
	if t.h != h || t.w != w { // other pictures
		t.h, t.w = h, w
		t.beforeRegions = t.beforeRegions[:0]
		t.labels, t.before = make([]int32, h*w), make([]int32, h*w)
	}
	clear(t.labels)
	for i, m := range truth {
		if m != 0 && t.labels[i] == 0 {
			t.flood(truth, h, w, i)
		}
	}
}

// flood finds the region around pixel i, and links it.
func (t *tracks) flood(truth []byte, h, w, i int) {
	label := int32(len(t.regions) + 1)
	t.part = append(t.part[:0], i)
	t.labels[i] = label
	for k := 0; k < len(t.part); k++ {
		around(t.part[k], h, w, func(n int) {
			if truth[n] != 0 && t.labels[n] == 0 {
				t.labels[n] = label
				t.part = append(t.part, n)
			}
		})
	}
	r := region{area: len(t.part), track: speck}
	if r.area >= Speck {
		r.track = t.link()
	}
	t.regions = append(t.regions, r)
}

// link gives the track of the region that is in part.
func (t *tracks) link() int {
	t.shared = append(t.shared[:0], make([]int, len(t.beforeRegions))...)
	for _, at := range t.part {
		if len(t.shared) == 0 || t.before[at] == 0 {
			continue
		}
		if k := t.before[at] - 1; t.beforeRegions[k].track != speck {
			t.shared[k]++
		}
	}
	if len(t.shared) > 0 && slices.Max(t.shared) > 0 {
		return t.beforeRegions[slices.Index(t.shared, slices.Max(t.shared))].track
	}
	t.begun++
	return t.begun - 1
}

// around calls f for each of the up to eight neighbours of pixel i.
func around(i, h, w int, f func(int)) {
	y, x := i/w, i%w
	for yy := max(y-1, 0); yy <= min(y+1, h-1); yy++ {
		for xx := max(x-1, 0); xx <= min(x+1, w-1); xx++ {
			if n := yy*w + xx; n != i {
				f(n)
			}
		}
	}
}
