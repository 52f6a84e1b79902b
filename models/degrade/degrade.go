// Package degrade shows footage as light, weather, the lens, the mount and the coder of
// a camera would: to measure what a filter does then, and to train it with.
//
// Each effect is a function of its seed and the time of a frame alone. So it is causal,
// the same in each run, and pictures that differ in one thing are degraded alike.
package degrade

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind is what happens to a picture.
type Kind struct {
	Name, Text  string
	Unit        string  // of the strength
	Usual, Most float64 // strengths; the least is more than 0
	// Coder says that frames go through a coder that is not in this package.
	Coder bool
	// Scene says that the place itself looks other, behind all that passes, as in
	// another light or by another look of the camera.
	Scene bool

	make func(scene) effect
}

// scene is what an effect is made for.
type scene struct {
	h, w     int
	strength float64
	seed     uint64
}

// effect changes the grey levels of a frame at a time in seconds, and says how far what
// is seen has moved, pixels to the right and down.
type effect func(gray []byte, at float64) (right, down float64)

// H264 is the kind that needs a coder: its strength is the quantizer.
const H264 = "h264"

// kinds are in the order of the documentation. The strengths are those that the filter
// was first measured with, of a picture of rows rows.
var kinds = []Kind{
	{Name: "exposure-step", Text: "each 2.5 s the exposure changes at once", Unit: "grey levels at mid-grey", Usual: 30, Most: 100, Scene: true, make: exposureStep},
	{Name: "exposure-ramp", Text: "the exposure goes up and down in 40 s", Unit: "share of the light, peak to peak", Usual: 0.5, Most: 1.5, Scene: true, make: exposureRamp},
	{Name: "flicker", Text: "mains light beats with the frame rate", Unit: "% of the light", Usual: 6, Most: 50, Scene: true, make: flicker},
	{Name: "fog", Text: "contrast is lost to a bright grey", Unit: "share of the contrast", Usual: 0.5, Most: 0.95, Scene: true, make: fog},
	{Name: "cloud", Text: "shadows of clouds pass", Unit: "% of the light", Usual: 30, Most: 80, Scene: true, make: cloud},
	{Name: "noise", Text: "noise of the sensor", Unit: "grey levels, standard deviation", Usual: 8, Most: 60, make: noise},
	{Name: "night", Text: "little light, and noise of 6 grey levels", Unit: "share of the light", Usual: 0.25, Most: 0.9, Scene: true, make: night},
	{Name: H264, Text: "H.264 at a coarse quantizer", Unit: "quantizer", Usual: 38, Most: 51, Coder: true},
	{Name: "jpeg", Text: "JPEG at a low quality", Unit: "quality", Usual: 10, Most: 100, Scene: true, make: coded},
	{Name: "blur", Text: "the lens is out of focus", Unit: "pixels, standard deviation", Usual: 1.2, Most: 12, Scene: true, make: blur},
	{Name: "rain", Text: "streaks of rain", Unit: "times heavy rain", Usual: 1, Most: 8, make: rain},
	{Name: "snow", Text: "flakes drift down", Unit: "times heavy snow", Usual: 1, Most: 8, make: snow},
	{Name: "insect", Text: "each 3 s an insect crosses close to the lens", Unit: "share of the height", Usual: 0.12, Most: 0.4, make: insect},
	{Name: "headlight", Text: "each 4 s a lamp shines into the lens", Unit: "grey levels at its middle", Usual: 120, Most: 255, Scene: true, make: headlight},
	{Name: "shake", Text: "the camera trembles from frame to frame", Unit: "pixels", Usual: 1, Most: 20, Scene: true, make: shake},
	{Name: "sway", Text: "the camera sways on its pole, once in 2 s", Unit: "pixels", Usual: 2, Most: 30, Scene: true, make: sway},
	{Name: "covered", Text: "after 4 s something covers a side of the lens", Unit: "share of the picture", Usual: 0.5, Most: 1, make: covered},
	{Name: "turned", Text: "after 4 s the camera has been turned", Unit: "pixels right, half of it down", Usual: 8, Most: 120, Scene: true, make: turned},
}

// rows are those of a picture that strengths in pixels are given for; others have them in
// proportion.
const rows = 240

// Kinds are all kinds.
func Kinds() []Kind { return kinds }

// Errors of this package.
var (
	ErrKind     = errors.New("degrade: no such kind")
	ErrStrength = errors.New("degrade: strength is out of range")
)

// Find returns the kind of that name. The error wraps ErrKind.
func Find(name string) (Kind, error) {
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("%w: %q", ErrKind, name)
}

// Check returns an error that wraps ErrStrength where a strength makes no sense.
func (k Kind) Check(strength float64) error {
	if !(strength > 0 && strength <= k.Most) {
		return fmt.Errorf("%w: %s=%g: want more than 0 and at most %g (%s)", ErrStrength, k.Name, strength, k.Most, k.Unit)
	}
	return nil
}

// Degrader degrades the frames of one camera. Not safe for concurrent use.
type Degrader struct{ effect effect }

// New returns a degrader of pictures of h×w grey bytes; of a kind with Coder it changes
// nothing. The error wraps ErrStrength.
func New(k Kind, strength float64, h, w int, seed uint64) (*Degrader, error) {
	if err := k.Check(strength); err != nil {
		return nil, err
	}
	if k.make == nil {
		return &Degrader{func([]byte, float64) (float64, float64) { return 0, 0 }}, nil
	}
	return &Degrader{k.make(scene{h, w, strength, seed})}, nil
}

// Frame degrades a frame in its place, at a time since the clip's start, and says how
// many pixels to the right and down what is seen has moved.
func (d *Degrader) Frame(gray []byte, at time.Duration) (right, down float64) {
	return d.effect(gray, max(at.Seconds(), 0))
}

// scaled is a length in pixels of a picture of rows rows, in this one.
func (s scene) scaled(pixels float64) float64 { return pixels * float64(s.h) / rows }

// draws are random numbers that belong to a number, such as that of a frame or of an
// insect.
func (s scene) draws(n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed^0x64656772616465, n))
}

// atFrame are those of the frame at a time.
func (s scene) atFrame(at float64) *rand.Rand { return s.draws(uint64(at*1000 + 0.5)) }

// visit is where in its turn of every seconds a time is, and the turn's numbers.
func (s scene) visit(at, every float64) (since float64, draws *rand.Rand) {
	turn := uint64(at / every)
	return at - float64(turn)*every, s.draws(turn)
}

func level(v float64) byte { return byte(min(max(v, 0), 255) + 0.5) }
