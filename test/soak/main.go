// Command soak has avid run for long, and start and stop often, and says whether what it
// holds stays flat: memory, Go's heap, file descriptors, threads, GStreamer's objects.
//
//	make soak                                        builds build/avid-soak
//	build/avid-soak --minutes 30 --cycles 2000       all jobs, one after the other
//	build/avid-soak --only serve --cycles 2000
//	build/avid-soak --only kills --cycles 100
//
// Exit status 1 says that something grows or is left.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// options are what a run needs to know.
type options struct {
	job, model, clip, avid string
	cycles                 int
	length, day            time.Duration
}

// errGrows says that something is not flat, errLeft that GStreamer's objects are left.
var (
	errGrows = errors.New("not flat")
	errLeft  = errors.New("objects of GStreamer are left")
)

// names are the jobs, in order. Those of outside look at an avid serve, the others run in a
// process of their own.
var (
	names   = []string{"cycles", "streams", "day", "cameras", "overload", "serve", "kills"}
	outside = map[string]func(context.Context, io.Writer, options) error{
		"cameras": func(ctx context.Context, out io.Writer, o options) error { return cameras(ctx, out, o, 16, 5) },
		// More than two hyperthreads bear with the demo's bundle.
		"overload": func(ctx context.Context, out io.Writer, o options) error { return cameras(ctx, out, o, 40, 10) },
		"serve":    serve,
		"kills":    kills,
	}
)

// inChild marks the process of a job.
const inChild = "AVID_SOAK_CHILD"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "avid-soak:", err)
		stop()
		os.Exit(1)
	}
}

// run runs the jobs that the arguments name.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	o, err := parse(args, errOut)
	if err != nil {
		return err
	}
	if os.Getenv(inChild) != "" {
		return child(out, o)
	}
	var all error
	for _, name := range names {
		if o.job != "" && o.job != name {
			continue
		}
		one := o
		one.job = name
		if job := outside[name]; job != nil {
			err = job(ctx, out, one)
		} else {
			err = parent(ctx, out, one)
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", name, err))
		}
	}
	return all
}

func parse(args []string, help io.Writer) (o options, err error) {
	f := flag.NewFlagSet("avid-soak", flag.ContinueOnError)
	f.SetOutput(help)
	minutes := f.Float64("minutes", 30, "how long streams, cameras and overload run")
	f.DurationVar(&o.day, "day", dayLong, "how much of a camera's time is simulated")
	f.IntVar(&o.cycles, "cycles", 2000, "starts and stops, cameras that come and go, or kills")
	f.StringVar(&o.job, "only", "", "one job: "+strings.Join(names, ", "))
	f.StringVar(&o.model, "m", "demo/walkway.avid", "bundle to judge with")
	f.StringVar(&o.clip, "clip", "demo/walkway.mp4", "video that the cameras of avid serve show")
	f.StringVar(&o.avid, "avid", "build/avid", "the tool")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.length = time.Duration(*minutes * float64(time.Minute))
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q: takes no arguments, see --help", f.Arg(0))
	case o.job != "" && !slices.Contains(names, o.job):
		return o, fmt.Errorf("--only %q: want one of %s", o.job, strings.Join(names, ", "))
	case o.cycles < leastCycles(o.job):
		return o, fmt.Errorf("--cycles %d: want %d or more", o.cycles, leastCycles(o.job))
	case o.day < leastDay:
		return o, fmt.Errorf("--day %v: want %v or more", o.day, leastDay)
	case o.length < leastSamples*time.Second:
		return o, fmt.Errorf("--minutes %g: want %g or more", *minutes, (leastSamples * time.Second).Minutes())
	}
	return o, nil
}

// leastCycles is how many starts and stops it takes to say something of a job; "": of all.
func leastCycles(job string) int {
	switch job {
	case "kills":
		return 1
	case "serve", "":
		return leastSamples * together
	}
	return leastSamples
}

// parent runs a job in a process of its own, whose end GStreamer's tracer looks at.
func parent(ctx context.Context, out io.Writer, o options) error {
	cmd := exec.CommandContext(ctx, os.Args[0], "--only", o.job, "--cycles", fmt.Sprint(o.cycles), "--minutes", fmt.Sprint(o.length.Minutes()), "-m", o.model, "--clip", o.clip, "--day", fmt.Sprint(o.day))
	cmd.Env = append(os.Environ(), inChild+"=1", "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7", "GST_DEBUG_NO_COLOR=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &said
	err := cmd.Run()
	left := 0
	for line := range bytes.Lines(said.Bytes()) {
		switch {
		case bytes.Contains(line, []byte("object-alive, type-name=(string)Gst")):
			left++
		case bytes.HasPrefix(line, []byte("avid-soak:")):
			err = errors.Join(err, errors.New(strings.TrimSpace(string(line))))
		}
	}
	fmt.Fprintf(out, "  %-18s %20d  left at the end\n", "GStreamer objects", left)
	if left > 0 {
		err = errors.Join(err, fmt.Errorf("%w: %d", errLeft, left))
	}
	return err
}
