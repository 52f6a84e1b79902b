package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/train"
	"avid/runtime/window"
)

// errNoFootage says that nothing could be learnt from.
var errNoFootage = errors.New("no footage to learn from")

// footage is what avid train learns from: grey frames at model size, in
// stretches without a gap.
type footage struct {
	size    size    // of the model; zero until the first picture decides it
	step    int     // both sides of size are multiples of it
	rate    float64 // frames/s to sample at
	most    int     // frames to take at most, all clips together
	limit   time.Duration
	clips   []train.Clip
	frames  int
	picture size // of the first picture
	cut     bool // most was reached
}

// load reads the clips that lie under each path. note is told of each clip as
// it begins, with the share of clips that are read. A cancelled ctx ends the
// reading early, without an error.
func (f *footage) load(ctx context.Context, paths []string, keep datasets.Range, note func(share float64, name string)) error {
	var clips []*datasets.Clip
	for _, path := range paths {
		some, err := datasets.OpenNormal(path)
		if err != nil {
			return err
		}
		clips = append(clips, some...)
	}
	for i, c := range clips {
		if f.cut || ctx.Err() != nil {
			break
		}
		c.Range = keep
		note(float64(i)/float64(len(clips)), c.Name)
		if err := f.add(ctx, c); err != nil {
			return err
		}
	}
	if f.frames == 0 {
		return fmt.Errorf("%w: %v", errNoFootage, paths)
	}
	return nil
}

// add reads one clip.
func (f *footage) add(ctx context.Context, c *datasets.Clip) error {
	r, err := c.Open(video.Open)
	if err != nil {
		return err
	}
	defer r.Close()
	take := taker{f: f, sampler: window.NewSampler(f.rate), name: c.Name}
	defer take.finish()
	begin := time.Now()
	for ctx.Err() == nil {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take.picture(p); err != nil {
			return fmt.Errorf("clip %s: %w", c.Name, err)
		}
		if f.cut || datasets.IsURL(c.Path) && time.Since(begin) > f.limit {
			return nil
		}
	}
	return nil
}

// taker samples and scales the pictures of one clip.
type taker struct {
	f       *footage
	sampler *window.Sampler
	scaler  *luma.Scaler
	from    size
	name    string
	frames  [][]byte
	part    int
}

func (t *taker) picture(p datasets.Picture) error {
	from := size{p.Height, p.Width}
	if t.f.size == (size{}) {
		t.f.size = fit(from, t.f.step)
	}
	if t.f.picture == (size{}) {
		t.f.picture = from
	}
	// As in the filter: what lies too far apart for the window is not one
	// stretch, however slow the stream.
	if t.sampler.Gap(p.PTS) || t.scaler != nil && from != t.from {
		t.finish()
		t.sampler.Reset()
	}
	if t.scaler == nil || from != t.from {
		var err error
		if t.scaler, err = luma.NewScaler(luma.Plane(), p.Width, p.Height, t.f.size.w, t.f.size.h); err != nil {
			return err
		}
		t.from = from
	}
	if !t.sampler.Take(p.PTS) {
		return nil
	}
	if t.f.frames >= t.f.most {
		t.f.cut = true
		return nil
	}
	frame := make([]byte, t.f.size.h*t.f.size.w)
	if err := t.scaler.Scale(frame, p.Gray, p.Width); err != nil {
		return err
	}
	t.frames = append(t.frames, frame)
	t.f.frames++
	return nil
}

// finish closes the stretch.
func (t *taker) finish() {
	if len(t.frames) == 0 {
		return
	}
	name := t.name
	if t.part > 0 {
		name = fmt.Sprintf("%s (part %d)", t.name, t.part+1)
	}
	t.part++
	t.f.clips = append(t.f.clips, train.Clip{Name: name, Frames: t.frames})
	t.frames = nil
}
