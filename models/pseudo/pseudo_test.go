package pseudo_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

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
		if !bytes.Equal(s.Clean[pseudo.Frames-1], s.Pseudo[pseudo.Frames-1]) {
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
