package datasets

import "fmt"

// Truth is the ground truth of the frames of a clip.
type Truth struct {
	Irregular []bool // by frame: its mask is not empty, or, without masks, its label
	clip      *Clip
	first     int
}

// HasMasks reports whether the clip has pixel-level truth.
func (c *Clip) HasMasks() bool { return len(c.Masks) > 0 }

// HasTruth reports whether the clip has truth of either kind.
func (c *Clip) HasTruth() bool { return c.HasMasks() || c.Spans != nil }

// Truth reads the truth for the frames that were read from the clip; masks
// come before labels where there are both. The error wraps ErrCount when truth
// and frames do not fit each other, ErrImage for an unreadable mask.
func (c *Clip) Truth(frames int) (*Truth, error) {
	t := &Truth{Irregular: make([]bool, frames), clip: c, first: c.Range.First}
	if c.HasMasks() {
		if err := c.checkMasks(frames); err != nil {
			return nil, err
		}
		var buf []byte
		for k := range t.Irregular {
			mask, _, _, err := ReadGray(c.Masks[t.first+k], buf)
			if err != nil {
				return nil, err
			}
			buf = mask
			for _, m := range mask {
				if m != 0 {
					t.Irregular[k] = true
					break
				}
			}
		}
		return t, nil
	}
	if c.Spans == nil {
		return nil, fmt.Errorf("clip %s: %w: it has neither masks nor labels", c.Path, ErrLayout)
	}
	for _, s := range c.Spans {
		if c.Range == (Range{}) && s.Last >= frames {
			return nil, fmt.Errorf("clip %s has %d frames, its labels go to frame %d: %w", c.Path, frames, s.Last+1, ErrCount)
		}
		for k := max(s.First, t.first); k <= s.Last && k < t.first+frames; k++ {
			t.Irregular[k-t.first] = true
		}
	}
	return t, nil
}

func (c *Clip) checkMasks(frames int) error {
	n := c.Range.First + frames
	if n > len(c.Masks) || c.Range == (Range{}) && n != len(c.Masks) {
		return fmt.Errorf("clip %s has %d frames and %d masks (%s …): %w", c.Path, n, len(c.Masks), c.Masks[0], ErrCount)
	}
	return nil
}

// Mask reads the mask of frame k of those read, w*h bytes, not 0 where
// irregular, reusing dst; it must have the given size. It is nil without an
// error when the clip has no masks.
func (t *Truth) Mask(k, w, h int, dst []byte) ([]byte, error) {
	if !t.clip.HasMasks() {
		return nil, nil
	}
	path := t.clip.Masks[t.first+k]
	mask, mw, mh, err := ReadGray(path, dst)
	if err != nil {
		return nil, err
	}
	if mw != w || mh != h {
		return nil, fmt.Errorf("mask %s is %dx%d, its frame %dx%d: %w", path, mw, mh, w, h, ErrCount)
	}
	return mask, nil
}
