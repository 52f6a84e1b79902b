package avidfilter

import (
	"avid/element/gstc"
	"avid/runtime/overlay"
	"avid/runtime/pixel"
	"avid/runtime/verdict"
)

// marks is the present verdict in the forms in which it leaves the element. It
// allocates nothing once it has seen the busiest mask.
type marks struct {
	boxes   []gstc.Box // in pixels of the picture
	mask    gstc.Mask
	drawer  *overlay.Drawer
	picture overlay.Picture
	input   overlay.Input
}

// init takes the model size.
func (m *marks) init(h, w int) { m.drawer = overlay.New(h, w) }

// close gives the mask's memory back; it may be called again.
func (m *marks) close() { m.mask.Close() }

// update takes a new verdict.
func (m *marks) update(v *verdict.Verdict) error {
	m.input = overlay.Input{Mask: v.Mask, Heat: v.Heat, Score: v.Score, Threshold: v.Threshold}
	return m.mask.Fill(v.Mask, v.H, v.W)
}

// fit places the boxes in a picture of w×h pixels; zoneOf names the zone of each.
func (m *marks) fit(v *verdict.Verdict, w, h int, zoneOf func(verdict.Box) string) {
	m.boxes = m.boxes[:0]
	for i, b := range v.Boxes {
		s := b.Scale(v.W, v.H, w, h)
		m.boxes = append(m.boxes, gstc.Box{ID: i, X: s.X, Y: s.Y, W: s.W, H: s.H, Score: float64(b.Score), Zone: zoneOf(b)})
	}
}

// visible says whether anything is to be drawn; found, whether there are boxes.
func (m *marks) visible(f overlay.Flags, found bool) bool {
	return f&(overlay.Heat|overlay.Score) != 0 || f&(overlay.Mask|overlay.Outline) != 0 && found
}

// draw draws the verdict onto a picture.
func (m *marks) draw(p *gstc.Picture, info pixel.Info, s overlay.Style) error {
	m.borrow(p, info)
	err := m.drawer.Draw(&m.picture, &m.input, s)
	m.picture.Planes = [3][]byte{} // they were lent
	return err
}

// hide paints runs of a picture black.
func (m *marks) hide(p *gstc.Picture, info pixel.Info, runs []overlay.Run) error {
	m.borrow(p, info)
	err := overlay.Hide(&m.picture, runs)
	m.picture.Planes = [3][]byte{} // they were lent
	return err
}

// borrow takes a picture that is lent.
func (m *marks) borrow(p *gstc.Picture, info pixel.Info) {
	m.picture.Info = info
	m.picture.Format = info.Format.Shifted(p.X)
	m.picture.Width, m.picture.Height = p.Width, p.Height
	copy(m.picture.Planes[:], p.Planes[:])
	copy(m.picture.Strides[:], p.Strides[:])
}
