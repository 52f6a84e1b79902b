package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/scene"
	"avid/models/train"
)

// errUnfit says that nothing useful can come of the footage.
var errUnfit = errors.New("this footage is not fit to learn from")

// examine looks at the footage before hours are spent on it: it says what speaks
// against it, leaves copies out, and refuses what nothing can come of, unless
// forced.
func (f *footage) examine(c *cobra.Command, force bool) error {
	var files []scene.File
	var of []*source // files
	for _, s := range f.sources {
		if !s.still {
			files, of = append(files, s.file()), append(of, s)
		}
	}
	for _, err := range f.unread {
		c.PrintErrf("warning: left out: %v\n", err)
	}
	fatal := 0
	for _, found := range scene.Examine(files, f.size.h, f.size.w) {
		c.PrintErrf("warning: %s\n", found)
		spare := found.Fatal && f.pieces && found.File != "" && len(f.sources) > 1
		if found.Fatal && !spare {
			fatal++
		}
		if s := found.At; (spare || found.Kind == scene.Copy) && slices.Contains(f.sources, of[s]) {
			f.leaveOut(of[s])
		}
	}
	for _, s := range f.sources {
		f.tellSize(c, s)
	}
	if fatal > 0 && !force {
		return fmt.Errorf("%w, as said above; --force trains on it all the same", errUnfit)
	}
	return nil
}

// tellSize tells of pictures of other sizes than the first ones, all of which are
// brought to one.
func (f *footage) tellSize(c *cobra.Command, s *source) {
	say := func(what string, z size) {
		c.PrintErrf("note: %s %s %v (width × height), the first picture is %v; all are scaled to %v\n", s.name, what, z, f.picture, f.size)
	}
	switch {
	case s.picture != f.picture && s.frames > 0:
		say("is", s.picture)
	case s.other != (size{}):
		say("changes to", s.other)
	}
	if s == f.sources[0] && s.picture.stands() && !s.still {
		c.PrintErrf("note: %s is portrait, %v (width × height); if it shows the scene lying on its side, turn it first (videoflip), and the camera's stream too\n",
			s.name, s.picture)
	}
}

// enough explains train.ErrFootage: what is missing, and what another rate or more
// footage would do about it.
func (f *footage) enough(cfg train.Config, err error) error {
	if !errors.Is(err, train.ErrFootage) || cfg.Still {
		return err
	}
	var advice []string
	for _, s := range f.sources {
		rate := s.rate()
		span := (s.last - s.first).Seconds()
		text := fmt.Sprintf("%s has %s in %.1f s", s.name, plural(s.frames, "frame"), span)
		switch least := train.LeastSeconds(cfg, rate); {
		case s.frames < average.Frames:
			text += fmt.Sprintf(", and one window takes %d", average.Frames)
		case rate > 0 && rate*2.5 < cfg.FrameRate && span >= least:
			text += fmt.Sprintf(": at %.3g frames/s its frames lie too far apart for --rate %g; --rate %.3g learns from all of them", rate, cfg.FrameRate, rounded(rate))
		case rate > 0 && rate*2.5 < cfg.FrameRate:
			text += fmt.Sprintf(": at %.3g frames/s its frames lie too far apart for --rate %g, and for --rate %.3g it would have to last %.0f s", rate, cfg.FrameRate, rounded(rate), math.Ceil(least))
		case 10*s.repeats > 9*len(s.kept):
			text += ", nearly all of them the same picture"
		case rate > cfg.FrameRate && span >= least:
			text += fmt.Sprintf(": --rate %.3g, all its frames, would do", rounded(rate))
		default:
			text += fmt.Sprintf("; no --rate makes less than %.0f s do", math.Ceil(min(least, train.LeastSeconds(cfg, cfg.FrameRate))))
		}
		advice = append(advice, text)
	}
	return fmt.Errorf("%w\n  %s", err, strings.Join(advice, "\n  "))
}

// rounded is a rate with two digits, not above it.
func rounded(rate float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(rate))-1)
	return math.Floor(rate/unit+0.05) * unit
}

// errPlace says that footage shows another place than the bundle's.
var errPlace = errors.New("this footage shows another place than the bundle was trained on")

// samePlace refuses footage of another place than the bundle's, unless forced.
// picture is what the bundle keeps of its place, grey, at the footage's size; nil:
// nothing.
func (f *footage) samePlace(c *cobra.Command, picture []byte, of string, force bool) error {
	here := f.background()
	if len(here) == 0 || len(picture) != len(here) {
		return nil
	}
	a, b := f.shape(picture), f.shape(here)
	like := a.Likeness(b)
	if like >= scene.Other {
		f.tellOther(c, a, of)
		return nil
	}
	if !force {
		return fmt.Errorf("%w (%s; likeness %.2f of 1): another camera, or one that was moved; train a bundle of its own, or --force", errPlace, of, like)
	}
	c.PrintErrf("warning: %s: likeness %.2f of 1 to %s\n", errPlace, like, of)
	return nil
}

// shape is that of a picture where it counts: samples show elsewhere what the place has.
func (f *footage) shape(picture []byte) *scene.Shape {
	picture = slices.Clone(picture)
	for i, c := range f.zones.Counts(f.size.h, f.size.w) {
		if !c {
			picture[i] = leftOut
		}
	}
	return scene.NewShape(picture, f.size.h, f.size.w)
}

// tellOther warns of single recordings that show another place than the bundle's, which
// has shape a, where most show it.
func (f *footage) tellOther(c *cobra.Command, a *scene.Shape, of string) {
	for _, s := range f.sources {
		if s.still || len(s.kept) == 0 {
			continue
		}
		own := f.shape(scene.Median(s.file().Samples))
		if like := a.Likeness(own); like < scene.Other {
			c.PrintErrf("warning: %s shows another place than %s was trained on (likeness %.2f of 1)\n", s.name, of, like)
		}
	}
}

// sameAs holds the footage of a resumed run against that of the run before.
func (f *footage) sameAs(c *cobra.Command, before *train.State, path string, force bool) error {
	if before == nil {
		return nil
	}
	picture := before.Background
	if picture == nil { // of a state of before
		if b, err := bundle.Open(path); err == nil {
			picture = b.Background()
		}
	}
	return f.samePlace(c, picture, path, force)
}
