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
	all     *eval.Collector
	h, w    int // of the model
	window  *window.Window
	sampler *window.Sampler
	scaler  *luma.Scaler
	from    size
	frames  []byte
	result  *engine.Result
	judged  bool // result holds a verdict
	pixels  []float32
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
	v := &viewing{j: j, all: all, h: h, w: w, window: window.New(h, w), sampler: window.NewSampler(j.e.FrameRate()),
		frames: make([]byte, window.Frames*h*w), result: j.e.NewResult(), pixels: make([]float32, h*w)}
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
		if err := v.frame(p, t); err != nil {
			return fmt.Errorf("clip %s, frame %d: %w", c.name, k, err)
		}
	}
}

// frame takes the next picture and its truth.
func (v *viewing) frame(p datasets.Picture, t frameTruth) error {
	if err := v.infer(p); err != nil {
		return err
	}
	defer v.remember(p.Gray)
	if !v.judged {
		v.all.LeaveOut()
		return nil
	}
	v.all.Frame(v.result.Score, t.irregular, v.result.Score >= v.result.Threshold)
	if !t.masked {
		return nil
	}
	for i, s := range v.result.Pixel {
		if s <= nets.Outside {
			s = float32(math.Inf(-1))
		}
		v.pixels[i] = s
	}
	if err := v.all.Pixels.Add(v.pixels, v.h, v.w, t.mask, p.Height, p.Width); err != nil {
		return err
	}
	before := v.past[motionLag-1]
	if len(before) != len(p.Gray) {
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
	if v.sampler.Gap(p.PTS) {
		v.sampler.Reset()
		v.window.Reset()
		v.j.e.Restart()
		v.judged = false
	}
	if !v.sampler.Take(p.PTS) {
		return nil
	}
	if err := v.scaler.Scale(v.window.Next(), p.Gray, p.Width); err != nil {
		return err
	}
	v.window.Commit()
	if !v.window.Ready() {
		return nil
	}
	v.window.CopyTo(v.frames)
	v.judged = true
	return v.j.e.Infer(v.frames, v.j.thresholds, v.result)
}

// remember keeps the picture for the next motionLag ones.
func (v *viewing) remember(gray []byte) {
	oldest := v.past[motionLag-1]
	copy(v.past[1:], v.past[:motionLag-1])
	v.past[0] = append(oldest[:0], gray...)
}
