//go:build !nogst

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"time"

	"golang.org/x/image/draw"

	"avid/cmd/avid/internal/video"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/zones"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// alarm is an event that a bundle reported of a film; times are those in it.
type alarm struct {
	start, end time.Duration
	peak       time.Duration // of the frame with the greatest score that was reported
	above      float64       // by how much that was above the threshold
	event      event.Event   // that report
}

// overlaps tells whether two alarms are of one thing: between them lies no more than it
// takes an event to end.
func (a alarm) overlaps(from, to time.Duration) bool {
	hold := event.DefaultConfig().Hold
	return a.start <= to+hold && from <= a.end+hold
}

// pair is two bundles that judge the same films.
type pair struct {
	engines    [2]*engine.Engine // the present one, and the new one
	zones      zones.List        // besides their own
	thresholds verdict.Thresholds
}

// openPair opens the networks. Close it.
func openPair(ctx context.Context, bundles [2]*bundle.Bundle, o engine.Options) (*pair, error) {
	p := &pair{thresholds: verdict.Calibrated()}
	for i, b := range bundles {
		e, err := engine.Open(ctx, b, o)
		if err != nil {
			p.close()
			return nil, err
		}
		p.engines[i] = e
	}
	return p, nil
}

func (p *pair) close() {
	for _, e := range p.engines {
		if e != nil {
			_ = e.Close()
		}
	}
}

// judge has both judge a film from a fresh start, and returns what each reported.
func (p *pair) judge(ctx context.Context, r datasets.Reader) (found [2][]alarm, err error) {
	var by [2]*analyze.Analyzer
	for i, e := range p.engines {
		by[i], err = analyze.New(e, analyze.Options{Picture: e.Picture(), Ordinary: e.Ordinary(), Zones: zones.Set{Own: e.Zones(), Added: p.zones}})
		if err != nil {
			return found, err
		}
		by[i].Restart()
	}
	for {
		picture, err := r.Next()
		if errors.Is(err, io.EOF) {
			for i, a := range by {
				found[i] = note(found[i], a.End())
			}
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		for i, a := range by {
			if err := a.Format(luma.Plane().In(picture.Range), picture.Width, picture.Height, 0); err != nil {
				return found, err
			}
			o, err := a.Take(ctx, analyze.Frame{PTS: picture.PTS, Shown: picture.PTS}, analyze.Settings{Thresholds: p.thresholds},
				func(l *analyze.Loan) error { return l.Scale(picture.Gray, picture.Width) })
			if err != nil {
				return found, err
			}
			found[i] = note(found[i], o.Events)
		}
	}
}

// note adds reports to the alarms.
func note(all []alarm, reports []event.Event) []alarm {
	for _, e := range reports {
		i := slices.IndexFunc(all, func(a alarm) bool { return a.event.ID == e.ID && a.event.Zone == e.Zone })
		if i < 0 {
			i = len(all)
			all = append(all, alarm{start: e.Start, above: -1})
		}
		a := &all[i]
		a.end = e.Start + e.Duration
		if above := float64(e.Score - e.Threshold); e.Kind != event.End && above > a.above || a.event.ID == 0 {
			e.Boxes = slices.Clone(e.Boxes)
			a.above, a.peak, a.event = above, e.Time, e
		}
	}
	return all
}

// widestShot is how wide pictures of a report are at most, pixels.
const widestShot = 640

// outlined is the picture of a film at an alarm's highest frame, with its regions, as
// JPEG.
func outlined(path string, a alarm) ([]byte, error) {
	img, err := video.Shot(path, a.peak)
	if err != nil {
		return nil, err
	}
	if w := img.Bounds().Dx(); w > widestShot {
		small := image.NewRGBA(image.Rect(0, 0, widestShot, img.Bounds().Dy()*widestShot/w))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = small
	}
	outlineBoxes(img, event.Origin{}.Record(a.event))
	var text bytes.Buffer
	if err := jpeg.Encode(&text, img, nil); err != nil {
		return nil, fmt.Errorf("a picture of %s: %w", path, err)
	}
	return text.Bytes(), nil
}
