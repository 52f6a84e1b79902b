package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"avid/models/appearance"
	"avid/models/bundle"
	"avid/models/nets"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// deviceFlags are where to compute.
type deviceFlags struct {
	device  string
	tuning  string // --device-options
	threads int
	command *cobra.Command
	told    string // the last note
}

func (d *deviceFlags) add(c *cobra.Command) {
	d.command = c
	deviceFlag(c, &d.device)
	deviceOptionsFlag(c, &d.tuning)
	c.Flags().IntVar(&d.threads, "threads", 0, "CPU threads; 0: all cores")
}

func deviceFlag(c *cobra.Command, device *string) {
	c.Flags().StringVar(device, "device", "auto", "where to compute: auto, cpu, cuda, cuda:N, tensorrt or webgpu; a named device is never replaced by another")
	// Completion and marks fail for a flag that is not there only.
	_ = c.RegisterFlagCompletionFunc("device", cobra.FixedCompletions([]string{"auto", "cpu", "cuda", "tensorrt", "webgpu"}, cobra.ShellCompDirectiveNoFileComp))
}

func deviceOptionsFlag(c *cobra.Command, options *string) {
	c.Flags().StringVar(options, "device-options", "", "options of ONNX Runtime's provider for a GPU, as key=value,key=value (docs/cuda.md)")
}

func (d *deviceFlags) options() (engine.Options, error) {
	device, err := engine.ParseDevice(d.device)
	if err != nil {
		return engine.Options{}, err
	}
	tuning, err := engine.ParseDeviceOptions(d.tuning)
	return engine.Options{Device: device, Threads: d.threads, DeviceOptions: tuning, Note: d.note}, err
}

// where names the device in use, and why auto took no GPU.
func where(device, why string) string {
	if why == "" {
		return device
	}
	return device + " (" + why + ")"
}

// note tells what the engine finds out later, such as that the GPU's memory ran
// out: once, though a command may open a device several times.
func (d *deviceFlags) note(sentence string) {
	if sentence != d.told {
		d.told = sentence
		fmt.Fprintf(d.command.ErrOrStderr(), "avid: %s\n", sentence)
	}
}

// thresholdFlags decide what is irregular.
type thresholdFlags struct {
	alpha, zeta, perDay float64
}

func (t *thresholdFlags) add(c *cobra.Command) {
	c.Flags().Float64Var(&t.alpha, "alpha", -1, "pixel threshold on |X - I(X)|, 0 to 1; below 0: as calibrated")
	c.Flags().Float64Var(&t.zeta, "zeta", -1, "region threshold on D's probability of being normal, 0 to 1; below 0: by false alarms")
	c.Flags().Float64Var(&t.perDay, "false-alarms-per-day", 0, "false alarms a day to allow on ordinary footage; 0: the bundle's own")
}

func (t *thresholdFlags) thresholds() verdict.Thresholds {
	return verdict.Thresholds{Alpha: t.alpha, Zeta: t.zeta, FalseAlarmsPerDay: t.perDay}
}

// modelFlag is the bundle to use.
func modelFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "model", "m", "", "bundle of the camera (.avid), made by avid train")
	_ = c.MarkFlagRequired("model")
	_ = c.MarkFlagFilename("model", "avid")
}

// openBundle reads a bundle whose networks are such as avid writes, and which is
// trusted.
func openBundle(path string) (*bundle.Bundle, error) {
	b, err := openAny(path)
	if err != nil {
		return nil, err
	}
	if err := checkTrust(b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// openRelied is openBundle for a command whose result is as good as the bundle: it
// warns of one that knows little.
func openRelied(c *cobra.Command, path string) (*bundle.Bundle, error) {
	b, err := openBundle(path)
	if err == nil {
		warnPoor(c, path, b)
	}
	return b, err
}

// warnPoor warns of a bundle that knows little.
func warnPoor(c *cobra.Command, path string, b *bundle.Bundle) {
	if q := b.Manifest.Quality(); !q.Trusted() {
		fmt.Fprintf(c.ErrOrStderr(), "warning: do not rely on %s (%s): %s\n", path, q, q.Advice())
	}
}

// openAny is openBundle for one that need not be trusted.
func openAny(path string) (*bundle.Bundle, error) {
	b, err := bundle.Open(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(nets.Vet(b), appearance.Vet(b)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// openEngine opens a bundle on a device.
func openEngine(path string, d *deviceFlags) (*engine.Engine, *bundle.Bundle, error) {
	options, err := d.options()
	if err != nil {
		return nil, nil, err
	}
	options.BundlePath = path
	b, err := openRelied(d.command, path)
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Open(d.command.Context(), b, options)
	return e, b, err
}
