package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/runtime/record"
)

// errRecord says that a recording cannot be made as asked for.
var errRecord = errors.New("recording")

// recordFlags are the flags for recordings of a live input.
type recordFlags struct {
	mode              string
	pre, post         time.Duration
	segment           time.Duration
	keep, keepEvents  float64 // days
	maxSize, minShare string
	annotated         bool
}

// recordFlagNames are the flags that ask for a store.
var recordFlagNames = []string{"record", "pre-roll", "post-roll", "segment", "keep-days", "keep-event-days", "max-size", "min-free", "annotated"}

func (f *recordFlags) add(c *cobra.Command) {
	d := record.DefaultConfig()
	days := func(t time.Duration) float64 { return t.Hours() / 24 }
	fl := c.Flags()
	fl.StringVar(&f.mode, "record", string(d.Mode), "what a folder gets of a live input: continuous (segments, and clips of events),\nevents (clips only) or none (what happened, without film)")
	fl.DurationVar(&f.pre, "pre-roll", d.PreRoll, "length of film that a clip has before its event")
	fl.DurationVar(&f.post, "post-roll", d.PostRoll, "length of film that a clip has after its event")
	fl.DurationVar(&f.segment, "segment", d.Segment, "length of segments")
	fl.Float64Var(&f.keep, "keep-days", days(d.KeepSegments), "days after which segments are deleted; 0: never")
	fl.Float64Var(&f.keepEvents, "keep-event-days", days(d.KeepEvents), "days after which events and their clips are deleted; 0: never")
	fl.StringVar(&f.maxSize, "max-size", "0", "size of all recordings, as 500MB or 2TB, above which the oldest go; 0: any")
	fl.StringVar(&f.minShare, "min-free", "5%", "share of the disk that stays free, or else the oldest go; 0: none")
	fl.BoolVar(&f.annotated, "annotated", false, "record the video with its marks too, which costs an encoder")
	// Completion fails for a flag that is not there only.
	_ = c.RegisterFlagCompletionFunc("record", cobra.FixedCompletions([]string{"continuous", "events", "none"}, cobra.ShellCompDirectiveNoFileComp))
}

// config is what the flags ask for. The error names the flag.
func (f *recordFlags) config() (record.Config, error) {
	c := record.DefaultConfig()
	c.Mode, c.PreRoll, c.PostRoll, c.Segment = record.Mode(f.mode), f.pre, f.post, f.segment
	for _, v := range []struct {
		flag string
		days float64
		to   *time.Duration
	}{{"keep-days", f.keep, &c.KeepSegments}, {"keep-event-days", f.keepEvents, &c.KeepEvents}} {
		if !(v.days >= 0 && v.days <= 36500) {
			return c, fmt.Errorf("--%s %g: want 0 (never) to 36500 days", v.flag, v.days)
		}
		*v.to = time.Duration(v.days * 24 * float64(time.Hour))
	}
	var err error
	if c.MaxSize, err = parseBytes(f.maxSize); err != nil {
		return c, fmt.Errorf("--max-size %s: %w", f.maxSize, err)
	}
	if c.MinFree, err = parseShare(f.minShare); err != nil {
		return c, fmt.Errorf("--min-free %s: %w", f.minShare, err)
	}
	return c, c.Validate()
}

// check refuses what cannot be, and flags that would do nothing as no store is written.
func (f *recordFlags) check(c *cobra.Command, stores bool) error {
	for _, name := range recordFlagNames {
		if !stores && c.Flags().Changed(name) {
			return fmt.Errorf("--%s: %w: it is for a folder that is written from a live input (rtsp://…, a capture device, or --live)", name, errRecord)
		}
	}
	_, err := f.config()
	return err
}

// byteUnits are as disks are sold: powers of ten.
var byteUnits = []struct {
	name string
	size float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}, {"", 1}}

// parseBytes reads a number of bytes, such as 50GB.
func parseBytes(text string) (int64, error) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(upper, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v >= 0 && v*u.size < math.MaxInt64) {
			break
		}
		return int64(v * u.size), nil
	}
	return 0, fmt.Errorf("%w: want a size such as 500MB, 50GB or 2TB, or 0", errRecord)
}

// parseShare reads a share, such as 5 % or 0.05.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v < 1) {
		return 0, fmt.Errorf("%w: want a share such as 5%% or 0.05, below 1", errRecord)
	}
	return v, nil
}
