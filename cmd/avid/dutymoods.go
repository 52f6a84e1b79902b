//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/runtime/analyze"
	"avid/runtime/api"
	"avid/runtime/cameras"
)

// judging is the path of the bundle that judges a camera now; before its first frame the
// first of them.
func (d *duty) judging(c cameras.Camera) string {
	paths := bundle.Paths(c.Model)
	if len(paths) == 1 {
		return paths[0]
	}
	if p := d.post(c.Name); p != nil {
		if path := p.judging(); slices.Contains(paths, path) {
			return path
		}
	}
	return paths[0]
}

// judging is the path of the bundle that judges now; "" while the camera does not play.
func (p *post) judging() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe == nil {
		return ""
	}
	stats, err := statsOf(p.pipe)
	if err != nil {
		return ""
	}
	return stats.Model
}

// oneBundle refuses what is done with the bundle of a camera where it has several.
func oneBundle(c cameras.Camera) error {
	paths := bundle.Paths(c.Model)
	if len(paths) == 1 {
		return nil
	}
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return fmt.Errorf("%w: the camera has several bundles, %s: train each by its own hours with avid train --camera %s --hours … -o %s, and put it in place with avid promote",
		api.ErrRefused, andList(paths), c.Name, beside(paths[0], nextEnding))
}

// changed says that another bundle judges the camera from now on.
func (p *post) changed(model, cause string) {
	if cause == avidfilter.CausePicture {
		p.duty.tell("%s: the picture is like that of %s, which judges from now on", p.name, filepath.Base(model))
		return
	}
	p.duty.tell("%s: its bundle has changed, and the new one judges", p.name)
}

// ofFilm is the path of the bundle, of those of a list, whose place a film looks like at a
// time of it.
func ofFilm(ctx context.Context, list string, clip *datasets.Clip, at time.Duration) (string, error) {
	paths := bundle.Paths(list)
	if len(paths) == 1 {
		return paths[0], nil
	}
	_, choice, err := openBundles(list)
	if err != nil {
		return "", err
	}
	r, err := clip.Open(video.Open)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var picture analyze.Picture
	for ctx.Err() == nil {
		p, err := r.Next()
		if errors.Is(err, io.EOF) && picture.Gray != nil {
			break
		}
		if err != nil {
			return "", err
		}
		scaler, err := luma.NewScaler(luma.Plane().In(p.Range), luma.Full, p.Width, p.Height, p.Width, p.Height)
		if err != nil {
			return "", err
		}
		picture = analyze.Picture{Gray: make([]byte, p.Width*p.Height), H: p.Height, W: p.Width}
		if err := scaler.Scale(picture.Gray, p.Gray, p.Width); err != nil {
			return "", err
		}
		if p.PTS >= at {
			break
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	which, _ := choice.Take(0, picture, false)
	return paths[which], nil
}
