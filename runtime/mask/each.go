package mask

import "avid/runtime/verdict"

// Each calls see for each 8-connected part of a mask of h·w bytes: its box, without a
// score, and pixels, which calls its argument with each run of its pixels, first to
// before end by their numbers row by row, until the next call of the Labeler.
func (l *Labeler) Each(mask []byte, h, w int, see func(box verdict.Box, pixels func(func(first, end int)))) {
	l.kept, l.keep = l.kept[:0], true
	l.boxes = l.Label(mask, nil, h, w, 1, l.boxes)
	l.keep = false
	for i := range l.parts {
		if l.parent[i] != int32(i) {
			continue
		}
		box := l.parts[i] // its W and H are edges
		box.W, box.H = box.W-box.X, box.H-box.Y
		see(box, func(run func(first, end int)) {
			for _, r := range l.kept {
				if l.root(r.label) == int32(i) {
					run(int(r.lo), int(r.hi))
				}
			}
		})
	}
}
