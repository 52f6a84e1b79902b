package datasets

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"strings"
)

// Truth is the ground truth of the frames of a clip.
type Truth struct {
	Irregular []bool // by frame: its mask is not empty, or, without masks, its label
	clip      *Clip
	first     int
	sizes     []image.Point // of the masks, by frame; nil without masks
}

// HasMasks reports whether the clip has pixel-level truth.
func (c *Clip) HasMasks() bool { return len(c.Masks) > 0 || c.drawn != nil }

// HasTruth reports whether the clip has truth of either kind.
func (c *Clip) HasTruth() bool { return c.HasMasks() || c.Spans != nil }

// Truth reads the truth for the frames that were read from the clip; masks
// come before labels where there are both. The error wraps ErrCount when truth
// and frames do not fit each other, ErrImage for an unreadable mask.
func (c *Clip) Truth(frames int) (*Truth, error) {
	t := &Truth{Irregular: make([]bool, frames), clip: c, first: c.Range.First}
	switch {
	case c.HasMasks():
		if err := t.readMasks(); err != nil {
			return nil, err
		}
		return t, nil
	case c.Spans == nil:
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

// readMasks looks at each mask once.
func (t *Truth) readMasks() error {
	if err := t.clip.checkMasks(len(t.Irregular)); err != nil {
		return err
	}
	t.sizes = make([]image.Point, len(t.Irregular))
	var buf []byte
	for k := range t.Irregular {
		mask, size, err := t.read(k, buf)
		if err != nil {
			return err
		}
		buf, t.sizes[k] = mask, size
		t.Irregular[k] = slices.ContainsFunc(mask, func(m byte) bool { return m != 0 })
	}
	return nil
}

func (c *Clip) checkMasks(frames int) error {
	n, masks, such := c.Range.First+frames, len(c.Masks), ""
	if c.drawn != nil {
		masks = c.drawn.len()
	} else {
		such = fmt.Sprintf(" (%s …)", c.Masks[0])
	}
	if n > masks || c.Range == (Range{}) && n != masks {
		return fmt.Errorf("clip %s has %d frames and %d masks%s: %w", c.Path, n, masks, such, ErrCount)
	}
	return nil
}

// Mask reads the mask of frame k of those read, w*h bytes, not 0 where
// irregular, reusing dst; it must have the given size. It is nil without an
// error when the clip has no masks.
func (t *Truth) Mask(k, w, h int, dst []byte) ([]byte, error) {
	if err := t.Fits(k, w, h); err != nil || t.sizes == nil {
		return nil, err
	}
	mask, _, err := t.read(k, dst)
	return mask, err
}

// Fits tells whether the mask of frame k, if there is one, has the size of its
// frame; the error wraps ErrCount.
func (t *Truth) Fits(k, w, h int) error {
	if t.sizes == nil || t.sizes[k] == image.Pt(w, h) {
		return nil
	}
	name := fmt.Sprintf("%d of clip %s", k, t.clip.Path)
	if t.clip.drawn == nil {
		name = t.clip.Masks[t.first+k]
	}
	return fmt.Errorf("mask %s is %dx%d, its frame %dx%d: %w", name, t.sizes[k].X, t.sizes[k].Y, w, h, ErrCount)
}

// read reads or draws the mask of frame k.
func (t *Truth) read(k int, dst []byte) ([]byte, image.Point, error) {
	if t.clip.drawn == nil {
		return readMask(t.clip.Masks[t.first+k], dst)
	}
	w, h := t.clip.drawn.size()
	dst = slices.Grow(dst[:0], w*h)[:w*h]
	t.clip.drawn.mask(t.first+k, dst)
	return dst, image.Pt(w, h), nil
}

// half is the grey level from which a pixel of a lossy mask counts: below lies
// what JPEG adds around an edge.
const half = 128

// readMask reads a picture as a mask: not 0 where irregular. Pictures of 16
// bits may hold labels such as 1, which as luma would be lost.
func readMask(path string, dst []byte) ([]byte, image.Point, error) {
	img, err := ReadImage(path)
	if err != nil {
		return nil, image.Point{}, err
	}
	size := img.Bounds().Size()
	dst = slices.Grow(dst[:0], size.X*size.Y)[:size.X*size.Y]
	if deep, ok := img.(*image.Gray16); ok {
		for i := range dst {
			at := deep.PixOffset(deep.Rect.Min.X+i%size.X, deep.Rect.Min.Y+i/size.X)
			dst[i] = deep.Pix[at] | deep.Pix[at+1]
		}
		return dst, size, nil
	}
	toGray(dst, img)
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".jpg" || ext == ".jpeg" {
		for i, m := range dst {
			if m < half {
				dst[i] = 0
			}
		}
	}
	return dst, size, nil
}
