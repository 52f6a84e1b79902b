package outline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// picture reads rows of # and others as a mask.
func picture(rows ...string) (mask []byte, h, w int) {
	for _, row := range rows {
		for _, c := range row {
			v := byte(0)
			if c == '#' {
				v = 255
			}
			mask = append(mask, v)
		}
	}
	return mask, len(rows), len(rows[0])
}

// fill paints what closed polygons enclose by the even-odd rule, at the
// pixels' centres: a slow reference.
func fill(rings [][]Point, h, w int) []byte {
	out := make([]byte, h*w)
	for y := range h {
		for x := range w {
			cx, cy := float64(x)+0.5, float64(y)+0.5
			for _, ring := range rings {
				for i, a := range ring {
					b := ring[(i+1)%len(ring)]
					if (float64(a.Y) > cy) == (float64(b.Y) > cy) {
						continue
					}
					if cx < float64(a.X)+(cy-float64(a.Y))*float64(b.X-a.X)/float64(b.Y-a.Y) {
						out[y*w+x] ^= 255
					}
				}
			}
		}
	}
	return out
}

func clone(rings [][]Point) (out [][]Point) {
	for _, r := range rings {
		out = append(out, slices.Clone(r))
	}
	return out
}

func TestTrace(t *testing.T) {
	for name, c := range map[string]struct {
		rows []string
		want [][]Point
	}{
		"nothing": {[]string{"...", "..."}, nil},
		"a pixel keeps its square": {[]string{"...", ".#.", "..."},
			[][]Point{{{1, 1}, {2, 1}, {2, 2}, {1, 2}}}},
		"the whole picture": {[]string{"####", "####", "####"},
			[][]Point{{{0, 0}, {4, 0}, {4, 3}, {0, 3}}}},
		"a hole runs the other way": {[]string{"######", "######", "##..##", "##..##", "######", "######"},
			[][]Point{{{0, 0}, {6, 0}, {6, 6}, {0, 6}}, {{2, 2}, {2, 4}, {4, 4}, {4, 2}}}},
		"two parts": {[]string{"##..##", "##..##"},
			[][]Point{{{0, 0}, {2, 0}, {2, 2}, {0, 2}}, {{4, 0}, {6, 0}, {6, 2}, {4, 2}}}},
	} {
		mask, h, w := picture(c.rows...)
		got := sorted(clone(new(Tracer).Trace(mask, h, w, 1000)))
		if fmt.Sprint(got) != fmt.Sprint(sorted(c.want)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// sorted begins each ring at its least corner.
func sorted(rings [][]Point) [][]Point {
	for i, r := range rings {
		least := 0
		for k, p := range r {
			if p.Y < r[least].Y || p.Y == r[least].Y && p.X < r[least].X {
				least = k
			}
		}
		rings[i] = append(slices.Clone(r[least:]), r[:least]...)
	}
	return rings
}

// TestCornersConnect: parts that touch at a corner are one, as they are to the
// boxes.
func TestCornersConnect(t *testing.T) {
	mask, h, w := picture("##..", "##..", "..##", "..##")
	if got := new(Tracer).Trace(mask, h, w, 100); len(got) != 1 {
		t.Errorf("%d outlines: %v", len(got), got)
	}
}

// TestFollowIsExact: before they are simplified, outlines enclose just what is
// set.
func TestFollowIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var tr Tracer
	for range 300 {
		h, w := 1+random.IntN(12), 1+random.IntN(12)
		mask := make([]byte, h*w)
		for i := range mask {
			if random.IntN(100) < 55 {
				mask[i] = 255
			}
		}
		tr.h, tr.w, tr.mask = h, w, mask
		tr.follow()
		var rings [][]Point
		begin, area, set := 0, 0, 0
		for _, end := range tr.ends {
			rings = append(rings, tr.raw[begin:end])
			area += doubleArea(tr.raw[begin:end])
			begin = end
		}
		for _, v := range mask {
			set += int(v / 255)
		}
		if got := fill(rings, h, w); !slices.Equal(got, mask) || area != 2*set {
			t.Fatalf("%d×%d %v: %v, area %d/2", h, w, mask, rings, area)
		}
	}
}

// TestSimplifiedStaysWithinAPixel: a disc's staircase becomes few corners, and
// what it encloses changes only along the border.
func TestSimplifiedStaysWithinAPixel(t *testing.T) {
	const side, radius = 60, 22
	mask := make([]byte, side*side)
	for y := range side {
		for x := range side {
			if (x-30)*(x-30)+(y-30)*(y-30) <= radius*radius {
				mask[y*side+x] = 1
			}
		}
	}
	rings := new(Tracer).Trace(mask, side, side, 1000)
	if len(rings) != 1 || len(rings[0]) > 40 || len(rings[0]) < 8 {
		t.Fatalf("a disc has %d outlines with %d corners", len(rings), len(rings[0]))
	}
	for i, v := range fill(rings, side, side) {
		x, y := i%side-30, i/side-30
		if d := x*x + y*y; (v != 0) != (mask[i] != 0) && (d < (radius-2)*(radius-2) || d > (radius+2)*(radius+2)) {
			t.Errorf("pixel %d,%d is wrong, far from the border", x, y)
		}
	}
}

func TestLimit(t *testing.T) {
	// A comb with teeth of five pixels, and dust.
	rows := make([]string, 40)
	for y := range rows {
		rows[y] = strings.Repeat("#####.....", 8)
		if y < 5 {
			rows[y] = strings.Repeat("#", 80)
		}
	}
	mask, h, w := picture(rows...)
	var tr Tracer
	for _, limit := range []int{1000, 20, 8, 4, 0} {
		n := 0
		for _, r := range tr.Trace(mask, h, w, limit) {
			n += len(r)
		}
		if n > limit || limit >= 20 && n == 0 {
			t.Errorf("%d corners, limit %d", n, limit)
		}
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct{ in, want Point }{
		{Point{0, 0}, Point{0, 0}}, {Point{120, 80}, Point{640, 480}}, {Point{60, 40}, Point{320, 240}},
	} {
		if got := c.in.Scale(120, 80, 640, 480); got != c.want {
			t.Errorf("%v: %v, want %v", c.in, got, c.want)
		}
	}
}

func TestWrongSizePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	new(Tracer).Trace(make([]byte, 5), 2, 3, 10)
}

func TestTraceAllocatesNothing(t *testing.T) {
	mask, h, w := picture("######", "#....#", "#.##.#", "######")
	var tr Tracer
	tr.Trace(mask, h, w, 100)
	if n := testing.AllocsPerRun(50, func() { tr.Trace(mask, h, w, 100) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzTrace: any mask gives closed polygons inside the picture, within the
// limit.
func FuzzTrace(f *testing.F) {
	f.Add([]byte{1, 0, 1, 0, 1, 1, 0, 0, 1}, uint8(3), uint8(12))
	f.Fuzz(func(t *testing.T, mask []byte, width, limit uint8) {
		w := max(int(width), 1)
		h := len(mask) / w
		n := 0
		for _, ring := range new(Tracer).Trace(mask[:h*w], h, w, int(limit)) {
			n += len(ring)
			if len(ring) < 3 {
				t.Fatalf("a polygon of %v", ring)
			}
			for _, p := range ring {
				if p.X < 0 || p.Y < 0 || p.X > w || p.Y > h {
					t.Fatalf("%v is outside of %d×%d", p, w, h)
				}
			}
		}
		if n > int(limit) {
			t.Fatalf("%d corners, limit %d", n, limit)
		}
	})
}

func BenchmarkTrace(b *testing.B) {
	const h, w = 240, 360
	mask := make([]byte, h*w)
	random := rand.New(rand.NewPCG(3, 4))
	for range 6 { // six walkers
		x0, y0 := random.IntN(w-20), random.IntN(h-40)
		for y := range 40 {
			for x := range 20 {
				if (x-10)*(x-10)*16+(y-20)*(y-20)*4 < 1600 {
					mask[(y0+y)*w+x0+x] = 255
				}
			}
		}
	}
	var tr Tracer
	b.ReportAllocs()
	for b.Loop() {
		tr.Trace(mask, h, w, 512)
	}
}
