package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/nets"
	"avid/models/train"
	"avid/runtime/engine"
)

func newTrain() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train {--normal PATH… | --inputs FILE | --camera NAME | --dataset NAME --root DIR} -o cam.avid",
		Short: "Learn a camera from its ordinary footage",
		Long: `Learns a camera from footage in which nothing irregular happens, calibrates on a
part of it that was held back, and writes the camera's bundle. Ctrl-C ends the
training early and still writes a bundle; --resume continues from where it stopped.

With --camera it learns from what avid serve or avid run has recorded: the ordinary
hours of the last days, without the events that nobody acknowledged as normal and
without times that were not judged. It says first how much that is (--dry-run does
no more). Settings that are not given are those of the camera's present bundle, and
the new one lies beside that: avid compare holds the two against each other, on hours that
neither has learnt from, and avid promote puts it in place.

Instead of --normal, --dataset learns from the normal part of a data set that
avid eval judges on:
  ucsd     train/ of a folder in UCSD's layout or in ours
  umn      the clips that scenes.csv marks to learn from, up to the irregular
           frames; each scene is a camera: --root may be a table of one scene
  irmnist  5,000 grids of digits other than 3, drawn from the files of MNIST; a
           picture counts as six frames
  synth    avid's synthetic walkway, made on the spot, or a folder of avid synth
  masks    train/ or normal/ of footage with masks of your own`,
		Example: `  avid train --normal monday.mp4 --normal tuesday.mp4 -o cam.avid
  avid train --normal footage/ -o cam.avid --minutes 40     # a folder of clips
  avid train --normal rtsp://camera/1 --record 2h -o cam.avid
  avid train --inputs camera.txt --record 2h -o cam.avid    # an address with a password
  avid train --normal clip.avi --frames 0:500 -o cam.avid   # its first 500 frames
  avid train --camera yard --hours 06-22 --days 3 -c cameras.yaml   # its recordings; writes yard.next.avid
  avid train --normal footage/ -o cam.avid --resume --minutes 60
  avid train --dataset ucsd --root data/ucsdped2 -o ped2.avid`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return trainCamera(c, &f) },
	}
	f.add(c)
	return c
}

func trainCamera(c *cobra.Command, f *trainFlags) error {
	began := time.Now()
	if err := f.prepare(c); err != nil {
		return err
	}
	cfg, err := f.config(c)
	if err != nil {
		return err
	}
	if f.footage, err = f.inputs(c, f.normal); err != nil {
		return err
	}
	if err := errors.Join(f.checkEarly(cfg), f.checkOutput()); err != nil {
		return err
	}
	if f.camera != "" {
		if err := f.planHours(c, cfg); err != nil || f.dryRun {
			return err
		}
	}
	errOut := c.ErrOrStderr()
	options, err := f.options()
	if err != nil {
		return err
	}
	options.LowMemory = true
	backend, device, err := engine.NewBackend(options)
	if err != nil {
		return err
	}
	statePath := f.out + ".state"
	resume, err := f.resumed(c, statePath, &cfg)
	if err != nil {
		return err
	}
	suit(&cfg, device)
	film, err := f.film(c, cfg, resume != nil)
	if err != nil {
		return err
	}
	if err := errors.Join(film.examine(c, f.force), film.sameAs(c, resume, f.out, f.force)); err != nil {
		return err
	}
	if resume == nil {
		cfg.Height, cfg.Width = film.size.h, film.size.w
	}
	if f.epochs > 0 {
		cfg.Steps, cfg.Duration = max(1, int(math.Round(f.epochs*float64(film.windows())/float64(cfg.Batch)))), 0
	}
	learnt, err := f.learnt(film, resume)
	if err != nil {
		return err
	}
	fmt.Fprintf(errOut, "%s of %v pixels (width × height), learnt at %v and %g frames/s; training on %s\n",
		film.words(), film.picture, film.size, cfg.FrameRate, where(string(device), backend.FallbackReason()))
	features, err := f.features(errOut, cfg)
	if err != nil {
		return err
	}
	b, steps, err := showRun(c, cfg, film, backend, statePath, train.Options{
		Began:             began,
		Background:        film.background(),
		Learnt:            learnt,
		FalseAlarmsPerDay: f.perDay,
		Features:          features,
		Resume:            resume,
		Save:              func(s *train.State) error { return saveState(statePath, s) },
	})
	if b == nil {
		return film.enough(cfg, err)
	}
	tellIdle(c, resume, steps)
	// Without its state a bundle is still a bundle.
	return errors.Join(f.write(c, b, film, learnt), err)
}

