package luma

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// layout is a format under test, with the value of a pixel and its black and
// white by the definition.
type layout struct {
	name         string
	f            Format
	value        func(p []byte) float64
	black, white float64
}

func layouts() []layout {
	one := func(at int) func([]byte) float64 { return func(p []byte) float64 { return float64(p[at]) } }
	rgb := func(r, g, b int, m Matrix) func([]byte) float64 {
		return func(p []byte) float64 {
			return (float64(m[0])*float64(p[r]) + float64(m[1])*float64(p[g]) + float64(m[2])*float64(p[b])) / 256
		}
	}
	word := func(unit float64) func([]byte) float64 {
		return func(p []byte) float64 { return (float64(p[0]) + 256*float64(p[1])) / unit }
	}
	return []layout{
		{"gray", Plane(), one(0), 0, 255},
		{"limited gray", Plane().In(Limited), one(0), 16, 235},
		{"luma at byte 1 of 2", Interleaved(2, 1), one(1), 0, 255},
		{"limited luma at byte 0 of 2", Interleaved(2, 0).In(Limited), one(0), 16, 235},
		{"10 bit", Deep(10, 0), word(1), 0, 1023},
		{"limited 10 bit", Deep(10, 0).In(Limited), word(1), 64, 940},
		{"10 bit above", Deep(10, 6), word(64), 0, 1023},
		{"limited 10 bit above", Deep(10, 6).In(Limited), word(64), 64, 940},
		{"RGB", RGB(3, 0, 1, 2, BT601), rgb(0, 1, 2, BT601), 0, 255},
		{"BGR", RGB(3, 2, 1, 0, BT709), rgb(2, 1, 0, BT709), 0, 255},
		{"RGBx", RGB(4, 0, 1, 2, BT601).In(Limited), rgb(0, 1, 2, BT601), 16, 235},
		{"BGRx", RGB(4, 2, 1, 0, BT2020), rgb(2, 1, 0, BT2020), 0, 255},
		{"xRGB", RGB(4, 1, 2, 3, BT601), rgb(1, 2, 3, BT601), 0, 255},
		{"RGB in 5 bytes", RGB(5, 4, 0, 2, BT709), rgb(4, 0, 2, BT709), 0, 255},
		{"RGB in 8 bytes", RGB(8, 7, 5, 3, BT601), rgb(7, 5, 3, BT601), 0, 255},
		{"luma at byte 2 of 3", Interleaved(3, 2), one(2), 0, 255},
		{"luma at byte 3 of 4", Interleaved(4, 3), one(3), 0, 255},
	}
}

// ends are black and white of a range to scale to.
func (l layout) ends(to Range) (black, white float64) {
	if to == Limited || to == Stored && l.black > 0 {
		return 16, 235
	}
	return 0, 255
}

// weight is how much source pixel i counts in result pixel j, in floats and
// straight from the definition: overlap of areas, or tent.
func weight(i, j, src, dst int) float64 {
	r := float64(src) / float64(dst)
	if src >= dst {
		return max(0, min(float64(i+1), float64(j+1)*r)-max(float64(i), float64(j)*r)) / r
	}
	c := max(0, min((float64(j)+0.5)*r-0.5, float64(src-1)))
	return max(0, 1-math.Abs(c-float64(i)))
}

// slow is the picture before rounding, by the definition.
func slow(l layout, to Range, src []byte, stride, sw, sh, dw, dh int) []float64 {
	out := make([]float64, dw*dh)
	low, high := l.ends(to)
	for y := range dh {
		for x := range dw {
			v := 0.0
			for i := range sh {
				wy := weight(i, y, sh, dh)
				if wy == 0 {
					continue
				}
				for k := range sw {
					v += wy * weight(k, x, sw, dw) * l.value(src[i*stride+k*l.f.PixelStride:])
				}
			}
			out[y*dw+x] = max(0, min(low+(high-low)*(v-l.black)/(l.white-l.black), 255))
		}
	}
	return out
}

func TestScaleAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := [][4]int{ // source w, h, result w, h
		{1, 1, 1, 1}, {1, 1, 5, 4}, {8, 8, 8, 8}, {9, 7, 9, 7}, {16, 16, 8, 8}, {17, 13, 8, 5},
		{3, 40, 2, 3}, {40, 3, 3, 2}, {5, 5, 16, 16}, {7, 5, 20, 16}, {64, 4, 16, 16}, {4, 64, 16, 16},
		{31, 29, 30, 28}, {31, 29, 31, 10}, {31, 29, 10, 29}, {20, 1100, 16, 2}, {7, 600, 3, 1}, {35, 24, 19, 16},
	}
	for _, l := range layouts() {
		for _, z := range sizes {
			sw, sh, dw, dh := z[0], z[1], z[2], z[3]
			t.Run(fmt.Sprintf("%s %dx%d to %dx%d", l.name, sw, sh, dw, dh), func(t *testing.T) {
				row := sw * l.f.PixelStride
				stride := row + rng.IntN(5)
				src := make([]byte, stride*(sh-1)+row)
				for i := range src {
					src[i] = byte(rng.Uint32())
				}
				for to := Full; to <= Stored; to++ {
					s, err := NewScaler(l.f, to, sw, sh, dw, dh)
					if err != nil {
						t.Fatal(err)
					}
					dst := make([]byte, dw*dh+1)
					dst[dw*dh] = 77
					if err := s.Scale(dst, src, stride); err != nil {
						t.Fatal(err)
					}
					for i, want := range slow(l, to, src, stride, sw, sh, dw, dh) {
						if math.Abs(float64(dst[i])-want) > 0.5+1e-6 {
							t.Fatalf("range %q: pixel %d is %d, want %.4f", to, i, dst[i], want)
						}
					}
					if dst[dw*dh] != 77 {
						t.Error("it wrote behind the picture")
					}
				}
			})
		}
	}
}

// TestFlat holds that a flat picture stays exactly what it is where range and
// depth stay, black and white included, at sizes where the sums are largest.
func TestFlat(t *testing.T) {
	for _, l := range layouts() {
		for _, z := range [][4]int{{1920, 1080, 192, 128}, {353, 241, 192, 128}, {100, 60, 192, 128}, {16, MaxSide, 16, 16}} {
			row := z[0] * l.f.PixelStride
			src, dst := make([]byte, row*z[1]), make([]byte, z[2]*z[3])
			s, err := NewScaler(l.f, Stored, z[0], z[1], z[2], z[3])
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []byte{0, 1, 128, 255} {
				want := v
				for i := range src {
					src[i] = v
				}
				if l.white > 255 { // v·257 in words of 16 bits
					low, high := l.ends(Stored)
					want = byte(max(0, min(low+(high-low)*(l.value(src)-l.black)/(l.white-l.black), 255)) + 0.5)
				}
				if err := s.Scale(dst, src, row); err != nil {
					t.Fatal(err)
				}
				for i, got := range dst {
					if got != want {
						t.Fatalf("%s, %v: pixel %d is %d, want %d", l.name, z, i, got, want)
					}
				}
			}
		}
	}
}

