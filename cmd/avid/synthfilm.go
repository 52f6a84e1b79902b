//go:build !nogst

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"avid/cmd/avid/internal/video"
	"avid/models/synth"
)

// film encodes the scene into a video file.
func (f *synthFlags) film(ctx context.Context, s *synth.Scene, ending string, m *meter) error {
	if f.masks != "" {
		if err := os.MkdirAll(f.masks, 0o755); err != nil {
			return err
		}
	}
	cfg := s.Config()
	tail, err := video.Encoder(ending)
	if err != nil {
		return err
	}
	feed, err := video.NewFeed(video.Packed("RGB", cfg.Width, cfg.Height, 3, cfg.Rate), tail)
	if err != nil {
		return err
	}
	defer feed.Close()
	temporary := temporaryName(f.out, ending)
	defer os.Remove(temporary)
	if err := feed.Pipeline.Set("file", "location", temporary); err != nil {
		return err
	}
	fill := func(out io.Writer) error {
		var frame synth.Frame
		for k := range cfg.Frames {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := s.Render(k, &frame); err != nil {
				return err
			}
			if _, err := out.Write(frame.RGB); err != nil {
				return err
			}
			if f.masks != "" {
				if err := writeMask(filepath.Join(f.masks, fmt.Sprintf("%05d.png", k)), &frame); err != nil {
					return err
				}
			}
			m.set(float64(k)/float64(cfg.Frames), fmt.Sprintf("frame %d of %d", k, cfg.Frames))
		}
		return nil
	}
	if err := feed.Run(ctx, fill, nil, nil); err != nil {
		return err
	}
	return os.Rename(temporary, f.out)
}
