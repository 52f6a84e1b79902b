//go:build !nogst

package main

import (
	"context"
	"io"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/engine"
)

// measurePipelines times the frames, of GRAY8 and benchWidth x benchHeight.
func measurePipelines(ctx context.Context, frames [][]byte, rate float64, model string, d engine.Device) (p passes, err error) {
	if err := pipeline.Init(); err != nil {
		return p, err
	}
	if err := avidfilter.Register(); err != nil {
		return p, err
	}
	raw := video.Packed("GRAY8", benchWidth, benchHeight, 1, rate)
	if p.filter, err = throughPipeline(ctx, raw, frames, "avidfilter name=filter overlay=none", model, string(d)); err != nil {
		return p, err
	}
	p.empty, err = throughPipeline(ctx, raw, frames, "identity name=filter", "", "")
	return p, err
}

// throughPipeline times the frames from the first one written to the end of
// the stream.
func throughPipeline(ctx context.Context, raw video.Raw, frames [][]byte, filter, model, device string) (time.Duration, error) {
	feed, err := video.NewFeed(raw, filter+" ! fakesink sync=false")
	if err != nil {
		return 0, err
	}
	defer feed.Close()
	for _, kv := range [][2]string{{"model", model}, {"device", device}} {
		if kv[1] == "" {
			continue
		}
		if err := feed.Pipeline.Set("filter", kv[0], kv[1]); err != nil {
			return 0, err
		}
	}
	var start time.Time
	err = feed.Run(ctx, func(w io.Writer) error {
		// The first picture gets through once the filter has started.
		if _, err := w.Write(frames[0]); err != nil {
			return err
		}
		start = time.Now()
		for _, f := range frames[1:] {
			if _, err := w.Write(f); err != nil {
				return err
			}
		}
		return nil
	}, func(pipeline.Message) {}, func() {})
	return time.Since(start), err
}
