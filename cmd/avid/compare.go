//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/models/compare"
	"avid/models/report"
	"avid/models/spans"
	"avid/models/train"
	"avid/runtime/hours"
	"avid/runtime/record"
)

// compareFlags are the flags of avid compare.
type compareFlags struct {
	recordedFlags
	deviceFlags
	out, json string
	footage   time.Duration
	events    int
}

func newCompare() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare [OLD.avid NEW.avid] --camera NAME {-c cameras.yaml | --recordings DIR}",
		Short: "Compare a new bundle with the present one",
		Long: `Has two bundles judge what a camera's recorder has kept: the time that was held back
as the new one was trained (avid train --camera), and the events that nobody called
normal. Writes a page that shows what each would mark, and its figures beside it,
by which avid promote decides. The page shows pictures of the camera, so keep it as
you keep the recordings.

Without names the bundles are the one that cameras.yaml has for the camera, and its
NAME.next.avid.`,
		Example: `  avid compare --camera yard -c cameras.yaml
  avid compare yard.avid yard.next.avid --camera yard --recordings recordings/`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.recordedFlags.add(c)
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "page to write; none: NEW.compare.html")
	fl.StringVar(&f.json, "json", "", "write the figures to this file as well, - for standard output")
	fl.DurationVar(&f.footage, "footage", time.Hour, "how much of the held-back time to judge, evenly over days and hours")
	fl.IntVar(&f.events, "events", 50, "how many known events to judge again, confirmed ones first")
	f.deviceFlags.add(c)
	_ = c.MarkFlagRequired("camera") // fails for a flag that is not there only
	return c
}

// comparing is a comparison at work.
type comparing struct {
	*compareFlags
	of      *ofRecorder
	paths   [2]string // the present bundle, and the new one
	bundles [2]*bundle.Bundle
	held    spans.List
	archive *record.Archive
	pair    *pair
	meter   *meter
	result  *compare.Comparison
	shown   map[compare.Who]int // pictures, by who found what is on them
}

func (f *compareFlags) run(c *cobra.Command, args []string) error {
	w := &comparing{compareFlags: f, shown: map[compare.Who]int{}}
	if err := w.open(c, args); err != nil {
		return err
	}
	out := either(f.out, beside(w.paths[1], pageEnding))
	if err := errors.Join(checkNamed(out, "a page", ".html", w.paths[:]...), checkJSONOutput(f.json, w.paths[:]...)); err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	if w.pair, err = openPair(c.Context(), w.bundles, options); err != nil {
		return err
	}
	defer w.pair.close()
	w.pair.zones, w.pair.thresholds.FalseAlarmsPerDay = w.of.zones, w.of.perDay
	w.meter = newMeter(c.ErrOrStderr(), "comparing")
	defer w.meter.done()
	if err := errors.Join(w.judgeHeld(c.Context()), w.judgeKnown(c.Context())); err != nil {
		return err
	}
	w.meter.done()
	if err := w.write(c, out); err != nil {
		return err
	}
	tellComparison(c.OutOrStdout(), w.result)
	fmt.Fprintf(c.OutOrStdout(), "wrote %s\n", out)
	return writeText(c.OutOrStdout(), f.json, w.result.Encode)
}

