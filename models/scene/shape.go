// Package scene tells the places that footage shows apart by their still
// background: whether two recordings, or a recording and a bundle, are of one
// camera that stands as it stood. It knows nothing of what moves.
package scene

import (
	"math"
	"slices"
)

// Median is the middle value of each pixel over frames of one size: the still
// background, where what passes covers each place less than half the time. It
// returns nil without frames.
func Median(frames [][]byte) []byte {
	if len(frames) == 0 {
		return nil
	}
	out, column := make([]byte, len(frames[0])), make([]byte, len(frames))
	for i := range out {
		for k, f := range frames {
			column[k] = f[i]
		}
		slices.Sort(column)
		out[i] = column[(len(column)-1)/2]
	}
	return out
}

// Spread is every so many of frames that n of them, and less than 2n, are left: those
// that a Median is made of. Of fewer than n it is all.
func Spread(frames [][]byte, n int) (some [][]byte) {
	step := max(len(frames)/n, 1)
	for i := 0; i < len(frames); i += step {
		some = append(some, frames[i])
	}
	return some
}

// noise is the gradient, in grey levels a pixel, at which a place counts half: below
// it is the noise of cameras and the blocks of their encoders.
const noise = 6

// side is the longest side that a shape is compared at, pixels: larger pictures are
// shrunk to it, so that the comparison stays cheap.
const side = 256

// reach is how far two pictures may be apart and still be compared, pixels of at
// most side: what wind does to a pole.
const reach = 3

// farReach is how far a place is looked for that has glided away, pixels.
const farReach = 20

// Likeness of two backgrounds, measured at 192×128 (width × height) on five cameras:
// 0.58 to 1 for one camera, at night, in fog, noise and blur too, and with half of the
// picture covered; 0.04 to 0.13 for two cameras; 0.41 for two places of avid synth,
// which are of one plan; 0.06 to 0.24 where the camera was turned by a twentieth of
// its picture.
const (
	// Other is the likeness below which they show two places.
	Other = 0.5
	// Same is the least likeness of backgrounds that show one place for certain.
	Same = 0.6
)

// Shape is what stays of a picture in another light: where its edges are and which
// way they go.
type Shape struct {
	h, w int
	x, y []float32 // gradient, its length pressed into [0,1)
}

// NewShape is the shape of a grey picture of h rows of w.
func NewShape(pix []byte, h, w int) *Shape {
	pix, h, w = shrunk(pix, h, w)
	s := &Shape{h, w, make([]float32, h*w), make([]float32, h*w)}
	smooth := blur(pix, h, w)
	for y := 2; y < h-2; y++ { // the border of smooth is none of the picture
		for x := 2; x < w-2; x++ {
			i := y*w + x
			gx, gy := smooth[i+1]-smooth[i-1], smooth[i+w]-smooth[i-w]
			length := float32(math.Hypot(float64(gx), float64(gy)))
			s.x[i], s.y[i] = gx/(length+noise), gy/(length+noise)
		}
	}
	return s
}

// shrunk is the picture made smaller by a whole number, so that neither side is
// longer than side.
func shrunk(pix []byte, h, w int) (_ []byte, rows, cols int) {
	k := (max(h, w) + side - 1) / side
	if k <= 1 {
		return pix, h, w
	}
	rows, cols = h/k, w/k
	out := make([]byte, rows*cols)
	for y := range rows {
		for x := range cols {
			sum := 0
			for dy := range k {
				for _, v := range pix[(y*k+dy)*w+x*k:][:k] {
					sum += int(v)
				}
			}
			out[y*cols+x] = byte(sum / (k * k))
		}
	}
	return out, rows, cols
}

// blur is the mean of 3×3 pixels; the border is 0.
func blur(pix []byte, h, w int) []float32 {
	out := make([]float32, h*w)
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			sum := 0
			for _, row := range [...]int{(y - 1) * w, y * w, (y + 1) * w} {
				sum += int(pix[row+x-1]) + int(pix[row+x]) + int(pix[row+x+1])
			}
			out[y*w+x] = float32(sum) / 9
		}
	}
	return out
}

// Texture is how much there is to compare: the mean of the squared, pressed
// gradient, 0 for a picture without edges, such as one that is black.
func (s *Shape) Texture() float64 {
	return (dot(s.x, s.x) + dot(s.y, s.y)) / float64(len(s.x))
}

// certain is the likeness from which on no better shift is looked for.
const certain = 0.8

// Likeness is 1 for two shapes of one size that are the same, about 0 for those of
// two places, at the best shift of up to reach pixels. Where one has no edges it is
// 0.
func (s *Shape) Likeness(o *Shape) float64 {
	if s.h != o.h || s.w != o.w {
		return 0
	}
	if best := s.at(o, 0, 0); best >= certain {
		return best
	}
	return s.within(o, reach)
}

// within is the likeness at the best shift of up to far pixels.
func (s *Shape) within(o *Shape, far int) (best float64) {
	for dy := -far; dy <= far; dy++ {
		for dx := -far; dx <= far; dx++ {
			best = max(best, s.at(o, dx, dy))
		}
	}
	return best
}

// at is the likeness where o is shifted.
func (s *Shape) at(o *Shape, dx, dy int) float64 {
	var both, mine, theirs float64
	for y := max(0, -dy); y < min(s.h, s.h-dy); y++ {
		from, to := max(0, -dx), min(s.w, s.w-dx)
		a, b := y*s.w+from, (y+dy)*s.w+from+dx
		n := to - from
		both += dot(s.x[a:a+n], o.x[b:b+n]) + dot(s.y[a:a+n], o.y[b:b+n])
		mine += dot(s.x[a:a+n], s.x[a:a+n]) + dot(s.y[a:a+n], s.y[a:a+n])
		theirs += dot(o.x[b:b+n], o.x[b:b+n]) + dot(o.y[b:b+n], o.y[b:b+n])
	}
	if mine == 0 || theirs == 0 {
		return 0
	}
	return both / math.Sqrt(mine*theirs)
}

func dot(a, b []float32) float64 {
	var sum float32
	for i, v := range a[:min(len(a), len(b))] {
		sum += v * b[i]
	}
	return float64(sum)
}
