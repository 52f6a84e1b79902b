package verdict

// Box is the bounding box of a connected part of a mask, in pixels of the
// picture it was found in.
type Box struct {
	X, Y  int     // left and upper edge
	W, H  int     // width and height, ≥ 1
	Area  int     // pixels of the mask in the part
	Score float32 // greatest heat in the part, 0 to 1
}

// Scale is the box in a picture of dw×dh pixels, given one in a picture of
// sw×sh: the bounds of those pixels that mask.Scale fills from it, but at least
// one pixel. Its area changes with the picture's; all sizes are ≥ 1.
func (b Box) Scale(sw, sh, dw, dh int) Box {
	b.X, b.W = scaleSide(b.X, b.W, sw, dw)
	b.Y, b.H = scaleSide(b.Y, b.H, sh, dh)
	area := (int64(b.Area)*int64(dw)*int64(dh) + int64(sw)*int64(sh)/2) / (int64(sw) * int64(sh))
	b.Area = int(max(1, area))
	return b
}

// scaleSide maps [at, at+n) of s pixels to d pixels.
func scaleSide(at, n, s, d int) (int, int) {
	lo, hi := target(at, s, d), min(d, target(at+n, s, d))
	if hi <= lo {
		lo = min(lo, d-1)
		hi = lo + 1
	}
	return lo, hi - lo
}

// target is the first pixel, of d on an axis, whose centre lies in pixel i of
// s or beyond.
func target(i, s, d int) int { return max(0, (2*d*i+s-1)/(2*s)) }
