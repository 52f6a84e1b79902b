// Package evaluate runs a bundle over clips with ground truth, by the analyzer that
// avidfilter has, and hands what comes of it to models/eval.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"avid/models/datasets"
	"avid/models/eval"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/scene"
	"avid/models/zones"
	"avid/runtime/analyze"
	"avid/runtime/verdict"
)

// Clip is a clip with truth.
type Clip struct {
	Name  string
	Still bool // each picture stands alone and fills the window by itself
	Masks bool // some of its frames have pixel truth
	// Open begins to read it.
	Open func() (datasets.Reader, error)
	// Truth tells what is right about frame k, a picture of w×h pixels.
	Truth func(k, w, h int) (Truth, error)
	// Ended takes the number of frames of a clip that was read to its end; an
	// error says that they are too few for its truth.
	Ended func(frames int) error
}

// Truth is what is right about one frame.
type Truth struct {
	Irregular bool
	Masked    bool   // there is pixel truth
	Mask      []byte // not 0 where irregular; nil: nowhere
}

// Model is what is evaluated, as engine.Engine is.
type Model interface {
	analyze.Model
	// Picture is what the bundle keeps of its place; nil: nothing.
	Picture() []byte
	// Ordinary is what the bundle holds of ordinary things; nil: nothing.
	Ordinary() *ordinary.List
	// Zones are those that the bundle was trained with.
	Zones() zones.List
	// Parts gives the two halves of Eq. 4 apart.
	Parts(v *verdict.Verdict, inpainter, detector []float32)
}

// Evaluator runs a model over clips.
type Evaluator struct {
	Model      Model
	Thresholds verdict.Thresholds
	// Zones are parts of the picture to judge apart or to leave out, besides the bundle's.
	Zones zones.List
	// Show, if set, is told of each judged frame, number k of its clip; all of it
	// is borrowed for the call.
	Show func(clip string, k int, p datasets.Picture, t Truth, v *verdict.Verdict) error
}

// motionLag is how many frames back a picture is compared with to see what
// moves.
const motionLag = 3

// form is what pictures of one scene have in common.
type form struct {
	h, w int
	luma luma.Range
}

// viewing is one clip on its way through an analyzer.
type viewing struct {
	by       *Evaluator
	clip     Clip
	all      *eval.Collector
	analyzer *analyze.Analyzer
	from     form // of the picture before
	maps     [eval.Judges][]float32
	past     [motionLag][]byte
	ground   []byte // still background of the clip, of pictures of the size in from
	zones    zoned
}

// Clip judges the frames of a clip, from a fresh start. Frames between two
// samples keep the verdict of the one before; the frames before the first
// verdict are left out.
func (e *Evaluator) Clip(ctx context.Context, c Clip, all *eval.Collector) error {
	ground, err := c.ground(ctx)
	if err != nil {
		return err
	}
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	set := zones.Set{Own: e.Model.Zones(), Added: e.Zones}
	a, err := analyze.New(e.Model, analyze.Options{Picture: e.Model.Picture(), Ordinary: e.Model.Ordinary(), Zones: set})
	if err != nil {
		return err
	}
	a.Restart()
	h, w := a.Size()
	v := &viewing{by: e, clip: c, all: all, analyzer: a, ground: ground, zones: newZoned(set, h, w)}
	for k := range v.maps {
		v.maps[k] = make([]float32, h*w)
	}
	all.Clip(c.Name)
	for k := 0; ; k++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			a.Place().End()
			v.look()
			return c.Ended(k)
		}
		if err != nil {
			return err
		}
		t, err := c.Truth(k, p.Width, p.Height)
		if err != nil {
			return err
		}
		t = v.zones.left(t, p.Width, p.Height)
		if err := v.frame(ctx, k, p, t); err != nil {
			return fmt.Errorf("clip %s, frame %d: %w", c.Name, k, err)
		}
	}
}

// groundFrames is how many frames of a clip its still background is made of at most.
const groundFrames = 64

// ground is the still background of a clip, of pictures of its first one's size: the
// median of frames spread over it. A clip without masks or time needs none.
func (c Clip) ground(ctx context.Context) ([]byte, error) {
	if c.Still || !c.Masks {
		return nil, nil
	}
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var kept [][]byte
	step := 1
	for k := 0; ctx.Err() == nil; k++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if k%step != 0 || len(kept) > 0 && len(p.Gray) != len(kept[0]) {
			continue
		}
		if kept = append(kept, slices.Clone(p.Gray)); len(kept) == groundFrames {
			for i := range groundFrames / 2 { // each second one, and from now on too
				kept[i] = kept[2*i]
			}
			kept, step = kept[:groundFrames/2], 2*step
		}
	}
	return scene.Median(kept), ctx.Err()
}

