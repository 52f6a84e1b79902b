package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// recipeFlags are the flags of avid train that change the method, which nobody needs who
// learns a camera.
var recipeFlags = []string{
	"adversarial-share", "adversarial-weight", "auxiliary-steps", "auxiliary-weight", "batch", "depth",
	"detector-adversarial-weight", "detector-mean", "detector-rate", "ensemble", "fixed-gamma", "gamma", "ground",
	"inpainter-rate", "min-regions", "mirror", "motion-weight", "optimizer", "paste-share", "real-label",
	"reconstruction-weight", "sigma", "skip-share", "steps-per-run", "weather-share", "where-weight", "width",
}

// helpInTwo has the help of c list its everyday flags first, and the named ones apart,
// after all else.
func helpInTwo(c *cobra.Command, title string, names []string) {
	c.SetHelpFunc(func(c *cobra.Command, args []string) {
		apart := pflag.NewFlagSet("", pflag.ContinueOnError)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if slices.Contains(names, f.Name) {
				shown := *f
				apart.AddFlag(&shown)
				f.Hidden = true
			}
		})
		c.Parent().HelpFunc()(c, args)
		fmt.Fprintf(c.OutOrStdout(), "\n%s:\n%s", title, apart.FlagUsages())
	})
}
