//go:build !nogst

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/runtime/event"
	"avid/runtime/record"
)

// replayFlags are the flags of avid replay.
type replayFlags struct {
	filterFlags
	model, out string
	json       bool
	force      bool
}

func newReplay() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay CLIP",
		Short: "Show how a recorded clip was judged, or judge it again",
		Long: `Shows the events of a clip or segment that avid run recorded: when they were, how
high they scored, against which threshold, and by which bundle. The file is not
played for that: what is shown lies beside it.

With -m it is judged again, by that bundle, and both are shown; -o writes the
video with the marks of the new judgement.`,
		Example: `  avid replay recordings/yard/events/1795788909.123-1.mp4
  avid replay recordings/yard/events/1795788909.123-1.mp4 -m newer.avid -o marked.mp4
  avid replay recordings/yard/2026-11-28/08-15-00.mp4 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.replay(c, args[0]) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.model, "model", "m", "", "bundle (*.avid) to judge the clip by again, or several with semicolons between")
	fl.StringVarP(&f.out, "output", "o", "", "video to write, with marks, in .mp4, .mkv or .mov; needs -m")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	fl.BoolVar(&f.force, "force", false, forceUsage)
	_ = c.MarkFlagFilename("model", "avid") // fails for a flag that is not there only
	f.add(c, "mask+outline")
	return c
}

// again is what a second judgement of a clip found.
type again struct {
	Bundle  event.Bundle   `json:"bundle"`
	Records []event.Record `json:"records"`
}

// replayed is what avid replay prints.
type replayed struct {
	Clip   string             `json:"clip"`
	Start  time.Time          `json:"start"`
	End    time.Time          `json:"end"`
	Events []record.Described `json:"events"`
	Again  *again             `json:"again,omitempty"`
}

func (f *replayFlags) replay(c *cobra.Command, clip string) error {
	if f.out != "" && f.model == "" {
		return fmt.Errorf("-o %s: %w: marks are drawn as the clip is judged again: name a bundle with -m", f.out, errOutput)
	}
	d, err := record.Describe(clip)
	if err != nil {
		return err
	}
	r := replayed{Clip: clip, Start: d.Start, End: d.End, Events: d.Events}
	if f.model != "" {
		if r.Again, err = f.judge(c, clip, d.Start); err != nil {
			return err
		}
	}
	if f.json {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return r.print(c.OutOrStdout())
}

// noted makes records of reports on a file whose first frame was taken at a clock time.
type noted struct {
	origin event.Origin
	began  time.Time
	all    []event.Record
}

// note notes a report.
func (n *noted) note(e event.Event) {
	e.Wall = n.began.Add(e.Time)
	n.all = append(n.all, n.origin.Record(e))
}

// judge judges a clip again.
func (f *replayFlags) judge(c *cobra.Command, clip string, began time.Time) (*again, error) {
	if err := f.check(f.model); err != nil {
		return nil, err
	}
	by, err := bundleOf(f.model)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(pipeline.Init(), avidfilter.Register()); err != nil {
		return nil, err
	}
	camera := filepath.Base(filepath.Dir(filepath.Dir(clip)))
	n := &noted{origin: event.Origin{Camera: camera, Bundle: by, Began: began}, began: began}
	m := newMeter(c.ErrOrStderr(), "judging")
	w := &watcher{report: n.note, warn: func(text string) { m.line("%s", text) }}
	err = f.play(c.Context(), clip, w, m)
	m.done()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clip, err)
	}
	return &again{by, n.all}, nil
}

// play sends the clip through the filter, and into a video where one is wanted.
func (f *replayFlags) play(ctx context.Context, clip string, w *watcher, m *meter) error {
	tail, temporary := "fakesink sync=false", ""
	if f.out != "" {
		ending := strings.ToLower(filepath.Ext(f.out))
		encoder, err := video.Encoder(ending)
		if err != nil {
			return fmt.Errorf("output %s: %w", f.out, err)
		}
		if err := errors.Join(checkOutput(f.out, append(bundle.Paths(f.model), clip)...), checkNew(f.out, f.force)); err != nil {
			return err
		}
		tail, temporary = encoder, temporaryName(f.out, ending)
		defer os.Remove(temporary)
	}
	set := func(p *pipeline.Pipeline) error {
		err := f.set(p, f.model)
		if err == nil && temporary != "" {
			err = p.Set("file", "location", temporary)
		}
		return err
	}
	var stats avidfilter.Stats
	in := playInput{clip: &datasets.Clip{Name: clip, Path: clip}, counted: func(s avidfilter.Stats) { stats = s }}
	err := playClip(ctx, in, filterElement+" ! "+tail, set, w.note, func(at, length time.Duration) {
		if length > 0 {
			m.set(float64(at)/float64(length), clock(at)+" ")
		}
	})
	if err = errors.Join(err, w.err); err != nil {
		return err
	}
	if err := judgedSome(stats); err != nil {
		return err
	}
	if temporary != "" {
		return os.Rename(temporary, f.out)
	}
	return nil
}

// print writes tables for people.
func (r replayed) print(out io.Writer) error {
	fmt.Fprintf(out, "%s: %s to %s UTC\n", r.Clip, r.Start.UTC().Format(time.DateTime), r.End.UTC().Format(time.DateTime))
	if len(r.Events) == 0 {
		fmt.Fprintln(out, "no event was recorded in it")
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, e := range r.Events {
		fmt.Fprintf(t, "\nevent %s of %s, %s; bundle %s\n", e.ID, e.Camera, e.State, named(e.Bundle))
		var records []event.Record
		for _, l := range e.Lines {
			if l.Record != nil {
				records = append(records, *l.Record)
			}
		}
		r.table(t, records)
	}
	if r.Again != nil {
		fmt.Fprintf(t, "\njudged again; bundle %s\n", named(r.Again.Bundle))
		r.table(t, r.Again.Records)
		if len(r.Again.Records) == 0 {
			fmt.Fprintln(t, "no event")
		}
		fmt.Fprintf(t, "\n\tevents\thighest\tthreshold\n")
		then := []event.Record{}
		for _, e := range r.Events {
			then = append(then, e.Begin, e.Peak, e.Last)
		}
		summary(t, "recorded", then)
		summary(t, "again", r.Again.Records)
	}
	return t.Flush()
}

// named is a bundle's name and the beginning of its hash.
func named(b event.Bundle) string { return fmt.Sprintf("%s (%.12s)", b.Name, b.SHA256) }

// table is a line a record; times are those in the clip.
func (r replayed) table(t io.Writer, records []event.Record) {
	if len(records) > 0 {
		fmt.Fprintln(t, "\tat\tscore\tpeak\tthreshold\tregions")
	}
	for _, e := range records {
		at := time.Duration((e.Time - float64(r.Start.UnixMicro())/1e6) * float64(time.Second))
		fmt.Fprintf(t, "%s\t%.1f s\t%s\t%s\t%s\t%d\n", e.Type, at.Seconds(), figure(e.Score), figure(e.Peak), figure(e.Threshold), len(e.Boxes))
	}
}

// figure is a number that may not be known.
func figure(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *v)
}

// summary is a line of the comparison.
func summary(t io.Writer, what string, records []event.Record) {
	ids := map[string]bool{}
	var peak, threshold *float64
	for _, r := range records {
		ids[r.ID] = true
		if threshold = r.Threshold; r.Peak != nil && (peak == nil || *r.Peak > *peak) {
			peak = r.Peak
		}
	}
	fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", what, len(ids), figure(peak), figure(threshold))
}
