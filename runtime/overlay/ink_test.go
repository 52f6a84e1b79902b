package overlay

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// TestBlend compares the eight bytes at a time with one by one.
func TestBlend(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, channels := range [][]channel{{luma}, {chromaU, chromaV}, {red, green, blue}, {blue, green, red, keep}, {keep, red, green, blue}} {
		l := &layer{size: len(channels)}
		copy(l.channels[:], channels)
		for n := range 40 {
			for _, alpha := range []float64{0, 0.003, 0.3, 0.5, 0.999, 1} {
				var c color
				for i := range c {
					c[i] = byte(rng.Uint32())
				}
				row := make([]byte, n*l.size)
				for i := range row {
					row[i] = byte(rng.Uint32())
				}
				old := bytes.Clone(row)
				k := newInk(l, c, alpha)
				k.blend(row)
				a := int(math.Round(alpha * 256))
				for i, got := range row {
					want := old[i]
					if ch := channels[i%l.size]; ch != keep {
						want = byte((int(want)*(256-a) + int(c[ch])*a + 128) / 256)
					}
					if got != want {
						t.Fatalf("%v, %d pixels, alpha %v: byte %d is %d, want %d", channels, n, alpha, i, got, want)
					}
				}
			}
		}
	}
}

func TestColor(t *testing.T) {
	for name, c := range map[string]struct {
		argb    uint32
		height  int
		y, u, v uint8
		gray    uint8
	}{
		"black":         {0xff000000, 480, 16, 128, 128, 0},
		"white":         {0x00ffffff, 480, 235, 128, 128, 255},
		"red, BT.601":   {0xffff0000, 576, 81, 90, 240, 76},
		"green, BT.601": {0xff00ff00, 576, 145, 54, 34, 150},
		"blue, BT.601":  {0xff0000ff, 576, 41, 240, 110, 29},
		"red, BT.709":   {0xffff0000, 720, 63, 102, 240, 76},
		"green, BT.709": {0xff00ff00, 1080, 173, 42, 26, 150},
		"blue, BT.709":  {0xff0000ff, 1080, 32, 240, 118, 29},
	} {
		got := (&Picture{Height: c.height}).color(c.argb)
		if got[luma] != c.y || got[chromaU] != c.u || got[chromaV] != c.v || got[gray] != c.gray || got[red] != uint8(c.argb>>16) {
			t.Errorf("%s: %v, want Y %d U %d V %d, gray %d", name, got, c.y, c.u, c.v, c.gray)
		}
	}
}

// TestRampIsMonotone holds that more heat is lighter, for those who do not
// see its colours too.
func TestRampIsMonotone(t *testing.T) {
	p, last := &Picture{Height: 480}, -1
	for v := range 256 {
		y := int(p.color(heatColor(v))[gray])
		if y < last {
			t.Errorf("heat %d has luma %d after %d", v, y, last)
		}
		last = y
	}
	if last < 200 {
		t.Errorf("the hottest has luma %d", last)
	}
}

func TestNumber(t *testing.T) {
	inf := float32(math.Inf(1))
	for v, want := range map[float32]string{
		0: "  0.0", 1.25: "  1.3", -1.25: " -1.3", 12.34: " 12.3", -12.34: "-12.3", 99.9: " 99.9",
		1e9: " 99.9", -1e9: "-99.9", inf: " 99.9", -inf: "-99.9", -0.04: "  0.0", 9.96: " 10.0",
	} {
		if got := string(number(nil, v)); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	if got := string(number(nil, float32(math.NaN()))); got != "   --" {
		t.Errorf("%q", got)
	}
}

// TestGauge reads the bar back: its length and colour.
func TestGauge(t *testing.T) {
	for _, c := range []struct {
		score float32
		full  int // pixels of the bar
		hot   bool
	}{{-100, 0, false}, {1, 20, true}, {0.99, 20, false}, {100, barW, true}, {float32(math.NaN()), 0, false}} {
		p := blank(RGB, 200, 100)
		clear(p.Planes[0])
		if err := New(1, 1).Draw(p, &Input{Score: c.score, Threshold: 1}, Style{Flags: Score, Color: 0xffff0000}); err != nil {
			t.Fatal(err)
		}
		x0, y := 4+textChars*(glyphW+1)+2*pad, 4+pad+2
		n, tick := 0, 0
		for x := x0; x < x0+barW; x++ {
			px := p.Planes[0][y*p.Strides[0]+3*x:][:3]
			switch {
			case px[0] == 255 && px[1] == 255:
				tick++
			case px[0] == 255 && px[1] == 0 && c.hot, px[0] == 0x9f && px[1] == 0xc5 && !c.hot:
				n++
			}
		}
		if full := n + min(tick, max(0, n-barW/2)); tick != 1 || full != c.full {
			t.Errorf("score %v: bar of %d pixels, want %d, ticks %d", c.score, full, c.full, tick)
		}
	}
}
