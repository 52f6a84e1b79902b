package event

import "time"

// Scene says that something begins or ends that keeps a stream from being judged, or
// judged well.
type Scene struct {
	Kind  string // light, camera-moved, covered, dark, out-of-focus, frozen, drift
	State string // begin, end
	Time  time.Duration
	Held  bool // nothing is judged while it lasts
	Text  string
	// Wall is the clock time of the frame at Time, and Since that of the frame with
	// which the scene began; zero where nobody has said it.
	Wall, Since time.Time
	// Right and Down are how far the camera has moved, pixels; at the begin of
	// camera-moved.
	Right, Down float64
	// PerDay and Promised are the false alarms a day that are to be expected, and those
	// that were promised; at the begin of drift.
	PerDay, Promised float64
}
