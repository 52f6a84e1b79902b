package mask

import "fmt"

// Scale enlarges or shrinks a mask of sh×sw bytes to dh×dw: each pixel takes
// the value of the source pixel that its centre lies in. Rows of dst begin
// dstride bytes apart; what lies between them is left alone.
func Scale(dst []byte, dw, dh, dstride int, src []byte, sw, sh int) {
	if dw < 1 || dh < 1 || sw < 1 || sh < 1 || dstride < dw || len(dst) < dstride*(dh-1)+dw || len(src) < sw*sh {
		panic(fmt.Sprintf("mask: scale %d bytes of %d×%d pixels to %d bytes of %d×%d, stride %d", len(src), sw, sh, len(dst), dw, dh, dstride))
	}
	last := -1
	for y := range dh {
		row := dst[y*dstride : y*dstride+dw]
		sy := source(y, dh, sh)
		if sy == last {
			copy(row, dst[(y-1)*dstride:(y-1)*dstride+dw])
			continue
		}
		last = sy
		// source(x, dw, sw) for each x, by steps.
		in := src[sy*sw : (sy+1)*sw]
		sx, rest := 0, sw
		for x := range row {
			for rest >= 2*dw {
				rest -= 2 * dw
				sx++
			}
			row[x] = in[sx]
			rest += 2 * sw
		}
	}
}

// source is the pixel, of s on an axis, that the centre of pixel i of d lies
// in: ⌊(i + ½)·s/d⌋.
func source(i, d, s int) int { return (2*i + 1) * s / (2 * d) }

// Outline marks the border of a mask: dst is 255 at each pixel that is set in
// mask and has a 4-neighbour that is not, or lies at the picture's edge, and
// 0 elsewhere. Both have h·w bytes and may not overlap.
func Outline(dst, mask []byte, h, w int) {
	if len(dst) != h*w || len(mask) != h*w {
		panic(fmt.Sprintf("mask: outline of %d bytes into %d for %d×%d pixels", len(mask), len(dst), h, w))
	}
	for i, v := range mask {
		dst[i] = 0
		if v == 0 {
			continue
		}
		x, y := i%w, i/w
		if x == 0 || y == 0 || x == w-1 || y == h-1 ||
			mask[i-1] == 0 || mask[i+1] == 0 || mask[i-w] == 0 || mask[i+w] == 0 {
			dst[i] = 255
		}
	}
}
