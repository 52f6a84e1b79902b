package element_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/train"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// benchFrames is how many frames one round of the comparison has.
const benchFrames = 150

// BenchmarkFilterCost compares a pipeline with avidfilter to the same session
// run bare on as many windows: x-bare is the quotient of their wall times, both
// without the time to open the bundle; x-inside that of the pipeline's wall
// time and the time spent in its own inferences, which a busy machine disturbs
// less. The networks are of the default shape, at 128x192 pixels; a frame has
// 360x240, as in UCSD Ped2.
func BenchmarkFilterCost(b *testing.B) {
	library, err := filepath.Abs("../../build/lib/libonnxruntime.so.1")
	if err != nil {
		b.Fatal(err)
	}
	if os.Getenv(engine.LibraryEnv) == "" {
		b.Setenv(engine.LibraryEnv, library)
	}
	path := filepath.Join(b.TempDir(), "bench.avid")
	rng := rand.New(rand.NewPCG(1, 2))
	c := train.DefaultConfig()
	packed, err := c.Pack(c.Inpainter.Layout().Init(rng), c.Detector.Layout().Init(rng))
	if err != nil {
		b.Fatal(err)
	}
	if err := packed.WriteFile(path); err != nil {
		b.Fatal(err)
	}
	if err := pipeline.Init(); err != nil {
		b.Fatal(err)
	}
	if err := avidfilter.Register(); err != nil {
		b.Fatal(err)
	}
	var bare, piped, inside time.Duration
	for b.Loop() {
		bare += runBare(b, path)
		wall, inferring := runPiped(b, path)
		piped += wall
		inside += inferring
	}
	b.ReportMetric(piped.Seconds()/bare.Seconds(), "x-bare")
	b.ReportMetric(piped.Seconds()/inside.Seconds(), "x-inside")
	b.ReportMetric(float64(b.N*benchFrames)/piped.Seconds(), "frames/s")
}

// runBare runs the session on benchFrames windows.
func runBare(b *testing.B, path string) time.Duration {
	packed, err := bundle.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(b.Context(), packed, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }() // nothing is lost with it
	h, w := e.Size()
	frames, r := make([]byte, average.Frames*h*w), e.NewVerdict()
	begin := time.Now()
	for range benchFrames {
		if err := e.Infer(b.Context(), frames, verdict.Calibrated(), r); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(begin)
}

// runPiped plays as many windows through the filter. The time is that from the
// preroll on, in which the bundle is opened and the first frames are taken.
func runPiped(b *testing.B, path string) (wall, inferring time.Duration) {
	p, err := pipeline.Parse(fmt.Sprintf("videotestsrc pattern=smpte num-buffers=%d ! video/x-raw,format=I420,width=360,height=240,framerate=10/1 ! "+
		"avidfilter name=f model=%s ! fakesink sync=false", benchFrames+average.Frames-1, path))
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePaused, hang); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if _, err := p.Run(hang); err != nil {
		b.Fatal(err)
	}
	wall = time.Since(begin)
	stats, err := p.Get("f", "stats")
	if err != nil {
		b.Fatal(err)
	}
	if n := number(b, stats, "inferences"); n != benchFrames {
		b.Fatalf("%v of %d windows were judged: %v", n, benchFrames, stats)
	}
	return wall, time.Duration(number(b, stats, "inference-seconds") * float64(time.Second))
}
