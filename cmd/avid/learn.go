package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/ordinary"
	"avid/models/redact"
	"avid/models/zones"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/mask"
	"avid/runtime/verdict"
)

// learnFlags are the flags of avid learn.
type learnFlags struct {
	deviceFlags
	thresholdFlags
	model, out, frames, name, forget string
	zones                            string
	rate                             float64
	force                            bool
}

func newLearn() *cobra.Command {
	var f learnFlags
	c := &cobra.Command{
		Use:   "learn {CLIP | --forget NAME} -m cam.avid -o OUT.avid",
		Short: "Teach a bundle that an event is ordinary",
		Long: `Writes a bundle that takes the event in CLIP for ordinary: where something was
marked, a thing of about that size that scores no higher is not marked any more.
Everything else, there or elsewhere, is found as before. The networks and thresholds
stay as they are, so it takes as long as judging the clip.

CLIP is a recording of the event: what the recorder kept, or a day's recording and
the frames of the event in it (--frames). Where all ordinary footage scores higher
than it did, use avid calibrate or avid train --resume instead.`,
		Example: `  avid learn delivery.mp4 -m cam.avid -o cam.avid
  avid learn tuesday.mp4 --frames 5400:5600 --name post-van -m cam.avid -o cam.avid
  avid learn --forget post-van -m cam.avid -o cam.avid`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (f.forget != "") {
				return errors.New("give a clip to learn, or --forget NAME")
			}
			return learn(c, args, &f)
		},
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "bundle to write (.avid); may be the model itself")
	fl.StringVar(&f.frames, "frames", "", "frames A:B only, counted from 0, B not included")
	fl.StringVar(&f.name, "name", "", "name to learn the event under; none: the clip's own")
	fl.StringVar(&f.forget, "forget", "", "name of an event that was learnt, to be marked again from now on")
	fl.Float64Var(&f.rate, "rate", datasets.DefaultRate, "frames/s of a folder of pictures")
	fl.StringVar(&f.zones, "zones", "", zonesUsage+"; the bundle does not keep them")
	fl.BoolVar(&f.force, "force", false, "learn a clip that shows another place than the bundle's, or replace another bundle, all the same")
	modelFlag(c, &f.model)
	f.deviceFlags.add(c)
	f.thresholdFlags.add(c)
	// These fail for a flag that is not there only.
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagFilename("output", "avid")
	return c
}

func learn(c *cobra.Command, args []string, f *learnFlags) error {
	if err := checkMadeFrom(f.out, f.model, f.force, args...); err != nil {
		return err
	}
	b, err := openRelied(c, f.model)
	if err != nil {
		return err
	}
	if f.forget != "" {
		return f.unlearn(c, b)
	}
	keep, err := datasets.ParseRange(f.frames)
	if err != nil {
		return err
	}
	clip, err := inputClip(args[0], keep, f.rate)
	if err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	added, err := zones.Read(f.zones)
	if err != nil {
		return err
	}
	s := &school{bundle: b, zones: added, options: options, thresholds: f.thresholds(), clip: clip, meter: newMeter(c.ErrOrStderr(), "looking")}
	defer s.meter.done()
	thing, left, err := s.teach(c.Context(), either(f.name, clip.Name), f.force)
	if err != nil {
		return err
	}
	if err := b.WriteFile(f.out); err != nil {
		return err
	}
	s.meter.done()
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %s is ordinary now: parts of the mask of %d to %d pixels of the model that score up to %.2f, in %.0f %% of the picture;\n"+
		"of %d marked frames %s marked still\n", f.out, redact.Text(thing.Name), thing.Least, thing.Most, thing.Peak, 100*thing.Share(b.Manifest.Height, b.Manifest.Width),
		s.marked, isAre(left))
	return nil
}

// unlearn writes the bundle without what it has learnt under a name.
func (f *learnFlags) unlearn(c *cobra.Command, b *bundle.Bundle) error {
	if err := forget(b, f.forget); err != nil {
		return fmt.Errorf("%s: %w", f.model, err)
	}
	if err := b.WriteFile(f.out); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %q is found again\n", f.out, f.forget)
	return nil
}

// errForgotten says that there is nothing to forget.
var errForgotten = errors.New("it has learnt nothing under the name")

// forget takes what a bundle has learnt under a name out of it. The error wraps
// errForgotten where that is nothing.
func forget(b *bundle.Bundle, name string) error {
	things, err := ordinary.Parse(b)
	if err != nil {
		return err
	}
	if things.Forget(name) == 0 {
		return fmt.Errorf("%w %q; avid inspect lists what it has", errForgotten, name)
	}
	return things.Write(b)
}

