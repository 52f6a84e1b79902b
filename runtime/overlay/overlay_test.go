package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// blank is a picture of random bytes, with some padding in its rows.
func blank(f Format, w, h int) *Picture {
	p := &Picture{Format: f, Width: w, Height: h}
	rng := rand.New(rand.NewPCG(uint64(f), uint64(w)))
	for i, size := range layoutOf(f).sizes {
		if size == 0 {
			break
		}
		pw, ph := w, h
		if i > 0 {
			pw, ph = (w+1)/2, (h+1)/2
		}
		p.Strides[i] = pw*size + 5
		p.Planes[i] = make([]byte, p.Strides[i]*(ph-1)+pw*size)
		for k := range p.Planes[i] {
			p.Planes[i][k] = byte(rng.Uint32())
		}
	}
	return p
}

// copyOf is a deep copy.
func copyOf(p *Picture) *Picture {
	c := *p
	for i := range c.Planes {
		c.Planes[i] = bytes.Clone(c.Planes[i])
	}
	return &c
}

// same tells whether two pictures have the same bytes.
func same(a, b *Picture) bool {
	for i := range a.Planes {
		if !bytes.Equal(a.Planes[i], b.Planes[i]) {
			return false
		}
	}
	return true
}

// randomMask is a mask of blobs: random and smoothed by majority.
func randomMask(rng *rand.Rand, h, w int) []byte {
	m := make([]byte, h*w)
	full := rng.Float64()
	for i := range m {
		if rng.Float64() < full {
			m[i] = 255
		}
	}
	return m
}

// covered is the definition of scan: the mask as 0 and 1 at the centres of
// model pixels, linear between, minus a half.
func covered(m []byte, mh, mw, y, x, h, w int) float64 {
	axis := func(i, n, m int) (int, int, float64) {
		p := max(0, min((float64(i)+0.5)*float64(m)/float64(n)-0.5, float64(m-1)))
		a := int(p)
		return a, min(a+1, m-1), p - float64(a)
	}
	y0, y1, fy := axis(y, h, mh)
	x0, x1, fx := axis(x, w, mw)
	v := func(y, x int) float64 {
		if m[y*mw+x] != 0 {
			return 1
		}
		return 0
	}
	return (v(y0, x0)*(1-fx)+v(y0, x1)*fx)*(1-fy) + (v(y1, x0)*(1-fx)+v(y1, x1)*fx)*fy - 0.5
}

func TestScanAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		mh, mw, h, w := 1+rng.IntN(9), 1+rng.IntN(9), 1+rng.IntN(60), 1+rng.IntN(60)
		m := randomMask(rng, mh, mw)
		d := New(mh, mw)
		if !d.measure(m) {
			continue
		}
		l := &layer{w: w, h: h, size: 1}
		for y := range h {
			row := make([]bool, w)
			end := -1
			for _, s := range d.scan(l, m, y, nil) {
				if s.lo <= end || s.lo >= s.hi || s.hi > w {
					t.Fatalf("span %v of %d pixels after %d", s, w, end)
				}
				end = s.hi
				for x := s.lo; x < s.hi; x++ {
					row[x] = true
				}
			}
			for x := range w {
				// The fixed point is 1/256 wide, so what is nearer is a tie.
				if v := covered(m, mh, mw, y, x, h, w); math.Abs(v) > 0.01 && row[x] != (v > 0) {
					t.Fatalf("%d×%d on %d×%d, (%d, %d): %v, want %.3f above 0", mh, mw, h, w, y, x, row[x], v)
				}
			}
		}
	}
}

func TestOutlineAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	style := Style{Flags: Outline, Color: 0xffffffff}
	for range 60 {
		mh, mw, w := 1+rng.IntN(9), 1+rng.IntN(9), 1+rng.IntN(80)
		h := []int{40, 97, 600, 1080}[rng.IntN(4)]
		m := randomMask(rng, mh, mw)
		p := blank(GRAY8, w, h)
		clear(p.Planes[0])
		d := New(mh, mw)
		if err := d.Draw(p, &Input{Mask: m}, style); err != nil {
			t.Fatal(err)
		}
		inside := make([]bool, w*h)
		if d.measure(m) {
			for y := range h {
				for _, s := range d.scan(&layer{w: w, h: h, size: 1}, m, y, nil) {
					for x := s.lo; x < s.hi; x++ {
						inside[y*w+x] = true
					}
				}
			}
		}
		in := func(y, x int) bool { return y >= 0 && y < h && x >= 0 && x < w && inside[y*w+x] }
		thick := (h + 180) / 360
		thick = max(thick, 1)
		for y := range h {
			for x := range w {
				border := false
				for k := 1; k <= thick; k++ {
					border = border || !in(y-k, x) || !in(y+k, x) || !in(y, x-k) || !in(y, x+k)
				}
				want := in(y, x) && border
				if got := p.Planes[0][y*p.Strides[0]+x] == 255; got != want {
					t.Fatalf("%d×%d mask, %d×%d picture, (%d, %d): %v, want %v", mh, mw, h, w, y, x, got, want)
				}
			}
		}
	}
}

func TestNothingChangesWithoutIrregularity(t *testing.T) {
	d := New(12, 16)
	for f := I420; f <= BGRA; f++ {
		for _, size := range [][2]int{{1, 1}, {33, 21}, {176, 144}} {
			p := blank(f, size[0], size[1])
			before := copyOf(p)
			for _, in := range []*Input{{Mask: make([]byte, 12*16), Score: -1}, {Mask: make([]byte, 12*16), Score: 5}} {
				if err := d.Draw(p, in, Style{Flags: Mask | Outline, Color: 0xffff0000, Opacity: 1}); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Draw(p, &Input{}, Style{}); err != nil {
				t.Fatal(err)
			}
			if !same(p, before) {
				t.Errorf("%v %v: bytes changed", f, size)
			}
		}
	}
}

// at is the bytes of the pixel of each plane that shows (y, x).
func at(p *Picture, y, x int) (out [3][]byte) {
	var layers [3]layer
	for i := range p.layers(&layers) {
		if l := &layers[i]; l.half {
			out[i] = l.row(y/2, x/2, x/2+1)
		} else {
			out[i] = l.row(y, x, x+1)
		}
	}
	return out
}

// TestTint draws half a red over the left half of each kind of picture.
func TestTint(t *testing.T) {
	red := map[Format][3][]byte{ // the colour, by hand; 7 stays
		I420: {{81}, {90}, {240}}, YV12: {{81}, {240}, {90}}, NV12: {{81}, {90, 240}}, GRAY8: {{76}},
		RGB: {{255, 0, 0}}, BGR: {{0, 0, 255}}, RGBx: {{255, 0, 0, 7}}, RGBA: {{255, 0, 0, 7}},
		BGRx: {{0, 0, 255, 7}}, BGRA: {{0, 0, 255, 7}},
	}
	m := make([]byte, 4*8)
	for i := range m {
		if i%8 < 4 {
			m[i] = 255
		}
	}
	for f, want := range red {
		for _, w := range []int{64, 77} {
			p := blank(f, w, 48)
			before := copyOf(p)
			if err := New(4, 8).Draw(p, &Input{Mask: m}, Style{Flags: Mask, Color: 0x80ff0000, Opacity: 0.996}); err != nil {
				t.Fatal(err)
			}
			for y := range 48 {
				for x := range w {
					got, old := at(p, y, x), at(before, y, x)
					for i := range got {
						for c := range got[i] {
							v := int(old[i][c])
							if keeps := f >= RGBx && c == 3; !keeps && x < w/2-2 {
								v = (v*128 + int(want[i][c])*128 + 128) / 256
							} else if !keeps && x < w/2+2 {
								continue // the edge
							}
							if int(got[i][c]) != v {
								t.Fatalf("%v (%d, %d) plane %d byte %d: %d, want %d", f, y, x, i, c, got[i][c], v)
							}
						}
					}
				}
			}
			checkPadding(t, p, before)
		}
	}
}

// checkPadding checks that what lies between rows was left alone.
func checkPadding(t *testing.T, p, before *Picture) {
	t.Helper()
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		for y := range l.h - 1 {
			lo, hi := y*l.stride+l.w*l.size, (y+1)*l.stride
			if !bytes.Equal(p.Planes[i][lo:hi], before.Planes[i][lo:hi]) {
				t.Fatalf("%v: padding of plane %d changed", p.Format, i)
			}
		}
	}
}

func TestHeatAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for f := I420; f <= BGRA; f++ {
		mh, mw, w, h := 1+rng.IntN(8), 1+rng.IntN(8), 1+rng.IntN(70), 1+rng.IntN(70)
		heat := make([]byte, mh*mw)
		for i := range heat {
			heat[i] = byte(rng.Uint32())
		}
		p := blank(f, w, h)
		before := copyOf(p)
		if err := New(mh, mw).Draw(p, &Input{Heat: heat}, Style{Flags: Heat, Opacity: 0.5}); err != nil {
			t.Fatal(err)
		}
		var layers, old [3]layer
		before.layers(&old)
		for i := range p.layers(&layers) {
			l := &layers[i]
			for y := range l.h {
				for x := range l.w {
					v := bilinear(heat, mh, mw, y, x, l.h, l.w)
					c := p.color(heatColor(int(v)))
					a := 0.5 * max(0, math.Floor(v)-coolest) / (255 - coolest)
					for b, ch := range l.channels[:l.size] {
						want := float64(old[i].row(y, x, x+1)[b])
						if ch != keep {
							want = want*(1-a) + float64(c[ch])*a
						}
						if got := float64(l.row(y, x, x+1)[b]); math.Abs(got-want) > 3 {
							t.Fatalf("%v plane %d (%d, %d) byte %d: %v, want %.1f (heat %.2f)", f, i, y, x, b, got, want, v)
						}
					}
				}
			}
		}
		checkPadding(t, p, before)
	}
}

// bilinear is heat at a pixel.
func bilinear(m []byte, mh, mw, y, x, h, w int) float64 {
	axis := func(i, n, m int) (int, int, float64) {
		p := max(0, min((float64(i)+0.5)*float64(m)/float64(n)-0.5, float64(m-1)))
		return int(p), min(int(p)+1, m-1), p - math.Floor(p)
	}
	y0, y1, fy := axis(y, h, mh)
	x0, x1, fx := axis(x, w, mw)
	v := func(y, x int) float64 { return float64(m[y*mw+x]) }
	return (v(y0, x0)*(1-fx)+v(y0, x1)*fx)*(1-fy) + (v(y1, x0)*(1-fx)+v(y1, x1)*fx)*fy
}

func TestDrawRefuses(t *testing.T) {
	ok := func() *Picture { return blank(NV12, 20, 10) }
	m := make([]byte, 6)
	for name, c := range map[string]struct {
		edit func(*Picture)
		in   Input
		want error
	}{
		"fits":           {func(*Picture) {}, Input{Mask: m, Heat: m}, nil},
		"no format":      {func(p *Picture) { p.Format = 0 }, Input{Mask: m, Heat: m}, ErrPicture},
		"unknown format": {func(p *Picture) { p.Format = BGRA + 1 }, Input{Mask: m, Heat: m}, ErrPicture},
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
	for f := I420; f <= BGRA; f++ {
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
	if err := New(1, 1).Draw(blank(RGB, 9, 9), &Input{Mask: []byte{1}}, Style{Flags: Mask, Opacity: math.NaN()}); err != nil {
		t.Error(err)
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	m := randomMask(rng, 32, 48)
	for f := I420; f <= BGRA; f++ {
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

func TestFormatNames(t *testing.T) {
	for f := I420; f <= BGRA; f++ {
		if got, err := ParseFormat(f.String()); err != nil || got != f {
			t.Errorf("%v: %v, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("P010_10LE"); !errors.Is(err, ErrPicture) {
		t.Error(err)
	}
	if got := fmt.Sprint(Format(99)); got != "format 99" {
		t.Error(got)
	}
}

func BenchmarkDraw(b *testing.B) {
	m, heat := make([]byte, 128*192), make([]byte, 128*192)
	for y := 40; y < 70; y++ {
		for x := 60; x < 80; x++ {
			m[y*192+x], heat[y*192+x] = 255, 200
		}
	}
	for _, f := range []Format{I420, RGB, BGRx} {
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
