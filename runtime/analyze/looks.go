package analyze

import "math"

// looks are what a picture is like, block by block.
type looks struct {
	h, w, rows, cols int
	mean             []float32 // grey levels
	// texture is the mean gradient of the picture made smaller by two, grey levels: what
	// is left of noise in it is little.
	texture         []float32
	light           float64 // mean of the picture
	sharp, contrast float64 // mean of the texture, deviation of the means of blocks
	small           []float32
}

const (
	lookBlock = 8   // side of a block, pixels
	textured  = 2.5 // texture of a block that shows something
)

func (l *looks) init(h, w int) {
	l.h, l.w, l.rows, l.cols = h, w, max(h/lookBlock, 1), max(w/lookBlock, 1)
	l.mean, l.texture, l.small = make([]float32, l.rows*l.cols), make([]float32, l.rows*l.cols), make([]float32, (h/2)*(w/2))
}

// copy takes over what another is like.
func (l *looks) copy(o *looks) {
	copy(l.mean, o.mean)
	copy(l.texture, o.texture)
	l.light, l.sharp, l.contrast = o.light, o.sharp, o.contrast
}

// follow goes a share of the way to another.
func (l *looks) follow(o *looks, share float32) {
	for i := range l.mean {
		l.mean[i] += share * (o.mean[i] - l.mean[i])
		l.texture[i] += share * (o.texture[i] - l.texture[i])
	}
	s := float64(share)
	l.light, l.sharp, l.contrast = l.light+s*(o.light-l.light), l.sharp+s*(o.sharp-l.sharp), l.contrast+s*(o.contrast-l.contrast)
}

// look looks at the blocks of a picture of h·w grey bytes, at least two blocks high and wide;
// what they are together is sum's.
func (l *looks) look(picture []byte) {
	h, w := l.h/2, l.w/2
	for y := range h {
		a, b := picture[2*y*l.w:], picture[(2*y+1)*l.w:]
		for x := range w {
			l.small[y*w+x] = float32(int(a[2*x])+int(a[2*x+1])+int(b[2*x])+int(b[2*x+1])) / 4
		}
	}
	const half = lookBlock / 2
	for by := range l.rows {
		for bx := range l.cols {
			var mean, steps float32
			for y := by * half; y < (by+1)*half; y++ {
				for x := bx * half; x < (bx+1)*half; x++ {
					v := l.small[y*w+x]
					mean += v
					across, down := l.small[y*w+min(x+1, w-1)]-v, l.small[min(y+1, h-1)*w+x]-v
					steps += max(across, -across) + max(down, -down)
				}
			}
			i := by*l.cols + bx
			l.mean[i], l.texture[i] = mean/(half*half), steps/(half*half)
		}
	}
}

// sum makes light, sharp and contrast of the blocks that count; nil: all do.
func (l *looks) sum(counts []bool) {
	var n, sum, squares, texture float64
	for i, mean := range l.mean {
		if counts != nil && !counts[i] {
			continue
		}
		n, sum, texture = n+1, sum+float64(mean), texture+float64(l.texture[i])
		squares += float64(mean) * float64(mean)
	}
	if n == 0 {
		l.light, l.sharp, l.contrast = 0, 0, 0
		return
	}
	l.light, l.sharp = sum/n, texture/n
	l.contrast = math.Sqrt(max(squares/n-l.light*l.light, 0))
}
