package avidfilter

import (
	"slices"

	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/overlay"
)

// zone takes the zones of the settings where they have changed, and returns the ends of
// the events of the zones before. It needs the stream's side, and run.mu.
func (f *filter) zone(run *session, set *settings) []event.Event {
	if set.ZonesText == run.set.ZonesText {
		return nil
	}
	if set.ZonesError != nil {
		f.el.PostWarning("The zones are not taken, and those of before stay.", set.ZonesError.Error())
		return nil
	}
	run.zones.Added = set.Zones
	ended, err := run.analyzer.Zones(run.zones)
	if err != nil {
		f.el.PostWarning("The zones are not taken.", err.Error())
	}
	run.hide()
	return ended
}

// hide finds what is painted black in the present picture.
func (s *session) hide() {
	s.hidden = s.hidden[:0]
	for _, z := range s.zones.Private() {
		z.Spans(s.area.Height, s.area.Width, func(y, first, end int) {
			s.hidden = append(s.hidden, overlay.Run{Y: y, First: first, End: end})
		})
	}
}

// readZones reads the property zones.
func (s *settings) readZones(text string) {
	s.ZonesText = text
	l, err := zones.Read(text)
	if s.ZonesError = err; err == nil {
		s.Zones = l
	}
}

// events are what a frame reports: what ended before it, then what came of it. The frame
// that both are of is the same.
func (s *session) events(ended, came []event.Event) []event.Event {
	if len(ended) == 0 {
		return came
	}
	return append(slices.Clone(ended), came...)
}
