package synth

import (
	"math"
	"math/rand/v2"
)

// hash mixes lattice coordinates and a seed to 32 random bits (the finalizer
// of MurmurHash3 over a linear combination with odd constants).
func hash(x, y, z int64, seed uint64) uint32 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f ^ uint64(z)*0x165667b19e3779f9 ^ seed
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return uint32(h)
}

func lattice(x, y, z int64, seed uint64) float64 {
	return float64(hash(x, y, z, seed)) / (1 << 32)
}

func smooth(t float64) float64 { return t * t * (3 - 2*t) }

// step rises from 0 at lo to 1 at hi, without a kink.
func step(lo, hi, x float64) float64 {
	return smooth(math.Min(1, math.Max(0, (x-lo)/(hi-lo))))
}

// value2 is value noise in the plane, in [0, 1].
func value2(x, y float64, seed uint64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int64(fx), int64(fy)
	tx, ty := smooth(x-fx), smooth(y-fy)
	a := lattice(ix, iy, 0, seed)*(1-tx) + lattice(ix+1, iy, 0, seed)*tx
	b := lattice(ix, iy+1, 0, seed)*(1-tx) + lattice(ix+1, iy+1, 0, seed)*tx
	return a*(1-ty) + b*ty
}

// value3 is value noise in space, in [0, 1].
func value3(p vec, seed uint64) float64 {
	fz := math.Floor(p.z)
	t := smooth(p.z - fz)
	a := value2(p.x, p.y, seed+uint64(int64(fz))*0x9e37)
	b := value2(p.x, p.y, seed+uint64(int64(fz)+1)*0x9e37)
	return a*(1-t) + b*t
}

// fractal sums octaves of value2, each twice as fine and half as strong; the
// mean is 0 and the range within [-1, 1].
func fractal(x, y float64, octaves int, seed uint64) float64 {
	var sum, norm float64
	amp := 1.0
	for i := range octaves {
		sum += amp * (2*value2(x, y, seed+uint64(i)) - 1)
		norm += amp
		x, y, amp = x*2.03+17.1, y*2.03-9.7, amp/2
	}
	return sum / norm
}

// gaussTable holds samples of a standard normal distribution, drawn from once
// a pixel by a cheap generator.
type gaussTable [4096]float32

func newGaussTable(seed uint64) *gaussTable {
	r := rand.New(rand.NewPCG(seed, 0x6e6f697365))
	var t gaussTable
	for i := range t {
		t[i] = float32(r.NormFloat64())
	}
	return &t
}
