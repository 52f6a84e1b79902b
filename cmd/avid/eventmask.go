//go:build !nogst

package main

import (
	"fmt"
	"image"
	"slices"
	"sync"
	"time"

	"avid/runtime/event"
	"avid/runtime/overlay"
	"avid/runtime/pixel"
)

// Bounds of masks: the frames that are remembered, for a report that comes after its frame,
// and the events, as of one that breaks off nobody tells the end.
const (
	recentMasks = 8
	mostMasked  = 16
	// maskNear is how far the stream times of a frame and of its report may be apart: they
	// are the same, and records are rounded.
	maskNear = time.Millisecond
)

// masks keeps what was marked in the highest frame of each event until that has its
// picture. A report and its frame come from two threads, either first.
type masks struct {
	mu      sync.Mutex
	recent  [recentMasks]frameMask
	next    int // of recent, that is overwritten
	highest map[string]*highestMask
}

// frameMask is what was marked in a frame; of no size: nothing is known.
type frameMask struct {
	at   time.Duration // stream time
	mask []byte        // h×w, 0 or 255
	h, w int
}

// highestMask is that of the frame of an event's highest record.
type highestMask struct {
	frameMask
	time  time.Duration // of the record
	score float64
}

// marked lends the mask of a frame: a pipeline.Marks.
type marked interface {
	Mask(buf []byte) (mask []byte, h, w int)
}

// anew says that stream times begin anew.
func (k *masks) anew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.recent {
		k.recent[i].mask = k.recent[i].mask[:0]
	}
}

// frame takes the mask of a frame that reports an event, by its stream time.
func (k *masks) frame(m marked, at time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	one := &k.recent[k.next]
	one.mask, one.h, one.w = m.Mask(one.mask)
	one.at = at
	k.next = (k.next + 1) % recentMasks
	for _, high := range k.highest {
		high.fill(one)
	}
}

// fill takes a frame's mask where that is the record's frame.
func (h *highestMask) fill(one *frameMask) {
	if len(one.mask) == 0 || h.mask != nil || (one.at-h.time).Abs() > maskNear {
		return
	}
	h.frameMask = *one
	h.mask = slices.Clone(one.mask)
}

// report takes a record of an event that goes on, which may be its highest.
func (k *masks) report(r event.Record) {
	if r.Score == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if was := k.highest[r.ID]; was != nil && was.score >= *r.Score {
		return
	}
	if k.highest == nil || len(k.highest) >= mostMasked && k.highest[r.ID] == nil {
		k.highest = map[string]*highestMask{}
	}
	high := &highestMask{time: time.Duration(r.StreamTime * float64(time.Second)), score: *r.Score}
	k.highest[r.ID] = high
	for i := range k.recent {
		high.fill(&k.recent[i])
	}
}

// take gives what was marked in the highest frame of an event, and forgets it.
func (k *masks) take(id string) frameMask {
	k.mu.Lock()
	defer k.mu.Unlock()
	high := k.highest[id]
	delete(k.highest, id)
	if high == nil {
		return frameMask{}
	}
	return high.frameMask
}

// outlineThick is how thick outlines on kept pictures are at least: a thinner one loses its
// colour in a JPEG.
const outlineThick = 2

// outline draws around what was marked on the frame of a record, as the overlay does, and
// the record's boxes where the mask is not known. Of an event of a zone that is what lies
// in its boxes.
func (f frameMask) outline(img *image.RGBA, rec event.Record) error {
	if len(f.mask) == 0 {
		outlineBoxes(img, rec)
		return nil
	}
	if rec.Zone != "" {
		f.mask = f.within(rec)
	}
	size := img.Bounds().Size()
	p := &overlay.Picture{Info: pixel.Info{Format: pixel.RGBA, Width: size.X, Height: size.Y}}
	p.Planes[0], p.Strides[0] = img.Pix, img.Stride
	style := overlay.DefaultStyle()
	style.Flags, style.Thick = overlay.Outline, outlineThick
	if err := overlay.New(f.h, f.w).Draw(p, &overlay.Input{Mask: f.mask}, style); err != nil {
		return fmt.Errorf("its mask: %w", err)
	}
	return nil
}

// within is the part of the mask that lies in a record's boxes.
func (f frameMask) within(rec event.Record) []byte {
	part := make([]byte, len(f.mask))
	if rec.Width <= 0 || rec.Height <= 0 {
		return part
	}
	up := func(v, by, of int) int { return (v*by + of - 1) / of }
	for _, b := range rec.Boxes {
		box := image.Rect(b.X*f.w/rec.Width, b.Y*f.h/rec.Height, up(b.X+b.W, f.w, rec.Width), up(b.Y+b.H, f.h, rec.Height)).Intersect(image.Rect(0, 0, f.w, f.h))
		for y := box.Min.Y; y < box.Max.Y; y++ {
			copy(part[y*f.w+box.Min.X:y*f.w+box.Max.X], f.mask[y*f.w+box.Min.X:])
		}
	}
	return part
}
