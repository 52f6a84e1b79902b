package degrade

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
)

func noise(s scene) effect {
	return func(gray []byte, at float64) (float64, float64) {
		draws := s.atFrame(at)
		for i, v := range gray {
			gray[i] = level(float64(v) + s.strength*draws.NormFloat64())
		}
		return 0, 0
	}
}

func coded(s scene) effect {
	var file bytes.Buffer
	return func(gray []byte, _ float64) (float64, float64) {
		file.Reset()
		picture := &image.Gray{Pix: gray, Stride: s.w, Rect: image.Rect(0, 0, s.w, s.h)}
		// A picture in memory is always encoded and read again.
		if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: max(int(s.strength), 1)}); err != nil {
			return 0, 0
		}
		back, err := jpeg.Decode(&file)
		if g, ok := back.(*image.Gray); ok && err == nil {
			for y := range s.h {
				copy(gray[y*s.w:(y+1)*s.w], g.Pix[y*g.Stride:])
			}
		}
		return 0, 0
	}
}

func blur(s scene) effect {
	sigma := s.scaled(s.strength)
	kernel := make([]float64, 1+int(math.Ceil(3*sigma)))
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
		sum += kernel[i]
		if i > 0 {
			sum += kernel[i]
		}
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	between := make([]float64, s.h*s.w)
	return func(gray []byte, _ float64) (float64, float64) {
		for y := range s.h {
			for x := range s.w {
				v := 0.0
				for d := range kernel {
					v += kernel[d] * float64(gray[y*s.w+max(x-d, 0)])
					if d > 0 {
						v += kernel[d] * float64(gray[y*s.w+min(x+d, s.w-1)])
					}
				}
				between[y*s.w+x] = v
			}
		}
		for y := range s.h {
			for x := range s.w {
				v := 0.0
				for d := range kernel {
					v += kernel[d] * between[max(y-d, 0)*s.w+x]
					if d > 0 {
						v += kernel[d] * between[min(y+d, s.h-1)*s.w+x]
					}
				}
				gray[y*s.w+x] = level(v)
			}
		}
		return 0, 0
	}
}

// dot lays a soft disc over a picture: all of a grey level in its middle, times cover.
func (s scene) dot(gray []byte, y0, x0, radius, soft, grey, cover float64) {
	far := radius + soft
	for y := max(int(y0-far), 0); y <= min(int(y0+far)+1, s.h-1); y++ {
		for x := max(int(x0-far), 0); x <= min(int(x0+far)+1, s.w-1); x++ {
			d := math.Hypot(float64(y)-y0, float64(x)-x0)
			a := cover * smooth((far-d)/(2*soft))
			i := y*s.w + x
			gray[i] = level(float64(gray[i]) + a*(grey-float64(gray[i])))
		}
	}
}

func rain(s scene) effect {
	const streaks, grey, cover, slant = 90, 205, 0.35, 0.2
	return func(gray []byte, at float64) (float64, float64) {
		draws := s.atFrame(at)
		for range int(streaks * s.strength) {
			y, x := float64(s.h)*draws.Float64(), float64(s.w)*draws.Float64()
			for step := range int(max(s.scaled(8+10*draws.Float64()), 2)) {
				py, px := int(y)+step, int(x+slant*float64(step))
				if py < s.h && px < s.w {
					i := py*s.w + px
					gray[i] = level(float64(gray[i]) + cover*(grey-float64(gray[i])))
				}
			}
		}
		return 0, 0
	}
}

func snow(s scene) effect {
	const flakes, grey, cover, fall, drift = 120, 235, 0.7, 70.0, 15.0
	return func(gray []byte, at float64) (float64, float64) {
		for n := range int(flakes * s.strength) {
			draws := s.draws(uint64(n))
			pace := 0.6 + 0.8*draws.Float64() // near flakes are fast and large
			y := math.Mod(float64(s.h)*draws.Float64()+pace*s.scaled(fall)*at, float64(s.h))
			x := math.Mod(float64(s.w)*(1+draws.Float64())+s.scaled(drift)*math.Sin(at+6*draws.Float64()), float64(s.w))
			s.dot(gray, y, x, s.scaled(1.1*pace), s.scaled(0.7), grey, cover)
		}
		return 0, 0
	}
}

func insect(s scene) effect {
	const every, stays, grey, cover = 3.0, 0.9, 35, 0.75
	return func(gray []byte, at float64) (float64, float64) {
		since, draws := s.visit(at, every)
		if since > stays {
			return 0, 0
		}
		size := s.strength * float64(s.h) * (0.7 + 0.6*draws.Float64())
		from, to := draws.Float64(), draws.Float64()
		way := since / stays
		y := float64(s.h) * (from + way*(to-from))
		x := float64(s.w)*(1.4*way-0.2) + size*math.Sin(9*way)
		if draws.IntN(2) == 0 {
			x = float64(s.w) - x
		}
		s.dot(gray, y, x, size*0.5, size*0.5, grey, cover)
		return 0, 0
	}
}

// beginning is when what happens once begins, and how long it takes, seconds.
const beginning, takes = 4.0, 0.5

func covered(s scene) effect {
	const grey, soft = 30, 0.06
	return func(gray []byte, at float64) (float64, float64) {
		share := s.strength * (1 + 2*soft) * smooth((at-beginning)/takes)
		if share == 0 {
			return 0, 0
		}
		for y := range s.h {
			for x := range s.w {
				p := (float64(x) + 0.5) / float64(s.w)
				i := y*s.w + x
				gray[i] = level(float64(gray[i]) + smooth((share-p)/soft)*(grey-float64(gray[i])))
			}
		}
		return 0, 0
	}
}
