package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"avid/models/eval"
	"avid/runtime/engine"
)

// evalFlags are the flags of avid eval.
type evalFlags struct {
	deviceFlags
	thresholdFlags
	dataset, root, model, json string
	seed                       uint64
}

func newEval() *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "eval --dataset ucsd|synth -m cam.avid",
		Short: "Measure a bundle on clips with ground truth",
		Long: `Runs a bundle over the test clips of a data set, each from a fresh start, and
prints how well it finds what is irregular: frame level (AUC, EER), pixel level
(40 % of the truth marked) and dual-pixel (besides, 10 % of the marks on truth)
where there are masks, and how much of the irregular and of the normal moving
pixels the masks cover at the working threshold.

A window holds six frames, so the first five of each clip cannot be judged;
they are left out.

Data sets:
  ucsd   a folder with test/ and gt/ or labels.csv, or UCSD's own layout (--root)
  synth  avid's synthetic walkway, made on the spot, or a folder made by avid synth (--root)`,
		Example: `  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid
  avid eval --dataset ucsd --root data/ucsdped2 -m ped2.avid --json out.json
  avid eval --dataset synth -m walkway.avid`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return evaluate(c, &f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.dataset, "dataset", "ucsd", "form of the data: ucsd or synth")
	fl.StringVar(&f.root, "root", "", "folder of the data set")
	fl.StringVar(&f.json, "json", "", "also write the figures to this file, as JSON; - for standard output alone")
	fl.Uint64Var(&f.seed, "seed", 1000, "seed of the first clip made for synth without --root")
	modelFlag(c, &f.model)
	f.deviceFlags.add(c)
	f.thresholdFlags.add(c)
	// These fail for a flag that is not there only.
	_ = c.MarkFlagDirname("root")
	_ = c.RegisterFlagCompletionFunc("dataset", cobra.FixedCompletions([]string{"ucsd", "synth"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func evaluate(c *cobra.Command, f *evalFlags) error {
	clips, err := testClips(f.dataset, f.root, f.seed)
	if err != nil {
		return err
	}
	e, _, err := openEngine(f.model, &f.deviceFlags)
	if err != nil {
		return err
	}
	defer e.Close()
	m := newMeter(c.ErrOrStderr(), "evaluating")
	j := newJudge(e, f.thresholds())
	var all eval.Collector
	for i, clip := range clips {
		words := fmt.Sprintf("clip %s, %d of %d", clip.name, i+1, len(clips))
		m.set(float64(i)/float64(len(clips)), words)
		if err := j.clip(c.Context(), clip, &all); err != nil {
			m.done()
			return err
		}
	}
	m.done()
	report, err := all.Report(f.dataset)
	if err != nil {
		return err
	}
	if f.json != "-" {
		printReport(c.OutOrStdout(), report, e.Device())
	}
	return writeReport(c.OutOrStdout(), f.json, report)
}

// writeReport writes the JSON form; to out when the path is "-".
func writeReport(out io.Writer, path string, r *eval.Report) error {
	fill := func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	switch path {
	case "":
		return nil
	case "-":
		return fill(out)
	}
	return replaceFile(path, fill)
}

// judge runs an engine over clips.
type judge struct {
	e          inferer
	thresholds engine.Thresholds
}

// inferer is the engine as avid eval uses it.
type inferer interface {
	Size() (h, w int)
	FrameRate() float64
	Infer(frames []byte, t engine.Thresholds, r *engine.Result) error
	NewResult() *engine.Result
	Restart()
}

func newJudge(e inferer, t engine.Thresholds) *judge { return &judge{e, t} }
