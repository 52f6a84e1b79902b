//go:build !nogst

package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/runtime/event"
)

// draw makes the pictures of events that have ended, one after the other, beside the
// judging.
func (r *recordingInput) draw() {
	for id := range r.shots {
		if err := r.drawEvent(id); err != nil {
			r.tell(fmt.Sprintf("warning: event %s has no picture: %v", id, err))
		}
	}
}

// drawEvent takes an event's highest frame from its clip, so that nothing has to be kept
// of frames that may come to be the highest.
func (r *recordingInput) drawEvent(id string) error {
	marked := r.masks.take(id)
	side, err := r.store.Sidecar(r.name, id)
	if err != nil {
		return err
	}
	clips, err := r.store.Clips(r.name, id)
	if err != nil {
		return err
	}
	peak := time.UnixMicro(int64(side.Peak.Time * 1e6))
	for i, c := range clips {
		if i+1 < len(clips) && !peak.Before(clips[i+1].Start) {
			continue
		}
		img, err := video.Shot(r.store.Path(c.Path), max(peak.Sub(c.Start), 0))
		if err != nil {
			return err
		}
		if _, err := r.store.AddPicture(r.name, id, false, img); err != nil {
			return err
		}
		if err := marked.outline(img, side.Peak); err != nil {
			return err
		}
		shown, err := r.store.AddPicture(r.name, id, true, img)
		if err == nil && r.shown != nil {
			r.shown(id, shown)
		}
		return err
	}
	return nil // there is no film of it
}

// outlineBoxes draws the regions of a record on its frame, which may have another size.
func outlineBoxes(img *image.RGBA, rec event.Record) {
	if rec.Width <= 0 || rec.Height <= 0 {
		return
	}
	size := img.Bounds().Size()
	red := image.NewUniform(color.RGBA{255, 0, 0, 255})
	thick := max(2, size.Y/240)
	for _, b := range rec.Boxes {
		box := image.Rect(b.X*size.X/rec.Width, b.Y*size.Y/rec.Height, (b.X+b.W)*size.X/rec.Width, (b.Y+b.H)*size.Y/rec.Height)
		for _, side := range []image.Rectangle{
			{box.Min, image.Pt(box.Max.X, box.Min.Y+thick)}, {image.Pt(box.Min.X, box.Max.Y-thick), box.Max},
			{box.Min, image.Pt(box.Min.X+thick, box.Max.Y)}, {image.Pt(box.Max.X-thick, box.Min.Y), box.Max},
		} {
			draw.Draw(img, side.Intersect(img.Bounds()), red, image.Point{}, draw.Src)
		}
	}
}
