package mask

import (
	"slices"

	"avid/runtime/verdict"
)

const (
	// maxParts bounds the parts that are reported of one frame, the largest first
	// come: a mask in more pieces than that is noise, and metadata has to stay
	// small.
	maxParts = 64
	// speckArea is the number of model pixels below which a part of the mask gets
	// no box of its own: less than a quarter of the cell of 8×8 that D scores.
	speckArea = 16
)

// Parts appends to dst[:0] the boxes of a mask that are worth reporting, at most
// 64: those that are no specks, the largest in any case, since a frame with a
// mask has a box. The arguments are as for Label.
func (l *Labeler) Parts(mask, heat []byte, h, w int, dst []verdict.Box) []verdict.Box {
	dst = l.Label(mask, heat, h, w, 1, dst)
	most := 0
	for _, b := range dst {
		most = max(most, b.Area)
	}
	dst = slices.DeleteFunc(dst, func(b verdict.Box) bool { return b.Area < min(speckArea, most) })
	return largest(dst, maxParts)
}

// largest keeps the n boxes of greatest area, in their order.
func largest(boxes []verdict.Box, n int) []verdict.Box {
	for len(boxes) > n {
		least := 0
		for i, b := range boxes {
			if b.Area < boxes[least].Area {
				least = i
			}
		}
		boxes = append(boxes[:least], boxes[least+1:]...)
	}
	return boxes
}
