package front

import (
	"testing"

	"avid/models/bundle"
	"avid/models/nets"
)

const h, w = 24, 32

// scene is a ground with a texture, nothing before it, and a score everywhere.
func scene() (p Picture, score []float32, mask []byte) {
	n := h * w
	p = Picture{Grey: make([]byte, n), Ground: make([]float32, n), Error: make([]float32, n), Alpha: make([]float32, n)}
	score, mask = make([]float32, n), make([]byte, n)
	for i := range n {
		p.Ground[i] = float32(100+i*7%40) / 255
		p.Alpha[i], score[i], mask[i] = 8./255, float32(i%5), 255
	}
	return p, score, mask
}

// put has the picture be light of the ground plus a constant at a pixel.
func put(p Picture, i int, light, add float32) {
	v := byte(light*p.Ground[i]*255 + add + 0.5)
	p.Grey[i] = v
	p.Error[i] = p.Ground[i] - float32(v)/255
	if p.Error[i] < 0 {
		p.Error[i] = -p.Error[i]
	}
}

// block is whether a pixel lies in rows and columns from a to b.
func block(i, a, b int) bool { return i/w >= a && i/w < b && i%w >= a && i%w < b }

// trimmed says of a scene, drawn by light and add for each pixel, which pixels go.
func trimmed(shadow *bundle.Shadow, draw func(i int) (light, add float32)) (out []bool, highest, most float32) {
	p, score, mask := scene()
	for i := range p.Grey {
		light, add := draw(i)
		put(p, i, light, add)
	}
	highest = New(h, w).Trim(p, shadow, score, mask)
	out, most = make([]bool, h*w), nets.Outside
	for i := range out {
		out[i] = score[i] <= nets.Outside
		if out[i] != (mask[i] == 0) {
			panic("mask and scores differ")
		}
		most = max(most, score[i])
	}
	return out, highest, most
}

func TestTrim(t *testing.T) {
	usual := &bundle.Shadow{Low: 0.55, High: 0.65}
	thing := func(int) (float32, float32) { return 0, 40 } // even, but without the ground's texture
	for name, c := range map[string]struct {
		shadow *bundle.Shadow
		inside func(i int) (light, add float32)
		gone   bool
	}{
		"the ground":                {usual, func(int) (float32, float32) { return 1, 0 }, true},
		"the ground, no shadows":    {nil, func(int) (float32, float32) { return 1, 0 }, true},
		"a shadow":                  {usual, func(int) (float32, float32) { return 0.6, 0 }, true},
		"a shadow of another place": {usual, func(int) (float32, float32) { return 0.4, 0 }, false},
		"a shadow where none are":   {nil, func(int) (float32, float32) { return 0.6, 0 }, false},
		"something black":           {usual, func(int) (float32, float32) { return 0, 10 }, false},
		"something light":           {usual, func(int) (float32, float32) { return 1, 60 }, false},
		"something of many tones":   {usual, func(i int) (float32, float32) { return 0.45 + 0.1*float32(i%4), 0 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			out, highest, most := trimmed(c.shadow, func(i int) (float32, float32) {
				if block(i, 8, 16) {
					return c.inside(i)
				}
				return thing(i)
			})
			if highest != most {
				t.Errorf("highest %g, left %g", highest, most)
			}
			for i, gone := range out {
				switch {
				case block(i, 8, 16) && gone != c.gone:
					t.Fatalf("pixel %d, %d inside: gone %v", i%w, i/w, gone)
				case !block(i, 8, 16) && gone:
					t.Fatalf("pixel %d, %d of the thing is gone", i%w, i/w)
				}
			}
		})
	}
}

// TestTrimEdge: the soft edge of a shadow goes with it, a narrow gap stays and holds the
// thing together.
func TestTrimEdge(t *testing.T) {
	out, _, _ := trimmed(&bundle.Shadow{Low: 0.55, High: 0.65}, func(i int) (float32, float32) {
		switch y, x := i/w, i%w; {
		case y < 8 && x < 16:
			return 0.6, 0
		case y < 8 && x == 16:
			return 0.8, 0
		case y > 16 && x > 20 && x < 23:
			return 1, 0
		}
		return 0, 30
	})
	for i, gone := range out {
		if want := i/w < 8 && i%w <= 16; gone != want {
			t.Errorf("pixel %d, %d: gone %v", i%w, i/w, gone)
		}
	}
	p, score, mask := scene()
	trimmer := New(h, w)
	if n := testing.AllocsPerRun(10, func() { trimmer.Trim(p, &bundle.Shadow{Low: 0.5, High: 0.6}, score, mask) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestShadows: of walkers of many tones whose shadows have one, that one is found; of
// walkers alone none is.
func TestShadows(t *testing.T) {
	for _, shadows := range []bool{true, false} {
		s := NewShadows(h, w)
		for k := range 60 {
			p, _, _ := scene()
			tone := 0.12 + 0.78*float32(k%20)/20
			for i := range p.Grey {
				switch {
				case block(i, 2, 8):
					put(p, i, tone, 0)
				case shadows && block(i, 9, 16):
					put(p, i, 0.6, 0)
				default:
					put(p, i, 1, 0)
				}
			}
			s.Add(p)
		}
		got := s.Measured()
		if !shadows && got != nil {
			t.Errorf("%+v of a place without shadows", *got)
		}
		if shadows && (got == nil || got.Low < 0.53 || got.Low > 0.57 || got.High < 0.63 || got.High > 0.67) {
			t.Errorf("%+v, want about 0.55 to 0.65", got)
		}
	}
	if NewShadows(h, w).Measured() != nil {
		t.Error("shadows of nothing")
	}
}

func BenchmarkTrim(b *testing.B) {
	const h, w = 128, 192
	n := h * w
	p := Picture{Grey: make([]byte, n), Ground: make([]float32, n), Error: make([]float32, n), Alpha: make([]float32, n)}
	first, score, mask := make([]float32, n), make([]float32, n), make([]byte, n)
	for i := range n {
		p.Ground[i], p.Alpha[i], first[i] = 0.5, 0.02, nets.Outside
		p.Grey[i] = 127
		if y, x := i/w, i%w; x%48 < 12 && y%64 < 24 { // as much of a busy street as stands before the ground
			put(p, i, 0.6, 0)
			first[i] = 1
		}
	}
	t := New(h, w)
	b.ReportAllocs()
	for b.Loop() {
		copy(score, first)
		t.Trim(p, &bundle.Shadow{Low: 0.55, High: 0.65}, score, mask)
	}
}