// open finds the bundles and what they are to judge.
func (w *comparing) open(c *cobra.Command, args []string) (err error) {
	if w.of, err = w.find(c); err != nil {
		return err
	}
	switch {
	case len(args) == 2:
		w.paths = [2]string(args)
	case len(args) == 0 && len(w.of.models) == 1:
		w.paths = [2]string{w.of.model, beside(w.of.model, nextEnding)}
	default:
		return errors.New("name both bundles, the present one and the new one, or -c cameras.yaml, which has the present one")
	}
	var learnt [2]*train.Hours
	for i, path := range w.paths {
		if w.bundles[i], err = openRelied(c, path); err != nil {
			return err
		}
		e, err := train.ParseEvidence(w.bundles[i])
		if err != nil {
			return err
		}
		learnt[i] = e.Hours
	}
	if learnt[1] == nil || learnt[1].Camera != w.camera {
		return fmt.Errorf("%s was not trained on recorded hours of %q (avid train --camera), so that no time was held back to compare it on", w.paths[1], w.camera)
	}
	w.held = learnt[1].Held
	if learnt[0] != nil && learnt[0].Camera == w.camera {
		w.held = w.held.Subtract(learnt[0].Learnt)
	}
	now := time.Now()
	if w.archive, err = record.ReadArchive(w.of.folder, w.camera, now.AddDate(-1, 0, 0), now, now); err != nil {
		return err
	}
	var sides [2]compare.Side
	for i, b := range w.bundles {
		sides[i] = compare.Side{File: filepath.Base(w.paths[i]), Hash: b.Hash(), FalseAlarmsPerDay: b.Manifest.Calibration.FalseAlarmsPerDay}
		if w.of.perDay > 0 {
			sides[i].FalseAlarmsPerDay = w.of.perDay
		}
	}
	w.result = compare.New(w.camera, sides[0], sides[1], now)
	return nil
}

// heldPiece is how long a piece of held-back time is: each begins with a window in which
// nothing is judged.
const heldPiece = 5 * time.Minute

