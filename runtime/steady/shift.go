package steady

import "math"

// shift is how far a frame has moved from the reference: first by whole pixels, by
// phase correlation (phase.go), then by parts of them, by the method of Lucas and
// Kanade (IJCAI 1981) with pixels left out that differ too much, which is what passes in
// front.
type shift struct {
	h, w        int
	counts      []bool // which pixels count; nil: all
	phase       *phase
	right, down float64
	taken       bool
	usual       float64      // difference that is left of late
	due         int          // frames until a movement is looked for, whatever is left
	rests       int          // searches in a row that found none
	last        [2]float64   // the movement of the search before, right and down
	clear       float64      // difference that movements left that were found of late; 0: not known
	smooth      [2][]float32 // the frame and the reference, without their noise
	stale       int          // frames until that of the reference is made again
	tmp         []float32
}

const (
	// mostMoved is the share of the picture's height that a frame is moved back by at most:
	// what comes into it at the border is not known.
	mostMoved = 0.05
	// leastMoved is what counts as moved at all, pixels.
	leastMoved = 0.15
	// better is the share of the difference that may be left at most for a movement to be
	// believed, farBetter for one that is too far to be taken back.
	better, farBetter = 0.9, 0.7
	// passing is how many grey levels a pixel may differ by to count; farOff it is in the
	// first rounds, where edges lie apart.
	passing, farOff = 20, 90
	firstRounds     = 4
	rounds          = 10
	// asClear is how many times what movements left of late a movement may leave that is
	// found near the last one, for it not to be looked for anywhere else.
	asClear = 1.1
	// nowhere is no grey level: pixels that do not count differ too much by it.
	nowhere = 1e6
	// every is the step between the pixels that are looked at.
	every = 2
	// edge is what is left out at the border, pixels more than the movement.
	edge = 3
	// searches is for how many frames a camera must not have moved to be looked at closely
	// only where restless times what is usually left differs, and each searches frames.
	restless = 1.1
	searches = 10
)

func newShift(h, w int) shift {
	s := shift{h: h, w: w, phase: newPhase(h, w), tmp: make([]float32, h*w)}
	for i := range s.smooth {
		s.smooth[i] = make([]float32, h*w)
	}
	return s
}

// forget begins anew.
func (s *shift) forget() {
	s.phase.forget()
	s.usual, s.due, s.rests, s.stale = 0, 0, 0, 0
	s.last, s.clear = [2]float64{}, 0
}

// find measures a frame in the light that it is in. Where no movement makes it much more
// like the reference, there is none.
func (s *shift) find(now, place []float32, l *light) {
	s.right, s.down, s.taken = 0, 0, false
	gain := float32(math.Exp(float64(l.whole))) * l.slope
	s.mean(s.smooth[0], now, 1/gain, -l.offset/gain)
	if s.stale--; s.stale < 0 {
		s.mean(s.smooth[1], place, 1, 0)
		s.stale = renew
	}
	for i, c := range s.counts {
		if !c {
			s.smooth[0][i] = nowhere
		}
	}
	still := s.left(0, 0)
	if s.due--; s.due > 0 && still < restless*s.usual {
		return
	}
	s.search(now, place, still)
	s.usual, s.due = still, 0
	if s.rests++; s.right != 0 || s.down != 0 {
		s.rests = 0
	}
	if s.rests >= searches {
		s.due = searches
	}
}

// search looks for the movement that leaves the least difference, where still is left
// without any.
func (s *shift) search(now, place []float32, still float64) {
	best := still
	try := func(x, y float64) {
		if left := s.left(x, y); left < best {
			best, s.right, s.down = left, x, y
		}
	}
	// What sways is near where it was.
	if s.clear > 0 {
		try(s.refine(s.last[0], s.last[1], firstRounds))
	}
	if best > asClear*s.clear {
		right, down := s.phase.find(now, place)
		try(s.refine(right, down, 0))
	}
	if best > asClear*s.clear {
		try(s.refine(0, 0, 0))
	}
	s.last = [2]float64{s.right, s.down}
	if s.clear = 0.8*s.clear + 0.2*best; s.clear == 0.2*best {
		s.clear = best
	}
	most := mostMoved * float64(s.h)
	s.taken = math.Abs(s.right) <= most && math.Abs(s.down) <= most
	enough := better
	if !s.taken {
		enough = farBetter
	}
	if best > enough*still || math.Hypot(s.right, s.down) < leastMoved {
		s.right, s.down, s.taken = 0, 0, false
	}
}

// mean is the mean of 3×3 pixels times a gain, and an offset; the border is repeated.
func (s *shift) mean(dst, src []float32, gain, offset float32) {
	gain /= 9
	for y := range s.h {
		up, at, down := src[max(y-1, 0)*s.w:], src[y*s.w:], src[min(y+1, s.h-1)*s.w:]
		line := s.tmp[:s.w]
		for x := range line {
			line[x] = up[x] + at[x] + down[x]
		}
		out := dst[y*s.w : (y+1)*s.w]
		for x := range out {
			out[x] = gain*(line[max(x-1, 0)]+line[x]+line[min(x+1, s.w-1)]) + offset
		}
	}
}

