package degrade

import (
	"math"

	"avid/models/pseudo"
)

// moved is an effect that moves the picture; what comes into it is its border, repeated.
func (s scene) moved(where func(at float64) (right, down float64)) effect {
	was := make([]byte, s.h*s.w)
	return func(gray []byte, at float64) (float64, float64) {
		right, down := where(at)
		if right == 0 && down == 0 {
			return 0, 0
		}
		copy(was, gray)
		for y := range s.h {
			for x := range s.w {
				gray[y*s.w+x] = level(float64(pseudo.Bilinear(was, s.h, s.w, float64(y)-down, float64(x)-right)))
			}
		}
		return right, down
	}
}

func shake(s scene) effect {
	far := s.scaled(s.strength)
	return s.moved(func(at float64) (float64, float64) {
		draws := s.atFrame(at)
		return far * (2*draws.Float64() - 1), far * (2*draws.Float64() - 1)
	})
}

func sway(s scene) effect {
	far := s.scaled(s.strength)
	return s.moved(func(at float64) (float64, float64) {
		return far * math.Sin(math.Pi*at), 0.5 * far * math.Sin(0.74*math.Pi*at)
	})
}

func turned(s scene) effect {
	far := s.scaled(s.strength)
	return s.moved(func(at float64) (float64, float64) {
		way := smooth((at - beginning) / takes)
		return far * way, 0.5 * far * way
	})
}