// isAre is a number with its verb.
func isAre(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// errOrdinary says that there is nothing to learn.
var errOrdinary = errors.New("nothing in the clip is marked")

// school looks at a clip with a bundle.
type school struct {
	bundle     *bundle.Bundle
	options    engine.Options
	thresholds verdict.Thresholds
	clip       *datasets.Clip
	zones      zones.List // besides the bundle's
	meter      *meter     // nil: nobody is told
	marked     int        // frames, when it was learnt
	// first and last are the times of the clip that are learnt; zero: all of it.
	first, last time.Duration
}

// teach has the bundle learn what is marked in the clip, and counts the frames that are
// marked still.
func (s *school) teach(ctx context.Context, name string, force bool) (thing ordinary.Thing, left int, err error) {
	things, err := ordinary.Parse(s.bundle)
	if err != nil {
		return thing, 0, err
	}
	if len(things.Things) == ordinary.MostThings {
		return thing, 0, fmt.Errorf("the bundle has learnt %d things, and more cannot be told apart: train it on with such footage (avid train --resume), or avid learn --forget some", ordinary.MostThings)
	}
	if thing, err = s.learn(ctx, name, force); err != nil {
		return thing, 0, err
	}
	things.Things = append(things.Things, thing)
	if err := things.Write(s.bundle); err != nil {
		return thing, 0, err
	}
	left, err = s.check(ctx)
	return thing, left, err
}

// counts tells whether a verdict is of what is learnt.
func (s *school) counts(v *verdict.Verdict) bool {
	return v.Irregular() && v.Time >= s.first && (s.last == 0 || v.Time <= s.last)
}

// learn gathers what is marked in the clip. The error wraps errOrdinary or errPlace.
func (s *school) learn(ctx context.Context, name string, force bool) (ordinary.Thing, error) {
	var lesson *ordinary.Lesson
	var labeler mask.Labeler
	var parts []ordinary.Part
	place, err := s.look(ctx, func(v *verdict.Verdict) {
		if lesson == nil {
			lesson = ordinary.NewLesson(v.H, v.W)
		}
		if !s.counts(v) {
			return
		}
		s.marked++
		parts = analyze.Parts(&labeler, v, parts)
		lesson.Add(parts)
	})
	if err != nil {
		return ordinary.Thing{}, err
	}
	if place.Other() && !force {
		like, _ := place.Likeness()
		return ordinary.Thing{}, fmt.Errorf("%w (likeness %.2f of 1): --force learns it all the same", errPlace, like)
	}
	if lesson == nil {
		return ordinary.Thing{}, fmt.Errorf("%w: the clip is too short", errUnjudged)
	}
	t, ok := lesson.Thing(name, time.Now())
	if !ok {
		return t, fmt.Errorf("%w: it is ordinary already (at another threshold: --false-alarms-per-day)", errOrdinary)
	}
	return t, nil
}

// check counts the frames that are marked still.
func (s *school) check(ctx context.Context) (left int, err error) {
	_, err = s.look(ctx, func(v *verdict.Verdict) {
		if s.counts(v) {
			left++
		}
	})
	return left, err
}

// look calls see with each verdict on the clip, whose maps lie where the camera usually
// looks.
func (s *school) look(ctx context.Context, see func(v *verdict.Verdict)) (*analyze.Place, error) {
	e, err := engine.Open(ctx, s.bundle, s.options)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	a, err := analyze.New(e, analyze.Options{Picture: e.Picture(), Ordinary: e.Ordinary(), Zones: zones.Set{Own: e.Zones(), Added: s.zones}})
	if err != nil {
		return nil, err
	}
	r, err := s.clip.Open(video.Open)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for k := 0; ; k++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			a.Place().End()
			return a.Place(), nil
		}
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := a.Format(luma.Plane().In(p.Range), p.Width, p.Height, 0); err != nil {
			return nil, err
		}
		o, err := a.Take(ctx, analyze.Frame{PTS: p.PTS, Shown: p.PTS}, analyze.Settings{Thresholds: s.thresholds},
			func(l *analyze.Loan) error { return l.Scale(p.Gray, p.Width) })
		if err != nil {
			return nil, err
		}
		if o.Inferred {
			v, _ := a.Verdict()
			v.Right, v.Down = -v.Right, -v.Down
			v.Follow()
			see(v)
		}
		if s.meter != nil {
			s.meter.set(0, fmt.Sprintf("frame %d ", k))
		}
	}
}
