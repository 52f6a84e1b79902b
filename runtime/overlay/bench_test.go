package overlay

import (
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"avid/runtime/pixel"
)

const benchH, benchW = 128, 192 // the model's size

// parts is a map of the model's size: v where inside tells so.
func parts(v byte, inside func(y, x int) bool) []byte {
	m := make([]byte, benchH*benchW)
	for i := range m {
		if inside(i/benchW, i%benchW) {
			m[i] = v
		}
	}
	return m
}

// hotMaps are maps of heat, from what a bundle gives to the worst there is.
func hotMaps(b *testing.B) []struct {
	name       string
	heat, mask []byte // the mask has what is hot
} {
	all := parts(255, func(int, int) bool { return true })
	part := func(y, x int) bool { return y >= 40 && y < 70 && x >= 60 && x < 80 }
	found, marked := foundHeat(b), make([]byte, benchH*benchW)
	for i, v := range found {
		if v >= 128 {
			marked[i] = 255
		}
	}
	waves, noise := make([]byte, benchH*benchW), make([]byte, benchH*benchW)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range waves {
		waves[i] = byte(127 + 120*math.Sin(float64(i%benchW)/12)*math.Cos(float64(i/benchW)/9))
		noise[i] = byte(rng.Uint32())
	}
	return []struct {
		name       string
		heat, mask []byte
	}{
		{"found", found, marked},
		{"part", parts(200, part), parts(255, part)}, // 2.4 % of the picture, as a cart has
		{"all", parts(200, func(int, int) bool { return true }), all},
		{"waves", waves, all},
		{"noise", noise, all},
	}
}

// foundHeat is what the demo's bundle found in a frame of synth's cart.
func foundHeat(b *testing.B) []byte {
	b.Helper()
	f, err := os.Open("testdata/heat.png")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		b.Fatal(err)
	}
	return m.(*image.Gray).Pix
}

// drawing is one style drawn onto a 4K picture again and again.
type drawing struct {
	d     *Drawer
	p     *Picture
	in    Input
	flags Flags
	best  time.Duration
}

// run draws once; the fastest time counts, since others use the machine.
func (w *drawing) run(b *testing.B) {
	begin := time.Now()
	if err := w.d.Draw(w.p, &w.in, Style{Flags: w.flags, Color: 0xffff3030, Opacity: 0.35}); err != nil {
		b.Fatal(err)
	}
	w.best = min(w.best, time.Since(begin))
}

// BenchmarkHeat draws heat on 4K pictures, in turn with the mask of the same area,
// and gives what it costs of what the mask does.
func BenchmarkHeat(b *testing.B) {
	for _, c := range hotMaps(b) {
		for _, f := range []pixel.Format{pixel.I420, pixel.NV12, pixel.YUY2, pixel.BGRx, pixel.RGB, pixel.P010, pixel.I420Deep} {
			b.Run(fmt.Sprintf("%s/%v", c.name, f), func(b *testing.B) {
				make := func(flags Flags) *drawing {
					return &drawing{New(benchH, benchW), blank(f, 3840, 2160), Input{Heat: c.heat, Mask: c.mask}, flags, math.MaxInt64}
				}
				heat, mask := make(Heat), make(Mask)
				for b.Loop() {
					heat.run(b)
					mask.run(b)
				}
				b.ReportMetric(0, "ns/op") // of both together: no figure
				b.ReportMetric(1e3*heat.best.Seconds(), "ms/frame")
				b.ReportMetric(1e3*mask.best.Seconds(), "mask-ms/frame")
				b.ReportMetric(heat.best.Seconds()/mask.best.Seconds(), "heat/mask")
			})
		}
	}
}