// bounds are the pixels that are looked at for a movement.
func (s *shift) bounds(right, down float64) (y0, y1, x0, x1 int) {
	my, mx := int(math.Abs(down))+edge, int(math.Abs(right))+edge
	return my, s.h - my, mx, s.w - mx
}

// at reads a picture between pixels, inside of it.
func (s *shift) at(v []float32, y, x int, fy, fx float32) float32 {
	i := y*s.w + x
	top := v[i] + fx*(v[i+1]-v[i])
	bottom := v[i+s.w] + fx*(v[i+s.w+1]-v[i+s.w])
	return top + fy*(bottom-top)
}

// parts are the whole and the rest of a movement.
func parts(v float64) (whole int, rest float32) {
	f := math.Floor(v)
	return int(f), float32(v - f)
}

// left is the mean difference that is left after a movement; what passes counts alike,
// however much it differs.
func (s *shift) left(right, down float64) float64 {
	y0, y1, x0, x1 := s.bounds(right, down)
	dy, fy := parts(down)
	dx, fx := parts(right)
	var sum float64
	n := 0
	for y := y0; y < y1; y += every {
		var row float32
		for x := x0; x < x1; x += every {
			d := s.at(s.smooth[0], y+dy, x+dx, fy, fx) - s.smooth[1][y*s.w+x]
			row += min(max(d, -d), passing)
			n++
		}
		sum += float64(row)
	}
	if n == 0 {
		return math.Inf(1)
	}
	return sum / float64(n)
}

// refine goes from a movement to the best one near it, from a round on: the first ones
// are for movements that are not near it.
func (s *shift) refine(right, down float64, round int) (float64, float64) {
	far := 0.3 * float64(min(s.h, s.w))
	for ; round < rounds; round++ {
		if math.Abs(right) > far || math.Abs(down) > far {
			return 0, 0
		}
		bound := float32(passing)
		if round < firstRounds {
			bound = farOff
		}
		dx, dy, ok := s.gauss(right, down, bound)
		if !ok {
			return right, down
		}
		right, down = right+dx, down+dy
		if math.Hypot(dx, dy) < 0.02 && round >= firstRounds {
			break
		}
	}
	if math.Abs(right) > far || math.Abs(down) > far {
		return 0, 0
	}
	return right, down
}

// gauss is one step of Gauss and Newton on the squared difference, of pixels that
// differ by up to a bound.
func (s *shift) gauss(right, down float64, bound float32) (dx, dy float64, ok bool) {
	y0, y1, x0, x1 := s.bounds(right, down)
	oy, fy := parts(down)
	ox, fx := parts(right)
	var xx, xy, yy, xe, ye float64
	place := s.smooth[1]
	for y := y0; y < y1; y += every {
		var rxx, rxy, ryy, rxe, rye float32
		for x := x0; x < x1; x += every {
			i := y*s.w + x
			e := place[i] - s.at(s.smooth[0], y+oy, x+ox, fy, fx)
			if e > bound || e < -bound {
				continue
			}
			gx, gy := (place[i+1]-place[i-1])/2, (place[i+s.w]-place[i-s.w])/2
			rxx, rxy, ryy = rxx+gx*gx, rxy+gx*gy, ryy+gy*gy
			rxe, rye = rxe+gx*e, rye+gy*e
		}
		xx, xy, yy = xx+float64(rxx), xy+float64(rxy), yy+float64(ryy)
		xe, ye = xe+float64(rxe), ye+float64(rye)
	}
	det := xx*yy - xy*xy
	if det <= 1e-6*(xx+yy)*(xx+yy) || det == 0 { // edges of one direction alone
		return 0, 0, false
	}
	limit := func(v float64) float64 { return min(max(v, -1), 1) }
	return limit((xe*yy - ye*xy) / det), limit((ye*xx - xe*xy) / det), true
}

// back moves a frame back, by cubic convolution (Keys, IEEE ASSP 29, 1981), first the
// columns, then the rows; its border is repeated.
func (s *shift) back(now []float32) {
	dy, fy := parts(s.down)
	dx, fx := parts(s.right)
	taps := cubic(fy)
	for y := range s.h {
		var from [4][]float32
		for k := range from {
			r := min(max(y+dy+k-1, 0), s.h-1)
			from[k] = now[r*s.w : (r+1)*s.w]
		}
		out := s.tmp[y*s.w : (y+1)*s.w]
		for x := range out {
			out[x] = taps[0]*from[0][x] + taps[1]*from[1][x] + taps[2]*from[2][x] + taps[3]*from[3][x]
		}
	}
	taps = cubic(fx)
	for y := range s.h {
		from, out := s.tmp[y*s.w:(y+1)*s.w], now[y*s.w:(y+1)*s.w]
		for x := range out {
			var v float32
			for k, t := range taps {
				v += t * from[min(max(x+dx+k-1, 0), s.w-1)]
			}
			out[x] = v
		}
	}
}

// cubic are the weights of the four pixels about a point f behind the second, with
// a = −1/2.
func cubic(f float32) [4]float32 {
	f2, f3 := f*f, f*f*f
	return [4]float32{-f3/2 + f2 - f/2, 1.5*f3 - 2.5*f2 + 1, -1.5*f3 + 2*f2 + f/2, f3/2 - f2/2}
}
