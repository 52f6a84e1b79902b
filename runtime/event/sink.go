package event

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Sink takes the reports on the events of a stream, in order. Boxes of an event
// are borrowed for the call.
type Sink interface {
	// Report takes one report.
	Report(Event) error
	// Scene takes what begins or ends to keep the stream from being judged.
	Scene(Scene) error
}

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

// MarshalJSON is the scene as one line, whose kind is "scene".
func (s Scene) MarshalJSON() ([]byte, error) {
	line := struct {
		Kind  Kind     `json:"kind"`
		Scene string   `json:"scene"`
		State string   `json:"state"`
		Time  float64  `json:"time"`
		Held  bool     `json:"held"`
		Text  string   `json:"text"`
		Right *float64 `json:"right,omitempty"`
		Down  *float64 `json:"down,omitempty"`

		PerDay   float64 `json:"false_alarms_per_day,omitempty"`
		Promised float64 `json:"promised,omitempty"`
	}{Kind: "scene", Scene: s.Kind, State: s.State, Time: round(s.Time.Seconds()), Held: s.Held, Text: s.Text, PerDay: round(s.PerDay), Promised: round(s.Promised)}
	if s.Right != 0 || s.Down != 0 {
		right, down := round(s.Right), round(s.Down)
		line.Right, line.Down = &right, &down
	}
	return json.Marshal(line)
}

// Lines is a Sink that writes each report as a line of JSON (Event.MarshalJSON).
type Lines struct{ W io.Writer }

// Report writes one line in one call of Write.
func (l Lines) Report(e Event) error {
	if err := l.line(e); err != nil {
		return fmt.Errorf("event %d: %w", e.ID, err)
	}
	return nil
}

// Scene writes one line in one call of Write.
func (l Lines) Scene(s Scene) error {
	if err := l.line(s); err != nil {
		return fmt.Errorf("scene %s: %w", s.Kind, err)
	}
	return nil
}

func (l Lines) line(v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = l.W.Write(append(line, '\n'))
	}
	return err
}
