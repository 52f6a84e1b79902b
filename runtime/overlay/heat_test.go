package overlay

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"avid/runtime/pixel"
)

// heatMap is a map of heat with what maps have: plains, slopes and noise.
func heatMap(rng *rand.Rand, h, w int) []byte {
	m := make([]byte, h*w)
	slope, fall, first := rng.Float64()*12, rng.Float64()*12, rng.Float64()*100
	for y := range h {
		for x := range w {
			v := first + slope*float64(x) + fall*float64(y)
			switch rng.IntN(12) {
			case 0:
				v = float64(rng.IntN(256))
			case 1:
				v = 0
			}
			if y%8 < 3 && x%8 < 6 {
				v = 180
			}
			m[y*w+x] = byte(min(v, 255))
		}
	}
	return m
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

// blended is what a component becomes at a level of heat, by the definition.
func blended(p *Picture, old int, ch channel, level int, opacity float64) int {
	alpha := int(256*opacity*float64(max(0, level-coolest))/(255-coolest) + 0.5)
	return (old*(256-alpha) + int(p.color(heatColor(level))[ch])*alpha + 128) / 256
}

// TestHeatAgainstDefinition: each component is what a level gives that is at most one
// and a third off the heat there, in pictures of all formats and of many sizes.
func TestHeatAgainstDefinition(t *testing.T) {
	const off = 4.0 / 3
	rng := rand.New(rand.NewPCG(3, 3))
	for _, f := range pixel.All() {
		t.Run(f.String(), func(t *testing.T) {
			kinds := map[kind]bool{}
			for range 12 {
				mh, mw, w, h := 1+rng.IntN(20), 1+rng.IntN(30), 1+rng.IntN(400), 1+rng.IntN(60)
				heat, opacity := heatMap(rng, mh, mw), rng.Float64()
				p := blank(f, w, h)
				before := copyOf(p)
				d := New(mh, mw)
				if err := d.Draw(p, &Input{Heat: heat}, Style{Flags: Heat, Opacity: opacity}); err != nil {
					t.Fatal(err)
				}
				for _, s := range d.strip.stretches {
					kinds[s.kind] = true
				}
				checkHeat(t, p, before, heat, mh, mw, opacity, off)
				checkPadding(t, p, before)
			}
			if len(kinds) < 3 {
				t.Errorf("the maps had %d kinds of stretches alone", len(kinds))
			}
		})
	}
}

// checkHeat compares a picture with what it was before, by the definition.
func checkHeat(t *testing.T, p, before *Picture, heat []byte, mh, mw int, opacity, off float64) {
	t.Helper()
	var layers, old [3]layer
	before.layers(&old)
	for i := range p.layers(&layers) {
		l := &layers[i]
		for y := range l.h {
			for x := range l.w {
				v := bilinear(heat, mh, mw, y, x, l.h, l.w)
				for b, ch := range l.channels[:l.components()] {
					if ch == keep && p.Format.Model() != pixel.Red {
						continue // another layer's
					}
					got, was := l.value(l.row(y, x, x+1), b), old[i].value(old[i].row(y, x, x+1), b)
					if ch == keep && got == was {
						continue // alpha
					}
					low, high := math.MaxInt, 0
					for level := max(0, int(math.Ceil(v-off))); ch != keep && level <= min(255, int(v+off)); level++ {
						want := blended(p, was, ch, level, opacity)
						low, high = min(low, want), max(high, want)
					}
					if got < low || got > high {
						t.Fatalf("%d×%d on %d×%d, layer %d (%d, %d) component %d: %d, want %d to %d (heat %.2f, was %d)",
							mh, mw, l.h, l.w, i, y, x, b, got, low, high, v, was)
					}
				}
			}
		}
	}
}

// TestHeatOfOneLevel is what the same level gives everywhere, to the byte, at the
// sizes and the greatest levels that the fixed point has to hold.
func TestHeatOfOneLevel(t *testing.T) {
	for _, f := range []pixel.Format{pixel.I420, pixel.RGB, pixel.BGRA, pixel.P010} {
		for _, level := range []byte{0, coolest, coolest + 3, 254, 255} {
			for _, size := range [][2]int{{1, 1}, {3840, 3}, {5, 700}, {MaxSide, 1}} {
				p := blank(f, size[0], size[1])
				before := copyOf(p)
				heat := make([]byte, 3*5)
				for i := range heat {
					heat[i] = level
				}
				if err := New(3, 5).Draw(p, &Input{Heat: heat}, Style{Flags: Heat, Opacity: 1}); err != nil {
					t.Fatal(err)
				}
				checkHeat(t, p, before, heat, 3, 5, 1, 0)
			}
		}
	}
}

// TestHeatFromEdgeToEdge goes from none to all between two pixels of the model, on
// rows as wide as there are.
func TestHeatFromEdgeToEdge(t *testing.T) {
	for _, f := range []pixel.Format{pixel.GRAY8, pixel.NV12, pixel.RGB, pixel.BGRx} {
		for _, heat := range [][]byte{{0, 255}, {255, 0}, {0, 255, 255, 0}} {
			h := len(heat) / 2
			t.Run(fmt.Sprintf("%v %v", f, heat), func(t *testing.T) {
				p := blank(f, MaxSide, 3)
				before := copyOf(p)
				if err := New(h, 2).Draw(p, &Input{Heat: heat}, Style{Flags: Heat, Opacity: 1}); err != nil {
					t.Fatal(err)
				}
				checkHeat(t, p, before, heat, h, 2, 1, 4.0/3)
			})
		}
	}
}
