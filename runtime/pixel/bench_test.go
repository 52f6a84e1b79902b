package pixel

import (
	"math"
	"testing"
	"time"

	"avid/models/luma"
)

// lumaWork is the luma of a 4K frame of a format, made again and again.
type lumaWork struct {
	scaler   *luma.Scaler
	src, dst []byte
	stride   int
	best     time.Duration
}

func newLumaWork(b *testing.B, f Format) *lumaWork {
	b.Helper()
	const w, h, modelW, modelH = 3840, 2160, 192, 128
	layout, err := Info{Format: f, Width: w, Height: h, Range: luma.Stored}.Luma()
	if err != nil {
		b.Fatal(err)
	}
	s, err := luma.NewScaler(layout, luma.Limited, w, h, modelW, modelH)
	if err != nil {
		b.Fatal(err)
	}
	k := &lumaWork{scaler: s, stride: w * layout.PixelStride, dst: make([]byte, modelW*modelH), best: math.MaxInt64}
	k.src = make([]byte, k.stride*h)
	for i := range k.src {
		k.src[i] = byte(7 * i)
	}
	return k
}

// run makes the luma once; the fastest time counts, since others use the machine.
func (k *lumaWork) run(b *testing.B) {
	begin := time.Now()
	if err := k.scaler.Scale(k.dst, k.src, k.stride); err != nil {
		b.Fatal(err)
	}
	k.best = min(k.best, time.Since(begin))
}

// BenchmarkLuma takes the luma of 4K frames of each format, in turn with that of
// I420, and gives what a byte of plane 0 costs of what one of I420 costs.
func BenchmarkLuma(b *testing.B) {
	for _, f := range All() {
		b.Run(f.String(), func(b *testing.B) {
			work, base := newLumaWork(b, f), newLumaWork(b, I420)
			for b.Loop() {
				work.run(b)
				base.run(b)
			}
			ms := func(k *lumaWork) float64 { return 1e3 * k.best.Seconds() }
			b.ReportMetric(0, "ns/op") // of both together: no figure
			b.ReportMetric(ms(work), "ms/frame")
			b.ReportMetric(ms(base), "I420-ms/frame")
			b.ReportMetric(ms(work)/float64(len(work.src))/(ms(base)/float64(len(base.src))), "byte/I420-byte")
		})
	}
}
