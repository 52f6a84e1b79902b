package synth

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what an object of the scene is.
type Kind int

// The kinds of objects. Only Pedestrian is normal.
const (
	Pedestrian Kind = iota
	Cyclist
	Cart
	Runner
	Bag
)

var kindNames = [...]string{"pedestrian", "cyclist", "cart", "runner", "bag"}

// String is the kind's lower-case name.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Irregular reports whether the kind does not belong on the walkway.
func (k Kind) Irregular() bool { return k != Pedestrian }

// Irregulars lists the irregular kinds, in the order clips take them.
func Irregulars() []Kind { return []Kind{Cyclist, Cart, Runner, Bag} }

// ErrConfig marks settings outside their ranges.
var ErrConfig = errors.New("synth: bad configuration")

// ParseKinds reads a comma-separated list of kinds such as "cyclist,cart";
// "all" means every irregular kind, "none" or an empty text no kind.
func ParseKinds(text string) ([]Kind, error) {
	var kinds []Kind
	for _, word := range strings.Split(text, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		switch word {
		case "", "none":
			continue
		case "all":
			kinds = append(kinds, Irregulars()...)
			continue
		}
		k, err := parseKind(word)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

func parseKind(word string) (Kind, error) {
	for _, k := range Irregulars() {
		if k.String() == word {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: kind %q: allowed are cyclist, cart, runner, bag, all, none", ErrConfig, word)
}

// Config describes one clip of one place.
type Config struct {
	Height, Width int     // picture size in pixels, 48 to 2160 and 64 to 3840
	Frames        int     // length of the clip in frames, at least 1
	Rate          float64 // frames a second, (0, 120]
	Place         uint64  // seed of the place: camera, ground, trees, sun
	Night         bool    // the place by night, in the infrared light of a lamp beside the camera
	Seed          uint64  // seed of who walks there: another number, another clip of the same camera
	Pedestrians   int     // mean number of pedestrians in view, 0 to 60
	Irregular     []Kind  // irregular objects, in order of their appearance, spread over the clip
	Noise         float64 // standard deviation of the sensor noise in grey levels of 255, 0 to 32
}

// DefaultConfig is a clip like those of UCSD Ped2, but for a width that is a
// multiple of 16, as every H.264 decoder likes it: 352x240, ten frames a
// second, 18 seconds, and nothing irregular.
func DefaultConfig() Config {
	return Config{Height: 240, Width: 352, Frames: 180, Rate: 10, Place: 1, Seed: 1, Pedestrians: 9, Noise: 1.5}
}

// Validate reports the first setting outside its range, as an ErrConfig.
func (c Config) Validate() error {
	checks := []struct {
		ok   bool
		what string
		got  any
	}{
		{c.Height >= 48 && c.Height <= 2160, "height must be 48 to 2160 pixels", c.Height},
		{c.Width >= 64 && c.Width <= 3840, "width must be 64 to 3840 pixels", c.Width},
		{c.Frames >= 1, "frames must be at least 1", c.Frames},
		{c.Rate > 0 && c.Rate <= 120, "rate must be above 0 and at most 120 frames/s", c.Rate},
		{c.Pedestrians >= 0 && c.Pedestrians <= 60, "pedestrians must be 0 to 60", c.Pedestrians},
		{c.Noise >= 0 && c.Noise <= 32, "noise must be 0 to 32 grey levels", c.Noise},
	}
	for _, check := range checks {
		if !check.ok {
			return fmt.Errorf("%w: %s, not %v", ErrConfig, check.what, check.got)
		}
	}
	for _, k := range c.Irregular {
		if k < Cyclist || k > Bag {
			return fmt.Errorf("%w: %v is not an irregular kind", ErrConfig, k)
		}
	}
	return nil
}
