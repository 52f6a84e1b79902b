package synth

import "math"

// How a place looks in near infrared light, shares of full scale: cloth and leaves reflect
// it whatever their colour, so that what is dark by day is not and there is less contrast;
// and a lamp lights the middle of the picture more than its corners.
const (
	infraredBase, infraredShare = 0.25, 0.55
	lampMiddle, lampCorner      = 0.7, 0.3
)

// NightNoise is the noise of the sensor by night, grey levels: the gain is high then.
const NightNoise = 6

// infrared turns the colours of the canvas into what a camera sees of them in the light of
// its lamp.
func (s *Scene) infrared(c *canvas) {
	for y := range c.h {
		down := 2*(float64(y)+0.5)/float64(c.h) - 1
		for x := range c.w {
			across := 2*(float64(x)+0.5)/float64(c.w) - 1
			lamp := lampCorner + (lampMiddle-lampCorner)*math.Exp(-across*across-down*down)
			rgb := c.rgb[3*(y*c.w+x):][:3]
			v := float32(lamp) * (infraredBase + infraredShare*max(rgb[0], rgb[1], rgb[2]))
			rgb[0], rgb[1], rgb[2] = v, v, v
		}
	}
}
