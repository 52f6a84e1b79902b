package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/average"
	"avid/models/eval"
	"avid/models/train"
	"avid/models/zones"
	"avid/runtime/engine"
	"avid/runtime/evaluate"
)

// evalFlags are the flags of avid eval.
type evalFlags struct {
	deviceFlags
	thresholdFlags
	dataset, root, model, json string
	plots, pictures            string
	seed                       uint64
	heldBack                   float64
	degrade, zones             string
}

func newEval() *cobra.Command {
	var f evalFlags
	forms := append(slices.Clone(datasetNames), actorsName)
	names := strings.Join(forms, "|")
	c := &cobra.Command{
		Use:   "eval --dataset " + names + " -m cam.avid",
		Short: "Measure a bundle on clips with ground truth",
		Long: `Runs a bundle over the test clips of a data set, each from a fresh start, and
prints how well it finds what is irregular: frame level (AUC, EER) and, where
there are masks, pixel level (40 % of the truth marked), dual-pixel (besides,
10 % of the marks on truth), RBDC and TBDC (regions and tracks found, for up to
one false region a frame). At the working threshold: what share of the irregular
frames is found, how long after it began, false alarms an hour, and where the
marks lie: precision, recall and IoU of the pixels, and what the marked pixels
are, the thing, its trail of the last second, what else moves or still ground.
I alone, D alone and I ∩ D, which is what the filter shows, stand side by side.

Thresholds are swept for AUC and EER: that on the score for the judges' rows,
α and ζ of Eq. 4 both for the row of the best, which is optimistic.

A window holds six frames, so the first five of each clip cannot be judged;
they are left out. Clips that show another place than the bundle's are warned of,
and JSON has for each how like it is: figures of another place say little.

Data sets (--root):
  ucsd     a folder with test/ and gt/ or labels.csv, or UCSD's own layout
  umn      a folder with the film of the University of Minnesota and scenes.csv,
           which says what is where in it, or such a table itself
  irmnist  a folder with the four files of MNIST, of which the pictures are made:
           each stands alone and fills the window, and none is left out
  synth    a folder made by avid synth; without --root it is made on the spot
  masks    your own: frames/ and masks/, of one clip or of clip after clip
  actors   ordinary footage, a video or a folder as avid train takes it: bodies are
           drawn into the last part of each recording, which training holds back,
           as large as the people there and as fast, and standing

Where only some clips have masks, all count at frame level and those alone at
the others.

--degrade shows the clips as light, weather, the lens, the mount or the coder of a
camera would; with several kinds, or all, as they are first, and a line for each.
Kinds, their usual strengths and what those are of (pixels, where the picture has
240 rows):
` + strings.TrimRight(degradeHelp(), "\n"),
		Example: `  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid
  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid --json out.json
  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid --plots plots --pictures pictures
  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid --degrade all
  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid --degrade flicker=10 --pictures pictures
  avid eval --dataset synth -m walkway.avid`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runEval(c, &f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.dataset, "dataset", "ucsd", "form of the data: "+strings.Join(forms, ", "))
	fl.StringVar(&f.root, "root", "", "folder of the data set")
	fl.StringVar(&f.zones, "zones", "", zonesUsage)
	fl.StringVar(&f.json, "json", "", "also write the figures to this file, as JSON; - for standard output alone")
	fl.StringVar(&f.plots, "plots", "", "also write ROC curves and scores over time to this folder, as PNG and SVG")
	fl.StringVar(&f.pictures, "pictures", "", "also write pictures of what was found and missed to this folder")
	fl.Uint64Var(&f.seed, "seed", 1000, "seed of the first clip made for synth without --root, of the pictures of irmnist, of the actors and of --degrade")
	fl.Float64Var(&f.heldBack, "held-back", train.DefaultConfig().Validation, "share of each recording, its last part, that actors are put into")
	fl.StringVar(&f.degrade, "degrade", "", "degrade the clips: KIND[=strength], several with commas between, or "+allKinds)
	modelFlag(c, &f.model)
	f.deviceFlags.add(c)
	f.thresholdFlags.add(c)
	// These fail for a flag that is not there only.
	for _, folder := range []string{"root", "plots", "pictures"} {
		_ = c.MarkFlagDirname(folder)
	}
	_ = c.RegisterFlagCompletionFunc("degrade", cobra.FixedCompletions(append(degradeNames(), allKinds), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("dataset", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runEval(c *cobra.Command, f *evalFlags) error {
	if err := checkEvalOutputs(f); err != nil {
		return err
	}
	var ways []degradation
	if f.degrade != "" {
		var err error
		if ways, err = degradations(f.degrade); err != nil {
			return err
		}
		if len(ways) > 1 && (f.pictures != "" || f.plots != "") {
			return fmt.Errorf("%w %s: pictures and plots are of one kind at a time", errDegrade, f.degrade)
		}
	}
	clips, err := testClips(f.dataset, f.root, f.seed, f.heldBack)
	if err != nil {
		return err
	}
	e, _, err := openEngine(f.model, &f.deviceFlags)
	if err != nil {
		return err
	}
	defer e.Close()
	added, err := zones.Read(f.zones)
	if err != nil {
		return err
	}
	v := &evaluation{flags: f, engine: e, zones: added, meter: newMeter(c.ErrOrStderr(), "evaluating"), clips: len(clips)}
	defer v.meter.done()
	switch len(ways) {
	case 0:
		return v.report(c, clips)
	case 1:
		return v.report(c, ways[0].clips(c.Context(), clips, f.seed))
	}
	return v.weather(c, clips, ways)
}

// evaluation runs a bundle over clips.
type evaluation struct {
	flags  *evalFlags
	engine *engine.Engine
	zones  zones.List
	meter  *meter

	// How far it is:
	way         string // how clips are degraded
	done, clips int    // how many there are in all ways together
}

// over runs over clips, and shows them where show is set.
func (v *evaluation) over(ctx context.Context, clips []evaluate.Clip, shown *pictures) (*eval.Collector, *eval.Report, error) {
	j := &evaluate.Evaluator{Model: v.engine, Thresholds: v.flags.thresholds(), Zones: v.zones}
	if shown != nil {
		j.Show = shown.frame
	}
	var all eval.Collector
	for i, clip := range clips {
		v.meter.set(float64(v.done)/float64(v.clips), fmt.Sprintf("clip %s, %s%d of %d", clip.Name, v.way, i+1, len(clips)))
		if err := j.Clip(ctx, clip, &all); err != nil {
			return nil, nil, err
		}
		v.done++
	}
	report, err := all.Report(v.flags.dataset)
	if err != nil {
		return nil, nil, err
	}
	if report.Frames == 0 && report.Held == 0 {
		return nil, nil, fmt.Errorf("%w: %s, all of fewer than %d frames", errUnjudged, plural(len(clips), "clip"), average.Frames)
	}
	if text := otherPlaces(report.Clips, v.flags.model); text != "" && v.way == "" {
		v.meter.line("warning: %s", text)
	}
	return &all, report, nil
}

// report measures on clips, and writes all that is asked for.
func (v *evaluation) report(c *cobra.Command, clips []evaluate.Clip) error {
	f := v.flags
	var shown *pictures
	if f.pictures != "" {
		h, w := v.engine.Size()
		shown = newPictures(f.pictures, h, w)
	}
	all, report, err := v.over(c.Context(), clips, shown)
	if err != nil {
		return err
	}
	v.meter.done()
	if f.json != "-" {
		printReport(c.OutOrStdout(), report, where(v.engine.Device(), v.engine.FallbackReason()))
	}
	if err := writeJSON(c.OutOrStdout(), f.json, report); err != nil {
		return err
	}
	if shown != nil {
		if err := shown.write(); err != nil {
			return err
		}
	}
	if f.plots == "" {
		return nil
	}
	frame, pixel, err := all.Curves()
	if err != nil {
		return err
	}
	timelines := all.Timelines()
	if clips[0].Still { // pictures that stand alone have no time
		timelines = nil
	}
	return writePlots(f.plots, frame, pixel, timelines)
}

// weather measures on clips as they are and degraded, one way after the other.
func (v *evaluation) weather(c *cobra.Command, clips []evaluate.Clip, ways []degradation) error {
	r := &weatherReport{Dataset: v.flags.dataset}
	v.clips *= 1 + len(ways)
	var err error
	if _, r.Clean, err = v.over(c.Context(), clips, nil); err != nil {
		return err
	}
	for _, d := range ways {
		v.way = d.String() + ", "
		_, of, err := v.over(c.Context(), d.clips(c.Context(), clips, v.flags.seed), nil)
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		r.Degraded = append(r.Degraded, degradedReport{d.Name, d.strength, of})
	}
	v.meter.done()
	if v.flags.json != "-" {
		printWeather(c.OutOrStdout(), r)
	}
	return writeJSON(c.OutOrStdout(), v.flags.json, r)
}
