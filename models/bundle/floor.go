package bundle

// AboveFloor writes to dst what each pixel's error counts as beside α: the
// greatest error less the floor's within the square of side reach around it, and
// of that the closing by a square of side closing.
// All are h·w, no side above MaxSize; floor may be empty, and reach and closing 0 or 1
// mean the pixel alone. dst and errors may not overlap.
func AboveFloor(dst, errors []float32, floor []byte, h, w, reach, closing int) {
	copy(dst, errors)
	for i, f := range floor {
		dst[i] -= float32(f) * FloorUnit
	}
	widenAll(dst, h, w, reach/2)
	if half := closing / 2; half > 0 {
		widenAll(dst, h, w, half)
		negate(dst)
		widenAll(dst, h, w, half)
		negate(dst)
	}
}

func negate(v []float32) {
	for i := range v {
		v[i] = -v[i]
	}
}

// widenAll replaces the values of a picture by the greatest of those up to half beside
// and above them.
func widenAll(v []float32, h, w, half int) {
	if half == 0 {
		return
	}
	var line [MaxSize]float32
	for y := range h {
		widen(v[y*w:], 1, line[:w], half)
	}
	for x := range w {
		widen(v[x:], w, line[:h], half)
	}
}

// widen replaces the values of a row or column, step apart, by the greatest of
// those up to half beside them. line is as long as it.
func widen(v []float32, step int, line []float32, half int) {
	for i := range line {
		line[i] = v[i*step]
	}
	for i := range line {
		most := line[i]
		for k := max(i-half, 0); k <= min(i+half, len(line)-1); k++ {
			most = max(most, line[k])
		}
		v[i*step] = most
	}
}
