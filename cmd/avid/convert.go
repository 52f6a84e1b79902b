package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/models/nets"
)

// errSame says that there is nothing to convert.
var errSame = errors.New("nothing to convert")

// precisions are what a bundle's networks can compute in.
var precisions = []string{bundle.FP32, bundle.FP16}

// convertFlags are the flags of avid convert.
type convertFlags struct {
	model, out, precision string
	force                 bool
}

func newConvert() *cobra.Command {
	var f convertFlags
	c := &cobra.Command{
		Use:   "convert -m cam.avid --precision fp16 -o OUT.avid",
		Short: "Halve a bundle's networks for a GPU",
		Long: `Writes a bundle whose networks compute in float16 (fp16) instead of float32: half
the bytes, and made for GPUs. The filter and every command take it as it is;
frames, masks, scores and thresholds are what they were, and what decides about
a pixel is still computed in float32.

On a CPU it runs as well, but gains nothing: ONNX Runtime turns the numbers into
float32 there and computes with those, which may take longer. Measure it with
avid bench --only filter -m OUT.avid. What was rounded cannot be undone: keep
the bundle in fp32.`,
		Example: `  avid convert -m cam.avid --precision fp16 -o cam16.avid`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return convert(c, &f) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "bundle to write (.avid)")
	fl.BoolVar(&f.force, "force", false, forceUsage)
	precisionFlag(c, &f.precision, bundle.FP16)
	modelFlag(c, &f.model)
	// These fail for a flag that is not there only.
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagFilename("output", "avid")
	return c
}

// precisionFlag adds --precision.
func precisionFlag(c *cobra.Command, to *string, def string) {
	c.Flags().StringVar(to, "precision", def, "what the networks of the bundle compute in: "+strings.Join(precisions, " or ")+" (for GPUs)")
	// This fails for a flag that is not there only.
	_ = c.RegisterFlagCompletionFunc("precision", cobra.FixedCompletions(precisions, cobra.ShellCompDirectiveNoFileComp))
}

func convert(c *cobra.Command, f *convertFlags) error {
	if err := checkBundleOutput(f.out, f.model); err != nil {
		return err
	}
	if err := checkNew(f.out, f.force); err != nil {
		return err
	}
	b, err := openRelied(c, f.model)
	if err != nil {
		return err
	}
	after, err := nets.InPrecision(b, f.precision)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", f.model, err)
	case after == b:
		return fmt.Errorf("%w: %s is in %s already", errSame, f.model, f.precision)
	}
	if err := after.WriteFile(f.out); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %s, the running graph has %d kB instead of %d\n", f.out, f.precision, kilobytes(len(after.Fused)), kilobytes(len(b.Fused)))
	return nil
}

// kilobytes is a size in units of 1,000 bytes, rounded up.
func kilobytes(n int) int { return (n + 999) / 1000 }
