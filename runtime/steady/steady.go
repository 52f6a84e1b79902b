// Package steady takes out of the frames of a camera what its mount, its light and its lens
// do: the picture that sways or trembles, light that changes at once or by large areas, and
// edges that are less sharp. What is left is what happens in front of it.
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

	counts  []bool // which pixels count; nil: all
	counted int    // how many

	light light
	shift shift
	focus focus
	now   []float32 // the frame in work
	last  []float32 // the one before, corrected
	calm  int       // frames in a row that changed little
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
	// Beyond says that its light is another one by more than is taken out.
	Beyond bool
	// Other is the share of the picture that is another one than of late, whatever its
	// light, 0 to 1.
	Other float64
	// Learnt says that the frame was taken for what the place looks like from now on,
	// since it had stayed another one.
	Learnt bool
}

// How fast the reference follows: as the ground of the networks does, grey levels a
// second; and in how many seconds it has taken over most of another light.
const (
	levelsPerSecond = 2.5
	lightSeconds    = 60
)

// leastSide is the least side of frames, pixels, in which light can be told from what
// passes; smaller ones stay as they are.
const leastSide = 32

// New returns a Steady for frames of h×w grey bytes, rate a second.
func New(h, w int, rate float64) *Steady {
	return &Steady{h: h, w: w, place: make([]float32, h*w), now: make([]float32, h*w), last: make([]float32, h*w),
		step: float32(levelsPerSecond / rate), fade: share(lightSeconds, rate),
		light: newLight(h, w), shift: newShift(h, w), focus: newFocus(h, w, rate), seen: Seen{Gain: 1}}
}

// share is what a mean takes over of each of rate values a second, to follow in seconds.
func share(seconds, rate float64) float32 { return float32(1 - math.Exp(-1/(seconds*rate))) }

// Anchor has the reference begin as a picture of the place, h·w grey bytes, which it
// keeps; another size: at the first frame.
func (s *Steady) Anchor(picture []byte) {
	s.anchor = nil
	if len(picture) == s.h*s.w {
		s.anchor = picture
	}
	s.Restart()
}

// Leave has pixels say nothing of movement, light or change where counts is false, h·w
// values; nil: all count.
func (s *Steady) Leave(counts []bool) {
	s.counts, s.shift.counts, s.focus.counts, s.counted = counts, counts, counts, 0
	for _, c := range counts {
		if c {
			s.counted++
		}
	}
}

// Restart forgets the frames before.
func (s *Steady) Restart() {
	s.known, s.seen = false, Seen{Gain: 1}
	if s.anchor != nil {
		s.begin(s.anchor)
	}
}

// begin takes a frame for the place as it is now.
func (s *Steady) begin(frame []byte) {
	for i, v := range frame {
		s.place[i] = float32(v)
	}
	if s.anchor == nil {
		for i, c := range s.counts {
			if !c { // whatever the frame shows there says nothing, not even here
				s.place[i] = noLevel
			}
		}
	}
	s.known, s.calm = true, 0
	s.shift.forget()
	s.focus.begin(s.place)
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
	s.last, s.now = s.now, s.last
	for i, v := range frame {
		s.now[i] = float32(v)
	}
	for i, c := range s.counts {
		if !c { // as if nothing were another way there
			s.now[i] = s.place[i]
		}
	}
	// First the movement, in the light of the whole picture: moved by some rows, a
	// picture seems to have another light in each of them.
	changed := s.light.measure(s.now, s.place)
	s.shift.find(s.now, s.place, &s.light)
	s.seen.Right, s.seen.Down, s.seen.Taken = s.shift.right, s.shift.down, s.shift.taken
	if s.shift.taken {
		s.shift.back(s.now)
		s.light.measure(s.now, s.place)
		changed = true
	}
	s.seen.Gain = math.Exp(float64(s.light.whole))
	s.seen.Beyond = s.light.whole >= most || s.light.whole <= -most
	if changed {
		s.light.correct(s.now)
	}
	s.seen.Other = s.apart(s.now, s.place)
	moved := s.seen.Right != 0 || s.seen.Down != 0
	if s.seen.Other < unknown && (!moved || s.seen.Taken) && s.focus.measure(s.now) {
		s.focus.correct(s.now)
		changed = true
	}
	if changed {
		for i, v := range s.now {
			frame[i] = byte(min(max(v, 0), 255) + 0.5)
		}
	}
	if s.calm++; s.apart(s.now, s.last) > calmShare {
		s.calm = 0
	}
	switch {
	case moved && !s.seen.Taken: // what is seen is not the place
		s.calm = 0
	case s.seen.Other < unknown:
		s.follow()
	case s.calm >= calmFor && !moved:
		s.begin(frame)
		s.seen.Learnt = true
	}
	return s.seen
}

const (
	// unknown is the share of the picture that is another one from which on the reference
	// does not follow it: ordinary footage comes to 0.2. Where it stays so for calmFor
	// frames, of which at most calmShare changes from one to the next, it is the place
	// as it is from now on.
	unknown   = 0.3
	calmShare = 0.1
	calmFor   = 8
	// differs is how many grey levels a pixel of another picture differs by.
	differs = 25
	// noLevel is the grey level of the place where it does not count.
	noLevel = 128
)

// apart is the share of the pixels that count in which two pictures differ.
func (s *Steady) apart(a, b []float32) float64 {
	n, of := 0, len(a)
	for i, v := range a {
		if d := v - b[i]; (d > differs || d < -differs) && (s.counts == nil || s.counts[i]) {
			n++
		}
	}
	if s.counts != nil {
		of = max(s.counted, 1)
	}
	return float64(n) / float64(of)
}

// follow has the reference follow the frame, and take over some of its light.
func (s *Steady) follow() {
	for i, v := range s.now {
		s.place[i] += min(max(v-s.place[i], -s.step), s.step)
	}
	s.light.lend(s.place, s.fade)
}