// frame takes the next picture, number k, and its truth.
func (v *viewing) frame(ctx context.Context, k int, p datasets.Picture, t Truth) error {
	if err := v.infer(ctx, p); err != nil {
		return err
	}
	defer v.remember(p.Gray)
	r, judged := v.analyzer.Verdict()
	switch {
	case judged:
	case v.analyzer.Guard().Held() != "":
		v.all.Hold(t.Irregular)
		return nil
	default:
		v.all.LeaveOut(t.Irregular)
		return nil
	}
	err := v.all.Frame(eval.Frame{H: r.H, W: r.W, Maps: v.maps, Threshold: r.Threshold,
		At: p.PTS, Irregular: t.Irregular, Masked: t.Masked, Truth: t.Mask, TH: p.Height, TW: p.Width})
	if err != nil {
		return err
	}
	if v.by.Show != nil {
		if err := v.by.Show(v.clip.Name, k, v.zones.shown(p), t, r); err != nil {
			return err
		}
	}
	if !t.Masked || v.clip.Still {
		return nil
	}
	if len(v.ground) == len(p.Gray) {
		if err := v.all.Marks.Add(p.PTS, r.Mask, r.H, r.W, p.Gray, v.ground, t.Mask, p.Height, p.Width); err != nil {
			return err
		}
	}
	before := v.past[motionLag-1]
	if len(before) != len(p.Gray) {
		return nil
	}
	return v.all.Coverage.Add(r.Mask, r.H, r.W, p.Gray, before, t.Mask, p.Height, p.Width)
}

// infer has the picture judged, when it is its turn.
func (v *viewing) infer(ctx context.Context, p datasets.Picture) error {
	if from := (form{p.Height, p.Width, p.Range}); from != v.from {
		if err := v.analyzer.Format(luma.Plane().In(p.Range), p.Width, p.Height, 0); err != nil {
			return err
		}
		if v.from != (form{}) {
			v.analyzer.Restart()
			v.all.Cut()
		}
		v.from = from
	}
	thresholds := v.by.Thresholds
	if v.clip.Still {
		v.all.Cut()
		if err := v.analyzer.Still(ctx, p.Gray, p.Width, thresholds); err != nil {
			return err
		}
		v.part()
		return nil
	}
	o, err := v.analyzer.Take(ctx, analyze.Frame{PTS: p.PTS, Shown: p.PTS}, analyze.Settings{Thresholds: thresholds},
		func(l *analyze.Loan) error { return l.Scale(p.Gray, p.Width) })
	if err != nil {
		return err
	}
	if o.Break != analyze.Continues {
		v.all.Cut()
	}
	for _, n := range o.Notices {
		if n.Begin {
			v.all.Scene(string(n.Scene))
		}
	}
	if o.Inferred {
		v.part()
	}
	v.look()
	return nil
}

// look notes how like the clip's place is to the bundle's, as far as that is known.
func (v *viewing) look() {
	place := v.analyzer.Place()
	if like, known := place.Likeness(); known {
		v.all.Place(like, place.Other())
	}
}

// part fills the judges' maps from the verdict.
func (v *viewing) part() {
	r, _ := v.analyzer.Verdict()
	v.by.Model.Parts(r, v.maps[eval.Inpainter], v.maps[eval.Detector])
	v.zones.cut(v.maps[eval.Inpainter], r.W, r.Right, r.Down) // of errors that lie on the frame
	v.zones.cut(v.maps[eval.Detector], r.W, 0, 0)
	verdict.Displace(v.maps[eval.Detector], r.H, r.W, r.Right, r.Down, float32(math.Inf(-1)))
	for i, s := range r.Pixel {
		if s <= nets.Outside {
			s = float32(math.Inf(-1))
		}
		v.maps[eval.Both][i] = s
	}
}

// remember keeps the picture for the next motionLag ones.
func (v *viewing) remember(gray []byte) {
	oldest := v.past[motionLag-1]
	copy(v.past[1:], v.past[:motionLag-1])
	v.past[0] = append(oldest[:0], gray...)
}
