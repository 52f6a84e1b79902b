//go:build !nogst

package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/datasets"
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
func reported(id, zone string, at time.Duration, score float64, box image.Rectangle) event.Record {
	return event.Record{Type: string(event.Change), ID: id, Label: event.Label, Zone: zone, StreamTime: at.Seconds(), Score: &score, Width: 120, Height: 80,
		Boxes: []event.RecordBox{{X: box.Min.X, Y: box.Min.Y, W: box.Dx(), H: box.Dy()}}}
}

// TestEventMask: the mask of an event's highest frame is outlined, whether its report comes
// before the frame or after it; of a zone what lies in its boxes; boxes where no mask is known.
func TestEventMask(t *testing.T) {
	second := func(n int) time.Duration { return time.Duration(n) * time.Second }
	left, right := image.Rect(1, 2, 4, 6), image.Rect(7, 2, 10, 6)
	both := image.Rect(10, 20, 100, 60)
	var k masks
	k.frame(markedFrame(left), second(0))
	k.report(reported("low first", "", second(0), 3, both)) // behind its frame
	k.report(reported("low first", "", second(1), 5, both)) // before it
	k.report(reported("high first", "", second(0), 5, both))
	k.report(reported("high first", "", second(1), 3, both))
	k.report(reported("far", "", second(9), 5, both))
	k.frame(markedFrame(right), second(1)+30*time.Microsecond) // records are rounded
	k.frame(markedFrame(left), second(1)+100*time.Millisecond)
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
	boxes := reported("", "", 0, 5, image.Rect(10, 20, 100, 60))
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
	k.anew()
	if k.report(reported("anew", "", second(3), 5, both)); k.take("anew").mask != nil {
		t.Error("a frame of the stream before is taken for one of this stream")
	}
	for i := range 3 * mostMasked {
		k.report(reported(string(rune('a'+i)), "", 0, 5, both))
	}
	if n := len(k.highest); n > mostMasked {
		t.Errorf("%d events are kept whose end nobody tells", n)
	}
}

// TestEventMaskOfFilter: what the filter marks in the frame of each report is found again
// for the event's highest record, and lies in its boxes.
func TestEventMaskOfFilter(t *testing.T) {
	needLibrary(t)
	clip, err := inputClip("../../demo/walkway.mp4", datasets.Range{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &recordingInput{name: "yard"}
	var highest event.Record
	take := func(m *pipeline.Marks, _ time.Time) {
		if v, _ := m.Verdict(); v.Event.Kind == gstc.EventBegin || v.Event.Kind == gstc.EventChange {
			r.masks.frame(m, v.Event.Time)
		}
	}
	set := func(p *pipeline.Pipeline) error {
		return errors.Join(p.Set("filter", "model", demoBundle), p.TakeVerdicts("filter", take))
	}
	note := func(m pipeline.Message) {
		rec, ok, err := avidfilter.RecordOf(event.Origin{Camera: "yard"}, m.Structure)
		switch {
		case err != nil:
			t.Error(err)
		case !ok || rec.Label != event.Label:
		case rec.Type == string(event.End):
			cancel()
		default:
			if highest.Score == nil || *rec.Score > *highest.Score {
				highest = rec
			}
			r.masks.report(rec)
		}
	}
	if err := playClip(ctx, playInput{clip: clip}, filterElement+" ! fakesink", set, note, func(_, _ time.Duration) {}); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	got := r.masks.take(highest.ID)
	all := bytes.Count(got.mask, []byte{255})
	if within := bytes.Count(got.within(highest), []byte{255}); all == 0 || within < all*9/10 {
		t.Errorf("of %d×%d pixels %d are marked, %d of them in the %d boxes of %+v", got.h, got.w, all, within, len(highest.Boxes), highest)
	}
}
