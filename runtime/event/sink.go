package event

import (
	"encoding/json"
	"fmt"
	"io"
)

// Sink takes the reports on the events of a stream, in order. Boxes of an event
// are borrowed for the call.
type Sink interface {
	// Report takes one report.
	Report(Event) error
}

// Lines is a Sink that writes each report as a line of JSON (Event.MarshalJSON).
type Lines struct{ W io.Writer }

// Report writes one line in one call of Write.
func (l Lines) Report(e Event) error {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = l.W.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("event %d: %w", e.ID, err)
	}
	return nil
}
