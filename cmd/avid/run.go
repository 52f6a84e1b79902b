//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/runtime/engine"
)

// runFlags are the flags of avid run.
type runFlags struct {
	thresholdFlags
	device, tuning              string
	model, out, frames, overlay string
	rate                        float64
	opacity                     float64
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run INPUT -m cam.avid -o OUT",
		Short: "Mark what is irregular in a video",
		Long: `Runs the filter over a video file, a folder of pictures, an address (rtsp://…) or
a capture device (/dev/video0), and writes the video with its marks, the events
as lines of JSON, and a picture of the event with the highest score.

OUT is a folder, which gets annotated.mp4, events.jsonl and snapshot.png, or the
name of a video in .mp4, .mkv or .mov, beside which NAME.events.jsonl and
NAME.snapshot.png are put. Ctrl-C ends a live input; the files are whole.`,
		Example: `  avid run today.mp4 -m cam.avid -o out/
  avid run rtsp://camera/1 -m cam.avid -o today.mkv
  avid run frames/ -m cam.avid -o out/ --rate 10          # a folder of pictures
  avid run clip.avi -m cam.avid -o out/ --frames 500:     # from frame 500 on
  avid run today.mp4 -m cam.avid -o out/ --overlay mask+outline+score --false-alarms-per-day 0.5`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runFilter(c, args[0], &f) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "folder or video file to write")
	fl.StringVar(&f.frames, "frames", "", "frames A:B only, counted from 0, B not included")
	fl.Float64Var(&f.rate, "rate", datasets.DefaultRate, "frames/s of a folder of pictures")
	fl.StringVar(&f.overlay, "overlay", "mask+outline", "what to draw: mask, outline, heat, score, joined by +, or none")
	fl.Float64Var(&f.opacity, "opacity", 0.4, "opacity of mask and heat, 0 to 1")
	modelFlag(c, &f.model)
	deviceFlag(c, &f.device)
	deviceOptionsFlag(c, &f.tuning)
	f.add(c)
	_ = c.MarkFlagRequired("output") // fails for a flag that is not there only
	return c
}

// overlays is what the filter can draw.
var overlays = []string{"none", "mask", "outline", "heat", "score"}

// checkOverlay refuses what the filter cannot draw.
func checkOverlay(overlay string) error {
	for _, part := range strings.Split(overlay, "+") {
		if !slices.Contains(overlays, part) {
			return fmt.Errorf("overlay %q: want %s, joined by +", overlay, strings.Join(overlays, ", "))
		}
	}
	return nil
}

// settings is the filter as a part of a pipeline description.
func (f *runFlags) settings() (description string, properties [][2]string) {
	number := func(v float64) string { return fmt.Sprintf("%g", v) }
	return "avidfilter name=filter", [][2]string{
		{"model", f.model}, {"device", f.device}, {"device-options", f.tuning}, {"alpha", number(f.alpha)}, {"zeta", number(f.zeta)},
		{"false-alarm-rate", number(f.perDay)}, {"overlay", f.overlay}, {"opacity", number(f.opacity)},
	}
}

func runFilter(c *cobra.Command, input string, f *runFlags) error {
	keep, err := datasets.ParseRange(f.frames)
	if err != nil {
		return err
	}
	if _, err := engine.ParseDevice(f.device); err != nil {
		return err
	}
	if _, err := engine.ParseDeviceOptions(f.tuning); err != nil {
		return err
	}
	if err := checkOverlay(f.overlay); err != nil {
		return err
	}
	// The filter would tell as well; here it costs nothing yet.
	if _, err := bundle.Open(f.model); err != nil {
		return err
	}
	if err := pipeline.Init(); err != nil {
		return err
	}
	if err := avidfilter.Register(); err != nil {
		return err
	}
	o, err := newOutput(f.out, input, f.model)
	if err != nil {
		return err
	}
	defer o.discard()
	m := newMeter(c.ErrOrStderr(), "running")
	w := &watcher{events: o.events, warn: func(text string) { m.line("%s", text) }}
	if err := f.play(c.Context(), input, keep, o, w, m); err != nil {
		m.done()
		return err
	}
	m.done()
	if err := o.finish(w.when()); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s in %s: %s, %s, %s\n", plural(w.began, "event"), input, o.video, o.lines, o.snapshot)
	return nil
}

// play runs the pipeline that fits the input.
func (f *runFlags) play(ctx context.Context, input string, keep datasets.Range, o *output, w *watcher, m *meter) error {
	filter, properties := f.settings()
	tail := filter + " ! " + o.encoder
	clip, err := inputClip(input, keep, f.rate)
	if err != nil {
		return err
	}
	if !clip.IsVideo() || keep != (datasets.Range{}) {
		return playFrames(ctx, clip, tail, properties, o, w, m)
	}
	p, err := video.Parse(input, video.RawCaps+" ! "+tail)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := setAll(p, properties, o); err != nil {
		return err
	}
	tick := func() {
		at, length := p.Position(), p.Length()
		if at > 0 && length > 0 {
			m.set(float64(at)/float64(length), fmt.Sprintf("%s of %s, %s ", clock(at), clock(length), plural(w.began, "event")))
		} else if at > 0 {
			m.set(0, fmt.Sprintf("%s, %s, Ctrl-C ends ", clock(at), plural(w.began, "event")))
		}
	}
	if err := video.Play(ctx, p, w.note, tick); err != nil {
		return fmt.Errorf("%s: %w", input, err)
	}
	return w.err
}

// playFrames sends the frames of a folder, or a part of a video, through.
func playFrames(ctx context.Context, clip *datasets.Clip, tail string, properties [][2]string, o *output, w *watcher, m *meter) error {
	s, err := video.OpenStream(clip)
	if err != nil {
		return err
	}
	defer s.Close()
	feed, err := video.NewFeed(s.Raw(), tail)
	if err != nil {
		return err
	}
	defer feed.Close()
	if err := setAll(feed.Pipeline, properties, o); err != nil {
		return err
	}
	fill := func(out io.Writer) error {
		for ctx.Err() == nil {
			if err := s.Next(out); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
		return nil
	}
	total := len(clip.Images)
	tick := func() {
		at := feed.Pipeline.Position()
		m.set(float64(at)/float64(time.Second)*s.Raw().Rate/float64(max(total, 1)), fmt.Sprintf("%s, %s ", clock(max(at, 0)), plural(w.began, "event")))
	}
	if err := feed.Run(ctx, fill, w.note, tick); err != nil {
		return fmt.Errorf("%s: %w", clip.Path, err)
	}
	return w.err
}

// setAll sets the filter's properties and the place of the video.
func setAll(p *pipeline.Pipeline, properties [][2]string, o *output) error {
	for _, kv := range properties {
		if err := p.Set("filter", kv[0], kv[1]); err != nil {
			return err
		}
	}
	return p.Set("file", "location", o.temporary)
}

// inputClip is the input as a clip: a folder of pictures or a video.
func inputClip(input string, keep datasets.Range, rate float64) (*datasets.Clip, error) {
	c := &datasets.Clip{Name: input, Path: input}
	if !datasets.IsURL(input) && !strings.HasPrefix(input, "/dev/") {
		info, err := os.Stat(input)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			clips, err := datasets.OpenNormal(input)
			if err != nil {
				return nil, err
			}
			if len(clips) != 1 || clips[0].IsVideo() {
				return nil, fmt.Errorf("%w: it holds %s; give one of them", datasets.ErrLayout, plural(len(clips), "clip"))
			}
			c = clips[0]
		}
	}
	c.Range, c.Rate = keep, rate
	return c, nil
}
