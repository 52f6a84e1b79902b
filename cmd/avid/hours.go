//go:build !nogst

package main

import (
	"encoding/json"
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
	"avid/models/datasets"
	"avid/models/spans"
	"avid/models/train"
	"avid/models/zones"
	"avid/runtime/cameras"
	"avid/runtime/hours"
	"avid/runtime/record"
	"avid/runtime/verdict"
)

// find reads where the camera's recordings are, and what is on duty for it.
func (f *recordedFlags) find(c *cobra.Command) (*ofRecorder, error) {
	usual := record.DefaultConfig()
	of := &ofRecorder{folder: f.folder, before: usual.PreRoll, after: usual.PostRoll}
	if f.file == "" {
		if f.folder == "" {
			return nil, fmt.Errorf("%w: where are those of %q? name --recordings DIR or -c cameras.yaml", errHours, f.camera)
		}
		return of, nil
	}
	config, err := cameras.Load(f.file, fileRules)
	if err != nil {
		return nil, err
	}
	hide(c, secretsOf(config)...)
	if config.Recordings == nil {
		return nil, fmt.Errorf("%w: %s has no recordings", errHours, f.file)
	}
	of.folder, of.before, of.after = config.Recordings.Folder, config.Recordings.PreRoll, config.Recordings.PostRoll
	var names []string
	for _, one := range config.Cameras {
		paths := bundle.Paths(one.Model)
		of.onDuty = append(of.onDuty, paths...)
		if names = append(names, one.Name); one.Name == f.camera {
			of.models, of.model, of.perDay, of.zones = paths, paths[0], one.FalseAlarmsPerDay, one.Zones
		}
	}
	if of.model == "" {
		return nil, fmt.Errorf("%w: %s has no camera %q, but %s", errHours, f.file, f.camera, strings.Join(names, ", "))
	}
	for i, path := range of.models {
		b, err := openBundle(path)
		if err != nil {
			return nil, err
		}
		own, err := zones.OfBundle(b)
		if err != nil {
			return nil, err
		}
		if private := (zones.Set{Own: own, Added: of.zones}).Private(); len(private) > 0 {
			return nil, fmt.Errorf("%w: zone %q of %s is private, so that its own stream is not recorded, and nothing can be learnt from the masked one", errHours, private[0].Name, f.camera)
		}
		if i == 0 {
			of.bundle = b
		}
	}
	return of, nil
}

// fromHours makes ready to learn from recorded hours: what is not given is as the
// camera's present bundle has it.
func (f *trainFlags) fromHours(c *cobra.Command) error {
	of, err := f.find(c)
	if err != nil {
		return err
	}
	f.of = of
	if err := of.choose(f.out); err != nil {
		return err
	}
	changed := c.Flags().Changed
	f.set.Name = either(f.set.Name, f.camera)
	if of.bundle != nil {
		if err := f.likePresent(c, of); err != nil {
			return err
		}
	}
	if f.perDay == 0 && of.bundle != nil {
		f.perDay = of.bundle.Manifest.Calibration.FalseAlarmsPerDay
	}
	if f.out == "" {
		if of.model == "" {
			return fmt.Errorf("%w: name the bundle to write with -o", errHours)
		}
		f.out = beside(of.model, nextEnding)
	}
	if f.resume && !f.dryRun {
		if f.before, err = f.learntBefore(); err != nil {
			return err
		}
	}
	for _, path := range of.onDuty {
		if samePath(path, f.out) {
			return fmt.Errorf("%w %s: this bundle is on duty; write another one (-o %s), compare the two and promote it", errOutput, f.out, beside(path, nextEnding))
		}
	}
	if !changed("max-frames") {
		f.most = int(f.hoursFlags.footage.Seconds()*f.rate) + 1000
	}
	return nil
}

// choose takes, of several bundles of the camera, the one that another at the path out is to
// take the place of.
func (of *ofRecorder) choose(out string) (err error) {
	if len(of.models) < 2 {
		return nil
	}
	var next []string
	for _, path := range of.models {
		if next = append(next, beside(path, nextEnding)); samePath(next[len(next)-1], out) {
			of.model = path
			of.bundle, err = openBundle(path)
			return err
		}
	}
	return fmt.Errorf("%w: the camera has several bundles: say with -o which one is to be made anew: %s", errHours, strings.Join(next, " or "))
}

