// Package steady takes out of the frames of a camera what its mount and its light do:
// the picture that sways or trembles, and light that changes at once or by large areas.
// What is left is what happens in front of it.
package steady

import "math"

// Steady follows one camera. It allocates nothing a frame. Not safe for concurrent use.
type Steady struct {
	h, w   int
	anchor []byte    // where the reference begins; nil: at the first frame
	place  []float32 // the reference: what the place looks like of late, h·w grey levels
	known  bool      // there is a reference
	step   float32   // how far the reference follows a frame, grey levels
	fade   float32   // share of a change of light that it takes over at each frame

	light light
	shift shift
	now   []float32 // the frame in work
	seen  Seen
}

// Seen says what was found in a frame.
type Seen struct {
	// Right and Down are how far the picture has moved from where it was at first,
	// pixels; 0 where nothing certain is found.
	Right, Down float64
	// Taken says that the frame was moved back by that.
	Taken bool
	// Gain is the light of the whole picture by that of late.
	Gain float64
	// Other is the share of the picture that is another one than of late, whatever its
	// light, 0 to 1.
	Other float64
}

// How fast the reference follows: as the ground of the networks does, grey levels a
// second; and in how many seconds it has taken over most of another light.
const (
	levelsPerSecond = 2.5
	lightSeconds    = 10
)

// leastSide is the least side of frames, pixels, in which light can be told from what
// passes; smaller ones stay as they are.
const leastSide = 32

// New returns a Steady for frames of h×w grey bytes, rate a second.
func New(h, w int, rate float64) *Steady {
	return &Steady{h: h, w: w, place: make([]float32, h*w), now: make([]float32, h*w),
		step: float32(levelsPerSecond / rate), fade: float32(1 - math.Exp(-1/(lightSeconds*rate))),
		light: newLight(h, w), shift: newShift(h, w), seen: Seen{Gain: 1}}
}

// Anchor has the reference begin as a picture of the place, h·w grey bytes, which it
// keeps; another size: at the first frame.
func (s *Steady) Anchor(picture []byte) {
	s.anchor = nil
	if len(picture) == s.h*s.w {
		s.anchor = picture
	}
	s.Restart()
}

// Restart forgets the frames before.
func (s *Steady) Restart() {
	s.known, s.seen = false, Seen{Gain: 1}
	if s.anchor != nil {
		s.begin(s.anchor)
	}
}

// Learn takes a frame for the place as it is now.
func (s *Steady) Learn(frame []byte) { s.begin(frame) }

func (s *Steady) begin(frame []byte) {
	for i, v := range frame {
		s.place[i] = float32(v)
	}
	s.known = true
	s.shift.forget()
}

// Seen is what was found in the last frame.
func (s *Steady) Seen() Seen { return s.seen }

// Take corrects the next frame, h·w grey bytes, in its place. A frame in which there is
// nothing to correct stays as it is, byte by byte.
func (s *Steady) Take(frame []byte) Seen {
	s.seen = Seen{Gain: 1}
	if s.h < leastSide || s.w < leastSide {
		return s.seen
	}
	if !s.known {
		s.begin(frame)
		return s.seen
	}
	for i, v := range frame {
		s.now[i] = float32(v)
	}
	// First the movement, in the light of the whole picture: moved by some rows, a
	// picture seems to have another light in each of them.
	changed := s.light.measure(s.now, s.place)
	s.shift.find(s.now, s.place, float32(math.Exp(float64(s.light.whole))))
	s.seen.Right, s.seen.Down, s.seen.Taken = s.shift.right, s.shift.down, s.shift.taken
	if s.shift.taken {
		s.shift.back(s.now)
		s.light.measure(s.now, s.place)
		changed = true
	}
	s.light.correct(s.now)
	s.seen.Gain = math.Exp(float64(s.light.whole))
	if changed {
		for i, v := range s.now {
			frame[i] = byte(min(max(v, 0), 255) + 0.5)
		}
	}
	s.seen.Other = s.other()
	// What it does not know for the place, the reference does not follow.
	if moved := s.seen.Right != 0 || s.seen.Down != 0; s.seen.Other < unknown && (s.seen.Taken || !moved) {
		s.follow()
	}
	return s.seen
}

// unknown is the share of the picture that is another one from which on it is not of the
// place.
const unknown = 0.3

// differs is how many grey levels a pixel of another picture differs by.
const differs = 25

// other is the share of the pixels that differ from the reference.
func (s *Steady) other() float64 {
	n := 0
	for i, v := range s.now {
		if d := v - s.place[i]; d > differs || d < -differs {
			n++
		}
	}
	return float64(n) / float64(len(s.now))
}

// follow has the reference follow the frame, and take over some of its light.
func (s *Steady) follow() {
	for i, v := range s.now {
		s.place[i] += min(max(v-s.place[i], -s.step), s.step)
	}
	s.light.lend(s.place, s.fade)
}
