package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// watchStart has each command below root note that it was started: an error before
// that is one of its command line.
func watchStart(root *cobra.Command) *bool {
	started := new(bool)
	for _, c := range root.Commands() {
		if run := c.RunE; run != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				*started = true
				return run(c, args)
			}
		}
	}
	return started
}

// usageHint returns what to print below an error in the command line of c: how c is
// called, and where the rest is.
func usageHint(c *cobra.Command) string {
	if !c.Runnable() {
		return fmt.Sprintf("%s --help lists the commands.", c.CommandPath())
	}
	return fmt.Sprintf("Usage: %s\n%s --help has examples and every flag.", c.UseLine(), c.CommandPath())
}
