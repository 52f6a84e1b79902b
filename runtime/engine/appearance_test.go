package engine_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"avid/models/appearance"
	"avid/models/average"
	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/train"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// passing is footage of a place in which something passes all the time, painted by paint.
func passing(h, w, n int, paint func(y, x int) byte) train.Clip {
	c := train.Clip{Name: "passing"}
	for t := range n {
		f := make([]byte, h*w)
		for i := range f {
			f[i] = byte(60 + i%w)
		}
		for y := range 16 {
			for x := range 16 {
				f[(y+8)*w+(t+x)%w] = paint(y, x)
			}
		}
		c.Frames = append(c.Frames, f)
	}
	return c
}

func plain(int, int) byte { return 220 }

// checks is what moves just as plain does, and looks otherwise.
func checks(y, x int) byte { return byte(200 * ((y/4 + x/4) % 2)) }

// withLooks is a bundle with a detector of what looks out of place, learnt in a moment.
func withLooks(t *testing.T) *bundle.Bundle {
	t.Helper()
	weights, err := appearance.Read(filepath.Join("..", "..", "build", "lib", "efficientnet-lite0.pth"))
	if err != nil {
		t.Fatal(err)
	}
	c := train.DefaultConfig()
	c.Height, c.Width, c.Batch, c.Steps = 32, 48, 2, 1
	c.Inpainter.BaseWidth = 4
	b, err := train.Run(t.Context(), c, []train.Clip{passing(c.Height, c.Width, 240, plain)}, backend(t), train.Options{Features: weights})
	if err != nil {
		t.Fatal(err)
	}
	if b.Manifest.Appearance == nil {
		t.Fatal("the bundle has no detector of what looks out of place")
	}
	return b
}

// judge gives the verdicts of an engine of a clip, frame by frame.
func judge(t *testing.T, b *bundle.Bundle, clip train.Clip, by verdict.Thresholds) (all []verdict.Verdict) {
	t.Helper()
	e, err := engine.Open(t.Context(), b, options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i := average.Frames; i <= len(clip.Frames); i++ {
		v := e.NewVerdict()
		if err := e.Infer(context.Background(), slices.Concat(clip.Frames[i-average.Frames:i]...), by, v); err != nil {
			t.Fatal(err)
		}
		all = append(all, *v)
	}
	return all
}

// TestLooksOutOfPlace: what moves as usual and looks otherwise scores higher than what is
// usual, above the threshold, and is marked; nothing else changes, and nothing where
// a ζ is given, which is of the other detector.
func TestLooksOutOfPlace(t *testing.T) {
	b := withLooks(t)
	h, w := b.Manifest.Height, b.Manifest.Width
	without := *b
	without.Manifest.Appearance, without.Appearance, without.Memory = nil, nil, nil
	odd, usual := passing(h, w, 40, checks), passing(h, w, 40, plain)
	got, alone := judge(t, b, odd, verdict.Calibrated()), judge(t, &without, odd, verdict.Calibrated())
	ordinary := judge(t, b, usual, verdict.Calibrated())
	raised := 0
	for i, v := range got {
		if v.Threshold != alone[i].Threshold {
			t.Fatalf("frame %d: threshold %v, %v without", i, v.Threshold, alone[i].Threshold)
		}
		if !v.Irregular() || v.Score <= ordinary[i].Score {
			t.Errorf("frame %d: %v, the usual %v, threshold %v", i, v.Score, ordinary[i].Score, v.Threshold)
		}
		for k, s := range v.Pixel {
			if s < alone[i].Pixel[k] || (alone[i].Pixel[k] <= nets.Outside) != (s <= nets.Outside) {
				t.Fatalf("frame %d, pixel %d: %v, %v without", i, k, s, alone[i].Pixel[k])
			}
			if marked := v.Mask[k] == 255; marked != (s >= v.Threshold) {
				t.Fatalf("frame %d, pixel %d: %v, marked %v", i, k, s, marked)
			}
			if s > alone[i].Pixel[k] {
				raised++
			}
		}
		if v.Score != slices.Max(v.Pixel) {
			t.Errorf("frame %d: score %v, the highest pixel has %v", i, v.Score, slices.Max(v.Pixel))
		}
	}
	if raised == 0 {
		t.Error("no pixel is raised")
	}
	zeta := verdict.Thresholds{Alpha: -1, Zeta: 0.5}
	got, alone = judge(t, b, odd, zeta), judge(t, &without, odd, zeta)
	for i := range got {
		if got[i].Score != alone[i].Score {
			t.Errorf("frame %d with a ζ: %v, %v without", i, got[i].Score, alone[i].Score)
		}
	}
}

// TestLooksTogether: streams of one bundle have its networks in common, and judge as each
// would alone.
func TestLooksTogether(t *testing.T) {
	b := withLooks(t)
	h, w := b.Manifest.Height, b.Manifest.Width
	clips := []train.Clip{passing(h, w, 20, checks), passing(h, w, 20, plain)}
	want := [][]verdict.Verdict{judge(t, b, clips[0], verdict.Calibrated()), judge(t, b, clips[1], verdict.Calibrated())}
	if n := engine.OpenLooks(); n != 0 {
		t.Fatalf("%d networks are open though all streams are closed", n)
	}
	var engines []*engine.Engine
	for range clips {
		e, err := engine.Open(t.Context(), b, options(t))
		if err != nil {
			t.Fatal(err)
		}
		engines = append(engines, e)
	}
	if n := engine.OpenLooks(); n != 1 {
		t.Errorf("%d networks are open for two streams of one bundle", n)
	}
	for i := average.Frames; i <= len(clips[0].Frames); i++ {
		for k, e := range engines {
			v := e.NewVerdict()
			if err := e.Infer(t.Context(), slices.Concat(clips[k].Frames[i-average.Frames:i]...), verdict.Calibrated(), v); err != nil {
				t.Fatal(err)
			}
			if v.Score != want[k][i-average.Frames].Score {
				t.Errorf("stream %d, frame %d: %v, alone %v", k, i, v.Score, want[k][i-average.Frames].Score)
			}
		}
	}
	for k, e := range engines {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if n := engine.OpenLooks(); (n == 0) != (k == len(engines)-1) {
			t.Errorf("%d networks are open after %d of %d streams are closed", n, k+1, len(engines))
		}
	}
}

// TestLooksRefused: networks that are none that avid writes are refused when the bundle is
// opened.
func TestLooksRefused(t *testing.T) {
	b := withLooks(t)
	for name, change := range map[string]func(*bundle.Bundle){
		"no graph":       func(b *bundle.Bundle) { b.Appearance = []byte("x") },
		"another memory": func(b *bundle.Bundle) { b.Memory = b.Detector },
	} {
		c := *b
		change(&c)
		if e, err := engine.Open(t.Context(), &c, options(t)); err == nil {
			t.Errorf("%s: opened", name)
			_ = e.Close()
		}
	}
}
