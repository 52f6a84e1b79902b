package avidfilter

import (
	"slices"

	"avid/element/gstc"
	"avid/runtime/engine"
	"avid/runtime/mask"
	"avid/runtime/overlay"
)

// maxBoxes bounds the regions that are reported of one frame, the largest
// first come: a mask in more pieces than that is noise, and metadata has to
// stay small.
const maxBoxes = 64

// marks is the verdict on the present frame in the forms in which it leaves
// the element. It allocates nothing once it has seen the busiest mask.
type marks struct {
	h, w       int // model size
	labeler    mask.Labeler
	found      []mask.Box // in model pixels
	boxes      []gstc.Box // in pixels of the picture
	mask       gstc.Mask
	confidence float64
	drawer     *overlay.Drawer
	picture    overlay.Picture
	input      overlay.Input
}

func (m *marks) init(h, w int) {
	m.h, m.w = h, w
	m.drawer = overlay.New(h, w)
}

// close gives the mask's memory back; it may be called again.
func (m *marks) close() { m.mask.Close() }

// update takes a new verdict.
func (m *marks) update(r *engine.Result) error {
	m.confidence = float64(engine.Probability(r.Score - r.Threshold))
	m.found = m.labeler.Label(r.Mask, r.Heat, m.h, m.w, 1, m.found)
	m.found = largest(notSpecks(m.found), maxBoxes)
	m.input = overlay.Input{Mask: r.Mask, Heat: r.Heat, Score: r.Score, Threshold: r.Threshold}
	return m.mask.Fill(r.Mask, m.h, m.w)
}

// fit places the boxes in a picture of w×h pixels.
func (m *marks) fit(w, h int) {
	m.boxes = m.boxes[:0]
	for i, b := range m.found {
		s := b.Scale(m.w, m.h, w, h)
		m.boxes = append(m.boxes, gstc.Box{ID: i, X: s.X, Y: s.Y, W: s.W, H: s.H, Score: float64(b.Score)})
	}
}

// speckArea is the number of model pixels below which a part of the mask gets
// no box of its own: less than a quarter of the cell of 8×8 that D scores.
const speckArea = 16

// notSpecks keeps the boxes that are no specks, and the largest in any case: a
// frame with a mask has a box.
func notSpecks(boxes []mask.Box) []mask.Box {
	most := 0
	for _, b := range boxes {
		most = max(most, b.Area)
	}
	return slices.DeleteFunc(boxes, func(b mask.Box) bool { return b.Area < min(speckArea, most) })
}

// largest keeps the n boxes of greatest area, in their order.
func largest(boxes []mask.Box, n int) []mask.Box {
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

// visible says whether anything is to be drawn.
func (m *marks) visible(f overlay.Flags) bool {
	return f&(overlay.Heat|overlay.Score) != 0 ||
		f&(overlay.Mask|overlay.Outline) != 0 && len(m.found) > 0
}

// draw draws the verdict onto a picture.
func (m *marks) draw(p *gstc.Picture, format overlay.Format, s overlay.Style) error {
	m.picture.Format = format
	m.picture.Width, m.picture.Height = p.Width, p.Height
	copy(m.picture.Planes[:], p.Planes[:])
	copy(m.picture.Strides[:], p.Strides[:])
	err := m.drawer.Draw(&m.picture, &m.input, s)
	m.picture.Planes = [3][]byte{} // they were lent
	return err
}
