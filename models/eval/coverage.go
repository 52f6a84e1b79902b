package eval

import "fmt"

// Coverage says how much of what is irregular, and of what moves and is
// normal, lies under the masks at the working threshold: the first should be
// high and the second low.
type Coverage struct {
	Irregular, IrregularMasked int // truth pixels, and those of them under the mask
	Moving, MovingMasked       int // moving pixels off the truth, and those of them under the mask
}

// MovingDelta is how many of 255 grey levels a pixel must differ from an
// earlier picture of the same clip to count as moving: well above sensor noise
// and compression (2 to 4 levels), below a walker's contrast (20 and more).
const MovingDelta = 16

// Add takes one frame: the mask of h x w pixels (not 0 = marked), its picture
// and an earlier one, and the truth (nil when nothing is irregular), all three
// of th x tw pixels. The error wraps ErrSize.
func (c *Coverage) Add(mask []byte, h, w int, now, before, truth []byte, th, tw int) error {
	if len(mask) != h*w || len(now) != th*tw || len(before) != th*tw || (truth != nil && len(truth) != th*tw) {
		return fmt.Errorf("%w: mask %d for %dx%d (width × height); pictures %d, %d and truth %d for %dx%d",
			ErrSize, len(mask), w, h, len(now), len(before), len(truth), tw, th)
	}
	for y := range th {
		row := mask[(2*y+1)*h/(2*th)*w:][:w]
		for x := range tw {
			i := y*tw + x
			masked := 0
			if row[(2*x+1)*w/(2*tw)] != 0 {
				masked = 1
			}
			if truth != nil && truth[i] != 0 {
				c.Irregular++
				c.IrregularMasked += masked
			} else if d := int(now[i]) - int(before[i]); d >= MovingDelta || d <= -MovingDelta {
				c.Moving++
				c.MovingMasked += masked
			}
		}
	}
	return nil
}

// Shares are the masked parts of the irregular and of the normal moving
// pixels, 0..1; 0 where there were none.
func (c *Coverage) Shares() (irregular, moving float64) {
	share := func(part, whole int) float64 {
		if whole == 0 {
			return 0
		}
		return float64(part) / float64(whole)
	}
	return share(c.IrregularMasked, c.Irregular), share(c.MovingMasked, c.Moving)
}
