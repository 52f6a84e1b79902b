package overlay

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	lumas "avid/models/luma"
	"avid/runtime/pixel"
)

// blank is a picture of random bytes, with some padding in its rows; the bits
// that a component does not use are zero.
func blank(f pixel.Format, w, h int) *Picture {
	p := &Picture{Info: pixel.Info{Format: f, Width: w, Height: h, Range: rangeOf(f)}}
	rng := rand.New(rand.NewPCG(uint64(f), uint64(w)))
	for _, c := range slices.Backward(f.Components()) { // where they share a plane, chroma's rows are the longer ones
		pw, ph := w, h
		if c.XSub > 0 {
			pw = (w + 1) / 2
		}
		if c.YSub > 0 {
			ph = (h + 1) / 2
		}
		row := pw * c.Stride
		if p.Strides[c.Plane] >= row {
			continue
		}
		p.Strides[c.Plane] = row + 5
		p.Planes[c.Plane] = make([]byte, p.Strides[c.Plane]*(ph-1)+row)
		for k := range p.Planes[c.Plane] {
			p.Planes[c.Plane][k] = byte(rng.Uint32())
		}
	}
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		for y := 0; l.deep && y < l.h; y++ {
			row := l.row(y, 0, l.w)
			for k := 0; k < len(row); k += 2 {
				v := binary.LittleEndian.Uint16(row[k:]) & 1023
				binary.LittleEndian.PutUint16(row[k:], v<<l.shift)
			}
		}
	}
	return p
}

// rangeOf is a range for the pictures of a format: every second one is not the
// usual one, so that both are tried with each model.
func rangeOf(f pixel.Format) lumas.Range {
	return []lumas.Range{lumas.Stored, lumas.Full, lumas.Limited}[f%3]
}

// value is component i of a pixel's bytes.
func (l *layer) value(p []byte, i int) int {
	if l.deep {
		return int(binary.LittleEndian.Uint16(p[2*i:])) >> l.shift
	}
	return int(p[i])
}

// components is how many there are in a pixel's bytes.
func (l *layer) components() int {
	if l.deep {
		return l.size / 2
	}
	return l.size
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

func abs(v int) int { return max(v, -v) }

// covered is the definition of soften and scan: the mask under a 3×3 binomial filter, 5/8
// at least where it is set, at the centres of model pixels, linear between, minus a half.
func covered(m []byte, mh, mw, y, x, h, w int) float64 {
	axis := func(i, n, m int) (int, int, float64) {
		p := max(0, min((float64(i)+0.5)*float64(m)/float64(n)-0.5, float64(m-1)))
		a := int(p)
		return a, min(a+1, m-1), p - float64(a)
	}
	y0, y1, fy := axis(y, h, mh)
	x0, x1, fx := axis(x, w, mw)
	v := func(y, x int) float64 {
		sum := 0.0
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if m[min(max(y+dy, 0), mh-1)*mw+min(max(x+dx, 0), mw-1)] != 0 {
					sum += float64((2-abs(dy))*(2-abs(dx))) / 16
				}
			}
		}
		if m[y*mw+x] != 0 {
			sum = max(sum, 5./8)
		}
		return sum
	}
	return (v(y0, x0)*(1-fx)+v(y0, x1)*fx)*(1-fy) + (v(y1, x0)*(1-fx)+v(y1, x1)*fx)*fy - 0.5
}

func TestScanAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		mh, mw, h, w := 1+rng.IntN(9), 1+rng.IntN(9), 1+rng.IntN(60), 1+rng.IntN(60)
		m := randomMask(rng, mh, mw)
		d := New(mh, mw)
		if !d.soften(m) {
			continue
		}
		l := &layer{w: w, h: h, size: 1}
		for y := range h {
			row := make([]bool, w)
			end := -1
			for _, s := range d.scan(l, y, nil) {
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
		p := blank(pixel.GRAY8, w, h)
		p.Range = lumas.Full
		clear(p.Planes[0])
		d := New(mh, mw)
		if err := d.Draw(p, &Input{Mask: m}, style); err != nil {
			t.Fatal(err)
		}
		inside := make([]bool, w*h)
		if d.soften(m) {
			for y := range h {
				for _, s := range d.scan(&layer{w: w, h: h, size: 1}, y, nil) {
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
	for _, f := range pixel.All() {
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

// at is the bytes of the pixel of each layer that shows (y, x).
func at(p *Picture, y, x int) (out [3][]byte) {
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		ly, lx := y, x
		if l.yHalf {
			ly /= 2
		}
		if l.xHalf {
			lx /= 2
		}
		out[i] = l.row(ly, lx, lx+1)
	}
	return out
}

// TestTint draws half a red over the left half of each kind of picture.
func TestTint(t *testing.T) {
	const any = -1 // what stays
	type colour = [3][]int
	limited, full := colour{{81}, {90}, {240}}, colour{{76}, {85}, {255}} // Y, U and V by hand
	deep := colour{{326}, {361}, {960}}
	red := map[pixel.Format]colour{
		pixel.I420: limited, pixel.YV12: limited, pixel.Y42B: limited, pixel.Y444: limited,
		pixel.NV12: {{81}, {90, 240}}, pixel.NV21: {{81}, {240, 90}},
		pixel.YUY2: {{81, any}, {any, 90, any, 240}}, pixel.YVYU: {{81, any}, {any, 240, any, 90}},
		pixel.UYVY: {{any, 81}, {90, any, 240, any}}, pixel.VYUY: {{any, 81}, {240, any, 90, any}},
		pixel.GRAY8: {{76}},
		pixel.RGB:   {{255, 0, 0}}, pixel.BGR: {{0, 0, 255}}, pixel.RGBx: {{255, 0, 0, any}}, pixel.RGBA: {{255, 0, 0, any}},
		pixel.BGRx: {{0, 0, 255, any}}, pixel.BGRA: {{0, 0, 255, any}},
		pixel.P010: {{326}, {361, 960}}, pixel.I420Deep: deep, pixel.I422Deep: deep, pixel.Y444Deep: deep,
	}
	ranges := map[string]pixel.Info{}
	for _, f := range pixel.All() {
		if red[f][0] == nil {
			t.Fatalf("%v has no colour in this test", f)
		}
		ranges[f.String()] = pixel.Info{Format: f, Range: lumas.Stored}
	}
	ranges["full I420"] = pixel.Info{Format: pixel.I420, Range: lumas.Full}
	ranges["limited RGB"] = pixel.Info{Format: pixel.RGB, Range: lumas.Limited}
	m := make([]byte, 4*8)
	for i := range m {
		if i%8 < 4 {
			m[i] = 255
		}
	}
	for name, info := range ranges {
		want := red[info.Format]
		switch name {
		case "full I420":
			want = full
		case "limited RGB":
			want = colour{{235, 16, 16}}
		}
		for _, w := range []int{64, 77} {
			p := blank(info.Format, w, 48)
			p.Range = info.Range
			before := copyOf(p)
			if err := New(4, 8).Draw(p, &Input{Mask: m}, Style{Flags: Mask, Color: 0x80ff0000, Opacity: 0.996}); err != nil {
				t.Fatal(err)
			}
			var layers [3]layer
			p.layers(&layers)
			for y := range 48 {
				for x := range w {
					got, old := at(p, y, x), at(before, y, x)
					for i := range got {
						l := &layers[i]
						for c := 0; got[i] != nil && c < l.components(); c++ {
							v := l.value(old[i], c)
							if keeps := want[i][c] == any; !keeps && x < w/2-2 {
								v = (v*128 + want[i][c]*128 + 128) / 256
							} else if keeps || x < w/2+2 {
								continue // what another layer draws, and the edge
							}
							if l.value(got[i], c) != v {
								t.Fatalf("%s (%d, %d) layer %d component %d: %d, want %d", name, y, x, i, c, l.value(got[i], c), v)
							}
						}
					}
				}
			}
			checkPadding(t, p, before)
		}
	}
}

// TestAlphaStays: what is neither brightness nor colour is left alone.
func TestAlphaStays(t *testing.T) {
	m := []byte{255, 255, 255, 255}
	for _, f := range []pixel.Format{pixel.RGBx, pixel.BGRx, pixel.RGBA, pixel.BGRA} {
		p := blank(f, 33, 20)
		before := copyOf(p)
		style := Style{Flags: Mask | Heat | Outline | Score, Color: 0xff00ff00, Opacity: 1}
		if err := New(2, 2).Draw(p, &Input{Mask: m, Heat: m, Score: 1}, style); err != nil {
			t.Fatal(err)
		}
		for y := range 20 {
			for x := range 33 {
				if got, old := at(p, y, x)[0][3], at(before, y, x)[0][3]; got != old {
					t.Fatalf("%v (%d, %d): %d, was %d", f, y, x, got, old)
				}
			}
		}
	}
}

// TestHalfPairs: a picture that is cut out of a larger one may begin and end
// within a pair of pixels that share their chroma. What lies outside stays.
func TestHalfPairs(t *testing.T) {
	for _, f := range []pixel.Format{pixel.YUY2, pixel.UYVY, pixel.YVYU, pixel.VYUY} {
		whole := blank(f, 8, 3)
		whole.Range = lumas.Limited
		before := copyOf(whole)
		cut := *whole
		cut.Format, cut.Width = f.Shifted(1), 7
		stride := whole.Strides[0]
		cut.Planes[0] = whole.Planes[0][2 : 2*stride+16]
		if err := New(1, 1).Draw(&cut, &Input{Mask: []byte{1}}, Style{Flags: Mask, Color: 0xffff0000, Opacity: 1}); err != nil {
			t.Fatal(err)
		}
		for y := range 3 {
			got, old := whole.Planes[0][y*stride:], before.Planes[0][y*stride:]
			if y < 2 && !bytes.Equal(got[16:stride], old[16:stride]) || !bytes.Equal(got[:2], old[:2]) {
				t.Errorf("%v: row %d changed outside", f, y)
			}
			c := f.Components()
			for x := 1; x < 8; x++ {
				if v := got[2*x+c[0].Offset]; v != 81 {
					t.Errorf("%v: luma of (%d, %d) is %d, want 81", f, y, x, v)
				}
				// The last column has a half of a pair alone, which keeps its chroma.
				u, v := got[x/2*4+c[1].Offset], got[x/2*4+c[2].Offset]
				if x > 1 && x < 6 && (u != 90 || v != 240) {
					t.Errorf("%v: chroma of (%d, %d) is %d and %d, want 90 and 240", f, y, x, u, v)
				}
			}
		}
	}
}

// checkPadding checks that what lies between rows was left alone.
func checkPadding(t *testing.T, p, before *Picture) {
	t.Helper()
	for i := range p.Planes {
		stride := p.Strides[i]
		for end := stride; stride > 0 && end < len(p.Planes[i]); end += stride {
			if !bytes.Equal(p.Planes[i][end-5:end], before.Planes[i][end-5:end]) {
				t.Fatalf("%v: padding of plane %d changed", p.Format, i)
			}
		}
	}
	var layers [3]layer
	for i := range p.layers(&layers) {
		l := &layers[i]
		for y := 0; l.deep && y < l.h; y++ {
			row := l.row(y, 0, l.w)
			for k := 0; k < len(row); k += 2 {
				if v := binary.LittleEndian.Uint16(row[k:]); v != v>>l.shift&1023<<l.shift {
					t.Fatalf("%v: layer %d, row %d, byte %d: %#x has other bits than a component", p.Format, i, y, k, v)
				}
			}
		}
	}
}
