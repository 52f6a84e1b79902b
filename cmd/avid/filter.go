//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/zones"
	"avid/runtime/engine"
)

// filterElement is the filter as a part of a pipeline description.
const filterElement = "avidfilter name=filter"

// filterFlags are the filter's settings, less its model.
type filterFlags struct {
	thresholdFlags
	device, tuning, overlay string
	zones                   string
	opacity                 float64
}

func (f *filterFlags) add(c *cobra.Command, overlay string) {
	c.Flags().StringVar(&f.overlay, "overlay", overlay, "what to draw: mask, outline, heat, score, joined by +, or none")
	c.Flags().StringVar(&f.zones, "zones", "", zonesUsage)
	c.Flags().Float64Var(&f.opacity, "opacity", 0.4, "opacity of mask and heat, 0 to 1")
	deviceFlag(c, &f.device)
	deviceOptionsFlag(c, &f.tuning)
	f.thresholdFlags.add(c)
}

// overlays is what the filter can draw.
var overlays = []string{"none", "mask", "outline", "heat", "score"}

// check refuses what the filter would refuse, while that costs nothing yet.
func (f *filterFlags) check(model string) error {
	if _, err := engine.ParseDevice(f.device); err != nil {
		return err
	}
	if _, err := engine.ParseDeviceOptions(f.tuning); err != nil {
		return err
	}
	for _, part := range strings.Split(f.overlay, "+") {
		if !slices.Contains(overlays, part) {
			return fmt.Errorf("overlay %q: want %s, joined by +", f.overlay, strings.Join(overlays, ", "))
		}
	}
	for _, v := range []struct {
		flag        string
		value       float64
		least, most float64
	}{
		{"opacity", f.opacity, 0, 1}, {"alpha", f.alpha, -1, 1}, {"zeta", f.zeta, -1, 1},
		{"false-alarms-per-day", f.perDay, 0, 86400},
	} {
		if !(v.value >= v.least && v.value <= v.most) { // NaN is neither
			return fmt.Errorf("--%s %g: want %g to %g", v.flag, v.value, v.least, v.most)
		}
	}
	if _, err := zones.Read(f.zones); err != nil {
		return err
	}
	_, _, err := openBundles(model)
	return err
}

// set gives the pipeline's filter its settings.
func (f *filterFlags) set(p *pipeline.Pipeline, model string) error {
	number := func(v float64) string { return fmt.Sprintf("%g", v) }
	for _, kv := range [][2]string{
		{"model", model}, {"trusted-keys", trustedKeys}, {"device", f.device}, {"device-options", f.tuning}, {"alpha", number(f.alpha)}, {"zeta", number(f.zeta)},
		{"false-alarm-rate", number(f.perDay)}, {"overlay", f.overlay}, {"opacity", number(f.opacity)}, {"zones", f.zones},
	} {
		if err := p.Set("filter", kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// playInput is what is played.
type playInput struct {
	clip *datasets.Clip
	live *video.Live // nil: a recording
	loop bool        // a recording is played again and again
	// dropped, if set, is told how many frames were dropped so far, as the input is
	// live and this machine too slow.
	dropped func(frames uint64)
	// playing, if set, is told several times a second of the pipeline of a live input.
	playing func(*pipeline.Pipeline)
	// counted, if set, is told at the end what the filter has counted.
	counted func(avidfilter.Stats)
	// closing, if set, is called before the pipeline is closed.
	closing func()
}

// ended tells what the filter of a pipeline that is at its end has counted, unless it
// could not be started.
func (in playInput) ended(p *pipeline.Pipeline) {
	if in.closing != nil {
		in.closing()
	}
	if in.counted == nil {
		return
	}
	if stats, err := statsOf(p); err == nil {
		in.counted(stats)
	}
}

// statsOf is what the filter of a pipeline has counted. The error is that of a pipeline which
// is being stopped.
func statsOf(p *pipeline.Pipeline) (avidfilter.Stats, error) {
	s, err := p.Structure("filter", "stats")
	if err != nil {
		return avidfilter.Stats{}, err
	}
	return avidfilter.StatsOf(s)
}

// playLive plays a live input, as playClip does.
func (in playInput) playLive(ctx context.Context, tail string, set func(*pipeline.Pipeline) error,
	note func(pipeline.Message), tick func(at, length time.Duration)) error {
	p, gate, err := in.live.Parse(in.clip.Path, video.RawCaps()+" ! "+tail)
	if err != nil {
		return err
	}
	defer p.Close()
	defer gate.Close()
	if err := set(p); err != nil {
		return err
	}
	count := func() {
		if in.dropped != nil {
			encoded, pictures := gate.Dropped()
			in.dropped(encoded + pictures)
		}
	}
	defer count()
	defer in.ended(p)
	return video.Play(ctx, p, note, func() {
		count()
		if in.playing != nil {
			in.playing(p)
		}
		tick(p.Position(), p.Length())
	})
}

// playClip sends a clip through a pipeline with the given tail: a video as it
// is, the pictures of a folder or a part of a video one by one. set readies the
// pipeline's elements; tick is told where the stream is and how long, 0 or less
// where that is not known.
func playClip(ctx context.Context, in playInput, tail string, set func(*pipeline.Pipeline) error,
	note func(pipeline.Message), tick func(at, length time.Duration)) error {
	clip := in.clip
	if in.live != nil && clip.Range == (datasets.Range{}) {
		return in.playLive(ctx, tail, set, note, tick)
	}
	if clip.IsVideo() && clip.Range == (datasets.Range{}) {
		p, err := video.Parse(clip.Path, video.RawCaps()+" ! "+tail)
		if err != nil {
			return err
		}
		defer p.Close()
		if err := set(p); err != nil {
			return err
		}
		defer in.ended(p)
		play := video.Play
		if in.loop {
			play = video.Loop
		}
		return play(ctx, p, note, func() { tick(p.Position(), p.Length()) })
	}
	s, err := video.OpenStream(clip)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it was read
	feed, err := video.NewFeed(s.Raw(), tail)
	if err != nil {
		return err
	}
	defer feed.Close()
	if err := set(feed.Pipeline); err != nil {
		return err
	}
	fill := func(out io.Writer) error {
		for ctx.Err() == nil {
			err := s.Next(out)
			if errors.Is(err, io.EOF) && in.loop {
				if err := s.Close(); err != nil {
					return err
				}
				if s, err = video.OpenStream(clip); err != nil {
					return err
				}
				continue
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	defer in.ended(feed.Pipeline)
	length := time.Duration(float64(len(clip.Images)) / s.Raw().Rate * float64(time.Second))
	return feed.Run(ctx, fill, note, func() { tick(feed.Pipeline.Position(), length) })
}
