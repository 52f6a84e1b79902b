package degrade

import "math"

// times multiplies the light of a whole picture.
func times(gray []byte, gain float64) {
	var table [256]byte
	for i := range table {
		table[i] = level(float64(i) * gain)
	}
	for i, v := range gray {
		gray[i] = table[v]
	}
}

func exposureStep(s scene) effect {
	return func(gray []byte, at float64) (float64, float64) {
		const every, middle = 2.5, 128
		if turn := uint64(at / every); turn > 0 { // the first is as it was
			up := s.draws(turn/2).IntN(2) == 0
			gain := 1 + s.strength/middle
			if up != (turn%2 == 0) {
				gain = 1 - s.strength/middle
			}
			times(gray, gain)
		}
		return 0, 0
	}
}

func exposureRamp(s scene) effect {
	return func(gray []byte, at float64) (float64, float64) {
		const period = 40
		phase := math.Mod(at/period+0.25, 1) // begins in the middle, upwards
		times(gray, 1+s.strength*(0.5-math.Abs(2*phase-1)))
		return 0, 0
	}
}

func flicker(s scene) effect {
	// The beat of 100 Hz with a camera's clock, and how much of it lies between the
	// first row and the last of a rolling shutter.
	const beat, roll = 2.3, 0.25
	return func(gray []byte, at float64) (float64, float64) {
		for y := range s.h {
			phase := beat*at + roll*float64(y)/float64(s.h)
			times(gray[y*s.w:(y+1)*s.w], 1+s.strength/100*math.Sin(2*math.Pi*phase))
		}
		return 0, 0
	}
}

func fog(s scene) effect {
	const haze = 190 // grey level
	return func(gray []byte, _ float64) (float64, float64) {
		for i, v := range gray {
			gray[i] = level(float64(v) + s.strength*(haze-float64(v)))
		}
		return 0, 0
	}
}

func cloud(s scene) effect {
	// A shadow of a width takes a time to pass, and its edge is soft: shares of the
	// width and seconds.
	const width, soft, slant, passes, every = 0.6, 0.12, 0.3, 7.0, 10.0
	return func(gray []byte, at float64) (float64, float64) {
		since, draws := s.visit(at, every)
		share := since/passes*(1+width+slant+2*soft) - soft // how far its first edge is
		left := draws.IntN(2) == 0
		row := make([]float64, s.w)
		for y := range s.h {
			for x := range row {
				p := (float64(x) + 0.5) / float64(s.w)
				if !left {
					p = 1 - p
				}
				p += slant * float64(y) / float64(s.h)
				in := min(share-p, p-share+width) // within the shadow
				row[x] = 1 - s.strength/100*smooth(in/soft+0.5)
			}
			line := gray[y*s.w:]
			for x, gain := range row {
				line[x] = level(float64(line[x]) * gain)
			}
		}
		return 0, 0
	}
}

// smooth goes from 0 at 0 to 1 at 1 without an edge.
func smooth(v float64) float64 {
	v = min(max(v, 0), 1)
	return v * v * (3 - 2*v)
}

func night(s scene) effect {
	const sigma = 6
	return func(gray []byte, at float64) (float64, float64) {
		draws := s.atFrame(at)
		for i, v := range gray {
			gray[i] = level(float64(v)*s.strength + sigma*draws.NormFloat64())
		}
		return 0, 0
	}
}

func headlight(s scene) effect {
	const every, shines, reach, dims = 4.0, 1.5, 0.22, 0.1
	return func(gray []byte, at float64) (float64, float64) {
		since, draws := s.visit(at, every)
		if since > shines {
			return 0, 0
		}
		way := since / shines
		y0 := float64(s.h) * (0.2 + 0.5*draws.Float64())
		x0 := float64(s.w) * (0.2 + 0.6*draws.Float64() + 0.3*(way-0.5))
		light := s.strength * math.Sin(math.Pi*way)
		gain := 1 - dims*math.Sin(math.Pi*way) // the camera closes its iris
		r := reach * float64(s.h)
		for y := range s.h {
			for x := range s.w {
				d := math.Hypot(float64(y)-y0, float64(x)-x0) / r
				i := y*s.w + x
				gray[i] = level(float64(gray[i])*gain + light*math.Exp(-d*d))
			}
		}
		return 0, 0
	}
}