// likePresent takes over the settings of the present bundle that were not given.
func (f *trainFlags) likePresent(c *cobra.Command, of *ofRecorder) error {
	m, changed := &of.bundle.Manifest, c.Flags().Changed
	var r train.Record
	if json.Unmarshal(m.Training, &r) == nil && r.Config.Validate() == nil && !r.Config.Still && !changed("recipe") {
		f.base = &r.Config
	}
	own, err := zones.OfBundle(of.bundle)
	if err != nil {
		return err
	}
	if f.zones == "" {
		f.zones = own.String()
	}
	for flag, take := range map[string]func(){
		"size": func() { f.size = fmt.Sprintf("%dx%d", m.Width, m.Height) }, "rate": func() { f.rate = m.FrameRate },
		"precision":            func() { f.precision = either(m.Precision, f.precision) },
		"false-alarms-per-day": func() { f.perDay = max(of.perDay, 0) },
	} {
		if !changed(flag) {
			take()
		}
	}
	return nil
}

// learnAgain has the new bundle learn, from their film, the events that the present one has
// learnt as normal, so that they do not alarm again. What cannot be learnt is told: a
// training is not lost for it.
func (f *trainFlags) learnAgain(c *cobra.Command, b *bundle.Bundle) {
	errOut := c.ErrOrStderr()
	events, clips, err := record.Learnt(f.of.folder, f.camera)
	if err != nil {
		fmt.Fprintf(errOut, "warning: what was called normal is not learnt again: %v\n", err)
	}
	for i, e := range events {
		marked, err := f.learnEvent(c, b, e, clips[i])
		switch {
		case errors.Is(err, errOrdinary):
			fmt.Fprintf(errOut, "%s, which was called normal, is not marked any more\n", e.Ordinary)
		case err != nil:
			fmt.Fprintf(errOut, "warning: %s, which was called normal, is not learnt again: %v\n", e.Ordinary, err)
		default:
			fmt.Fprintf(errOut, "%s, which was called normal, is learnt again: %s of it were marked\n", e.Ordinary, plural(marked, "frame"))
		}
	}
}

// learnEvent has a bundle learn an event whose clip begins at a time, and returns how many
// of its frames were marked.
func (f *trainFlags) learnEvent(c *cobra.Command, b *bundle.Bundle, e record.Kept, began time.Time) (marked int, err error) {
	options, err := f.options()
	if err != nil {
		return 0, err
	}
	clip, err := inputClip(e.Clip, datasets.Range{}, 0)
	if err != nil {
		return 0, err
	}
	s := &school{bundle: b, zones: f.of.zones, options: options, thresholds: verdict.Thresholds{Alpha: -1, Zeta: -1}, clip: clip,
		first: max(0, e.Start().Sub(began)-around), last: max(around, e.End().Sub(began)+around)}
	_, _, err = s.teach(c.Context(), e.Ordinary, true) // the recorder knows where it was
	return s.marked, err
}

// samePath tells whether two paths name one file.
func samePath(a, b string) bool {
	x, err1 := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err1 == nil && err2 == nil && x == y
}

// planHours plans what is learnt from, and says so.
func (f *trainFlags) planHours(c *cobra.Command, cfg train.Config) error {
	least := time.Duration(train.LeastSeconds(cfg, cfg.FrameRate) * float64(time.Second))
	p, err := f.hoursFlags.plan(f.of, least+time.Second, time.Now())
	if p != nil {
		tellPlan(c.ErrOrStderr(), p, cfg.FrameRate)
	}
	f.plan = p
	return err
}

