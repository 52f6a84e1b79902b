package onnx

import "math"

// maxHalf is the largest finite float16.
const maxHalf = 65504

// RoundHalf is the float16 (IEEE 754 binary16) nearest to x, ties to even, and
// ±Inf where that is beyond 65504. Numbers below 2⁻¹⁴ keep float16's coarser
// steps of 2⁻²⁴, which every device computes with; what is below half such a
// step becomes 0.
func RoundHalf(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	_, e := math.Frexp(x)
	step := max(e-11, -24) // 11 binary digits
	r := math.Ldexp(math.RoundToEven(math.Ldexp(x, -step)), step)
	if math.Abs(r) > maxHalf {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return r
}

// halfBits is the encoding of x, which must be a float16.
func halfBits(x float32) uint16 {
	b := math.Float32bits(x)
	sign, e, fraction := uint16(b>>16&0x8000), int(b>>23&0xff)-127, uint16(b>>13&0x3ff)
	switch {
	case e == 128: // ±Inf, or not a number
		return sign | 0x7c00 | fraction
	case e < -14:
		return sign | uint16(math.Ldexp(math.Abs(float64(x)), 24))
	}
	return sign | uint16(e+15)<<10 | fraction
}

// fromHalfBits is the float16 that h encodes.
func fromHalfBits(h uint16) float32 {
	sign, e, fraction := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch e {
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case 0:
		small := math.Float32bits(float32(math.Ldexp(float64(fraction), -24)))
		return math.Float32frombits(sign | small)
	}
	return math.Float32frombits(sign | (e+112)<<23 | fraction<<13)
}
