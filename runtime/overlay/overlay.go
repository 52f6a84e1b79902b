// Package overlay draws what the networks found onto a raw picture, in
// place: the mask as a tint or an outline, the irregularity as a heat map,
// the score as a gauge in the corner.
package overlay

import (
	"errors"
	"fmt"
)

var (
	// ErrPicture means: a picture's format, size or planes do not fit each other.
	ErrPicture = errors.New("overlay: picture not usable")
	// ErrInput means: a mask or heat map has another size than the drawer's.
	ErrInput = errors.New("overlay: mask or heat of another size")
)

// Flags say what is drawn.
type Flags uint8

// What can be drawn, from the bottom up.
const (
	Heat    Flags = 1 << iota // the irregularity of each pixel, in colours
	Mask                      // a tint where the mask is set
	Outline                   // the border of the mask
	Score                     // a gauge of the score against its threshold
	None    Flags = 0
)

// Style is how things are drawn.
type Style struct {
	Flags Flags
	// Color of tint and outline, 0xAARRGGBB.
	Color uint32
	// Opacity of tint and heat, 0 to 1, beside the colour's own alpha for
	// the tint. Outline and gauge do not follow it.
	Opacity float64
	// Thick is how thick the outline is at least, pixels, 0 to maxThickness; it is thicker
	// on large pictures.
	Thick int
}

// DefaultStyle is a red tint and outline, and the gauge.
func DefaultStyle() Style {
	return Style{Flags: Mask | Outline | Score, Color: 0xffff3030, Opacity: 0.35}
}

// Input is what the engine found in a frame. Heat may be nil when the style
// does not draw it.
type Input struct {
	Mask, Heat       []byte  // model size, row-major; any byte but 0 is set in a mask
	Score, Threshold float32 // logit units; a score that is no number shows as none
}

// Drawer draws the masks of one model size. It holds scratch memory, so that
// it allocates nothing from the second picture of a size on; it is for one
// goroutine at a time.
type Drawer struct {
	h, w    int
	extents []extent // of each row of soft
	marked  []extent // of each row of the mask
	soft    []uint16 // the mask with soft edges, of unit
	spans   spanRing
	inner   [2][]span // scratch of the outline
	hot     []extent  // of each row of the heat
	strip   strip     // scratch of the heat
	ramp    *ramp     // nil until heat is drawn
}

// New returns a drawer for masks of h×w bytes.
func New(h, w int) *Drawer {
	if h < 1 || w < 1 {
		panic(fmt.Sprintf("overlay: masks of %d×%d pixels", h, w))
	}
	d := &Drawer{h: h, w: w, extents: make([]extent, h), marked: make([]extent, h), soft: make([]uint16, h*w), hot: make([]extent, h)}
	d.strip.init(w)
	d.spans.init(w)
	for i := range d.inner {
		d.inner[i] = make([]span, 0, w+4)
	}
	return d
}

// Draw draws in over p. Where the mask is empty and neither heat nor score
// is wanted, no byte changes. The cost grows with the area that is marked or hot.
// Range and matrix that p does not know are filled in. Errors: ErrPicture, ErrInput;
// the picture is then as it was.
func (d *Drawer) Draw(p *Picture, in *Input, s Style) error {
	if err := p.Validate(); err != nil {
		return err
	}
	var err error
	if p.Info, err = p.Resolve(); err != nil {
		return fmt.Errorf("%w: %w", ErrPicture, err)
	}
	fill := s.Flags & (Mask | Outline)
	if n := d.h * d.w; fill != 0 && len(in.Mask) != n || s.Flags&Heat != 0 && len(in.Heat) != n {
		return fmt.Errorf("%w: %d bytes of mask and %d of heat, want %d each", ErrInput, len(in.Mask), len(in.Heat), n)
	}
	var layers [3]layer
	n := p.layers(&layers)
	opacity := min(s.Opacity, 1)
	if !(opacity > 0) { // not a number neither
		opacity = 0
	}
	if s.Flags&Heat != 0 {
		d.drawHeat(p, layers[:n], in.Heat, opacity)
	}
	if fill != 0 && d.soften(in.Mask) {
		color := p.color(s.Color)
		alpha := float64(s.Color>>24) / 255
		for i := range layers[:n] {
			l := &layers[i]
			tint, line := newInk(l, color, 0), newInk(l, color, 0)
			if s.Flags&Mask != 0 {
				tint = newInk(l, color, alpha*opacity)
			}
			if s.Flags&Outline != 0 {
				line = newInk(l, color, alpha)
			}
			d.drawMask(l, &tint, &line, min(max(thickness(p.Height), s.Thick), maxThickness))
		}
	}
	if s.Flags&Score != 0 {
		drawGauge(p, layers[:n], in.Score, in.Threshold, s.Color)
	}
	return nil
}

// thickness is that of the outline in pixels: 3 at 1080 lines, 2 at 576 and 720, 1
// below 540.
func thickness(height int) int { return min(max(1, (height+180)/360), maxThickness) }

// halved is a thickness along an axis of a layer that has half the picture's
// size.
func halved(thick int, half bool) int {
	if half {
		return (thick + 1) / 2
	}
	return thick
}
