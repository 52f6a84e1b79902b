package overlay

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"avid/runtime/pixel"
)

func TestDrawRefuses(t *testing.T) {
	ok := func() *Picture { return blank(pixel.NV12, 20, 10) }
	m := make([]byte, 6)
	for name, c := range map[string]struct {
		edit func(*Picture)
		in   Input
		want error
	}{
		"fits":           {func(*Picture) {}, Input{Mask: m, Heat: m}, nil},
		"no format":      {func(p *Picture) { p.Format = 0 }, Input{Mask: m, Heat: m}, ErrPicture},
		"unknown format": {func(p *Picture) { p.Format = 99 }, Input{Mask: m, Heat: m}, ErrPicture},
		"no width":       {func(p *Picture) { p.Width = 0 }, Input{Mask: m, Heat: m}, ErrPicture},
		"too high":       {func(p *Picture) { p.Height = MaxSide + 1 }, Input{Mask: m, Heat: m}, ErrPicture},
		"stride":         {func(p *Picture) { p.Strides[1] = 19 }, Input{Mask: m, Heat: m}, ErrPicture},
		"short plane":    {func(p *Picture) { p.Planes[1] = p.Planes[1][1:] }, Input{Mask: m, Heat: m}, ErrPicture},
		"mask":           {func(*Picture) {}, Input{Mask: m[1:], Heat: m}, ErrInput},
		"heat":           {func(*Picture) {}, Input{Mask: m}, ErrInput},
	} {
		p := ok()
		c.edit(p)
		if err := New(2, 3).Draw(p, &c.in, Style{Flags: Mask | Heat}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestEverySize draws everything on pictures down to one pixel, with masks
// larger and smaller than they are.
func TestEverySize(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, f := range pixel.All() {
		for range 60 {
			mh, mw, w, h := 1+rng.IntN(40), 1+rng.IntN(40), 1+rng.IntN(90), 1+rng.IntN(90)
			m := randomMask(rng, mh, mw)
			p := blank(f, w, h)
			before := copyOf(p)
			style := Style{Flags: Mask | Outline | Heat | Score, Color: rng.Uint32(), Opacity: rng.Float64()*3 - 1}
			if err := New(mh, mw).Draw(p, &Input{Mask: m, Heat: m, Score: rng.Float32()}, style); err != nil {
				t.Fatal(err)
			}
			checkPadding(t, p, before)
		}
	}
	if err := New(1, 1).Draw(blank(pixel.RGB, 9, 9), &Input{Mask: []byte{1}}, Style{Flags: Mask, Opacity: math.NaN()}); err != nil {
		t.Error(err)
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	m := randomMask(rng, 32, 48)
	for _, f := range pixel.All() {
		d, p := New(32, 48), blank(f, 640, 360)
		in := &Input{Mask: m, Heat: m, Score: 1}
		style := Style{Flags: Mask | Outline | Heat | Score, Color: 0xff00ff00, Opacity: 0.5}
		if err := d.Draw(p, in, style); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(2, func() { _ = d.Draw(p, in, style) }); n != 0 {
			t.Errorf("%v: %v allocations", f, n)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	m, heat := make([]byte, 128*192), make([]byte, 128*192)
	for y := 40; y < 70; y++ {
		for x := 60; x < 80; x++ {
			m[y*192+x], heat[y*192+x] = 255, 200
		}
	}
	for _, f := range []pixel.Format{pixel.I420, pixel.RGB, pixel.BGRx, pixel.P010} {
		for _, c := range []struct {
			name  string
			flags Flags
		}{{"mask", Mask}, {"mask+outline+score", Mask | Outline | Score}, {"heat", Heat}} {
			b.Run(fmt.Sprintf("%v/1920x1080/%s", f, c.name), func(b *testing.B) {
				d, p := New(128, 192), blank(f, 1920, 1080)
				in := &Input{Mask: m, Heat: heat, Score: 2}
				b.ReportAllocs()
				for b.Loop() {
					if err := d.Draw(p, in, Style{Flags: c.flags, Color: 0xffff3030, Opacity: 0.35}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
