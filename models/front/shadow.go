package front

import (
	"avid/models/average"
	"avid/models/bundle"
)

const (
	// bins are those of the light that is left, 0 to 1.
	bins = 100
	// darkest and lightest bound what may be a shadow: under a clear sky a full one keeps
	// a tenth of the light at least, and one that keeps more than nine is hardly seen.
	darkest, lightest = 0.1, 0.9
	// tolerance is how much more or less light than the usual may be left in a full
	// shadow, by that usual: shadows of people lie within it on the walkway.
	tolerance = 0.08
	// agree is the share of even dark places that must lie within the tolerance. Without
	// shadows these are clothes, of which no tone has a quarter.
	agree = 0.4
	// enough is how many even dark pixels are needed to tell.
	enough = 100
	// bright is how bright the ground must be, grey levels of [0,1]: of a darker one noise
	// alone makes any share of the light.
	bright = 32. / average.White
)

// Shadows gathers how dark the shadows of a place are, from its ordinary footage: what
// passes there has many tones, and its shadow one.
type Shadows struct {
	t      *Trimmer
	counts [bins]int
	all    int
}

// NewShadows returns one for pictures of h×w pixels.
func NewShadows(h, w int) *Shadows { return &Shadows{t: New(h, w)} }

// Add takes one picture in.
func (s *Shadows) Add(p Picture) {
	s.t.measure(p)
	for y := 1; y < s.t.h-1; y++ {
		for x := 1; x < s.t.w-1; x++ {
			i := y*s.t.w + x
			v := s.t.light[i]
			if v < darkest || v > lightest || float32(p.Grey[i])/average.White+p.Error[i] < bright {
				continue
			}
			if low, high := s.t.about(i); high <= lightest && high-low <= even {
				s.counts[int(v*bins)]++
				s.all++
			}
		}
	}
}

// Measured are the bounds of the light in a full shadow; nil: no shadows are seen.
func (s *Shadows) Measured() *bundle.Shadow {
	if s.all < enough {
		return nil
	}
	most, best := 0, 0
	for k := range bins {
		if n, _ := s.about(k); n > most {
			most, best = n, k
		}
	}
	if float64(most) < agree*float64(s.all) {
		return nil
	}
	_, usual := s.about(best)
	return &bundle.Shadow{Low: usual * (1 - tolerance), High: usual * (1 + tolerance)}
}

// about is how many even dark pixels lie within the tolerance of bin k, and their mean.
func (s *Shadows) about(k int) (n int, mean float32) {
	middle := (float32(k) + 0.5) / bins
	for i, c := range s.counts {
		if v := (float32(i) + 0.5) / bins; v >= middle*(1-tolerance) && v <= middle*(1+tolerance) {
			n, mean = n+c, mean+float32(c)*v
		}
	}
	return n, mean / float32(max(n, 1))
}
