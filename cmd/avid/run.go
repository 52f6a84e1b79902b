//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/redact"
)

// runFlags are the flags of avid run.
type runFlags struct {
	filterFlags
	liveFlags
	inputsFlag
	publishFlags
	recordFlags
	model, out, frames string
	rate               float64
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run {INPUT | --inputs FILE} -m cam.avid -o OUT",
		Short: "Mark what is irregular in a video",
		Long: `Runs the filter over a video file, a folder of pictures, an address (rtsp://…) or
a capture device (/dev/video0), and writes the video with its marks, the events
as lines of JSON, and a picture of the event with the highest score.

OUT is a folder, which gets annotated.mp4, events.jsonl and snapshot.png, or the
name of a video in .mp4, .mkv or .mov, beside which NAME.events.jsonl and
NAME.snapshot.png are put. Each event is on disk as it happens; what an earlier run
has left of events is renamed to events.jsonl.1.

Of a live input (rtsp://…, a capture device, or another address with --live) a
folder gets the camera's own stream instead, as it was sent: segments of it, and
a clip of each event with its verdicts, for avid replay (docs/recording.md). The
oldest are deleted as --keep-days, --max-size and --min-free say. Ctrl-C ends it; a
process that is killed loses a second.

A camera that goes away is tried again until it is back: its event ends, and the
recording goes on in a new segment, or in NAME-2.mkv, which is also where a new run
begins if there is a NAME.mkv already. One that never answered is
an error.

A live input is never judged late: where this machine is too slow for it, frames
are dropped and counted. From a recording none is dropped.

An address with a password is better written into a file for --inputs: ps shows
the command line to every user of the machine.`,
		Example: `  avid run today.mp4 -m cam.avid -o out/
  avid run rtsp://camera/1 -m cam.avid -o today.mkv --transport tcp
  avid run rtsp://camera/1 -m cam.avid -o recordings/ --max-size 50GB   # for months
  avid run --inputs camera.txt -m cam.avid -o today.mkv   # an address with a password
  avid run frames/ -m cam.avid -o out/ --rate 10          # a folder of pictures
  avid run today.mp4 -m "day.avid;night.avid" -o out/     # the picture chooses
  avid run rtsp://camera/1 -m cam.avid -o today.mkv --publish mqtt://broker/avid
  avid run clip.avi -m cam.avid -o out/ --frames 500:     # from frame 500 on
  avid run today.mp4 -m cam.avid -o out/ --overlay mask+outline+score --false-alarms-per-day 0.5`,
		Args: f.inputArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			all, err := f.inputs(c, args)
			if err != nil {
				return err
			}
			if len(all) != 1 {
				return fmt.Errorf("%w: here are %d, and avid run takes one", errInputs, len(all))
			}
			return runFilter(c, all[0], &f)
		},
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "folder or video file to write")
	fl.StringVar(&f.frames, "frames", "", "frames A:B only, counted from 0, B not included")
	fl.Float64Var(&f.rate, "rate", datasets.DefaultRate, "frames/s of a folder of pictures")
	modelsFlag(c, &f.model)
	f.inputsFlag.add(c)
	f.liveFlags.add(c)
	f.publishFlags.add(c)
	f.recordFlags.add(c)
	f.filterFlags.add(c, "mask+outline")
	_ = c.MarkFlagRequired("output") // fails for a flag that is not there only
	return c
}

// inputArgs checks the arguments of a command, unless its inputs are in a file.
func (f *inputsFlag) inputArgs(without cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if f.file != "" {
			return nil
		}
		return without(c, args)
	}
}

