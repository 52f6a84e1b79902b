package synth

import "math"

// colour is red, green and blue, each 0 to 1, as the picture stores them.
type colour struct{ r, g, b float64 }

func (c colour) scale(k float64) colour { return colour{c.r * k, c.g * k, c.b * k} }
func (c colour) mix(d colour, t float64) colour {
	return colour{c.r + (d.r-c.r)*t, c.g + (d.g-c.g)*t, c.b + (d.b-c.b)*t}
}

// canvas is the picture being drawn: three floats a pixel, how much of each
// pixel shows something irregular, and the cast shadows of the frame.
type canvas struct {
	h, w   int
	rgb    []float32 // h*w*3, 0..1
	truth  []float32 // h*w, 0..1
	shadow []float32 // h*w, 0..1
}

func newCanvas(h, w int) *canvas {
	return &canvas{h, w, make([]float32, h*w*3), make([]float32, h*w), make([]float32, h*w)}
}

// paint lays a colour over pixel i with the given coverage.
func (c *canvas) paint(i int, col colour, cover, truth float64) {
	a := float32(cover)
	p := c.rgb[3*i : 3*i+3 : 3*i+3]
	p[0] += (float32(col.r) - p[0]) * a
	p[1] += (float32(col.g) - p[1]) * a
	p[2] += (float32(col.b) - p[2]) * a
	c.truth[i] += (float32(truth) - c.truth[i]) * a
}

// bounds clips a box, grown by one pixel, to the canvas.
func (c *canvas) bounds(u0, v0, u1, v1 float64) (x0, y0, x1, y1 int) {
	x0 = max(0, int(math.Floor(math.Max(u0-1, -1))))
	y0 = max(0, int(math.Floor(math.Max(v0-1, -1))))
	x1 = min(c.w, int(math.Ceil(math.Min(u1+1, float64(c.w)+1))))
	y1 = min(c.h, int(math.Ceil(math.Min(v1+1, float64(c.h)+1))))
	return
}

// light is what falls on a body: the sun's direction in the picture's axes
// (towards the sun) and how much of it arrives, 0 in shade to 1.
type light struct {
	dir vec
	sun float64
}

// shade is the brightness of a surface whose normal has the given cosine to
// the sun: sky light plus sunlight.
func (l light) shade(cos float64) float64 {
	return 0.62 + 0.55*l.sun*math.Max(0, cos)
}

// capsule draws a limb from (u0, v0) to (u1, v1), of radii r0 and r1 pixels at
// its ends, shaded as the round thing it is.
func (c *canvas) capsule(u0, v0, r0, u1, v1, r1 float64, col colour, l light, truth float64) {
	big := math.Max(r0, r1)
	x0, y0, x1, y1 := c.bounds(math.Min(u0, u1)-big, math.Min(v0, v1)-big, math.Max(u0, u1)+big, math.Max(v0, v1)+big)
	du, dv := u1-u0, v1-v0
	inv := 1 / math.Max(du*du+dv*dv, 1e-9)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			pu, pv := float64(x)+0.5-u0, float64(y)+0.5-v0
			t := math.Min(1, math.Max(0, (pu*du+pv*dv)*inv))
			r := r0 + (r1-r0)*t
			nu, nv := pu-t*du, pv-t*dv
			dist := math.Sqrt(nu*nu + nv*nv)
			cover := math.Min(1, math.Max(0, r-dist+0.5))
			if r < 0.5 { // a profile of width 2r+1 and area (r+1/2)^2, where 2r is due
				cover *= 2 * r / ((r + 0.5) * (r + 0.5))
			}
			if cover <= 0 {
				continue
			}
			k := 1 / math.Max(r, 0.5)
			nu, nv = nu*k, nv*k
			facing := math.Sqrt(math.Max(0, 1-nu*nu-nv*nv))
			cos := nu*l.dir.x + nv*l.dir.y - facing*l.dir.z
			c.paint(y*c.w+x, col.scale(l.shade(cos)), cover, truth)
		}
	}
}

// polygon fills a convex polygon given by its corners in pixels, in either
// direction of turning.
func (c *canvas) polygon(u, v []float64, col colour, truth float64) {
	u0, v0, u1, v1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	area := 0.0
	for i := range u {
		j := (i + 1) % len(u)
		area += u[i]*v[j] - u[j]*v[i]
		u0, u1 = math.Min(u0, u[i]), math.Max(u1, u[i])
		v0, v1 = math.Min(v0, v[i]), math.Max(v1, v[i])
	}
	if math.Abs(area) < 0.05 {
		return
	}
	sign := math.Copysign(1, area)
	x0, y0, x1, y1 := c.bounds(u0, v0, u1, v1)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			inside := math.Inf(1)
			for i := range u {
				j := (i + 1) % len(u)
				du, dv := u[j]-u[i], v[j]-v[i]
				n := math.Sqrt(du*du + dv*dv)
				if n < 1e-6 {
					continue
				}
				d := sign * (du*(float64(y)+0.5-v[i]) - dv*(float64(x)+0.5-u[i])) / n
				inside = math.Min(inside, d)
			}
			if cover := math.Min(1, inside+0.5); cover > 0 {
				c.paint(y*c.w+x, col, cover, truth)
			}
		}
	}
}
