package steady

import "slices"

// focus is how much less sharp a frame is than the place was: a lens out of focus, wet or
// dirty, haze or a coarse coder take edges, and the networks have learnt with them. It is
// measured by how much of the gradient of the place its frames still have there, in which
// noise and what passes have no part, and given back by an unsharp mask.
//
// Its place is a mean of frames as they come, not of sharpened ones: measured by those,
// each mask would make the next one stronger.
type focus struct {
	h, w   int
	counts []bool    // which pixels count; nil: all
	place  []float32 // mean of the frames of late
	follow float32   // share of a frame that it takes over
	pace   float32   // share of a frame's measure that amount takes over
	amount float32   // weight of the unsharp mask
	known  bool      // amount has been measured
	fine   []float32 // the frame less its binomial mean of 3×3 pixels
	line   []float32
	sorted []float32 // measures of the blocks
}

const (
	// placeSeconds is how long the place takes to become another one: longer than a lens
	// may be wet, so that it is not taken for the place. focusSeconds is that for the
	// measure.
	placeSeconds, focusSeconds = 3600, 2
	// leastAmount is noise where less is measured; beyond mostAmount it would be noise
	// that is sharpened.
	leastAmount, mostAmount = 0.15, 3
	// leastEdge is the mean square of the gradient of a block that shows an edge, grey
	// levels a pixel, leastEdges how many such blocks are needed.
	leastEdge, leastEdges = 5 * 5, 12
	// otherThing is how many grey levels a pixel of a block differs by at least that shows
	// something else than the place.
	otherThing = 40
	// leastFine is the share of the gradient that the mask must have for a block to say
	// something.
	leastFine = 0.02
)

func newFocus(h, w int, rate float64) focus {
	return focus{h: h, w: w, place: make([]float32, h*w), follow: share(placeSeconds, rate), pace: share(focusSeconds, rate),
		fine: make([]float32, h*w), line: make([]float32, w), sorted: make([]float32, 0, (h/block)*(w/block))}
}

// begin takes a picture for the place.
func (f *focus) begin(place []float32) {
	copy(f.place, place)
	f.known = false
}

// measure compares a frame with the place, and tells whether it is less sharp. It takes the
// median over the blocks: other edges than before, as of shadows, are in some of them.
func (f *focus) measure(now []float32) bool {
	f.mask(now)
	f.sorted = f.sorted[:0]
	for y := 1; y+block < f.h; y += block {
		for x := 1; x+block < f.w; x += block {
			if amount, known := f.block(now, y, x); known {
				f.sorted = append(f.sorted, amount)
			}
		}
	}
	var amount float32
	if len(f.sorted) >= leastEdges {
		slices.Sort(f.sorted)
		if amount = min(f.sorted[len(f.sorted)/2], mostAmount); amount < leastAmount {
			amount = 0
		}
	}
	if !f.known {
		f.known, f.amount = true, amount
	}
	f.amount += f.pace * (amount - f.amount)
	for i, v := range now {
		f.place[i] += f.follow * (v - f.place[i])
	}
	return f.amount >= leastAmount/2
}

// block is the weight of the mask that gives a block the gradient of the place; false where
// it shows no edge or something else.
func (f *focus) block(now []float32, y0, x0 int) (amount float32, known bool) {
	var has, adds, want float32 // by the place's gradient: the frame's, the mask's and its own
	place, fine := f.place, f.fine
	for y := y0; y < y0+block; y++ {
		for i := y*f.w + x0; i < y*f.w+x0+block; i++ {
			if d := now[i] - place[i]; d > otherThing || d < -otherThing || f.counts != nil && !f.counts[i] {
				return 0, false
			}
			across, down := place[i+1]-place[i-1], place[i+f.w]-place[i-f.w]
			has += across*(now[i+1]-now[i-1]) + down*(now[i+f.w]-now[i-f.w])
			adds += across*(fine[i+1]-fine[i-1]) + down*(fine[i+f.w]-fine[i-f.w])
			want += across*across + down*down
		}
	}
	if want < 4*leastEdge*block*block || adds <= leastFine*want { // the steps are of two pixels
		return 0, false
	}
	return (want - has) / adds, true
}

// mask fills fine; the border is repeated.
func (f *focus) mask(now []float32) {
	for y := range f.h {
		up, at, down := now[max(y-1, 0)*f.w:], now[y*f.w:], now[min(y+1, f.h-1)*f.w:]
		for x := range f.line {
			f.line[x] = up[x] + 2*at[x] + down[x]
		}
		out := f.fine[y*f.w : (y+1)*f.w]
		for x := range out {
			out[x] = at[x] - (f.line[max(x-1, 0)]+2*f.line[x]+f.line[min(x+1, f.w-1)])/16
		}
	}
}

// correct sharpens the frame that was measured.
func (f *focus) correct(now []float32) {
	for i, v := range f.fine {
		now[i] += f.amount * v
	}
}
