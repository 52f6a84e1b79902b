package mask

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"avid/models/bundle"
	"avid/runtime/verdict"
)

// draw makes a mask from rows of '#' and '.'.
func draw(rows ...string) (m []byte, h, w int) {
	for _, c := range []byte(strings.Join(rows, "")) {
		v := byte(0)
		if c == '#' {
			v = 255
		}
		m = append(m, v)
	}
	return m, len(rows), len(rows[0])
}

func TestLabel(t *testing.T) {
	for name, c := range map[string]struct {
		rows    []string
		minArea int
		want    []verdict.Box
	}{
		"empty": {[]string{"....", "...."}, 1, nil},
		"full":  {[]string{"###", "###"}, 1, []verdict.Box{box(0, 0, 3, 2, 6, 1)}},
		"corners touch": {[]string{
			"#..#",
			".##."}, 1, []verdict.Box{box(0, 0, 4, 2, 4, 1)}},
		"a gap of one": {[]string{
			"#.#",
			"#.#"}, 1, []verdict.Box{box(0, 0, 1, 2, 2, 1), box(2, 0, 1, 2, 2, 1)}},
		"joined below": {[]string{
			"#.#.#",
			"#.#.#",
			"#####"}, 1, []verdict.Box{box(0, 0, 5, 3, 11, 1)}},
		"comb joined late, from the right": {[]string{
			"..#.#",
			"#.#.#",
			"#.###",
			"##..."}, 1, []verdict.Box{box(0, 0, 5, 4, 11, 1)}},
		"ring and core": {[]string{
			"#####",
			"#...#",
			"#.#.#",
			"#...#",
			"#####"}, 1, []verdict.Box{box(0, 0, 5, 5, 16, 1), box(2, 2, 1, 1, 1, 1)}},
		"small parts left out": {[]string{
			"#....",
			"...##",
			"...##"}, 2, []verdict.Box{box(3, 1, 2, 2, 4, 1)}},
		"edges do not wrap": {[]string{
			"..#",
			"...",
			"#.."}, 1, []verdict.Box{box(2, 0, 1, 1, 1, 1), box(0, 2, 1, 1, 1, 1)}},
	} {
		var l Labeler
		m, h, w := draw(c.rows...)
		if got := l.Label(m, nil, h, w, c.minArea, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestLabelScores(t *testing.T) {
	m, h, w := draw(
		"##..#",
		"....#",
		"#....")
	heat := []byte{
		10, 51, 255, 0, 102,
		0, 0, 255, 0, 204,
		0, 0, 0, 0, 0}
	var l Labeler
	got := l.Label(m, heat, h, w, 1, nil)
	want := []float32{0.2, 0.8, 0}
	if len(got) != 3 {
		t.Fatal(got)
	}
	for i, b := range got {
		if b.Score != want[i] {
			t.Errorf("part %d: score %v, want %v", i, b.Score, want[i])
		}
	}
}

// flood is the slow reference: flood fill from each pixel in turn.
func flood(m []byte, h, w int) []verdict.Box {
	m = bytes.Clone(m)
	var out []verdict.Box
	for i := range m {
		if m[i] == 0 {
			continue
		}
		b := verdict.Box{X: w, Y: h, Score: 1}
		x1, y1 := 0, 0
		stack := []int{i}
		m[i] = 0
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := p%w, p/w
			b.X, b.Y, x1, y1 = min(b.X, x), min(b.Y, y), max(x1, x), max(y1, y)
			b.Area++
			for ny := max(0, y-1); ny <= min(h-1, y+1); ny++ {
				for nx := max(0, x-1); nx <= min(w-1, x+1); nx++ {
					if q := ny*w + nx; m[q] != 0 {
						m[q] = 0
						stack = append(stack, q)
					}
				}
			}
		}
		b.W, b.H = x1-b.X+1, y1-b.Y+1
		out = append(out, b)
	}
	return out
}

func TestLabelAgainstFlood(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var l Labeler
	var got []verdict.Box
	for range 300 {
		h, w := 1+rng.IntN(24), 1+rng.IntN(24)
		m := make([]byte, h*w)
		full := rng.Float64()
		for i := range m {
			if rng.Float64() < full {
				m[i] = 255
			}
		}
		got = l.Label(m, nil, h, w, 0, got)
		if want := flood(m, h, w); !slices.Equal(got, want) {
			t.Fatalf("%d×%d: %v, want %v", h, w, got, want)
		}
	}
}

func TestLabelAllocatesNothing(t *testing.T) {
	const h, w = 64, 96
	m := make([]byte, h*w)
	for i := range m {
		m[i] = byte(i%3) * byte(i/w%2)
	}
	var l Labeler
	boxes := l.Label(m, m, h, w, 1, nil)
	if n := testing.AllocsPerRun(10, func() { boxes = l.Label(m, m, h, w, 1, boxes) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		sw, sh, dw, dh := 1+rng.IntN(20), 1+rng.IntN(20), 1+rng.IntN(60), 1+rng.IntN(60)
		src := make([]byte, sw*sh)
		for i := range src {
			src[i] = byte(255 * rng.IntN(2))
		}
		stride := dw + rng.IntN(4)
		dst := bytes.Repeat([]byte{7}, stride*dh)
		Scale(dst, dw, dh, stride, src, sw, sh)
		for y := range dh {
			for x := range stride {
				want := byte(7)
				if x < dw {
					sx := int((float64(x) + 0.5) * float64(sw) / float64(dw))
					sy := int((float64(y) + 0.5) * float64(sh) / float64(dh))
					want = src[sy*sw+sx]
				}
				if got := dst[y*stride+x]; got != want {
					t.Fatalf("%d×%d to %d×%d: (%d, %d) is %d, want %d", sw, sh, dw, dh, x, y, got, want)
				}
			}
		}
	}
}

// TestBoxScale holds that a scaled box bounds what Scale paints of it.
func TestBoxScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var l Labeler
	for range 300 {
		sw, sh, dw, dh := 2+rng.IntN(20), 2+rng.IntN(20), 1+rng.IntN(60), 1+rng.IntN(60)
		b := verdict.Box{X: rng.IntN(sw), Y: rng.IntN(sh), Score: 0.5}
		b.W, b.H = 1+rng.IntN(sw-b.X), 1+rng.IntN(sh-b.Y)
		b.Area = b.W * b.H
		src, dst := make([]byte, sw*sh), make([]byte, dw*dh)
		for y := range b.H {
			for x := range b.W {
				src[(b.Y+y)*sw+b.X+x] = 255
			}
		}
		Scale(dst, dw, dh, dw, src, sw, sh)
		got := b.Scale(sw, sh, dw, dh)
		if got.X < 0 || got.Y < 0 || got.W < 1 || got.H < 1 || got.X+got.W > dw || got.Y+got.H > dh || got.Area < 1 || got.Score != 0.5 {
			t.Fatalf("%v in %d×%d to %d×%d: %v", b, sw, sh, dw, dh, got)
		}
		if parts := l.Label(dst, nil, dh, dw, 1, nil); len(parts) > 0 {
			p := parts[0]
			if p.X != got.X || p.Y != got.Y || p.W != got.W || p.H != got.H {
				t.Fatalf("%v in %d×%d to %d×%d: %v, painted %v", b, sw, sh, dw, dh, got, p)
			}
		}
	}
	if got, want := (box(10, 20, 5, 6, 30, 1)).Scale(100, 100, 1000, 200), (box(100, 40, 50, 12, 600, 1)); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOutline(t *testing.T) {
	m, h, w := draw(
		"......",
		".####.",
		".#####",
		".#####",
		"..####")
	want, _, _ := draw(
		"......",
		".####.",
		".#...#",
		".#...#",
		"..####")
	got := bytes.Repeat([]byte{9}, h*w)
	if Outline(got, m, h, w); !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnd(t *testing.T) {
	// Two regions of 3 pixels beside each other on a 3×6 picture, centres 1
	// and 4.
	r := bundle.Regions{Stride: 3, Rows: 1, Cols: 2, Center: 1, Box: 2}
	nan := float32(math.NaN())
	pixels := []float32{
		.1, .2, .3, .4, .5, .6,
		.6, .5, .4, .3, .2, .1,
		nan, 1, 0, 0, 1, nan}
	for name, c := range map[string]struct {
		alpha, scores, zeta []float32
		want                []string
	}{
		"both, at the thresholds": {[]float32{.5}, []float32{.5, .5}, []float32{.5}, []string{"....##", "##....", ".#..#."}},
		"left only":               {[]float32{.5}, []float32{.4, .6}, []float32{.5}, []string{"......", "##....", ".#...."}},
		"right by its own ζ":      {[]float32{.5}, []float32{.4, .6}, []float32{.3, .7}, []string{"....##", "......", "....#."}},
		"no region":               {[]float32{0}, []float32{1, 1}, []float32{.5}, []string{"......", "......", "......"}},
		"no number":               {[]float32{0}, []float32{nan, 0}, []float32{.5}, []string{"...###", "...###", "...##."}},
	} {
		want, h, w := draw(c.want...)
		got := make([]byte, h*w)
		if And(got, pixels, c.alpha, c.scores, c.zeta, r, h, w); !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestAndPlacesBoxes compares the definition with bundle.Regions.Span.
func TestAndPlacesBoxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const h, w = 24, 36
	pixels, got := make([]float32, h*w), make([]byte, h*w)
	alpha := make([]float32, h*w)
	for _, r := range []bundle.Regions{
		{Stride: 8, Rows: 3, Cols: 4, Center: 3.5, Box: 15}, {Stride: 5, Rows: 4, Cols: 6, Center: 4, Box: 5},
		{Stride: 5, Rows: 4, Cols: 6, Center: 4.5, Box: 6}, {Stride: 16, Rows: 1, Cols: 2, Center: 12, Box: 50},
	} {
		scores := make([]float32, r.Rows*r.Cols)
		for i := range scores {
			scores[i] = rng.Float32()
		}
		want := make([]byte, h*w)
		for i := range want {
			pixels[i], alpha[i] = rng.Float32(), rng.Float32()
		}
		for k := range r.Rows {
			for l := range r.Cols {
				if scores[k*r.Cols+l] > 0.4 {
					continue
				}
				y0, y1 := r.Span(k, h)
				x0, x1 := r.Span(l, w)
				for y := y0; y < y1; y++ {
					for x := x0; x < x1; x++ {
						if i := y*w + x; pixels[i] >= alpha[i] {
							want[i] = 255
						}
					}
				}
			}
		}
		if And(got, pixels, alpha, scores, []float32{0.4}, r, h, w); !bytes.Equal(got, want) {
			t.Errorf("%+v: masks differ", r)
		}
	}
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"label":   func() { new(Labeler).Label(make([]byte, 3), nil, 2, 2, 1, nil) },
		"heat":    func() { new(Labeler).Label(make([]byte, 4), make([]byte, 3), 2, 2, 1, nil) },
		"scale":   func() { Scale(make([]byte, 3), 2, 2, 2, make([]byte, 4), 2, 2) },
		"stride":  func() { Scale(make([]byte, 9), 2, 2, 1, make([]byte, 4), 2, 2) },
		"outline": func() { Outline(make([]byte, 3), make([]byte, 4), 2, 2) },
		"and":     func() { And(make([]byte, 4), nil, nil, nil, nil, bundle.Regions{}, 2, 2) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkLabel(b *testing.B) {
	const h, w = 128, 192
	m := make([]byte, h*w)
	for y := 40; y < 90; y++ {
		for x := 60; x < 100; x++ {
			m[y*w+x] = 255
		}
	}
	var l Labeler
	var boxes []verdict.Box
	b.ReportAllocs()
	for b.Loop() {
		boxes = l.Label(m, m, h, w, 4, boxes)
	}
}

func box(x, y, w, h, area int, score float32) verdict.Box {
	return verdict.Box{X: x, Y: y, W: w, H: h, Area: area, Score: score}
}