// showRun is train.Run, whose progress it shows; steps is the last one.
func showRun(c *cobra.Command, cfg train.Config, film *footage, backend *engine.Backend, statePath string, o train.Options) (b *bundle.Bundle, steps int, err error) {
	m := newMeter(c.ErrOrStderr(), "training")
	var finish atomic.Int64
	defer context.AfterFunc(c.Context(), func() {
		takes := "some time" // before the first step, which is waited for too
		if d := time.Duration(finish.Load()); d > 0 {
			takes = "about " + clock(d)
		}
		m.line("stopping: the bundle is tested and calibrated on held-back footage and written, which takes %s; Ctrl-C again gives it up (%s has what was learnt up to its last save)",
			takes, statePath)
	})()
	o.Progress = func(p train.Progress) {
		finish.Store(int64(p.Finish))
		steps = p.Step
		showTraining(m, p)
	}
	b, err = train.Run(c.Context(), cfg, film.clips, backend, o)
	m.done()
	return b, steps, err
}

// prepare looks at the flags of recorded hours.
func (f *trainFlags) prepare(c *cobra.Command) error {
	if f.camera != "" {
		return f.fromHours(c)
	}
	for _, name := range hoursOnly {
		if c.Flags().Changed(name) {
			return fmt.Errorf("--%s is for the recordings of a camera; name it with --camera", name)
		}
	}
	return nil
}

// checkOutput refuses to replace a bundle that is there unasked: hours of training
// may be in it.
func (f *trainFlags) checkOutput() error {
	if err := checkBundleOutput(f.out, paths(f.footage)...); err != nil {
		return err
	}
	if _, err := os.Stat(f.out); err == nil && !f.resume && !f.force && !f.dryRun {
		return fmt.Errorf("%w %s: there is a bundle of this name; --resume trains it further, --force replaces it", errOutput, f.out)
	}
	return nil
}

// checkEarly finds wrong settings before hours of footage are read. Where the
// size is not known yet, a usual one stands in.
func (f *trainFlags) checkEarly(cfg train.Config) error {
	want, err := f.modelSize()
	if err != nil {
		return err
	}
	if err := cfg.Inpainter.Validate(); err != nil {
		return err
	}
	if want == (size{}) || f.resume { // which goes on at the size that it began with
		want.h = max(cfg.Inpainter.Multiple(), 128)
		want.w = want.h
	}
	cfg.Height, cfg.Width = want.h, want.w
	return cfg.Validate()
}

// film reads the footage. It ends early, with what there is, when the user
// wants no more.
func (f *trainFlags) film(c *cobra.Command, cfg train.Config, fixed bool) (*footage, error) {
	want, err := f.modelSize()
	if err != nil {
		return nil, err
	}
	if fixed {
		want = size{cfg.Height, cfg.Width}
	}
	keep, err := f.keep()
	if err != nil {
		return nil, err
	}
	step := cfg.Inpainter.Multiple()
	film := &footage{pieces: f.plan != nil, zones: cfg.Zones, size: want, free: !fixed, step: max(step, 16), rate: cfg.FrameRate, luma: cfg.LumaRange(), most: f.most, limit: f.record}
	m := newMeter(c.ErrOrStderr(), "reading")
	defer m.done()
	err = f.read(c.Context(), film, cfg.Seed, keep, func(share float64, name string) {
		m.set(share, fmt.Sprintf("reading %s, %d frames so far ", name, film.frames))
	})
	if err != nil {
		return nil, err
	}
	if c.Context().Err() != nil {
		return nil, fmt.Errorf("reading the footage: %w", context.Canceled)
	}
	if film.cut {
		mb := film.size.h * film.size.w / 1000
		if film.stills > 0 {
			mb /= average.Frames
		}
		m.line("only the first %d frames are used; --max-frames takes more (%d MB a thousand)", film.frames, mb)
	}
	return film, nil
}

