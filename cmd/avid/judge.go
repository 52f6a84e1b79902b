package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"avid/models/datasets"
	"avid/models/eval"
	"avid/models/luma"
	"avid/models/nets"
	"avid/runtime/analyze"
)

// motionLag is how many frames back a picture is compared with to see what
// moves.
const motionLag = 3

// viewing is one clip on its way through an analyzer.
type viewing struct {
	j        *judge
	clip     testClip
	all      *eval.Collector
	analyzer *analyze.Analyzer
	from     size // of the picture before
	maps     [eval.Judges][]float32
	past     [motionLag][]byte
}

// clip judges the frames of a clip, from a fresh start. Frames between two
// samples keep the verdict of the one before; the frames before the first
// verdict are left out.
func (j *judge) clip(ctx context.Context, c testClip, all *eval.Collector) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := analyze.New(j.e, analyze.Options{})
	if err != nil {
		return err
	}
	a.Restart()
	h, w := a.Size()
	v := &viewing{j: j, clip: c, all: all, analyzer: a}
	for k := range v.maps {
		v.maps[k] = make([]float32, h*w)
	}
	all.Clip(c.name)
	for k := 0; ; k++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c.ended(k)
		}
		if err != nil {
			return err
		}
		t, err := c.truth(k, p.Width, p.Height)
		if err != nil {
			return err
		}
		if err := v.frame(ctx, k, p, t); err != nil {
			return fmt.Errorf("clip %s, frame %d: %w", c.name, k, err)
		}
	}
}

// frame takes the next picture, number k, and its truth.
func (v *viewing) frame(ctx context.Context, k int, p datasets.Picture, t frameTruth) error {
	if err := v.infer(ctx, p); err != nil {
		return err
	}
	defer v.remember(p.Gray)
	r, judged := v.analyzer.Verdict()
	if !judged {
		v.all.LeaveOut(t.irregular)
		return nil
	}
	err := v.all.Frame(eval.Frame{H: r.H, W: r.W, Maps: v.maps, Threshold: r.Threshold,
		Irregular: t.irregular, Masked: t.masked, Truth: t.mask, TH: p.Height, TW: p.Width})
	if err != nil {
		return err
	}
	if v.j.show != nil {
		if err := v.j.show(v.clip.name, k, p, t, r); err != nil {
			return err
		}
	}
	before := v.past[motionLag-1]
	if !t.masked || v.clip.still || len(before) != len(p.Gray) {
		return nil
	}
	return v.all.Coverage.Add(r.Mask, r.H, r.W, p.Gray, before, t.mask, p.Height, p.Width)
}

// infer has the picture judged, when it is its turn.
func (v *viewing) infer(ctx context.Context, p datasets.Picture) error {
	if from := (size{p.Height, p.Width}); from != v.from {
		if err := v.analyzer.Format(luma.Plane(), p.Width, p.Height, 0); err != nil {
			return err
		}
		if v.from != (size{}) {
			v.analyzer.Restart()
			v.all.Cut()
		}
		v.from = from
	}
	thresholds := v.j.thresholds
	if v.clip.still {
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
	if o.Inferred {
		v.part()
	}
	return nil
}

// part fills the judges' maps from the verdict.
func (v *viewing) part() {
	r, _ := v.analyzer.Verdict()
	v.j.e.Parts(r, v.maps[eval.Inpainter], v.maps[eval.Detector])
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
