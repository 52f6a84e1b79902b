//go:build nogst

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/models/train"
	"avid/runtime/hours"
)

// fromHours has no reader of recordings.
func (f *trainFlags) fromHours(*cobra.Command) error {
	return fmt.Errorf("--camera: %w", video.ErrNoGStreamer)
}

// planHours is never called, as fromHours fails.
func (f *trainFlags) planHours(*cobra.Command, train.Config) error { return f.fromHours(nil) }

func (f *trainFlags) learnAgain(*cobra.Command, *bundle.Bundle) {}

func pieceReels(*hours.Plan) []reel { return nil }

func planned(*hours.Plan, *train.Hours) *train.Hours { return nil }
