package eval

import (
	"errors"
	"slices"
)

// NamedCurve is a curve and what it is the curve of.
type NamedCurve struct {
	Name  string
	Curve Curve
}

// Timeline is the scores of one clip, frame after frame, for a plot: NaN for a
// frame that was left out, -Inf where no pixel could be marked at any threshold.
type Timeline struct {
	Clip      string
	Scores    []float32
	Irregular []bool
	Threshold float32 // the working threshold
}

// Curves are the ROC curves of the judges at frame and at pixel level over all
// clips together, for plots; a level without both classes has none.
func (c *Collector) Curves() (frame, pixel []NamedCurve, err error) {
	for j := range c.judges {
		t := &c.judges[j]
		if len(t.scores) == 0 {
			continue
		}
		f, errFrame := ROC(t.scores, c.positive)
		p, errPixel := t.pixels.Plain()
		for _, v := range []struct {
			to  *[]NamedCurve
			c   Curve
			err error
		}{{&frame, f, errFrame}, {&pixel, p, errPixel}} {
			if v.err == nil {
				*v.to = append(*v.to, NamedCurve{Judge(j).String(), v.c})
			} else if !errors.Is(v.err, ErrOneClass) {
				return nil, nil, v.err
			}
		}
	}
	return frame, pixel, nil
}

// Timelines are those of the clips, of Both.
func (c *Collector) Timelines() []Timeline {
	var all []Timeline
	for _, clip := range c.clips {
		t := clip.timeline
		t.Scores, t.Irregular = slices.Clone(t.Scores), slices.Clone(t.Irregular)
		all = append(all, t)
	}
	return all
}
