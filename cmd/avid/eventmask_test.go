//go:build !nogst

package main

import (
	"image"
	"image/color"
	"testing"
	"time"

	"avid/runtime/event"
)

// markedFrame is a frame whose mask of 8×12 is set in a box.
type markedFrame image.Rectangle

func (f markedFrame) Mask(buf []byte) (mask []byte, h, w int) {
	mask = append(buf[:0], make([]byte, 8*12)...)
	for y := f.Min.Y; y < f.Max.Y; y++ {
		for x := f.Min.X; x < f.Max.X; x++ {
			mask[y*12+x] = 255
		}
	}
	return mask, 8, 12
}

// reported is a record of an event at a time, with a box of the picture of 120×80.
func reported(id, zone string, at time.Time, score float64, box image.Rectangle) event.Record {
	return event.Record{Type: string(event.Change), ID: id, Label: event.Label, Zone: zone, Time: float64(at.UnixMicro()) / 1e6, Score: &score, Width: 120, Height: 80,
		Boxes: []event.RecordBox{{X: box.Min.X, Y: box.Min.Y, W: box.Dx(), H: box.Dy()}}}
}

// TestEventMask: the mask of an event's highest frame is outlined, whether its report comes
// before the frame or after it; of a zone what lies in its boxes; boxes where no mask is known.
func TestEventMask(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	second := func(n int) time.Time { return at.Add(time.Duration(n) * time.Second) }
	left, right := image.Rect(1, 2, 4, 6), image.Rect(7, 2, 10, 6)
	both := image.Rect(10, 20, 100, 60)
	var k masks
	k.frame(markedFrame(left), second(0))
	k.report(reported("low first", "", second(0), 3, both)) // behind its frame
	k.report(reported("low first", "", second(1), 5, both)) // before it
	k.report(reported("high first", "", second(0), 5, both))
	k.report(reported("high first", "", second(1), 3, both))
	k.report(reported("far", "", second(-9), 5, both))
	k.frame(markedFrame(right), second(1).Add(30*time.Millisecond))
	k.frame(markedFrame(left), second(1).Add(130*time.Millisecond))
	k.frame(markedFrame(image.Rect(0, 0, 12, 8)), second(3))
	zone := reported("in a zone", "gate", second(3), 4, image.Rect(10, 20, 40, 60))
	k.report(zone)
	edge := func(id string, rec event.Record) (found string) {
		t.Helper()
		img := image.NewRGBA(image.Rect(0, 0, 120, 80))
		for i := range img.Pix {
			img.Pix[i] = 128
		}
		if err := k.take(id).outline(img, rec); err != nil {
			t.Fatal(err)
		}
		for name, p := range map[string]image.Point{"left": {11, 40}, "inside": {25, 40}, "right": {98, 40}, "between": {55, 40}} {
			if c := color.RGBAModel.Convert(img.At(p.X, p.Y)).(color.RGBA); c.R > 200 && c.G < 80 && c.B < 80 {
				found += name + " "
			}
		}
		return found
	}
	boxes := reported("", "", at, 5, image.Rect(10, 20, 100, 60))
	for _, c := range []struct {
		id, want string
		rec      event.Record
	}{
		{"low first", "right ", boxes},
		{"high first", "left ", boxes},
		{"in a zone", "left ", zone},
	} {
		if got := edge(c.id, c.rec); got != c.want {
			t.Errorf("%s: outlined %q, want %q", c.id, got, c.want)
		}
	}
	for _, id := range []string{"low first", "far", "never"} { // taken, of no frame, of no event
		img := image.NewRGBA(image.Rect(0, 0, 120, 80))
		if err := k.take(id).outline(img, boxes); err != nil {
			t.Fatal(err)
		}
		if _, _, _, a := img.At(50, 20).RGBA(); a == 0 {
			t.Errorf("%s: its box is not drawn", id)
		}
	}
	for i := range 3 * mostMasked {
		k.report(reported(string(rune('a'+i)), "", at, 5, both))
	}
	if n := len(k.highest); n > mostMasked {
		t.Errorf("%d events are kept whose end nobody tells", n)
	}
}
