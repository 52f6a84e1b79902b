//go:build !nogst

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/runtime/cameras"
)

// liveFlags are the flags for cameras.
type liveFlags struct {
	latency   uint // ms
	transport string
	isLive    bool // also where the address does not say so
}

func (f *liveFlags) add(c *cobra.Command) {
	c.Flags().UintVar(&f.latency, "latency", uint(cameras.DefaultLatency.Milliseconds()), "milliseconds that an RTSP camera's packets may take to come in order")
	c.Flags().StringVar(&f.transport, "transport", cameras.Transports[0], "how an RTSP camera sends: auto (UDP, and TCP where that fails), tcp or udp")
	c.Flags().BoolVar(&f.isLive, "live", false, "an http address is live: drop frames rather than fall behind")
	// Completion fails for a flag that is not there only.
	_ = c.RegisterFlagCompletionFunc("transport", cobra.FixedCompletions(cameras.Transports, cobra.ShellCompDirectiveNoFileComp))
}

func (f *liveFlags) check() error {
	if f.latency > uint(cameras.MostLatency.Milliseconds()) {
		return fmt.Errorf("--latency %d: want 0 to %d milliseconds", f.latency, cameras.MostLatency.Milliseconds())
	}
	if !slices.Contains(cameras.Transports, f.transport) {
		return fmt.Errorf("--transport %q: want one of %s", f.transport, strings.Join(cameras.Transports, ", "))
	}
	return nil
}

// live is how an input is read: nil for a file or folder, of which nothing is
// dropped. Of what comes from elsewhere GStreamer says whether it is live, but for
// HTTP, where only the user knows.
func (f *liveFlags) live(input string) *video.Live {
	if again, _ := lasting(input); !again {
		return nil
	}
	return &video.Live{Latency: time.Duration(f.latency) * time.Millisecond, Transport: f.transport, Force: f.isLive}
}