// tellPlan says what is learnt from, and what was left out and why.
func tellPlan(out io.Writer, p *hours.Plan, rate float64) {
	when := func(t time.Time) string { return t.In(p.Zone).Format("Mon 2006-01-02 15:04") }
	fmt.Fprintf(out, "%s, %s to %s, %s o'clock: %s were asked for\n", p.Camera, when(p.Within.From), when(p.Within.To), p.Hours, roughly(p.Asked))
	fmt.Fprintf(out, "  recorded   %s, in %s", roughly(p.Recorded), plural(p.Segments, "segment"))
	if p.Growing > 0 {
		fmt.Fprint(out, "; the one that is being written is left out")
	}
	if p.Damaged > 0 {
		fmt.Fprintf(out, "; %s cannot be read", plural(p.Damaged, "more"))
	}
	fmt.Fprintln(out)
	for _, l := range p.LeftOut {
		fmt.Fprintf(out, "  left out   %s: %s\n", roughly(l.Length), l.What)
	}
	fmt.Fprintf(out, "  ordinary   %s\n  held back  %s, the end of each day, to compare bundles on\n", roughly(p.Ordinary), roughly(p.Held.Length()))
	learnt, days, seen := time.Duration(0), map[string]bool{}, map[string]bool{}
	for _, l := range p.Learn {
		learnt += l.Length()
		days[l.From.In(p.Zone).Format(time.DateOnly)], seen[l.From.In(p.Zone).Format("2006-01-02 15")] = true, true
	}
	fmt.Fprintf(out, "  learnt     %s, in %s of %s and %s: about %.0f frames\n", roughly(learnt), plural(len(p.Learn), "piece"), plural(len(days), "day"), plural(len(seen), "hour"),
		learnt.Seconds()*rate)
}

// roughly is a duration for people.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// pieceReader is a reader of a piece, which knows when its pictures were taken.
type pieceReader struct {
	datasets.Reader
	began time.Time
}

// Next implements datasets.Reader.
func (r pieceReader) Next() (datasets.Picture, error) {
	p, err := r.Reader.Next()
	p.Taken = r.began.Add(p.PTS)
	return p, err
}

// openPiece starts reading a piece.
func openPiece(p hours.Piece) (datasets.Reader, error) {
	r, err := video.OpenPart(p.Path, p.From.Sub(p.Began), p.To.Sub(p.Began))
	if err != nil {
		return nil, err
	}
	return pieceReader{r, p.Began}, nil
}

// pieceReels are the pieces of a plan to learn from.
func pieceReels(p *hours.Plan) []reel {
	var all []reel
	for _, piece := range p.Learn {
		all = append(all, reel{name: p.Camera + " " + piece.From.In(p.Zone).Format(time.DateTime),
			open: func(datasets.Range) (datasets.Reader, error) { return openPiece(piece) }})
	}
	return all
}

// planned is what the bundle keeps of the plan, and of the hours that the runs before have
// learnt, nil where there were none: those are held back no more.
func planned(p *hours.Plan, before *train.Hours) *train.Hours {
	var learnt []spans.Span
	for _, piece := range p.Learn {
		learnt = append(learnt, piece.Span)
	}
	h := &train.Hours{Camera: p.Camera, Daily: p.Hours.String(), Learnt: spans.Union(learnt...), Held: slices.Clone(p.Held)}
	if before != nil {
		h.Learnt, h.Held = spans.Union(append(learnt, before.Learnt...)...), h.Held.Subtract(before.Learnt)
	}
	return h
}

// learntBefore are the hours that the runs have learnt which --resume goes on with. Where
// nobody knows them, what is held back might have been learnt. A state of an older avid does
// not have them, but the bundle that its run has written does.
func (f *trainFlags) learntBefore() (*train.Hours, error) {
	from := f.out + stateEnding
	s, err := f.saved(from)
	if err != nil {
		return nil, err
	}
	known := s.Learnt.Hours
	if s.Learnt.Footage == nil {
		from = f.out
		b, err := openBundle(f.out)
		if err != nil {
			return nil, fmt.Errorf("--resume needs the bundle beside a state of an older avid, as that has the hours that were learnt; begin anew: %w", err)
		}
		e, err := train.ParseEvidence(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.out, err)
		}
		known = e.Hours
	}
	if known == nil || known.Camera != f.camera {
		return nil, fmt.Errorf("%w: %s was not trained on those of %s, so that --resume cannot go on with them; begin anew", errHours, from, f.camera)
	}
	return known, nil
}
