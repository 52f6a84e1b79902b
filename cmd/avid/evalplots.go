package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"avid/models/eval"
	"avid/models/eval/plots"
)

// mostClips is how many clips a data set may have for files of each of them.
const mostClips = 40

// writePlots writes to dir, which it makes, the ROC curves at frame and pixel
// level, roc-frame and roc-pixel, where there are such, and the scores of each
// clip, timeline-CLIP, unless there are more than mostClips; each as .png and
// .svg. No file is ever seen half written.
func writePlots(dir string, frame, pixel []eval.NamedCurve, timelines []eval.Timeline) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("folder for plots: %w", err)
	}
	for _, level := range []struct {
		name   string
		curves []eval.NamedCurve
	}{{"frame", frame}, {"pixel", pixel}} {
		if len(level.curves) == 0 {
			continue
		}
		p, err := plots.ROC(level.curves, "ROC, "+level.name+" level")
		if err != nil {
			return err
		}
		if err := writePlot(p, filepath.Join(dir, "roc-"+level.name), plots.ROCWidth, plots.ROCHeight(len(level.curves))); err != nil {
			return err
		}
	}
	if len(timelines) > mostClips {
		return nil
	}
	names := fileNames{}
	for _, t := range timelines {
		if len(t.Scores) == 0 {
			continue
		}
		p, err := plots.Timeline(t)
		if err != nil {
			return err
		}
		if err := writePlot(p, filepath.Join(dir, "timeline-"+names.of(t.Clip)), plots.TimelineWidth, plots.TimelineHeight); err != nil {
			return err
		}
	}
	return nil
}

// writePlot writes a plot in both forms.
func writePlot(p *plot.Plot, base string, w, h vg.Length) error {
	for _, ending := range []string{".png", ".svg"} {
		err := replaceFile(base+ending, func(out io.Writer) error { return plots.Write(out, p, ending, w, h) })
		if err != nil {
			return err
		}
	}
	return nil
}

// fileNames gives each clip a name that can be part of a file's name on every
// system, and is no other clip's.
type fileNames map[string]bool

func (f fileNames) of(clip string) string {
	const longest = 100 // bytes; file systems allow 255 with all that is put around it
	name := strings.Map(func(r rune) rune {
		if r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r)) {
			return r
		}
		return '_'
	}, clip)
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "")
	}
	if name == "" {
		name = "unnamed"
	}
	// Some systems take A and a for the same.
	unique := name
	for n := 2; f[strings.ToLower(unique)]; n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	f[strings.ToLower(unique)] = true
	return unique
}