func runFilter(c *cobra.Command, in input, f *runFlags) error {
	input := in.Path
	keep, err := datasets.ParseRange(f.frames)
	if err != nil {
		return err
	}
	if err := errors.Join(f.filterFlags.check(f.model), f.liveFlags.check(), f.recordFlags.check(c, f.stores(in))); err != nil {
		return err
	}
	if err := pipeline.Init(); err != nil {
		return err
	}
	if err := avidfilter.Register(); err != nil {
		return err
	}
	if f.stores(in) {
		return f.record(c, in)
	}
	o, err := newOutput(f.out, f.live(input) != nil, append(bundle.Paths(f.model), input)...)
	if err != nil {
		return err
	}
	defer o.discard()
	m := newMeter(c.ErrOrStderr(), "running")
	tell := func(text string) { m.line("%s", text) }
	if o.video != f.out && !isFolder(f.out) {
		tell("note: there is a " + f.out + " already; this is recorded to " + o.video)
	}
	send, err := f.open(c, tell)
	if err != nil {
		return err
	}
	defer send.Finish(tell)
	name := inputTitle(in)
	cam, err := newCamera(name, name, f.model, send, tell)
	if err != nil {
		return err
	}
	cam.record = o.events.record
	w := &watcher{camera: cam, warn: tell}
	stats, err := f.play(c.Context(), in, keep, o, w, m)
	m.done()
	if err != nil {
		return err
	}
	if stats.Frames == 0 { // of which there is no snapshot
		return fmt.Errorf("%s: %w", redact.Address(input), judgedSome(stats))
	}
	if err := o.finish(w.peakPart, w.when()); err != nil {
		return err
	}
	seen := stats.Inferences
	if err := judgedSome(stats); err != nil {
		seen = 0
	}
	fmt.Fprintf(c.OutOrStdout(), "%s in %s, %s of %d judged: %s, %s, %s\n", plural(w.began, "event"), redact.Address(input),
		plural(int(seen), "frame"), stats.Frames, o.videos(), o.lines, o.snapshot)
	return judgedSome(stats)
}

// judgedSome is an error where no frame was judged.
func judgedSome(s avidfilter.Stats) error {
	switch {
	case s.Width > 0 && min(s.Width, s.Height) < avidfilter.LeastSide:
		return fmt.Errorf("%w: in pictures of %dx%d pixels (width × height) nothing can be seen", errUnjudged, s.Width, s.Height)
	case s.Inferences > 0:
		return nil
	case s.Frames == 0:
		return fmt.Errorf("%w: there is no frame in it", errUnjudged)
	}
	return fmt.Errorf("%w of %s: %s", errUnjudged, plural(int(s.Frames), "frame"), either(s.Reason, "the stream is too short"))
}

// rejoins plays an input, and again when it is a live one and gone.
func (f *runFlags) rejoins(in input, tell func(text string)) *rejoin {
	again, endless := lasting(in.Path)
	return &rejoin{name: inputTitle(in), tell: tell, lone: !again || f.frames != "" || !endless && !f.isLive, ends: !endless}
}

// play runs the pipeline that fits the input, and returns what its filter counted.
func (f *runFlags) play(ctx context.Context, in input, keep datasets.Range, o *output, w *watcher, m *meter) (avidfilter.Stats, error) {
	clip, err := inputClip(in.Path, keep, f.rate)
	if err != nil {
		return avidfilter.Stats{}, err
	}
	r := f.rejoins(in, w.warn)
	r.away = func(error) { w.camera.present(false) }
	set := func(p *pipeline.Pipeline) error {
		if err := f.set(p, f.model); err != nil {
			return err
		}
		w.camera.begins(p)
		path, err := o.part()
		if err != nil {
			return err
		}
		w.part = o.parts()
		return p.Set(videoFile, "location", path)
	}
	tick := func(at, length time.Duration) {
		w.camera.tick(time.Now())
		r.ends = r.ends || length > 0
		if at > 0 && length > 0 {
			m.set(float64(at)/float64(length), fmt.Sprintf("%s of %s, %s ", clock(at), clock(length), plural(w.began, "event")))
		} else if at > 0 {
			m.set(0, fmt.Sprintf("%s, %s, Ctrl-C ends ", clock(at), plural(w.began, "event")))
		}
	}
	dropped := uint64(0)
	r.once = func(ctx context.Context) (stats avidfilter.Stats, err error) {
		before := dropped
		in := playInput{clip: clip, live: f.live(in.Path), dropped: func(n uint64) { dropped = before + n },
			playing: r.back, counted: func(s avidfilter.Stats) { stats = s }}
		err = playClip(ctx, in, filterElement+" ! "+o.encoder, set, w.note, tick)
		return stats, err
	}
	stats, err := r.run(ctx)
	if dropped > 0 {
		m.line("%s dropped to keep up with the camera: this machine is too slow for it", plural(int(dropped), "frame"))
	}
	if err != nil {
		return stats, fmt.Errorf("%s: %w", redact.Address(in.Path), err)
	}
	return stats, w.err
}
