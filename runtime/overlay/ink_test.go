package overlay

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	lumas "avid/models/luma"
	"avid/runtime/pixel"
)

// TestBlend compares the eight bytes at a time with one by one.
func TestBlend(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, channels := range [][]channel{{bright}, {bright, keep}, {chromaU, chromaV}, {keep, chromaU, keep, chromaV}, {red, green, blue}, {blue, green, red, keep}, {keep, red, green, blue}} {
		l := &layer{size: len(channels)}
		copy(l.channels[:], channels)
		for n := range 40 {
			for _, alpha := range []float64{0, 0.003, 0.3, 0.5, 0.999, 1} {
				var c color
				for i := range c {
					c[i] = uint16(rng.Uint32() & 255)
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

// TestBlendDeep compares blending of words with its definition.
func TestBlendDeep(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, shift := range []int{0, 6} {
		for _, channels := range [][]channel{{bright}, {chromaU, chromaV}} {
			l := &layer{size: 2 * len(channels), deep: true, shift: shift}
			copy(l.channels[:], channels)
			for _, alpha := range []float64{0, 0.003, 0.3, 0.5, 0.999, 1} {
				var c color
				for i := range c {
					c[i] = uint16(rng.Uint32() & 1023)
				}
				row := make([]byte, 7*l.size)
				old := make([]int, len(row)/2)
				for i := range old {
					old[i] = int(rng.Uint32() & 1023)
					binary.LittleEndian.PutUint16(row[2*i:], uint16(old[i]<<shift))
				}
				k := newInk(l, c, alpha)
				k.blend(row)
				a := int(math.Round(alpha * 256))
				for i := range old {
					want := (old[i]*(256-a) + int(c[channels[i%len(channels)]])*a + 128) / 256 << shift
					if got := int(binary.LittleEndian.Uint16(row[2*i:])); got != want {
						t.Fatalf("%v, shift %d, alpha %v: component %d is %d, want %d", channels, shift, alpha, i, got, want)
					}
				}
			}
		}
	}
}

func TestColor(t *testing.T) {
	const full, limited = lumas.Full, lumas.Limited
	for name, c := range map[string]struct {
		argb    uint32
		info    pixel.Info
		y, u, v uint16
	}{
		"black":               {0xff000000, pixel.Info{Format: pixel.I420, Height: 480, Range: limited}, 16, 128, 128},
		"white":               {0x00ffffff, pixel.Info{Format: pixel.I420, Height: 480, Range: limited}, 235, 128, 128},
		"red, BT.601":         {0xffff0000, pixel.Info{Format: pixel.I420, Height: 576, Range: limited}, 81, 90, 240},
		"green, BT.601":       {0xff00ff00, pixel.Info{Format: pixel.NV12, Height: 576, Range: limited}, 145, 54, 34},
		"blue, BT.601":        {0xff0000ff, pixel.Info{Format: pixel.YUY2, Height: 576, Range: limited}, 41, 240, 110},
		"red, BT.709":         {0xffff0000, pixel.Info{Format: pixel.I420, Height: 720, Range: limited}, 63, 102, 240},
		"green, BT.709":       {0xff00ff00, pixel.Info{Format: pixel.I420, Height: 1080, Range: limited}, 173, 42, 26},
		"blue, BT.709":        {0xff0000ff, pixel.Info{Format: pixel.I420, Height: 1080, Range: limited}, 32, 240, 118},
		"usual range":         {0xffffffff, pixel.Info{Format: pixel.I420, Height: 480, Range: lumas.Stored}, 235, 128, 128},
		"told matrix":         {0xffff0000, pixel.Info{Format: pixel.I420, Height: 480, Range: limited, Matrix: lumas.BT709}, 63, 102, 240},
		"full range":          {0xffff0000, pixel.Info{Format: pixel.I420, Height: 480, Range: full}, 76, 85, 255},
		"full range, blue":    {0xff0000ff, pixel.Info{Format: pixel.I420, Height: 480, Range: full}, 29, 255, 107},
		"10 bit, red":         {0xffff0000, pixel.Info{Format: pixel.P010, Height: 576, Range: limited}, 326, 361, 960},
		"10 bit, white":       {0xffffffff, pixel.Info{Format: pixel.I420Deep, Height: 576, Range: limited}, 940, 512, 512},
		"10 bit full, white":  {0xffffffff, pixel.Info{Format: pixel.I420Deep, Height: 576, Range: full}, 1023, 512, 512},
		"grey is full":        {0xffff0000, pixel.Info{Format: pixel.GRAY8, Height: 1080, Range: lumas.Stored}, 76, 0, 0},
		"limited grey, white": {0xffffffff, pixel.Info{Format: pixel.GRAY8, Height: 1080, Range: limited}, 235, 0, 0},
	} {
		p := &Picture{Info: c.info}
		var err error
		if p.Info, err = p.Resolve(); err != nil {
			t.Fatal(err)
		}
		got := p.color(c.argb)
		if c.info.Format == pixel.GRAY8 {
			got[chromaU], got[chromaV] = 0, 0
		}
		if got[bright] != c.y || got[chromaU] != c.u || got[chromaV] != c.v {
			t.Errorf("%s: %v, want Y %d U %d V %d", name, got, c.y, c.u, c.v)
		}
	}
	for r, want := range map[lumas.Range][3]uint16{full: {255, 128, 0}, limited: {235, 126, 16}} {
		got := (&Picture{Info: pixel.Info{Format: pixel.RGB, Range: r}}).color(0xffff8000)
		if [3]uint16(got[red:]) != want {
			t.Errorf("RGB of range %v: %v, want %v", r, got[red:], want)
		}
	}
}

// TestRampIsMonotone holds that more heat is lighter, for those who do not
// see its colours too.
func TestRampIsMonotone(t *testing.T) {
	p, last := &Picture{Info: pixel.Info{Format: pixel.GRAY8, Height: 480}}, -1
	for v := range 256 {
		y := int(p.color(heatColor(v))[bright])
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
		p := blank(pixel.RGB, 200, 100)
		p.Range = lumas.Full
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
