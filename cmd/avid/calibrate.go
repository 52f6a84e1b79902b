package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/train"
	"avid/models/zones"
	"avid/runtime/engine"
)

// calibrateFlags are the flags of avid calibrate.
type calibrateFlags struct {
	deviceFlags
	inputsFlag
	model, out, frames string
	luma, zones        string
	left               zones.List // of the bundle, and of zones
	normal             []string
	footage            []input // of normal, and of the file of --inputs
	perDay             float64
	most               int
	force              bool
	seed               uint64
}

func newCalibrate() *cobra.Command {
	var f calibrateFlags
	c := &cobra.Command{
		Use:   "calibrate -m cam.avid -o OUT.avid [--normal PATH… | --inputs FILE]",
		Short: "Choose how many false alarms a day a bundle may give",
		Long: `Writes a bundle with other thresholds. With --normal the score of ordinary
footage is measured anew: footage that training did not see, the more the
better, say another day of the same camera. Without it, only the default rate of
false alarms changes. The networks stay as they are.

--zones has the bundle keep zones besides its own (docs/zones.md). What they leave
out counts for nothing that is measured; without --normal fewer false alarms come
than the bundle promises, and never more.`,
		Example: `  avid calibrate -m cam.avid --false-alarms-per-day 1 -o cam.avid
  avid calibrate -m cam.avid --normal wednesday.mp4 -o cam2.avid`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return calibrate(c, &f) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "bundle to write (.avid); may be the model itself")
	fl.StringArrayVar(&f.normal, "normal", nil, "ordinary footage that training did not see; may be repeated")
	fl.StringVar(&f.frames, "frames", "", "frames A:B of each clip only, counted from 0, B not included")
	fl.Float64Var(&f.perDay, "false-alarms-per-day", 0, "false alarms a day to allow on ordinary footage; 0: as before")
	fl.StringVar(&f.luma, "luma", "", "for a bundle without a recorded range of brightness: the range that it was trained on, full or limited,\nto which any input is brought from then on (docs/formats.md)")
	fl.StringVar(&f.zones, "zones", "", zonesUsage+"; the bundle keeps them")
	fl.IntVar(&f.most, "max-frames", 30000, "frames to keep in memory at most")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of the shapes that the pixel threshold is measured on")
	fl.BoolVar(&f.force, "force", false, "measure footage that shows another place than the bundle's, or replace another bundle, all the same")
	modelFlag(c, &f.model)
	f.inputsFlag.add(c)
	f.deviceFlags.add(c)
	// These fail for a flag that is not there only.
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagFilename("output", "avid")
	c.MarkFlagsOneRequired("normal", "inputs", "false-alarms-per-day", "luma", "zones")
	_ = c.RegisterFlagCompletionFunc("luma", cobra.FixedCompletions([]string{"full", "limited"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func calibrate(c *cobra.Command, f *calibrateFlags) error {
	if f.perDay < 0 || f.most < 1 {
		return fmt.Errorf("--false-alarms-per-day %g and --max-frames %d: want at least 0 and 1", f.perDay, f.most)
	}
	if _, err := luma.ParseRange(f.luma); err != nil {
		return fmt.Errorf("--luma: %w", err)
	}
	var err error
	if f.footage, err = f.inputs(c, f.normal); err != nil {
		return err
	}
	if err := checkMadeFrom(f.out, f.model, f.force, paths(f.footage)...); err != nil {
		return err
	}
	b, err := openBundle(f.model)
	if err != nil {
		return err
	}
	if err := f.zone(b); err != nil {
		return err
	}
	before := b.Manifest.Calibration
	if f.perDay > 0 {
		b.Manifest.Calibration.FalseAlarmsPerDay = f.perDay
	}
	if f.luma != "" {
		b.Manifest.Luma = f.luma
	}
	if len(f.footage) > 0 {
		if err := f.measure(c, b); err != nil {
			return err
		}
	}
	after := &b.Manifest.Calibration
	if err := b.WriteFile(f.out); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %g false alarms a day, least score %.2f (was %.2f), pixel threshold %.3f (was %.3f), from %d frames\n",
		f.out, after.FalseAlarmsPerDay, calib.Threshold(*after, after.FalseAlarmsPerDay), calib.Threshold(before, before.FalseAlarmsPerDay),
		after.Alpha, before.Alpha, after.Frames)
	tellQuality(c, b.Manifest.Quality())
	return nil
}

// zone puts the zones of the flag into the bundle.
func (f *calibrateFlags) zone(b *bundle.Bundle) error {
	own, err := zones.OfBundle(b)
	if err != nil {
		return err
	}
	added, err := zones.Read(f.zones)
	if err != nil {
		return err
	}
	if f.left, err = own.With(added); err != nil {
		return err
	}
	if counts := f.left.Counts(b.Manifest.Height, b.Manifest.Width); counts != nil && !slices.Contains(counts, true) {
		return fmt.Errorf("%w: they leave nothing of the picture to judge", zones.ErrZones)
	}
	b.Zones = []byte(f.left.String())
	return nil
}

// measure replaces the calibration by one on the footage.
func (f *calibrateFlags) measure(c *cobra.Command, b *bundle.Bundle) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	backend, _, err := engine.NewBackend(options)
	if err != nil {
		return err
	}
	keep, err := datasets.ParseRange(f.frames)
	if err != nil {
		return err
	}
	m := newMeter(c.ErrOrStderr(), "reading")
	defer m.done()
	film := &footage{zones: f.left, size: size{b.Manifest.Height, b.Manifest.Width}, step: 1, rate: b.Manifest.FrameRate,
		luma: b.Manifest.LumaRange(), most: f.most, limit: recordFor, place: b.Background()}
	err = film.load(c.Context(), f.footage, keep, func(share float64, name string) { m.set(share, "reading "+name+" ") })
	if err != nil {
		return err
	}
	if err := c.Context().Err(); err != nil {
		return fmt.Errorf("reading the footage: %w", err)
	}
	if film.cut {
		m.line("only the first %d frames are used; --max-frames takes more", film.frames)
	}
	if err := film.samePlace(c, b.Background(), f.model, f.force); err != nil {
		return err
	}
	m.set(0.99, fmt.Sprintf("measuring %d frames ", film.frames))
	err = train.Calibrate(c.Context(), b, film.clips, b.Manifest.Calibration.Smoothing, f.seed, backend)
	if errors.Is(err, calib.ErrTooFew) {
		return fmt.Errorf("%w: a few seconds in one piece are the least, an hour is better", err)
	}
	return err
}