// judgeHeld has both judge the time that was held back.
func (w *comparing) judgeHeld(ctx context.Context) error {
	pieces := hours.Thin(hours.Pieces(w.archive.Segments, w.held, heldPiece), w.footage, time.Local)
	for i, p := range pieces {
		w.meter.set(float64(i)/float64(len(pieces)+w.events), "held-back time of "+p.From.Local().Format(time.DateTime)+" ")
		r, err := openPiece(p)
		if err != nil {
			return err
		}
		found, err := w.pair.judge(ctx, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		w.result.Seconds += p.Length().Seconds()
		w.result.Pieces++
		if err := w.match(p, found); err != nil {
			return err
		}
	}
	return nil
}

// match says which alarms of a piece both had.
func (w *comparing) match(p hours.Piece, found [2][]alarm) error {
	add := func(a alarm, who compare.Who) error {
		one := compare.Alarm{Start: p.Began.Add(a.start), Seconds: (a.end - a.start).Seconds(), Who: who, Score: a.above}
		if w.shown[who] < shotsEach {
			w.shown[who]++
			var err error
			if one.JPEG, err = outlined(p.Path, a); err != nil {
				return err
			}
		}
		w.result.Alarms = append(w.result.Alarms, one)
		return nil
	}
	for _, a := range found[0] {
		who := compare.OnlyOld
		if slices.ContainsFunc(found[1], func(b alarm) bool { return b.overlaps(a.start, a.end) }) {
			who = compare.Both
		}
		if err := add(a, who); err != nil {
			return err
		}
	}
	for _, b := range found[1] {
		if slices.ContainsFunc(found[0], func(a alarm) bool { return a.overlaps(b.start, b.end) }) {
			continue
		}
		if err := add(b, compare.OnlyNew); err != nil {
			return err
		}
	}
	return nil
}

// shotsEach is how many pictures a group of the page has at most.
const shotsEach = 9

// judgeKnown has both judge the clips of events that nobody called normal.
func (w *comparing) judgeKnown(ctx context.Context) error {
	known := slices.DeleteFunc(slices.Clone(w.archive.Events), func(k record.Kept) bool { return k.Normal || k.Clip == "" || k.State == record.StateOpen })
	slices.SortStableFunc(known, func(a, b record.Kept) int { // confirmed ones first, then the newest
		if a.Acknowledged != b.Acknowledged {
			if a.Acknowledged {
				return -1
			}
			return 1
		}
		return b.Start().Compare(a.Start())
	})
	for i, k := range known[:min(len(known), w.events)] {
		w.meter.set(float64(w.result.Pieces+i)/float64(w.result.Pieces+w.events), "event "+k.ID+" ")
		one, err := w.again(ctx, k)
		if err != nil {
			return fmt.Errorf("event %s: %w", k.ID, err)
		}
		w.result.Known = append(w.result.Known, one)
	}
	return nil
}

// again has both judge the clip of an event.
func (w *comparing) again(ctx context.Context, k record.Kept) (compare.Known, error) {
	one := compare.Known{ID: k.ID, Start: k.Start(), Confirmed: k.Acknowledged, Note: k.Note, Who: compare.Neither}
	d, err := record.Describe(k.Clip)
	if err != nil {
		return one, err
	}
	r, err := video.Open(k.Clip)
	if err != nil {
		return one, err
	}
	found, err := w.pair.judge(ctx, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return one, err
	}
	var by [2]bool
	var shown *alarm
	for i, all := range found {
		for _, a := range all {
			if a.overlaps(k.Start().Sub(d.Start), k.End().Sub(d.Start)) {
				by[i], shown = true, &a
			}
		}
	}
	one.Who = map[[2]bool]compare.Who{{true, true}: compare.Both, {true, false}: compare.OnlyOld, {false, true}: compare.OnlyNew, {}: compare.Neither}[by]
	if shown != nil {
		one.JPEG, err = outlined(k.Clip, *shown)
	}
	return one, err
}

// write writes the page, and the figures by which avid promote decides.
func (w *comparing) write(c *cobra.Command, out string) error {
	if err := c.Context().Err(); err != nil {
		return err
	}
	err := replaceFile(out, func(to io.Writer) error { return report.WriteComparison(to, w.result, time.Local) })
	if err != nil {
		return err
	}
	return writeText(nil, beside(w.paths[1], comparedEnding), w.result.Encode)
}

// writeText writes what encode gives to a file, or to out for -; "": nowhere.
func writeText(out io.Writer, path string, encode func() ([]byte, error)) error {
	if path == "" {
		return nil
	}
	text, err := encode()
	if err != nil {
		return err
	}
	fill := func(w io.Writer) error { _, err := w.Write(text); return err }
	if path == "-" {
		return fill(out)
	}
	return replaceFile(path, fill)
}

// tellComparison says what came of it.
func tellComparison(out io.Writer, c *compare.Comparison) {
	fmt.Fprintf(out, "%s of held-back time in %s, judged by both:\n", roughly(time.Duration(c.Seconds*float64(time.Second))), plural(c.Pieces, "piece"))
	for _, s := range []struct {
		what string
		of   compare.Side
		n    int
	}{{"present", c.Old, c.OldAlarms()}, {"new", c.New, c.NewAlarms()}} {
		r := c.RateOf(s.n)
		fmt.Fprintf(out, "  %-8s %s: %s, %s a day (%s to %s with 95 %% certainty; %s are promised)\n", s.what, s.of.File, plural(s.n, "alarm"),
			few(r.PerDay), few(r.Low), few(r.High), few(s.of.FalseAlarmsPerDay))
	}
	fmt.Fprintf(out, "  of both %d, of the present one alone %d, of the new one alone %d\n", c.Count(compare.Both), c.Count(compare.OnlyOld), c.Count(compare.OnlyNew))
	fmt.Fprintf(out, "%s known: found by both %d, by the present one alone %d, by the new one alone %d, by neither %d\n", plural(len(c.Known), "event"),
		c.KnownBy(compare.Both, false), c.KnownBy(compare.OnlyOld, false), c.KnownBy(compare.OnlyNew, false), c.KnownBy(compare.Neither, false))
	if against := c.Against(); len(against) > 0 {
		fmt.Fprintf(out, "against %s: %s\n", c.New.File, strings.Join(against, "; "))
	} else {
		fmt.Fprintf(out, "nothing speaks against %s\n", c.New.File)
	}
}