// TestRanges maps black, white and what lies between and beyond from each range
// to each, as a standard's table would.
func TestRanges(t *testing.T) {
	full, limited := Plane(), Plane().In(Limited)
	for _, c := range []struct {
		name     string
		f        Format
		to       Range
		src, dst []byte
	}{
		{"full", full, Full, []byte{0, 16, 128, 235, 255}, []byte{0, 16, 128, 235, 255}},
		{"limited", limited, Limited, []byte{0, 16, 128, 235, 255}, []byte{0, 16, 128, 235, 255}},
		{"full as stored", full, Stored, []byte{0, 16, 128, 235, 255}, []byte{0, 16, 128, 235, 255}},
		{"limited as stored", limited, Stored, []byte{0, 16, 128, 235, 255}, []byte{0, 16, 128, 235, 255}},
		{"to limited", full, Limited, []byte{0, 1, 128, 254, 255}, []byte{16, 17, 126, 234, 235}},
		{"to full", limited, Full, []byte{0, 15, 16, 17, 126, 235, 236, 255}, []byte{0, 0, 0, 1, 128, 255, 255, 255}},
		{"10 bit", Deep(10, 0).In(Limited), Limited, []byte{64, 0, 172, 3, 255, 3}, []byte{16, 235, 255}},
		{"10 bit to full", Deep(10, 0).In(Limited), Full, []byte{64, 0, 172, 3, 255, 3}, []byte{0, 255, 255}},
		{"P010", Deep(10, 6).In(Limited), Limited, []byte{0, 16, 0, 235, 192, 255}, []byte{16, 235, 255}},
		{"converted", full.Between(16, 235), Full, []byte{16, 126, 235}, []byte{0, 128, 255}},
		{"converted, to limited", full.Between(0, 253), Limited, []byte{0, 253}, []byte{16, 235}},
		{"converted, as stored", full.Between(16, 235), Stored, []byte{0, 16, 235}, []byte{0, 16, 235}},
		{"RGB to limited", RGB(3, 0, 1, 2, BT601), Limited, []byte{0, 0, 0, 255, 255, 255}, []byte{16, 235}},
	} {
		s, err := NewScaler(c.f, c.to, len(c.dst), 1, len(c.dst), 1)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(c.dst))
		if err := s.Scale(got, c.src, len(c.src)); err != nil || string(got) != string(c.dst) {
			t.Errorf("%s: %v becomes %v, want %v (%v)", c.name, c.src, got, c.dst, err)
		}
	}
}

