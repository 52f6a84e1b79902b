//go:build nogst

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/models/synth"
	"avid/runtime/engine"
)

// withGStreamer tells whether GStreamer is linked in. This is the tool for
// machines without it, such as GPU servers: go build -tags nogst.
const withGStreamer = false

// What avid --help says of this build.
const (
	about = `

This avid was built without GStreamer: it reads folders of pictures, not videos,
and marks none (avid run, avid preview, avid serve); bundles are the same.`
	firstSteps = `  avid synth --train 4 --test 2 -o walkway/     # or pictures of your own camera
  avid train --normal walkway/train/ -o cam.avid
  avid eval --dataset synth --root walkway/ -m cam.avid`
)

func newRun() *cobra.Command     { return absent("run") }
func newPreview() *cobra.Command { return absent("preview") }
func newServe() *cobra.Command   { return absent("serve") }
func newReplay() *cobra.Command  { return absent("replay") }
func newCompare() *cobra.Command { return absent("compare") }

// absent answers for a command that is not there.
func absent(name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Hidden: true, DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return fmt.Errorf("%s: %w; use an avid that has GStreamer, which takes the same bundle", name, video.ErrNoGStreamer)
		},
	}
}

// film writes no video.
func (f *synthFlags) film(context.Context, *synth.Scene, string, *meter) error {
	return fmt.Errorf("output %s: %w, so it writes no .mp4, .mkv or .mov; name a folder, such as -o walkway/, for a data set of pictures", f.out, video.ErrNoGStreamer)
}

// gstreamer is what avid doctor says of it.
func gstreamer() []finding {
	return []finding{{Name: "GStreamer", Found: "not part of this avid, which reads folders of pictures"}}
}

// measurePipelines has none to measure.
func measurePipelines(context.Context, [][]byte, float64, string, engine.Device) (passes, error) {
	return passes{}, nil
}
