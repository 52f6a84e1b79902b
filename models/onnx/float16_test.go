package onnx

import (
	"math"
	"testing"
)

// TestHalfBitsRoundTrip: each of the 65,536 encodings is read and written as it
// was, and none but a NaN is changed by rounding.
func TestHalfBitsRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		x := fromHalfBits(uint16(h))
		if got := halfBits(x); got != uint16(h) {
			t.Fatalf("%#04x is %g, which is written as %#04x", h, x, got)
		}
		if r := RoundHalf(float64(x)); r != float64(x) && x == x {
			t.Fatalf("%#04x, %g, is rounded to %g", h, x, r)
		}
	}
}

func TestRoundHalf(t *testing.T) {
	tiny := math.Ldexp(1, -24)
	for _, c := range []struct{ x, want float64 }{
		{0, 0}, {1, 1}, {-0.5, -0.5}, {65504, 65504}, {65519, 65504}, {65520, math.Inf(1)}, {-1e9, math.Inf(-1)},
		{1 + 1.0/2048, 1}, {1 + 3.0/2048, 1 + 4.0/2048}, {1 + 1.1/2048, 1 + 2.0/2048}, // ties go to even
		{0.1, 0.0999755859375}, {2049, 2048}, {2051, 2052},
		{tiny, tiny}, {-tiny / 2, 0}, {0.51 * tiny, tiny}, {2.5 * tiny, 2 * tiny}, {1e-40, 0},
		{math.Ldexp(2047, -25), math.Ldexp(1, -14)}, // up to the least normal number
	} {
		if got := RoundHalf(c.x); got != c.want {
			t.Errorf("%g is rounded to %g, want %g", c.x, got, c.want)
		}
	}
	if got := RoundHalf(math.NaN()); got == got {
		t.Errorf("NaN is rounded to %g", got)
	}
}

// FuzzRoundHalf: no float16 is nearer than the one that is chosen.
func FuzzRoundHalf(f *testing.F) {
	for _, x := range []float64{0, 1.0 / 3, -65519.9, 6.1e-5, 5.9e-8, 1e300} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		r := RoundHalf(x)
		if math.IsNaN(x) || math.Abs(x) >= 65520 {
			if math.Abs(r) <= maxHalf {
				t.Fatalf("%g is rounded to %g", x, r)
			}
			return
		}
		bits := halfBits(float32(r))
		if back := fromHalfBits(bits); float64(back) != r {
			t.Fatalf("%g is rounded to %g, which is no float16", x, r)
		}
		for _, other := range []uint16{bits + 1, bits - 1} {
			n := float64(fromHalfBits(other))
			if n != n || math.IsInf(n, 0) || bits&0x7fff == 0 && other > bits {
				continue
			}
			if math.Abs(n-x) < math.Abs(r-x) {
				t.Fatalf("%g is rounded to %g, but %g is nearer", x, r, n)
			}
		}
	})
}
