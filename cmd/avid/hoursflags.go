package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/models/spans"
	"avid/models/zones"
	"avid/runtime/hours"
	"avid/runtime/record"
)

// recordedFlags say which recordings of a camera are meant.
type recordedFlags struct {
	camera, folder, file string
}

func (f *recordedFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.camera, "camera", "", "name of a recorded camera")
	fl.StringVar(&f.folder, "recordings", "", "folder that avid run or avid serve records to")
	fl.StringVarP(&f.file, "config", "c", "", "file of avid serve, which says where its recordings are and which bundle the camera has")
	_ = c.MarkFlagDirname("recordings") // these fail for a flag that is not there only
	_ = c.MarkFlagFilename("config", "yaml", "yml")
	c.MarkFlagsMutuallyExclusive("recordings", "config")
}

// hoursFlags say which recorded hours are learnt from.
type hoursFlags struct {
	recordedFlags
	hours, from, to string
	days            float64
	footage         time.Duration
	heldBack        float64
	dryRun          bool
}

func (f *hoursFlags) add(c *cobra.Command) {
	f.recordedFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.hours, "hours", "", "hours of the day to learn from, local time, such as 06-22 or 22-06; none: all")
	fl.Float64Var(&f.days, "days", 3, "learn from the last so many days")
	fl.StringVar(&f.from, "from", "", "learn from this time on, instead of --days, such as 2026-11-25 or \"2026-11-25 06:00\"")
	fl.StringVar(&f.to, "to", "", "learn up to this time; none: now")
	fl.DurationVar(&f.footage, "footage", 50*time.Minute, "how much of the recorded hours to learn from, evenly over days and hours")
	fl.Float64Var(&f.heldBack, "held-back", 0.2, "share of each day's ordinary time, its end, that is not learnt from, so that avid compare has it")
	fl.BoolVar(&f.dryRun, "dry-run", false, "only say what would be learnt from")
	c.MarkFlagsMutuallyExclusive("days", "from")
}

// hoursOnly are the flags that mean nothing without --camera.
var hoursOnly = []string{"recordings", "config", "hours", "days", "from", "to", "footage", "held-back", "dry-run"}

// errHours says that the flags for recorded hours do not fit.
var errHours = errors.New("recorded hours")

// within is the time that is asked for.
func (f *hoursFlags) within(now time.Time) (s spans.Span, err error) {
	s = spans.Span{From: now.Add(-time.Duration(f.days * float64(24*time.Hour))), To: now}
	if f.from != "" {
		if s.From, err = parseLocal(f.from); err != nil {
			return s, fmt.Errorf("%w: --from %w", errHours, err)
		}
	}
	if f.to != "" {
		if s.To, err = parseLocal(f.to); err != nil {
			return s, fmt.Errorf("%w: --to %w", errHours, err)
		}
	}
	if !s.From.Before(s.To) {
		return s, fmt.Errorf("%w: from %s to %s is no time: want --days above 0, or --from before --to", errHours, s.From.Format(time.DateTime), s.To.Format(time.DateTime))
	}
	return s, nil
}

// parseLocal reads a day or a moment by the local clock.
func parseLocal(text string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: want a day such as 2026-11-25, or a moment such as \"2026-11-25 06:00\"", text)
}

// ofRecorder is a camera whose recordings are learnt from.
type ofRecorder struct {
	folder        string
	models        []string // its bundles
	model         string   // the one of them that is made anew, first the first; "": not known
	before, after time.Duration
	perDay        float64 // that the file asks for; 0: as calibrated
	zones         zones.List
	onDuty        []string       // bundles that must not be written over
	bundle        *bundle.Bundle // of model
}

// plan plans what is learnt from; least is how long the longest piece must be.
func (f *hoursFlags) plan(of *ofRecorder, least time.Duration, now time.Time) (*hours.Plan, error) {
	within, err := f.within(now)
	if err != nil {
		return nil, err
	}
	daily, err := hours.ParseDaily(f.hours)
	if err != nil {
		return nil, fmt.Errorf("%w: --hours %w", errHours, err)
	}
	if f.footage <= 0 || !(f.heldBack >= 0 && f.heldBack <= 0.9) {
		return nil, fmt.Errorf("%w: --footage %v and --held-back %g: want more than 0, and 0 to 0.9", errHours, f.footage, f.heldBack)
	}
	if strings.HasSuffix(f.camera, "-annotated") {
		return nil, fmt.Errorf("%w: %s has the video with marks, from which nothing can be learnt; name the camera itself", errHours, f.camera)
	}
	a, err := record.ReadArchive(of.folder, f.camera, within.From, within.To, now)
	if err != nil {
		return nil, err
	}
	return hours.New(a, hours.Request{Within: within, Hours: daily, Zone: time.Local, Before: of.before, After: of.after,
		HeldBack: f.heldBack, Footage: f.footage, Least: least})
}
