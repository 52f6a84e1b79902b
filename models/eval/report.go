package eval

import "errors"

// Rates are the two figures of a curve, fractions of 1.
type Rates struct {
	EER float64 `json:"eer"`
	AUC float64 `json:"auc"`
}

// ClipReport is what one clip came to. AUC is nil when all its frames are of
// one class.
type ClipReport struct {
	Name      string   `json:"name"`
	Frames    int      `json:"frames"`
	Irregular int      `json:"irregular"`
	AUC       *float64 `json:"auc"`
	Marked    Marked   `json:"marked"`
}

// Marked counts the frames that were marked at the working threshold.
type Marked struct {
	Irregular int `json:"irregular"` // rightly
	Normal    int `json:"normal"`    // false alarms
}

// CoverageReport is the shares of Coverage.
type CoverageReport struct {
	Irregular float64 `json:"irregular"`
	Moving    float64 `json:"normal_moving"`
}

// Report is the outcome of an evaluation. Frame pools the frames of all clips
// (micro average); MacroAUC is the mean of the clips' own AUC over the clips
// that have both classes. Parts without data are nil.
type Report struct {
	Dataset   string          `json:"dataset"`
	Frames    int             `json:"frames"`
	Irregular int             `json:"irregular"`
	LeftOut   int             `json:"left_out"` // undecidable first frames of clips
	Frame     *Rates          `json:"frame"`
	MacroAUC  *float64        `json:"macro_auc"`
	Pixel     *Rates          `json:"pixel"`
	DualPixel *Rates          `json:"dual_pixel"`
	Coverage  *CoverageReport `json:"coverage"`
	Clips     []ClipReport    `json:"clips"`
}

// Collector gathers the frames of a data set's clips, clip after clip.
type Collector struct {
	Pixels   Pixels
	Coverage Coverage
	scores   []float32
	positive []bool
	clips    []clipFrames
	leftOut  int
}

type clipFrames struct {
	name   string
	first  int
	marked Marked
}

// Clip begins the next clip.
func (c *Collector) Clip(name string) {
	c.clips = append(c.clips, clipFrames{name: name, first: len(c.scores)})
}

// LeaveOut counts a frame that cannot be judged, such as the first five of a
// clip when a window holds six.
func (c *Collector) LeaveOut() { c.leftOut++ }

// Frame takes the score of the next frame of the clip, whether it is
// irregular, and whether it was marked at the working threshold.
func (c *Collector) Frame(score float32, irregular, marked bool) {
	if len(c.clips) == 0 {
		c.Clip("")
	}
	c.scores = append(c.scores, score)
	c.positive = append(c.positive, irregular)
	if m := &c.clips[len(c.clips)-1].marked; marked && irregular {
		m.Irregular++
	} else if marked {
		m.Normal++
	}
}

// Report sums up. The error wraps ErrScore; one class alone is no error, its
// figures are nil.
func (c *Collector) Report(dataset string) (*Report, error) {
	r := &Report{Dataset: dataset, Frames: len(c.scores), Irregular: count(c.positive), LeftOut: c.leftOut}
	var err error
	if r.Frame, err = rates(ROC(c.scores, c.positive)); err != nil {
		return nil, err
	}
	if r.Pixel, err = rates(c.Pixels.Plain()); err != nil {
		return nil, err
	}
	if r.DualPixel, err = rates(c.Pixels.Dual()); err != nil {
		return nil, err
	}
	sum, n := 0.0, 0
	for i, clip := range c.clips {
		end := len(c.scores)
		if i+1 < len(c.clips) {
			end = c.clips[i+1].first
		}
		own := ClipReport{Name: clip.name, Frames: end - clip.first, Irregular: count(c.positive[clip.first:end]), Marked: clip.marked}
		of, err := rates(ROC(c.scores[clip.first:end], c.positive[clip.first:end]))
		if err != nil {
			return nil, err
		}
		if of != nil {
			own.AUC = &of.AUC
			sum, n = sum+of.AUC, n+1
		}
		r.Clips = append(r.Clips, own)
	}
	if n > 0 {
		macro := sum / float64(n)
		r.MacroAUC = &macro
	}
	if c.Coverage.Irregular > 0 {
		a, b := c.Coverage.Shares()
		r.Coverage = &CoverageReport{a, b}
	}
	return r, nil
}

// Curve is the frame-level ROC over all clips. The error wraps ErrOneClass or
// ErrScore.
func (c *Collector) Curve() (Curve, error) { return ROC(c.scores, c.positive) }

func count(b []bool) int {
	n := 0
	for _, v := range b {
		if v {
			n++
		}
	}
	return n
}

// rates are the figures of a curve, nil when there are not both classes.
func rates(c Curve, err error) (*Rates, error) {
	if errors.Is(err, ErrOneClass) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Rates{EER: c.EER(), AUC: c.AUC()}, nil
}
