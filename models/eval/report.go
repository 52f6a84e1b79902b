package eval

import "errors"

// Rates are the two figures of a curve, fractions of 1.
type Rates struct {
	EER float64 `json:"eer"`
	AUC float64 `json:"auc"`
}

// Figures are what one judge came to over all clips together; nil without data.
// Frame counts every frame, the others those with pixel-level truth.
type Figures struct {
	Frame     *Rates   `json:"frame"`
	Pixel     *Rates   `json:"pixel"`      // see Pixels
	DualPixel *Rates   `json:"dual_pixel"` // see Pixels
	RBDC      *float64 `json:"rbdc"`       // see Regions
	TBDC      *float64 `json:"tbdc"`
	AP        *float64 `json:"ap"` // of the pixels, see AveragePrecision
}

// ClipReport is what one clip came to. AUC is nil when all its frames are of
// one class.
type ClipReport struct {
	Name      string   `json:"name"`
	Frames    int      `json:"frames"`
	Irregular int      `json:"irregular"`
	Masks     bool     `json:"masks"` // it has pixel-level truth
	AUC       *float64 `json:"auc"`
	// Frames that are marked at the working threshold.
	Found int `json:"found"` // irregular
	False int `json:"false"` // ordinary
	// Likeness is how like the clip's still background is to the bundle's, 0 to 1, where
	// it is least; nil: not known. OtherPlace tells that it is another place.
	Likeness   *float64 `json:"likeness"`
	OtherPlace bool     `json:"other_place"`
}

// CoverageReport is the shares of Coverage.
type CoverageReport struct {
	Irregular float64 `json:"irregular"`
	Moving    float64 `json:"normal_moving"`
}

// TwoReport is the figures of TwoThresholds.
type TwoReport struct {
	Frame *Rates `json:"frame"`
	Pixel *Rates `json:"pixel"`
}

// Report is the outcome of an evaluation. The figures beside Dataset are those
// of Both; they pool the frames of all clips (micro average), while MacroAUC is
// the mean of the clips' own frame AUC over the clips that have both classes: a
// clip that is irregular throughout has no AUC, and is left out of it. Parts
// without data are nil.
type Report struct {
	Dataset   string `json:"dataset"`
	Frames    int    `json:"frames"`
	Irregular int    `json:"irregular"`
	LeftOut   int    `json:"left_out"` // undecidable first frames of clips
	Held      int    `json:"held"`     // frames for which judgement was held
	// Scenes is how often the filter told what keeps it from judging, by kind.
	Scenes map[string]int `json:"scenes,omitempty"`
	Figures
	MacroAUC      *float64        `json:"macro_auc"`
	TwoThresholds *TwoReport      `json:"two_thresholds"`
	Inpainter     *Figures        `json:"inpainter"`
	Detector      *Figures        `json:"detector"`
	Coverage      *CoverageReport `json:"coverage"`
	Mask          *MaskReport     `json:"mask"`    // nil without pixel-level truth
	Working       *WorkingReport  `json:"working"` // nil for pictures that stand alone
	Clips         []ClipReport    `json:"clips"`
}

// Report sums up. One class alone is no error, its figures are nil. The error
// wraps ErrSize when a judge's maps were missing for some frames.
func (c *Collector) Report(dataset string) (*Report, error) {
	r := &Report{Dataset: dataset, Frames: len(c.positive), Irregular: count(c.positive), LeftOut: c.leftOut, Held: c.held, Scenes: c.scenes}
	var own [Judges]*Figures
	for j := range own {
		var err error
		if own[j], err = c.figures(Judge(j)); err != nil {
			return nil, err
		}
	}
	r.Detector, r.Inpainter = own[Detector], own[Inpainter]
	if own[Both] != nil {
		r.Figures = *own[Both]
	}
	var err error
	if r.TwoThresholds, err = c.twoThresholds(); err != nil {
		return nil, err
	}
	if err := c.sumClips(r); err != nil {
		return nil, err
	}
	if c.Coverage.Irregular > 0 {
		a, b := c.Coverage.Shares()
		r.Coverage = &CoverageReport{a, b}
	}
	if _, masked := c.judges[Both].average.Value(); masked {
		r.Mask = c.Marks.report(r.AP)
	}
	r.Working = c.working()
	return r, nil
}

// figures are those of one judge, nil without maps of it.
func (c *Collector) figures(j Judge) (*Figures, error) {
	t, f := &c.judges[j], &Figures{}
	if len(t.scores) == 0 {
		return nil, nil
	}
	var errs [3]error
	f.Frame, errs[0] = rates(ROC(t.scores, c.positive))
	f.Pixel, errs[1] = rates(t.pixels.Plain())
	f.DualPixel, errs[2] = rates(t.pixels.Dual())
	if rbdc, tbdc, ok := t.regions.Areas(); ok {
		f.RBDC, f.TBDC = &rbdc, &tbdc
	}
	if ap, ok := t.average.Value(); ok {
		f.AP = &ap
	}
	return f, errors.Join(errs[:]...)
}

// twoThresholds are the figures with both thresholds free, nil without maps.
func (c *Collector) twoThresholds() (*TwoReport, error) {
	if len(c.both.frame) == 0 {
		return nil, nil
	}
	// The error of one class comes again below, that of sizes came before.
	i, r := &c.judges[Inpainter], &TwoReport{}
	frame, _ := ROC(i.scores, c.positive)
	pixel, _ := i.pixels.Plain()
	var errs [2]error
	r.Frame, errs[0] = rates(c.both.Frame(frame))
	r.Pixel, errs[1] = rates(c.both.Pixel(pixel))
	return r, errors.Join(errs[:]...)
}

// sumClips fills Clips and MacroAUC.
func (c *Collector) sumClips(r *Report) error {
	sum, n := 0.0, 0
	for _, clip := range c.clips {
		own, end := clip.report, clip.first+clip.report.Frames
		of, err := rates(ROC(c.judges[Both].scores[clip.first:end], c.positive[clip.first:end]))
		if err != nil {
			return err
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
	return nil
}

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
