package outline

// simplify keeps of each outline in raw the corners that are needed for it to
// stay within tolerance pixels (Douglas and Peucker 1973). One that encloses
// nothing any more is kept whole at a tolerance of 1 and dropped beyond.
func (t *Tracer) simplify(tolerance int) [][]Point {
	t.out, t.ring = t.out[:0], t.ring[:0]
	begin := 0
	for _, end := range t.ends {
		t.reduce(t.raw[begin:end], tolerance)
		begin = end
	}
	return t.ring
}

// reduce appends the simplified form of one closed outline.
func (t *Tracer) reduce(p []Point, tolerance int) {
	n := len(p)
	if cap(t.keep) < n+1 {
		t.keep = make([]bool, n+1)
	}
	keep := t.keep[:n+1]
	clear(keep)
	// A closed line has no ends: it is cut at its first corner and at the one
	// furthest from it.
	far := 0
	for i := range p {
		if between(p[0], p[i]) > between(p[0], p[far]) {
			far = i
		}
	}
	at := func(i int) Point { return p[i%n] }
	keep[0], keep[far] = true, true
	t.todo = append(t.todo[:0], [2]int{0, far}, [2]int{far, n})
	for len(t.todo) > 0 {
		s := t.todo[len(t.todo)-1]
		t.todo = t.todo[:len(t.todo)-1]
		worst, most := -1, tolerance*tolerance
		for i := s[0] + 1; i < s[1]; i++ {
			if d := beside(at(s[0]), at(s[1]), at(i)); d >= most {
				worst, most = i, d+1
			}
		}
		if worst >= 0 {
			keep[worst] = true
			t.todo = append(t.todo, [2]int{s[0], worst}, [2]int{worst, s[1]})
		}
	}
	first := len(t.out)
	for i := range p {
		if keep[i] {
			t.out = append(t.out, p[i])
		}
	}
	if doubleArea(t.out[first:]) == 0 {
		t.out = t.out[:first]
		if tolerance > 1 {
			return
		}
		t.out = append(t.out, p...) // a pixel, or a line of them
	}
	t.ring = append(t.ring, t.out[first:len(t.out):len(t.out)])
}

// between is the square of the distance of two points.
func between(a, b Point) int { return (a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y) }

// beside is the square of the distance of p from the line through a and b,
// rounded down; from a, where b is the same point.
func beside(a, b, p Point) int {
	length := between(a, b)
	if length == 0 {
		return between(a, p)
	}
	cross := (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X)
	return cross * cross / length
}

// doubleArea is twice the signed area of a closed polygon: above 0 where it
// runs clockwise, seen with y downwards.
func doubleArea(p []Point) int {
	sum := 0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum
}
