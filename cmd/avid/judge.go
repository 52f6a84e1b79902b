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
	"avid/runtime/engine"
	"avid/runtime/window"
)

// motionLag is how many frames back a picture is compared with to see what
// moves.
const motionLag = 3

// viewing is one clip on its way through the engine.
type viewing struct {
	j       *judge
	clip    testClip
	all     *eval.Collector
	h, w    int // of the model
	window  *window.Window
	sampler *window.Sampler
	scaler  *luma.Scaler
	from    size
	frames  []byte
	result  *engine.Result
	judged  bool // result holds a verdict
	maps    [eval.Judges][]float32
	past    [motionLag][]byte
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
	h, w := j.e.Size()
	j.e.Restart()
	v := &viewing{j: j, clip: c, all: all, h: h, w: w, window: window.New(h, w), sampler: window.NewSampler(j.e.FrameRate()),
		frames: make([]byte, window.Frames*h*w), result: j.e.NewResult()}
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
		if err := v.frame(k, p, t); err != nil {
			return fmt.Errorf("clip %s, frame %d: %w", c.name, k, err)
		}
	}
}

// frame takes the next picture, number k, and its truth.
func (v *viewing) frame(k int, p datasets.Picture, t frameTruth) error {
	if err := v.infer(p); err != nil {
		return err
	}
	defer v.remember(p.Gray)
	if !v.judged {
		v.all.LeaveOut(t.irregular)
		return nil
	}
	err := v.all.Frame(eval.Frame{H: v.h, W: v.w, Maps: v.maps, Threshold: v.result.Threshold,
		Irregular: t.irregular, Masked: t.masked, Truth: t.mask, TH: p.Height, TW: p.Width})
	if err != nil {
		return err
	}
	if v.j.show != nil {
		if err := v.j.show(v.clip.name, k, p, t, v.result); err != nil {
			return err
		}
	}
	before := v.past[motionLag-1]
	if !t.masked || v.clip.still || len(before) != len(p.Gray) {
		return nil
	}
	return v.all.Coverage.Add(v.result.Mask, v.h, v.w, p.Gray, before, t.mask, p.Height, p.Width)
}

// infer samples, scales and judges the picture, when it is its turn.
func (v *viewing) infer(p datasets.Picture) error {
	from := size{p.Height, p.Width}
	if v.scaler == nil || from != v.from {
		var err error
		if v.scaler, err = luma.NewScaler(luma.Plane(), p.Width, p.Height, v.w, v.h); err != nil {
			return err
		}
		v.from = from
	}
	times := 1
	if v.clip.still {
		// A picture of its own fills the window, and knows no other.
		times = window.Frames
		v.restart()
	} else {
		if v.sampler.Gap(p.PTS) {
			v.sampler.Reset()
			v.restart()
		}
		if !v.sampler.Take(p.PTS) {
			return nil
		}
	}
	for range times {
		if err := v.scaler.Scale(v.window.Next(), p.Gray, p.Width); err != nil {
			return err
		}
		v.window.Commit()
	}
	if !v.window.Ready() {
		return nil
	}
	v.window.CopyTo(v.frames)
	if err := v.j.e.Infer(v.frames, v.j.thresholds, v.result); err != nil {
		return err
	}
	v.judged = true
	v.part()
	return nil
}

// restart forgets the pictures before.
func (v *viewing) restart() {
	v.window.Reset()
	v.j.e.Restart()
	v.all.Cut()
	v.judged = false
}

// part fills the judges' maps from the result.
func (v *viewing) part() {
	v.j.e.Parts(v.result, v.maps[eval.Inpainter], v.maps[eval.Detector])
	for i, s := range v.result.Pixel {
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
