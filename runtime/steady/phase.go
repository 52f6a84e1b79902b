package steady

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// phase finds movements by whole pixels, of up to a quarter of the picture, by phase
// correlation (Kuglin and Hines, IEEE ICCS 1975): the phases alone of the two spectra
// are compared, so the light has no part in it, and what passes little.
type phase struct {
	h, w, k    int // of the pictures made smaller by k
	stride     int // of the pictures, pixels
	rows, cols *fourier.CmplxFFT
	window     []float64 // Hann's, by pixel
	now, place []complex128
	column     []complex128
	due        int // frames until the spectrum of the reference is made again
}

const (
	// smaller is the longest side that pictures may have, to which they are made smaller.
	smaller = 64
	// renew is how many frames have one spectrum, and one smooth form, of the reference,
	// which changes slowly.
	renew = 5
)

func newPhase(h, w int) *phase {
	k := (max(h, w) + smaller - 1) / smaller
	p := &phase{h: max(h/k, 1), w: max(w/k, 1), k: k, stride: w}
	p.rows, p.cols = fourier.NewCmplxFFT(p.w), fourier.NewCmplxFFT(p.h)
	n := p.h * p.w
	p.window, p.now, p.place, p.column = make([]float64, n), make([]complex128, n), make([]complex128, n), make([]complex128, p.h)
	hann := func(i, n int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)) }
	for y := range p.h {
		for x := range p.w {
			p.window[y*p.w+x] = hann(y, p.h) * hann(x, p.w)
		}
	}
	return p
}

// forget has the spectrum of the reference made again.
func (p *phase) forget() { p.due = 0 }

// find is how far a frame has moved from the reference, pixels of the pictures.
func (p *phase) find(now, place []float32) (right, down float64) {
	if p.due == 0 {
		p.spectrum(p.place, place)
		p.due = renew
	}
	p.due--
	p.spectrum(p.now, now)
	for i, v := range p.now {
		cross := v * cmplx.Conj(p.place[i])
		if size := cmplx.Abs(cross); size > 1e-9 {
			cross /= complex(size, 0)
		}
		p.now[i] = cross
	}
	p.transform(p.now, (*fourier.CmplxFFT).Sequence)
	best := math.Inf(-1)
	for y := -p.h / 4; y <= p.h/4; y++ {
		for x := -p.w / 4; x <= p.w/4; x++ {
			i := (y+p.h)%p.h*p.w + (x+p.w)%p.w
			if v := real(p.now[i]); v > best {
				best = v
				right, down = float64(x*p.k), float64(y*p.k)
			}
		}
	}
	return right, down
}

// spectrum is that of a picture made smaller, its mean taken out.
func (p *phase) spectrum(dst []complex128, picture []float32) {
	sum := 0.0
	for y := range p.h {
		for x := range p.w {
			var v float32
			for dy := range p.k {
				for dx := range p.k {
					v += picture[(y*p.k+dy)*p.stride+x*p.k+dx]
				}
			}
			dst[y*p.w+x] = complex(float64(v), 0)
			sum += float64(v)
		}
	}
	mean := sum / float64(p.h*p.w)
	for i, v := range dst {
		dst[i] = complex((real(v)-mean)*p.window[i], 0)
	}
	p.transform(dst, (*fourier.CmplxFFT).Coefficients)
}

// transform is the transform of all rows, then of all columns, by what.
func (p *phase) transform(v []complex128, what func(t *fourier.CmplxFFT, dst, src []complex128) []complex128) {
	for y := range p.h {
		row := v[y*p.w : (y+1)*p.w]
		what(p.rows, row, row)
	}
	for x := range p.w {
		for y := range p.h {
			p.column[y] = v[y*p.w+x]
		}
		what(p.cols, p.column, p.column)
		for y := range p.h {
			v[y*p.w+x] = p.column[y]
		}
	}
}
