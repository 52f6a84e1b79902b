//go:build !nogst

package main

import (
	"bytes"
	"image/jpeg"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/models/bundle"
	"avid/models/compare"
	"avid/models/spans"
	"avid/runtime/engine"
	"avid/runtime/hours"
)

// TestJudgesBoth: what both bundles mark is matched, and what one alone does; there are
// pictures of it, with the regions outlined.
func TestJudgesBoth(t *testing.T) {
	if testing.Short() {
		t.Skip("judges a film twice")
	}
	needLibrary(t)
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	const film = "../../demo/walkway.mp4"
	var bundles [2]*bundle.Bundle
	for i := range bundles {
		b, err := bundle.Open(demoBundle)
		if err != nil {
			t.Fatal(err)
		}
		bundles[i] = b
	}
	bundles[1].Manifest.Calibration.FalseAlarmsPerDay = 1e-6 // it is nearly blind
	began := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	piece := hours.Piece{Path: film, Began: began, Span: spans.Span{From: began, To: began.Add(7 * time.Second)}}
	look := func(second *bundle.Bundle) *comparing {
		t.Helper()
		p, err := openPair(t.Context(), [2]*bundle.Bundle{bundles[0], second}, engine.Options{Device: engine.CPU})
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		r, err := openPiece(piece)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		found, err := p.judge(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		w := &comparing{shown: map[compare.Who]int{}, result: compare.New("walkway", compare.Side{}, compare.Side{}, began)}
		w.result.Seconds = 7
		if err := w.match(piece, found); err != nil {
			t.Fatal(err)
		}
		return w
	}
	same := look(bundles[0]).result
	if len(same.Alarms) != 1 || same.Alarms[0].Who != compare.Both {
		t.Fatalf("alarms %+v", same.Alarms)
	}
	a := same.Alarms[0]
	if at := a.Start.Sub(began); at < 2*time.Second || at > 4*time.Second || a.Seconds <= 0 || a.Score <= 0 {
		t.Errorf("%v after the begin, for %g s, %g above the threshold", at, a.Seconds, a.Score)
	}
	img, err := jpeg.Decode(bytes.NewReader(a.JPEG))
	if err != nil || img.Bounds().Dx() != 352 {
		t.Fatalf("%v, %v", img, err)
	}
	reds := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r > 0xA000 && g < 0x6000 && b < 0x6000 {
				reds++
			}
		}
	}
	if reds < 100 {
		t.Errorf("%d red pixels are no outline", reds)
	}
	less := look(bundles[1]).result
	if less.OldAlarms() != 1 || less.NewAlarms() != 0 || less.Count(compare.OnlyOld) != 1 {
		t.Errorf("a bundle that is nearly blind: %+v", less.Alarms)
	}
}
