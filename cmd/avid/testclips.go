package main

import (
	"errors"
	"fmt"
	"io"

	"avid/cmd/avid/internal/video"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/models/synth"
	"avid/runtime/evaluate"
)

// datasetNames are the forms of data that avid eval judges on and avid train
// learns from.
var datasetNames = []string{"ucsd", "umn", "irmnist", "synth", "masks"}

// testClips are the clips of a data set.
func testClips(dataset, root string, seed uint64, heldBack float64) ([]evaluate.Clip, error) {
	if dataset == actorsName {
		return actorClips(root, heldBack, seed)
	}
	if dataset == "synth" && root == "" {
		return synthClips(seed)
	}
	set, err := openSet(dataset, root, seed)
	if err != nil {
		return nil, err
	}
	clips := make([]evaluate.Clip, len(set.Test))
	for i, c := range set.Test {
		if clips[i], err = diskClip(c); err != nil {
			return nil, err
		}
	}
	return clips, nil
}

// diskClip is a clip of a data set. Of a video of which nothing tells how long
// it is the frames are counted first, by reading it.
func diskClip(c *datasets.Clip) (evaluate.Clip, error) {
	frames, err := c.Frames()
	if err != nil {
		return evaluate.Clip{}, err
	}
	var truth *datasets.Truth
	var buf []byte
	t := evaluate.Clip{Name: redact.Text(c.Name), Still: c.Still, Masks: c.HasMasks(), Open: func() (datasets.Reader, error) { return c.Open(video.Open) }}
	t.Truth = func(k, w, h int) (evaluate.Truth, error) {
		if truth == nil {
			if frames == 0 {
				var err error
				if frames, err = countFrames(c); err != nil {
					return evaluate.Truth{}, err
				}
			}
			var err error
			if truth, err = c.Truth(frames); err != nil {
				return evaluate.Truth{}, err
			}
		}
		if k >= frames {
			return evaluate.Truth{}, fmt.Errorf("clip %s: %w: it has more than %d frames", c.Path, datasets.ErrCount, frames)
		}
		ft := evaluate.Truth{Irregular: truth.Irregular[k], Masked: c.HasMasks()}
		if !ft.Irregular || !ft.Masked {
			return ft, truth.Fits(k, w, h)
		}
		mask, err := truth.Mask(k, w, h, buf)
		if err != nil {
			return evaluate.Truth{}, err
		}
		buf, ft.Mask = mask, mask
		return ft, nil
	}
	t.Ended = func(n int) error {
		if n != frames {
			return fmt.Errorf("clip %s of %s: %w: %d frames, truth for %d", c.Name, c.Path, datasets.ErrCount, n, frames)
		}
		return nil
	}
	return t, nil
}

func countFrames(c *datasets.Clip) (int, error) {
	r, err := c.Open(video.Open)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for n := 0; ; n++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// synthClips are clips of the synthetic walkway: for each irregular kind one,
// and one with none.
func synthClips(seed uint64) ([]evaluate.Clip, error) {
	base, err := synth.New(synth.DefaultConfig())
	if err != nil {
		return nil, err
	}
	var clips []evaluate.Clip
	for i, kinds := range [][]synth.Kind{{}, {synth.Cyclist}, {synth.Cart}, {synth.Runner}, {synth.Bag}} {
		cfg := base.Config()
		cfg.Seed, cfg.Irregular = seed+uint64(i), kinds
		s, err := base.Another(cfg)
		if err != nil {
			return nil, err
		}
		name := "normal"
		if len(kinds) > 0 {
			name = kinds[0].String()
		}
		clips = append(clips, sceneClip(name, s))
	}
	return clips, nil
}

// sceneClip reads a synthetic scene as a clip.
func sceneClip(name string, s *synth.Scene) evaluate.Clip {
	r := &sceneReader{scene: s}
	return evaluate.Clip{
		Name:  name,
		Masks: true,
		Open: func() (datasets.Reader, error) {
			r.next = 0
			return r, nil
		},
		Truth: func(k, _, _ int) (evaluate.Truth, error) {
			if r.next != k+1 { // who reads the frames is ahead
				if err := s.Render(k, &r.frame); err != nil {
					return evaluate.Truth{}, err
				}
			}
			return evaluate.Truth{Irregular: r.frame.Irregular, Masked: true, Mask: r.frame.Mask}, nil
		},
		Ended: func(int) error { return nil },
	}
}

type sceneReader struct {
	scene *synth.Scene
	next  int
	frame synth.Frame
}

func (r *sceneReader) Next() (datasets.Picture, error) {
	if r.next >= r.scene.Config().Frames {
		return datasets.Picture{}, io.EOF
	}
	if err := r.scene.Render(r.next, &r.frame); err != nil {
		return datasets.Picture{}, err
	}
	r.next++
	f := &r.frame
	return datasets.Picture{Gray: f.Gray, Width: f.Width, Height: f.Height, PTS: f.Time}, nil
}

func (r *sceneReader) Close() error { return nil }
