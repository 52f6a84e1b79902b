package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"avid/models/eval"
)

// printReport prints the figures for people.
func printReport(out io.Writer, r *eval.Report, device string) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "clip\tframes\tirregular\tfound\tfalse alarms\tAUC\t")
	for _, c := range r.Clips {
		auc := "-"
		if c.AUC != nil {
			auc = fmt.Sprintf("%.3f", *c.AUC)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t\n", c.Name, c.Frames, c.Irregular, c.Marked.Irregular, c.Marked.Normal, auc)
	}
	t.Flush()
	fmt.Fprintln(out)
	t = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rates := func(name string, v *eval.Rates, note string) {
		if v == nil {
			fmt.Fprintf(t, "%s\tno figures: %s\n", name, note)
			return
		}
		fmt.Fprintf(t, "%s\tAUC %.3f\tEER %.1f %%\t%s\n", name, v.AUC, 100*v.EER, note)
	}
	macro := "all clips pooled"
	if r.MacroAUC != nil {
		macro += fmt.Sprintf("; mean of the clips' own AUC %.3f", *r.MacroAUC)
	}
	rates("frame level", r.Frame, macro)
	rates("pixel level", r.Pixel, "40 % of the truth marked")
	rates("dual-pixel", r.DualPixel, "and 10 % of the marks on truth")
	t.Flush()
	if c := r.Coverage; c != nil {
		fmt.Fprintf(out, "masks cover %.1f %% of the irregular pixels and %.1f %% of the normal moving ones\n", 100*c.Irregular, 100*c.Moving)
	}
	fmt.Fprintf(out, "\n%d frames, %d of them irregular, on %s; left out are %d frames at the beginnings of the\n"+
		"clips, which cannot be judged, as the window holds six frames\n", r.Frames, r.Irregular, device, r.LeftOut)
}