// read reads what is to be learnt from into film.
func (f *trainFlags) read(ctx context.Context, film *footage, seed uint64, keep datasets.Range, note func(share float64, name string)) error {
	if f.plan != nil {
		return film.read(ctx, pieceReels(f.plan), keep, note)
	}
	if f.dataset == "" {
		return film.load(ctx, f.footage, keep, note)
	}
	reels, err := normalPart(f.dataset, f.root, seed)
	if err != nil {
		return err
	}
	if err := film.read(ctx, reels, keep, note); err != nil {
		return err
	}
	if film.frames == 0 {
		return fmt.Errorf("%w: %s %s", errNoFootage, f.dataset, f.root)
	}
	return nil
}

// showTraining draws the bar and writes a line at each validation.
func showTraining(m *meter, p train.Progress) {
	share := float64(p.Elapsed) / float64(max(p.Elapsed+p.Left, 1))
	m.set(share, trainingWords(p))
	if p.Validated {
		m.line("step %5d  %8s  %s", p.Step, clock(p.Elapsed), validationWords(p))
	}
}

// saveState writes the state aside and renames it.
func saveState(path string, s *train.State) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	return replaceFile(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// write finishes the bundle, with the wanted alarms.
func (f *trainFlags) write(c *cobra.Command, b *bundle.Bundle, film *footage, learnt train.Learnt) error {
	half, wrong := nets.InPrecision(b, f.precision)
	if wrong == nil {
		b = half
	} else { // what was learnt is not lost
		wrong = fmt.Errorf("%s is in %s: %w", f.out, bundle.FP32, wrong)
	}
	if b.Manifest.Created == "" {
		b.Manifest.Created = time.Now().UTC().Format(time.RFC3339)
	}
	if b.Manifest.Tool == "" {
		b.Manifest.Tool = "avid " + version()
	}
	b.Manifest.Footage = &bundle.Size{Width: film.picture.w, Height: film.picture.h}
	e, err := train.ParseEvidence(b)
	if err != nil {
		return err
	}
	e.Footage, e.Hours = learnt.Footage, learnt.Hours
	if b.Evidence, err = e.Encode(); err != nil {
		return err
	}
	if f.plan != nil {
		f.learnAgain(c, b)
	}
	if err := b.WriteFile(f.out); err != nil {
		return err
	}
	if errors.Is(c.Context().Err(), context.Canceled) {
		fmt.Fprintf(c.ErrOrStderr(), "stopped early; --resume goes on from here\n")
	}
	fmt.Fprintf(c.OutOrStdout(), "wrote %s\n", f.out)
	tellQuality(c, b.Manifest.Quality())
	fmt.Fprintf(c.OutOrStdout(), "avid report %s says on a page how far to rely on it\n", f.out)
	return wrong
}

// learnt is what is learnt from, for the bundle and the state: with --resume, by the runs
// before too.
func (f *trainFlags) learnt(film *footage, resume *train.State) (l train.Learnt, err error) {
	if l.Footage, err = film.recordings(); err != nil {
		return l, err
	}
	if resume != nil {
		l.Footage = append(earlier(f.out, resume, l.Footage), l.Footage...)
	}
	if f.plan != nil {
		l.Hours = planned(f.plan, f.before)
	}
	return l, nil
}

// earlier are the recordings that the runs before have learnt from and that are none of the
// present ones: those of the state or, where that is of an older avid, of the bundle at path.
func earlier(path string, s *train.State, present []train.Recording) (before []train.Recording) {
	all := s.Learnt.Footage
	if all == nil {
		b, err := bundle.Open(path)
		if err != nil {
			return nil
		}
		e, err := train.ParseEvidence(b)
		if err != nil {
			return nil
		}
		all = e.Footage
	}
	for _, r := range all {
		if !slices.ContainsFunc(present, r.Same) {
			before = append(before, r)
		}
	}
	return before
}

// tellQuality says how good a bundle is, and what to do where it is not.
func tellQuality(c *cobra.Command, q bundle.Quality) {
	fmt.Fprintln(c.OutOrStdout(), q)
	advice := q.Advice()
	switch {
	case !q.Trusted():
		fmt.Fprintf(c.ErrOrStderr(), "warning: do not rely on this bundle: %s\n", advice)
	case advice != "":
		fmt.Fprintln(c.OutOrStdout(), advice)
	}
}
