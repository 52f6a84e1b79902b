package overlay

import "fmt"

// Run is pixels of one row of a picture, First to before End.
type Run struct{ Y, First, End int }

// Hide paints runs of pixels black, and the chroma that they share with others. The errors
// are those of Draw.
func Hide(p *Picture, runs []Run) error {
	if err := p.Validate(); err != nil {
		return err
	}
	var err error
	if p.Info, err = p.Resolve(); err != nil {
		return fmt.Errorf("%w: %w", ErrPicture, err)
	}
	var layers [3]layer
	n := p.layers(&layers)
	for i := range layers[:n] {
		l := &layers[i]
		k := newInk(l, p.color(0xff000000), 1)
		for _, r := range runs {
			k.rect(l, r.First, r.Y, r.End, r.Y+1)
		}
	}
	return nil
}
