package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// stopWord is after how long a command that was interrupted, and goes on, says so: most
// have ended by then.
const stopWord = 300 * time.Millisecond

// tellStops has each command below root say that it is stopping when it was interrupted and
// has something to bring to an end. avid train says it itself, and how long it takes.
func tellStops(root *cobra.Command) {
	for _, c := range root.Commands() {
		run := c.RunE
		if run == nil || c.Name() == "train" {
			continue
		}
		c.RunE = func(c *cobra.Command, args []string) error {
			ended := make(chan struct{})
			defer close(ended)
			defer context.AfterFunc(c.Context(), func() {
				select {
				case <-ended:
				case <-time.After(stopWord):
					fmt.Fprintln(c.ErrOrStderr(), "avid: stopping: what was begun is brought to an end, which takes some seconds; Ctrl-C again ends it at once")
				}
			})()
			return run(c, args)
		}
	}
}

// inWords is the error of a command in words; that of an interrupted one says no more.
func inWords(ctx context.Context, err error) string {
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		return "interrupted"
	}
	return err.Error()
}
