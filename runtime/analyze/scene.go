package analyze

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Scene is what keeps a camera from being judged, or judged well, though frames come.
type Scene string

// The kinds. While one that is held lasts, nothing is judged.
const (
	Light      Scene = "light"        // most of the picture changes at once; held
	Moved      Scene = "camera-moved" // held where it cannot be moved back
	Covered    Scene = "covered"      // a good part shows nothing any more; held
	Dark       Scene = "dark"         // held
	OutOfFocus Scene = "out-of-focus"
	Frozen     Scene = "frozen" // the same picture again and again
	Drifted    Scene = "drift"  // scores lie higher than the bundle's calibration has them
)

// scenes are all kinds, the weightiest first.
var scenes = [...]Scene{Dark, Covered, Moved, Light, OutOfFocus, Frozen, Drifted}

// Scenes are all kinds, the weightiest first.
func Scenes() []Scene { return scenes[:] }

// indexOf is the place of a kind in scenes.
func indexOf(s Scene) int { return slices.Index(scenes[:], s) }

// Notice says that a scene begins or ends.
type Notice struct {
	Scene Scene
	Begin bool
	Time  time.Duration // of the frame that showed it, as events have it
	Held  bool          // nothing is judged while it lasts
	// Wall is the clock time of that frame, and Since, at the end, that of the frame with
	// which the scene began.
	Wall, Since time.Time
	// Right and Down are how far the picture has moved, shares of its width and height;
	// of Moved.
	Right, Down float64
	// PerDay and Promised are the false alarms a day that are to be expected now, and
	// those that the threshold was chosen for; of Drifted.
	PerDay, Promised float64
}

// String says it in words, of a picture of any size.
func (n Notice) String() string {
	if !n.Begin {
		return map[Scene]string{Light: "the light is steady again", Moved: "the camera looks where it looked before", Covered: "the lens is free again",
			Dark: "there is light again", OutOfFocus: "the picture is sharp again", Frozen: "the picture moves again",
			Drifted: "the scores lie where the bundle's calibration has them"}[n.Scene]
	}
	switch n.Scene {
	case Light:
		return "most of the picture changed at once, as when a light goes on or the camera switches to infrared: judgement is held until it is steady"
	case Moved:
		text := "the camera was moved or turned"
		if n.Right != 0 || n.Down != 0 {
			text += fmt.Sprintf(": what it sees lies %s", n.offset())
		}
		if n.Held {
			return text + "; judgement is held until it is back: turn it back, or train a bundle for what it sees now"
		}
		return text + "; the picture is moved back to be judged: turn it back, or train anew"
	case Covered:
		return "a good part of the picture shows nothing that it showed before: clean or free the lens; judgement is held"
	case Dark:
		return "the picture is too dark to be judged: there is less than half of the light of the training; judgement is held"
	case OutOfFocus:
		return "the picture is out of focus: clean or focus the lens; what is small may be missed"
	case Frozen:
		return "the camera sends the same picture again and again: look whether it hangs"
	case Drifted:
		return fmt.Sprintf("the scores lie higher than in the footage that the bundle was calibrated with: about %.2g false alarms a day are to be expected, and it promises %.2g. "+
			"Calibrate it with an ordinary recording of these days (avid calibrate), or train it on (avid train --resume)", n.PerDay, n.Promised)
	}
	return string(n.Scene)
}

// offset is how far the picture has moved, in words.
func (n Notice) offset() string {
	far := func(share float64, less, more string) string {
		if share < 0 {
			more = less
		}
		return fmt.Sprintf("%.1f %% further %s", 100*math.Abs(share), more)
	}
	across, down := far(n.Right, "left", "right"), far(n.Down, "up", "down")
	switch {
	case math.Abs(n.Down) < 0.005:
		return across
	case math.Abs(n.Right) < 0.005:
		return down
	}
	return across + " and " + down
}
