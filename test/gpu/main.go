// Command gpu checks avid on a machine with an NVIDIA GPU, without a network
// and without GStreamer: whether a device computes what the CPU does, how fast,
// and whether it gives its memory back.
//
//	make gpu-check                       builds build/avid-gpu
//	build/avid-gpu --libraries build/lib/cuda -m demo/walkway.avid
//
// Exit status 1 says that a check failed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"avid/models/bundle"
	"avid/runtime/engine"
)

// options are what a run needs to know.
type options struct {
	device  engine.Device
	library string // ONNX Runtime; "" as engine finds it
	model   string
	quick   bool // small sizes, one short run of each
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(os.Stdout, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "avid-gpu:", err)
		os.Exit(1)
	}
}

func parse(args []string, help io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("avid-gpu", flag.ContinueOnError)
	f.SetOutput(help)
	libraries := f.String("libraries", "", "folder with ONNX Runtime and what its CUDA provider needs; empty: as avid finds it")
	device := f.String("device", "cuda", "device to check against the CPU: cuda, cuda:N, tensorrt, webgpu or cpu")
	f.StringVar(&o.model, "m", "demo/walkway.avid", "bundle to compare results with")
	f.BoolVar(&o.quick, "quick", false, "small sizes and short runs: whether it works, not how fast")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q: takes no arguments, see --help", f.Arg(0))
	}
	var err error
	if o.device, err = engine.ParseDevice(*device); err != nil {
		return o, err
	}
	if o.device == engine.Auto {
		return o, errors.New("--device auto: name the device, so that no other is measured in its place")
	}
	if *libraries != "" {
		o.library, err = libraryIn(*libraries)
	}
	return o, err
}

// libraryIn is the one ONNX Runtime of a folder.
func libraryIn(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "libonnxruntime.so*"))
	if err != nil {
		return "", fmt.Errorf("--libraries %q: %w", dir, err)
	}
	if len(found) == 0 {
		return "", fmt.Errorf("--libraries %q: no libonnxruntime.so in it; `make setup-cuda` fills build/lib/cuda", dir)
	}
	return found[0], nil
}

// errFailed says that a check failed; the report tells which.
var errFailed = errors.New("a check failed")

func run(out io.Writer, o options) error {
	b, err := bundle.Open(o.model)
	if err != nil {
		return err
	}
	on := engine.Options{Device: o.device, Library: o.library}
	version, path, err := engine.Version(o.library)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "avid on %s, %s\nONNX Runtime %s, %s\nGPU: %s\n", o.device, time.Now().UTC().Format(time.DateOnly), version, path, card())
	ok, err := agreement(out, b, on)
	if err != nil {
		return err
	}
	for _, part := range []func(io.Writer, engine.Options, bool) error{throughput, latency, trainingStep} {
		if err := part(out, on, o.quick); err != nil {
			return err
		}
	}
	kept, err := swaps(out, b, on)
	if err == nil && (!ok || !kept) {
		err = errFailed
	}
	return err
}
