package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/synth"
	"avid/models/train"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// benchFlags are the flags of avid bench.
type benchFlags struct {
	deviceFlags
	model   string
	what    string
	repeats int
	frames  int
	streams int
	batch   int
}

func newBench() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of training and of the filter here",
		Long: `Measures on this machine, each figure beside a baseline of the same run:

  train   a training step, against the forward passes alone and against a bare
          matrix product
  filter  a pipeline with avidfilter, against the same inference session run
          bare on the same frames (without GStreamer, that session alone)
  streams several streams at once that share one session, as avidfilter's
          max-batch has it, against a session for each

Nothing else should run meanwhile.`,
		Example: `  avid bench
  avid bench --only filter -m cam.avid --frames 1000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return bench(c.Context(), c.OutOrStdout(), &f) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.model, "model", "m", "", "bundle for the filter, or several with semicolons between, the first of which is run bare; without one, networks of the default size with random weights")
	fl.StringVar(&f.what, "only", "", "train, filter or streams; empty: all")
	fl.IntVar(&f.repeats, "repeats", 5, "runs of a training step; the fastest counts")
	fl.IntVar(&f.frames, "frames", 400, "frames through the filter, and through all streams together")
	fl.IntVar(&f.streams, "streams", 4, "streams at once")
	fl.IntVar(&f.batch, "max-batch", 8, "windows of the streams in one run at most")
	f.add(c)
	return c
}

func bench(ctx context.Context, out io.Writer, f *benchFlags) error {
	type part struct {
		name string
		run  func(engine.Options) error
	}
	parts := []part{
		{"train", func(o engine.Options) error { return benchTraining(ctx, out, o, f.repeats) }},
		{"filter", func(o engine.Options) error { return benchFilter(ctx, out, o, f) }},
		{"streams", func(o engine.Options) error { return benchStreams(ctx, out, o, f) }},
	}
	if f.what != "" && !slices.ContainsFunc(parts, func(p part) bool { return p.name == f.what }) {
		return fmt.Errorf("--only %q: want train, filter or streams", f.what)
	}
	if f.repeats < 1 || f.frames < 50 {
		return fmt.Errorf("--repeats %d and --frames %d: want at least 1 and 50", f.repeats, f.frames)
	}
	if f.streams < 1 || f.batch < 2 || f.batch > engine.MaxBatch {
		return fmt.Errorf("--streams %d and --max-batch %d: want at least 1, and 2 to %d", f.streams, f.batch, engine.MaxBatch)
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	for _, p := range parts {
		if f.what != "" && f.what != p.name {
			continue
		}
		if err := p.run(options); err != nil {
			return err
		}
	}
	return nil
}

// trainingCases are what a step is measured on: the size that docs/benchmarks.md
// compares over time, and the default.
func trainingCases() []trainingCase {
	small, usual := train.DefaultConfig(), train.DefaultConfig()
	small.SetGround("")
	small.Height, small.Width = 128, 128
	small.Inpainter = nets.Inpainter{BaseWidth: 16, Depth: 4, Stem: 1, Norm: "none"}
	return []trainingCase{{"without ground, " + shapeOf(&small), small}, {"default, " + shapeOf(&usual), usual}}
}

type trainingCase struct {
	name string
	c    train.Config
}

// shapeOf is the size of a step in words.
func shapeOf(c *train.Config) string {
	return fmt.Sprintf("%d×%d×%d×%d, base width %d, depth %d, stem %d", c.Batch, average.Channels, c.Height, c.Width,
		c.Inpainter.BaseWidth, c.Inpainter.Depth, c.Inpainter.Stem)
}

func benchTraining(ctx context.Context, out io.Writer, o engine.Options, repeats int) error {
	o.LowMemory = true
	backend, device, err := engine.NewBackend(o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "training on %s\n", where(string(device), backend.FallbackReason()))
	for _, k := range trainingCases() {
		suit(&k.c, device)
		s, err := train.MeasureSpeed(ctx, k.c, backend, repeats)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s\n", k.name)
		for _, r := range []struct {
			name string
			rate train.Rate
		}{{"step", s.Step}, {"step of many", s.Looped}, {"forward alone", s.Forward}, {"bare product", s.Product}} {
			if r.rate.Seconds == 0 { // not measured: one step a Run on this device
				continue
			}
			fmt.Fprintf(out, "    %-14s %8.3f s  %7.1f GFLOP  %7.1f GFLOP/s\n", r.name, r.rate.Seconds, r.rate.GFLOP, r.rate.PerSecond())
		}
		fmt.Fprintf(out, "    step / forward alone: %.2f, step / bare product: %.2f\n",
			s.Step.PerSecond()/s.Forward.PerSecond(), s.Step.PerSecond()/s.Product.PerSecond())
		fmt.Fprintf(out, "    peak memory of the process so far: %s\n", peakMemory())
	}
	return nil
}

// peakMemory is the process's largest resident size, as Linux tells it.
func peakMemory() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known on this system"
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(v)
		}
	}
	return "not known on this system"
}

// benchSize is the picture that goes through the filter.
const benchWidth, benchHeight = 640, 480

// benchRounds is how often filter and bare session take turns; the fastest of
// each counts, so that a slow moment of the machine hits neither.
const benchRounds = 3

// passes are the times of all frames through two pipelines: with avidfilter, and
// with nothing in its place.
type passes struct{ filter, empty time.Duration }

func benchFilter(ctx context.Context, out io.Writer, o engine.Options, f *benchFlags) error {
	b, path, remove, err := benchBundle(f.model)
	if err != nil {
		return err
	}
	defer remove()
	frames, err := cameraFrames(f.frames)
	if err != nil {
		return err
	}
	o.Threads = 0 // as the element has it
	var bare time.Duration
	var through passes
	var device string
	for range benchRounds {
		d, on, err := bareSession(ctx, b, o, frames)
		if err != nil {
			return err
		}
		device, bare = on, least(bare, d)
		p, err := measurePipelines(ctx, frames, b.Manifest.FrameRate, path, o.Device)
		if err != nil {
			return err
		}
		through.filter, through.empty = least(through.filter, p.filter), least(through.empty, p.empty)
	}
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(len(frames)) }
	fmt.Fprintf(out, "filter on %s, %d frames of %v, model %v (width × height)\n", device, len(frames), size{benchHeight, benchWidth}, size{b.Manifest.Height, b.Manifest.Width})
	if !withGStreamer {
		fmt.Fprintf(out, "  session, bare             %8.3f ms a frame\n", each(bare))
		return nil
	}
	fmt.Fprintf(out, "  pipeline with avidfilter  %8.3f ms a frame\n", each(through.filter))
	fmt.Fprintf(out, "  same session, bare        %8.3f ms a frame\n", each(bare))
	fmt.Fprintf(out, "  pipeline with identity    %8.3f ms a frame\n", each(through.empty))
	fmt.Fprintf(out, "  pipeline / bare session: %.3f\n", through.filter.Seconds()/bare.Seconds())
	return nil
}

func least(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// benchBundle opens a bundle, or makes one of the default size with random
// weights in a temporary file.
func benchBundle(path string) (b *bundle.Bundle, file string, remove func(), err error) {
	if path != "" {
		all, _, err := openBundles(path)
		if err != nil {
			return nil, "", nil, err
		}
		return all[0], path, func() {}, nil
	}
	c, rng := train.DefaultConfig(), rand.New(rand.NewPCG(1, 1))
	b, err = c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
	if err != nil {
		return nil, "", nil, err
	}
	dir, err := os.MkdirTemp("", "avid-bench-")
	if err != nil {
		return nil, "", nil, err
	}
	file = filepath.Join(dir, "random.avid")
	remove = func() { _ = os.RemoveAll(dir) }
	if err = b.WriteFile(file); err != nil {
		remove()
	}
	return b, file, remove, err
}

// cameraFrames are frames of a fixed camera, the synthetic walkway, since what is taken out
// before the networks depends on what is seen. A few are rendered and played to and fro.
func cameraFrames(n int) ([][]byte, error) {
	c := synth.DefaultConfig()
	c.Width, c.Height, c.Frames = benchWidth, benchHeight, 40
	s, err := synth.New(c)
	if err != nil {
		return nil, err
	}
	film := make([][]byte, c.Frames)
	var f synth.Frame
	for k := range film {
		if err := s.Render(k, &f); err != nil {
			return nil, err
		}
		film[k] = slices.Clone(f.Gray)
	}
	frames := make([][]byte, n)
	for i := range frames {
		k := i % (2*len(film) - 2)
		frames[i] = film[min(k, 2*len(film)-2-k)]
	}
	return frames, nil
}

func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// bareSession runs the engine alone on the windows of the frames, and gives the
// time of its inferences.
func bareSession(ctx context.Context, b *bundle.Bundle, o engine.Options, frames [][]byte) (time.Duration, string, error) {
	e, err := engine.Open(ctx, b, o)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = e.Close() }() // measured already
	a, err := analyze.New(e, analyze.Options{})
	if err != nil {
		return 0, "", err
	}
	if err := a.Format(luma.Plane(), benchWidth, benchHeight, e.FrameRate()); err != nil {
		return 0, "", err
	}
	var spent time.Duration
	for _, f := range frames {
		read := func(l *analyze.Loan) error { return l.Scale(f, benchWidth) }
		o, err := a.Take(ctx, analyze.Frame{PTS: -1, Shown: -1}, analyze.Settings{Thresholds: verdict.Calibrated()}, read)
		if err != nil {
			return 0, "", err
		}
		spent += o.Took
	}
	return spent, where(e.Device(), e.FallbackReason()), nil
}
