package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"avid/models/eval"
)

// errUnjudged says that nothing was judged, so that no event means nothing.
var errUnjudged = errors.New("nothing was judged")

// printReport prints the figures for people, in at most 100 columns.
func printReport(out io.Writer, r *eval.Report, device string) {
	printClips(out, r.Clips)
	fmt.Fprintln(out)
	printFigures(out, r)
	printWorking(out, r)
	if c := r.Coverage; c != nil {
		fmt.Fprintf(out, "masks cover %.1f %% of the irregular pixels and %.1f %% of the normal moving ones\n", 100*c.Irregular, 100*c.Moving)
	}
	fmt.Fprintf(out, "\n%d frames, %d of them irregular, on %s", r.Frames, r.Irregular, device)
	if r.LeftOut > 0 {
		fmt.Fprintf(out, "; left out are %d frames at the beginnings of the\n"+
			"clips, which cannot be judged, as the window holds six frames", r.LeftOut)
	}
	if text := scenesOf(r); text != "" {
		fmt.Fprintf(out, "; told: %s, and judgement held for %s", text, plural(r.Held, "frame"))
	}
	fmt.Fprintln(out)
}

// scenesOf is what the filter told besides events, how often.
func scenesOf(r *eval.Report) string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(r.Scenes)) {
		all = append(all, fmt.Sprintf("%s %d×", kind, r.Scenes[kind]))
	}
	return strings.Join(all, ", ")
}

// otherPlaces says which clips show another place than the bundle at path; "": none.
func otherPlaces(clips []eval.ClipReport, path string) string {
	var names []string
	least := 1.0
	for _, c := range clips {
		if c.OtherPlace {
			names, least = append(names, c.Name), min(least, *c.Likeness)
		}
	}
	if len(names) == 0 {
		return ""
	}
	if n := len(names); n > namesMost {
		names = append(names[:namesMost:namesMost], fmt.Sprintf("%d more", n-namesMost))
	}
	return fmt.Sprintf("%s: another place than the one that %s was trained on (likeness down to %.2f of 1): another camera, or one that was moved, "+
		"so the figures say little of the bundle", strings.Join(names, ", "), path, least)
}

// namesMost is how many names a warning has.
const namesMost = 5

// printWorking prints how the filter does at its working threshold.
func printWorking(out io.Writer, r *eval.Report) {
	percent := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return fmt.Sprintf("%.1f %%", 100**v)
	}
	if w := r.Working; w != nil {
		fmt.Fprintf(out, "\nat the working threshold: %s of the irregular frames found", percent(w.Recall))
		if w.Delay != nil {
			fmt.Fprintf(out, ", %d of %d times %.1f s after\nit began on average", w.Found, w.Onsets, *w.Delay)
		}
		if w.FalseAlarmsPerHour != nil {
			fmt.Fprintf(out, "; %s in %.0f ordinary seconds,\n%s an hour (%s to %s with 95 %% certainty)",
				plural(w.FalseAlarms, "false alarm"), 3600*w.Hours, few(*w.FalseAlarmsPerHour), few(w.Interval[0]), few(w.Interval[1]))
		}
		fmt.Fprintln(out)
	}
	if m := r.Mask; m != nil && m.Precision != nil {
		fmt.Fprintf(out, "masks: precision %s, recall %s, IoU %s; of what is marked %s is the thing, %s its trail\n"+
			"of the last second, %s what else moves, %s still ground\n", share(m.Precision), share(m.Recall), share(m.IoU),
			percent(m.Thing), percent(m.Trail), percent(m.Movers), percent(m.Ground))
	}
}

// few is a number in two digits, or more where it has more before the point.
func few(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// nameWidth is the most of a clip's name that the table shows.
const nameWidth = 40

func printClips(out io.Writer, clips []eval.ClipReport) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "clip\tframes\tirregular\tfound\tfalse alarms\tAUC\t")
	for _, c := range clips {
		name := []rune(c.Name)
		if len(name) > nameWidth {
			name = append([]rune("…"), name[len(name)-nameWidth+1:]...)
		}
		auc := "-"
		if c.AUC != nil {
			auc = fmt.Sprintf("%.3f", *c.AUC)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t\n", string(name), c.Frames, c.Irregular, c.Found, c.False, auc)
	}
	t.Flush()
}

// printFigures prints the judges side by side, as the paper's Table 1 does.
func printFigures(out io.Writer, r *eval.Report) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tframe AUC\tEER\tpixel AUC\tEER\tdual AUC\tEER\tRBDC\tTBDC\tpixel AP\t")
	row := func(name string, f *eval.Figures) {
		if f != nil {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, auc(f.Frame), auc(f.Pixel), auc(f.DualPixel), share(f.RBDC), share(f.TBDC), share(f.AP))
		}
	}
	row(eval.Inpainter.String(), r.Inpainter)
	row(eval.Detector.String(), r.Detector)
	row(eval.Both.String(), &r.Figures)
	if two := r.TwoThresholds; two != nil {
		row("best α and ζ", &eval.Figures{Frame: two.Frame, Pixel: two.Pixel})
	}
	t.Flush()
	fmt.Fprintln(out)
	note := func(format string, values ...any) { fmt.Fprintf(out, format+"\n", values...) }
	note("All clips pooled; - where there is no figure.")
	switch compares := "AUC and EER compare irregular frames with ordinary ones"; {
	case r.Frames == 0:
	case r.Irregular == 0:
		note("There are no figures, as no frame of these clips is irregular: %s.", compares)
	case r.Irregular == r.Frames:
		note("There are no figures, as every frame of these clips is irregular: %s.", compares)
	}
	if r.MacroAUC != nil {
		note("frame  the mean of the clips' own AUC is %.3f", *r.MacroAUC)
	}
	masks := 0
	for _, c := range r.Clips {
		if c.Masks {
			masks++
		}
	}
	if masks == 0 {
		note("There are no masks: frame level alone.")
		return
	}
	note("pixel  40 %% of the truth marked; dual: and 10 %% of the marks on truth")
	note("RBDC, TBDC  regions and tracks found, for up to one false region a frame")
	if r.TwoThresholds != nil {
		note("best α and ζ  both chosen on these clips, which is optimistic: go by I ∩ D")
	}
	if masks < len(r.Clips) {
		note("pixel figures from %d of %d clips: the others have no masks", masks, len(r.Clips))
	}
}

// auc are the two columns of a curve.
func auc(r *eval.Rates) string {
	if r == nil {
		return "-\t-"
	}
	return fmt.Sprintf("%.3f\t%.1f %%", r.AUC, 100*r.EER)
}

func share(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *v)
}

// checkEvalOutputs tells before the work, not after it, that there is no place
// for what comes of it.
func checkEvalOutputs(f *evalFlags) error {
	for _, dir := range []string{f.plots, f.pictures} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("%w %s: %w", errOutput, dir, err)
		}
	}
	return checkJSONOutput(f.json, f.model)
}

// writeJSON writes the JSON form of a report; to out when the path is "-".
func writeJSON(out io.Writer, path string, r any) error {
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
