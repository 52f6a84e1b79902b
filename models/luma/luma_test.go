package luma

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// layout is a format under test.
type layout struct {
	name string
	f    Format
}

func layouts() []layout {
	return []layout{
		{"gray", Plane()},
		{"luma at byte 1 of 2", Format{PixelStride: 2, R: 1, G: 0, B: 0}},
		{"RGB", RGB(3, 0, 1, 2)},
		{"BGR", RGB(3, 2, 1, 0)},
		{"RGBx", RGB(4, 0, 1, 2)},
		{"BGRx", RGB(4, 2, 1, 0)},
	}
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
func slow(f Format, src []byte, stride, sw, sh, dw, dh int) []float64 {
	out := make([]float64, dw*dh)
	for y := range dh {
		for x := range dw {
			for i := range sh {
				wy := weight(i, y, sh, dh)
				if wy == 0 {
					continue
				}
				for k := range sw {
					p := src[i*stride+k*f.PixelStride:]
					v := float64(p[f.R])
					if f.Packed {
						v = (weightR*float64(p[f.R]) + weightG*float64(p[f.G]) + weightB*float64(p[f.B])) / weightSum
					}
					out[y*dw+x] += wy * weight(k, x, sw, dw) * v
				}
			}
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
				s, err := NewScaler(l.f, sw, sh, dw, dh)
				if err != nil {
					t.Fatal(err)
				}
				dst := make([]byte, dw*dh+1)
				dst[dw*dh] = 77
				if err := s.Scale(dst, src, stride); err != nil {
					t.Fatal(err)
				}
				for i, want := range slow(l.f, src, stride, sw, sh, dw, dh) {
					if math.Abs(float64(dst[i])-want) > 0.5+1e-6 {
						t.Fatalf("pixel %d is %d, want %.4f", i, dst[i], want)
					}
				}
				if dst[dw*dh] != 77 {
					t.Error("it wrote behind the picture")
				}
			})
		}
	}
}

// TestFlat holds that a flat picture stays exactly what it is, black and
// white included, at sizes where the sums are largest.
func TestFlat(t *testing.T) {
	for _, l := range layouts() {
		for _, z := range [][4]int{{1920, 1080, 192, 128}, {353, 241, 192, 128}, {100, 60, 192, 128}, {16, MaxSide, 16, 16}} {
			row := z[0] * l.f.PixelStride
			src, dst := make([]byte, row*z[1]), make([]byte, z[2]*z[3])
			s, err := NewScaler(l.f, z[0], z[1], z[2], z[3])
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []byte{0, 1, 128, 255} {
				for i := range src {
					src[i] = v
				}
				if err := s.Scale(dst, src, row); err != nil {
					t.Fatal(err)
				}
				for i, got := range dst {
					if got != v {
						t.Fatalf("%s, %v: pixel %d is %d, want %d", l.name, z, i, got, v)
					}
				}
			}
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
		"red green blue":       {RGB(3, 0, 1, 2), []byte{255, 0, 0, 0, 255, 0, 0, 0, 255}, 3, 1, 3, 1, []byte{77, 149, 29}},
		"blue first":           {RGB(4, 2, 1, 0), []byte{255, 0, 0, 9}, 1, 1, 1, 1, []byte{29}},
	} {
		s, err := NewScaler(c.f, c.sw, c.sh, c.dw, c.dh)
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
		"offset outside":     {RGB(3, 0, 1, 3), [4]int{8, 8, 8, 8}},
		"negative offset":    {RGB(3, -1, 1, 2), [4]int{8, 8, 8, 8}},
		"huge pixel":         {RGB(9, 0, 1, 2), [4]int{8, 8, 8, 8}},
		"no width":           {Plane(), [4]int{0, 8, 8, 8}},
		"no result":          {Plane(), [4]int{8, 8, 8, 0}},
		"source too wide":    {Plane(), [4]int{MaxSide + 1, 8, 8, 8}},
		"negative, all well": {Plane(), [4]int{-8, -8, 8, 8}},
	} {
		if _, err := NewScaler(c.f, c.size[0], c.size[1], c.size[2], c.size[3]); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScaleRefuses(t *testing.T) {
	s, err := NewScaler(RGB(3, 0, 1, 2), 10, 4, 5, 2)
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
		s, err := NewScaler(l.f, 353, 241, 192, 128)
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
		{"rgb/1920x1080/192x128", RGB(3, 0, 1, 2), 1920, 1080, 192, 128},
		{"rgbx/1920x1080/192x128", RGB(4, 0, 1, 2), 1920, 1080, 192, 128},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := NewScaler(c.f, c.sw, c.sh, c.dw, c.dh)
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
