package main

import (
	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/runtime/engine"
)

// deviceFlags are where to compute.
type deviceFlags struct {
	device  string
	threads int
}

func (d *deviceFlags) add(c *cobra.Command) {
	deviceFlag(c, &d.device)
	c.Flags().IntVar(&d.threads, "threads", 0, "CPU threads; 0: all cores")
}

func deviceFlag(c *cobra.Command, device *string) {
	c.Flags().StringVar(device, "device", "auto", "where to compute: auto, cpu, cuda, cuda:N, tensorrt or webgpu; a named device is never replaced by another")
	// Completion and marks fail for a flag that is not there only.
	_ = c.RegisterFlagCompletionFunc("device", cobra.FixedCompletions([]string{"auto", "cpu", "cuda", "tensorrt", "webgpu"}, cobra.ShellCompDirectiveNoFileComp))
}

func (d *deviceFlags) options() (engine.Options, error) {
	device, err := engine.ParseDevice(d.device)
	return engine.Options{Device: device, Threads: d.threads}, err
}

// thresholdFlags decide what is irregular.
type thresholdFlags struct {
	alpha, zeta, perDay float64
}

func (t *thresholdFlags) add(c *cobra.Command) {
	c.Flags().Float64Var(&t.alpha, "alpha", -1, "pixel threshold on |X - I(X)|, 0 to 1; below 0: as calibrated")
	c.Flags().Float64Var(&t.zeta, "zeta", -1, "region threshold on D's probability of being normal, 0 to 1; below 0: by false alarms")
	c.Flags().Float64Var(&t.perDay, "false-alarms-per-day", 0, "false alarms to put up with on ordinary footage; 0: the bundle's own")
}

func (t *thresholdFlags) thresholds() engine.Thresholds {
	return engine.Thresholds{Alpha: t.alpha, Zeta: t.zeta, FalseAlarmsPerDay: t.perDay}
}

// modelFlag is the bundle to use.
func modelFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "model", "m", "", "bundle of the camera (.avid), made by avid train")
	_ = c.MarkFlagRequired("model")
	_ = c.MarkFlagFilename("model", "avid")
}

// openEngine opens a bundle on a device.
func openEngine(path string, d *deviceFlags) (*engine.Engine, *bundle.Bundle, error) {
	options, err := d.options()
	if err != nil {
		return nil, nil, err
	}
	b, err := bundle.Open(path)
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Open(b, options)
	return e, b, err
}
