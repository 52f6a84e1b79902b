package synth

import "math"

// vec is a point or direction of the world, in metres.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec            { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec            { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) scale(k float64) vec      { return vec{a.x * k, a.y * k, a.z * k} }
func (a vec) dot(b vec) float64        { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) length() float64          { return math.Sqrt(a.dot(a)) }
func (a vec) unit() vec                { return a.scale(1 / a.length()) }
func (a vec) mix(b vec, t float64) vec { return a.add(b.sub(a).scale(t)) }
func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// camera is a pinhole without roll: it stands at pos, looks along forward.
type camera struct {
	pos, right, up, forward vec
	focal, cx, cy           float64 // pixels
}

// newCamera stands at pos, turned by yaw to the right and pitch downwards
// (radians), with the focal length in pixels of a w x h picture.
func newCamera(pos vec, yaw, pitch, focal float64, h, w int) camera {
	sy, cy := math.Sincos(yaw)
	sp, cp := math.Sincos(pitch)
	c := camera{pos: pos, focal: focal, cx: float64(w) / 2, cy: float64(h) / 2}
	c.forward = vec{sy * cp, -sp, cy * cp}
	c.right = vec{cy, 0, -sy}
	c.up = vec{sy * sp, cp, cy * sp}
	return c
}

// project gives the pixel position of p (the centre of pixel (0, 0) is at
// 0.5, 0.5), and its depth in metres; what is not in front has depth <= 0.
func (c *camera) project(p vec) (u, v, depth float64) {
	d := p.sub(c.pos)
	depth = d.dot(c.forward)
	if depth < 0.1 {
		return 0, 0, 0
	}
	k := c.focal / depth
	return c.cx + k*d.dot(c.right), c.cy - k*d.dot(c.up), depth
}

// ray is the direction, of length 1, in which pixel position (u, v) looks.
func (c *camera) ray(u, v float64) vec {
	return c.forward.add(c.right.scale((u - c.cx) / c.focal)).add(c.up.scale((c.cy - v) / c.focal)).unit()
}

// eye turns a world direction into the picture's axes: right, down, away.
func (c *camera) eye(d vec) vec {
	return vec{d.dot(c.right), -d.dot(c.up), d.dot(c.forward)}
}
