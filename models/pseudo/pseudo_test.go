package pseudo_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"avid/models/average"
	"avid/models/pseudo"
)

const h, w = 64, 96

// walk is a clip in which a bright square moves one pixel a frame.
func walk(frames int) pseudo.Clip {
	var c pseudo.Clip
	for t := range frames {
		f := bytes.Repeat([]byte{60}, h*w)
		for y := 20; y < 40; y++ {
			for x := range 12 {
				f[y*w+(t+x)%w] = 200
			}
		}
		c = append(c, f)
	}
	return c
}

func generator() pseudo.Generator {
	return pseudo.Generator{H: h, W: w, Clips: []pseudo.Clip{walk(40), walk(7)}, MinSpeed: 1, MaxSpeed: 4, PasteShare: 0.45, SkipShare: 0.45}
}

func changed(s *pseudo.Sample) int {
	n := 0
	for i := range s.Clean {
		for k := range s.Clean[i] {
			if s.Clean[i][k] != s.Pseudo[i][k] {
				n++
			}
		}
	}
	return n
}

func TestKinds(t *testing.T) {
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(1, 1))
	count := map[pseudo.Kind]int{}
	for range 400 {
		g.Draw(rng, s)
		count[s.Kind]++
		switch n := changed(s); {
		case s.Kind == pseudo.Clean && n != 0:
			t.Fatalf("a clean sample differs in %d pixels", n)
		case s.Kind == pseudo.Skip && n == 0:
			t.Fatal("time runs faster and nothing differs")
		case s.Kind == pseudo.Paste && n > 6*h*w/2:
			t.Fatalf("a paste changed %d pixels", n)
		}
	}
	if count[pseudo.Paste] < 140 || count[pseudo.Skip] < 100 || count[pseudo.Clean] < 20 || count[pseudo.Shape] != 0 {
		t.Errorf("kinds %v", count)
	}
	g.Shapes = true
	marked := 0
	for range 50 {
		g.Draw(rng, s)
		if s.Kind != pseudo.Shape {
			t.Fatalf("kind %v", s.Kind)
		}
		if changed(s) > 0 {
			marked++
		}
	}
	if marked < 40 {
		t.Errorf("only %d of 50 shapes can be seen", marked)
	}
}

// TestSkipEndsAlike: a skipped window ends in the same frame, so that its clean
// target shows the same moment.
func TestSkipEndsAlike(t *testing.T) {
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(2, 1))
	g.PasteShare, g.SkipShare = 0, 1
	for range 50 {
		g.Draw(rng, s)
		if !bytes.Equal(s.Clean[average.Frames-1], s.Pseudo[average.Frames-1]) {
			t.Fatal("the last frames differ")
		}
	}
}

func TestSameSeedSameSamples(t *testing.T) {
	g, a, b := generator(), pseudo.NewSample(h, w), pseudo.NewSample(h, w)
	ra, rb := rand.New(rand.NewPCG(5, 5)), rand.New(rand.NewPCG(5, 5))
	for range 20 {
		g.Draw(ra, a)
		g.Draw(rb, b)
		if a.Kind != b.Kind || !bytes.Equal(bytes.Join(a.Pseudo[:], nil), bytes.Join(b.Pseudo[:], nil)) {
			t.Fatal("samples differ")
		}
	}
}

// TestSourceStaysClean: drawing must not write into the footage.
func TestSourceStaysClean(t *testing.T) {
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(6, 1))
	before := bytes.Join(g.Clips[0], nil)
	for range 100 {
		g.Draw(rng, s)
	}
	if !bytes.Equal(before, bytes.Join(g.Clips[0], nil)) {
		t.Error("the footage changed")
	}
}

// TestStill: the six frames of a picture that stands alone are equal, its
// irregularities are pieces of other pictures from the same place, and it is
// never mirrored.
func TestStill(t *testing.T) {
	flat := func(grey byte) pseudo.Clip {
		var c pseudo.Clip
		f := bytes.Repeat([]byte{grey}, h*w)
		for y := range h {
			f[y*w] = 255 // a left edge that a mirror image would have on the right
		}
		for range average.Frames {
			c = append(c, f)
		}
		return c
	}
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(3, 1))
	g.Still, g.MinSide, g.MaxSide = true, 6, 16
	g.Clips = []pseudo.Clip{flat(10), flat(200)}
	g.PasteShare, g.SkipShare = 0.5, 0
	pasted := 0
	for range 60 {
		g.Draw(rng, s)
		for i := range s.Pseudo {
			if !bytes.Equal(s.Pseudo[i], s.Pseudo[0]) || !bytes.Equal(s.Clean[i], s.Clean[0]) {
				t.Fatal("a picture that stands still moves")
			}
		}
		if s.Clean[0][0] != 255 || s.Clean[0][w-1] == 255 {
			t.Fatal("a picture was mirrored")
		}
		n := changed(s) / average.Frames
		switch {
		case s.Kind == pseudo.Clean && n != 0:
			t.Fatalf("a clean picture differs in %d pixels", n)
		case n > h*w/2:
			t.Fatalf("%d of %d pixels were changed, want about a quarter at most", n, h*w)
		case n > 0:
			pasted++
		}
	}
	if pasted < 15 {
		t.Errorf("%d of 60 pictures are irregular, want about half", pasted)
	}
}

// TestTip: a cell that lies on its side holds the same pixels, its rows as columns.
func TestTip(t *testing.T) {
	const n = 16
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(9, 1))
	stripes := make([]byte, h*w) // each cell: its rows are 10, 20, 30 …
	for i := range stripes {
		stripes[i] = byte(10 * (1 + i/w%n))
	}
	g.Still, g.Cell, g.MinSide, g.MaxSide, g.PasteShare = true, n, 6, 16, 1
	g.Clips = []pseudo.Clip{{stripes, stripes, stripes, stripes, stripes, stripes}}
	tipped := 0
	for range 20 {
		g.Draw(rng, s)
		for top := 0; top < h; top += n {
			for left := 0; left < w; left += n {
				whole := true // not so where a patch lies on it
				for y := range n {
					row := s.Pseudo[0][(top+y)*w+left : (top+y)*w+left+n]
					for k, v := range row[:n-1] {
						d := int(row[k+1]) - int(v)
						whole = whole && (d == 10 || d == -10)
					}
				}
				if whole {
					tipped++
				}
			}
		}
	}
	if tipped < 20 {
		t.Errorf("%d cells tipped over in 20 pictures", tipped)
	}
}

// TestStillTurned: the irregularities to choose by come from the picture itself.
func TestStillTurned(t *testing.T) {
	g, s, rng := generator(), pseudo.NewSample(h, w), rand.New(rand.NewPCG(4, 1))
	ramp := make([]byte, h*w)
	for i := range ramp {
		ramp[i] = byte(100 + i/w)
	}
	g.Still, g.Shapes, g.MinSide, g.MaxSide = true, true, 6, 16
	g.Clips = []pseudo.Clip{{ramp, ramp, ramp, ramp, ramp, ramp}}
	g.Draw(rng, s)
	if s.Kind != pseudo.Shape || changed(s) == 0 {
		t.Fatalf("kind %v, %d values changed", s.Kind, changed(s))
	}
	for i, v := range s.Pseudo[0] {
		if d := int(v) - int(ramp[i]); d > 17 || d < -17 {
			t.Fatalf("pixel %d went from %d to %d: that is not a turned piece of at most 16 rows", i, ramp[i], v)
		}
	}
}
