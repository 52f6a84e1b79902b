package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/models/actors"
	"avid/models/average"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/models/synth"
	"avid/runtime/evaluate"
)

// actorsName is the data set that is made of ordinary footage.
const actorsName = "actors"

// actorClips are clips of ordinary footage with actors in it: of the last share of each
// recording, which training holds back, as it is, and with an actor that moves and one
// that stands.
func actorClips(root string, share float64, seed uint64) ([]evaluate.Clip, error) {
	if root == "" {
		return nil, fmt.Errorf("%w %s: --root must name ordinary footage", errDataset, actorsName)
	}
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("--held-back %g: want more than 0 and at most 1", share)
	}
	recordings, err := datasets.OpenNormal(root)
	if err != nil {
		return nil, err
	}
	var clips []evaluate.Clip
	kinds := synth.Irregulars()
	for i, r := range recordings {
		p, err := lastPart(r, share)
		if err != nil {
			return nil, err
		}
		if len(p.frames) < average.Frames {
			continue
		}
		name := redact.Text(r.Name)
		clips = append(clips, p.clip(name, &actors.Clip{Frames: p.frames}))
		// A bag does not walk.
		for _, role := range []actors.Role{{Kind: kinds[i%(len(kinds)-1)]}, {Kind: kinds[i%len(kinds)], Standing: true}} {
			role.Seed = seed + uint64(i)
			acted, err := actors.Play(p.frames, p.h, p.w, p.rate(), role)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			clips = append(clips, p.clip(name+" "+role.String(), acted))
		}
	}
	if len(clips) == 0 {
		return nil, fmt.Errorf("%w %s: in %s no recording's last %.0f %% are %d frames; --held-back takes more", errDataset, actorsName, root, 100*share, average.Frames)
	}
	return clips, nil
}

// stretch is consecutive pictures of one size.
type stretch struct {
	frames [][]byte
	times  []time.Duration
	form   datasets.Picture
	h, w   int
}

// lastPart reads the last share of a recording, as much of it as is of one size.
func lastPart(c *datasets.Clip, share float64) (*stretch, error) {
	n, err := c.Frames()
	if err == nil && n == 0 {
		n, err = countFrames(c)
	}
	if err != nil {
		return nil, err
	}
	all, err := c.Open(video.Open)
	if err != nil {
		return nil, err
	}
	r := datasets.Cut(all, datasets.Range{First: int(math.Round(float64(n) * (1 - share))), End: n})
	defer r.Close()
	s := &stretch{}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if p.Height != s.h || p.Width != s.w {
			*s = stretch{form: p, h: p.Height, w: p.Width}
		}
		s.frames, s.times = append(s.frames, slices.Clone(p.Gray)), append(s.times, p.PTS)
	}
}

// rate is how many frames/s there are.
func (s *stretch) rate() float64 {
	n := len(s.times) - 1
	return float64(n) / max((s.times[n]-s.times[0]).Seconds(), 1e-3)
}

// clip is frames that took the stretch's place, with masks or, without, ordinary.
func (s *stretch) clip(name string, c *actors.Clip) evaluate.Clip {
	return evaluate.Clip{
		Name: name, Masks: true,
		Open: func() (datasets.Reader, error) { return &stretchReader{stretch: s, frames: c.Frames}, nil },
		Truth: func(k, _, _ int) (evaluate.Truth, error) {
			t := evaluate.Truth{Masked: true}
			if c.Masks != nil && slices.Contains(c.Masks[k], 255) {
				t.Irregular, t.Mask = true, c.Masks[k]
			}
			return t, nil
		},
		Ended: func(int) error { return nil },
	}
}

type stretchReader struct {
	*stretch
	frames [][]byte
	next   int
}

func (r *stretchReader) Next() (datasets.Picture, error) {
	if r.next >= len(r.frames) {
		return datasets.Picture{}, io.EOF
	}
	p := r.form
	p.Gray, p.PTS = r.frames[r.next], r.times[r.next]-r.times[0]
	r.next++
	return p, nil
}

func (r *stretchReader) Close() error { return nil }