func TestRangeNames(t *testing.T) {
	for name, want := range map[string]Range{"full": Full, "limited": Limited, "": Stored} {
		if got, err := ParseRange(name); err != nil || got != want || got.String() != name {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if _, err := ParseRange("narrow"); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if got := Range(9).String(); got != "range 9" {
		t.Error(got)
	}
}

func TestMatrices(t *testing.T) {
	for _, m := range []Matrix{BT601, BT709, BT2020, SMPTE240M, FCC} {
		if m[0]+m[1]+m[2] != weightSum {
			t.Errorf("%v sums to %d", m, m[0]+m[1]+m[2])
		}
	}
	for height, want := range map[int]Matrix{240: BT601, 576: BT601, 577: BT709, 2160: BT709} {
		if got := MatrixFor(height); got != want {
			t.Errorf("%d lines: %v", height, got)
		}
	}
}

// TestHandWorked is small enough to check by hand.
func TestHandWorked(t *testing.T) {
	for name, c := range map[string]struct {
		f              Format
		src            []byte
		sw, sh, dw, dh int
		want           []byte
	}{
		"mean of four":         {Plane(), []byte{10, 20, 30, 42}, 2, 2, 1, 1, []byte{26}}, // 25.5
		"thirds to halves":     {Plane(), []byte{0, 90, 240}, 3, 1, 2, 1, []byte{30, 190}},
		"growing, by quarters": {Plane(), []byte{0, 100}, 2, 1, 4, 1, []byte{0, 25, 75, 100}},
		"red green blue":       {RGB(3, 0, 1, 2, BT601), []byte{255, 0, 0, 0, 255, 0, 0, 0, 255}, 3, 1, 3, 1, []byte{77, 149, 29}},
		"blue first":           {RGB(4, 2, 1, 0, BT601), []byte{255, 0, 0, 9}, 1, 1, 1, 1, []byte{29}},
	} {
		s, err := NewScaler(c.f, Full, c.sw, c.sh, c.dw, c.dh)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(c.want))
		if err := s.Scale(got, c.src, c.sw*c.f.PixelStride); err != nil || string(got) != string(c.want) {
			t.Errorf("%s: %v, want %v (%v)", name, got, c.want, err)
		}
	}
}

func TestNewScalerRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		f    Format
		size [4]int
	}{
		"no pixel stride":    {Format{}, [4]int{8, 8, 8, 8}},
		"offset outside":     {RGB(3, 0, 1, 3, BT601), [4]int{8, 8, 8, 8}},
		"negative offset":    {RGB(3, -1, 1, 2, BT601), [4]int{8, 8, 8, 8}},
		"huge pixel":         {RGB(9, 0, 1, 2, BT601), [4]int{8, 8, 8, 8}},
		"weights":            {RGB(3, 0, 1, 2, Matrix{77, 150, 30}), [4]int{8, 8, 8, 8}},
		"17 bit":             {Deep(17, 0), [4]int{8, 8, 8, 8}},
		"7 bit":              {Deep(7, 0), [4]int{8, 8, 8, 8}},
		"no width":           {Plane(), [4]int{0, 8, 8, 8}},
		"no result":          {Plane(), [4]int{8, 8, 8, 0}},
		"source too wide":    {Plane(), [4]int{MaxSide + 1, 8, 8, 8}},
		"negative, all well": {Plane(), [4]int{-8, -8, 8, 8}},
	} {
		if _, err := NewScaler(c.f, Full, c.size[0], c.size[1], c.size[2], c.size[3]); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewScaler(Plane(), Stored+1, 8, 8, 8, 8); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

func TestScaleRefuses(t *testing.T) {
	s, err := NewScaler(RGB(3, 0, 1, 2, BT601), Full, 10, 4, 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dst, src, stride int
		want             error
	}{
		"just enough":      {10, 32*3 + 30, 32, nil},
		"short source":     {10, 32*3 + 29, 32, ErrBuffer},
		"short result":     {9, 32*3 + 30, 32, ErrBuffer},
		"stride below row": {10, 1000, 29, ErrBuffer},
		"negative stride":  {10, 1000, -30, ErrBuffer},
	} {
		if err := s.Scale(make([]byte, c.dst), make([]byte, c.src), c.stride); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestScaleAllocatesNothing(t *testing.T) {
	for _, l := range layouts() {
		s, err := NewScaler(l.f, Limited, 353, 241, 192, 128)
		if err != nil {
			t.Fatal(err)
		}
		src, dst := make([]byte, 353*241*l.f.PixelStride), make([]byte, 192*128)
		if n := testing.AllocsPerRun(3, func() { _ = s.Scale(dst, src, 353*l.f.PixelStride) }); n != 0 {
			t.Errorf("%s: %v allocations", l.name, n)
		}
	}
}

func BenchmarkScale(b *testing.B) {
	for _, c := range []struct {
		name   string
		f      Format
		sw, sh int
		dw, dh int
	}{
		{"gray/1920x1080/192x128", Plane(), 1920, 1080, 192, 128},
		{"gray/768x576/192x128", Plane(), 768, 576, 192, 128},
		{"gray/360x240/192x128", Plane(), 360, 240, 192, 128},
		{"gray/1920x1080/360x240", Plane(), 1920, 1080, 360, 240},
		{"gray/176x144/360x240", Plane(), 176, 144, 360, 240},
		{"rgb/1920x1080/192x128", RGB(3, 0, 1, 2, BT601), 1920, 1080, 192, 128},
		{"rgbx/1920x1080/192x128", RGB(4, 0, 1, 2, BT601), 1920, 1080, 192, 128},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := NewScaler(c.f, Full, c.sw, c.sh, c.dw, c.dh)
			if err != nil {
				b.Fatal(err)
			}
			src, dst := make([]byte, c.sw*c.sh*c.f.PixelStride), make([]byte, c.dw*c.dh)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Scale(dst, src, c.sw*c.f.PixelStride); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
