package avidfilter

import (
	"math"
	"slices"

	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/overlay"
)

// zone takes the zones of the settings where they were set anew, and returns the ends of
// the events of the zones before. It needs the stream's side, and run.mu.
func (f *filter) zone(run *session, set *settings) []event.Event {
	if set.ZonesTurn == run.set.ZonesTurn {
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
	f.mu.Lock()
	f.stats.zones = run.judgedZones()
	f.mu.Unlock()
	return ended
}

// judgedZones are the names of the zones that events are of; none: the whole picture.
func (s *session) judgedZones() (names []string) {
	for _, z := range s.zones.Judge() {
		names = append(names, z.Name)
	}
	return names
}

// hide finds what is painted black in the present picture.
func (s *session) hide() {
	s.hidden, s.moved = s.hidden[:0], [2]int{}
	for _, z := range s.zones.Private() {
		z.Spans(s.area.Height, s.area.Width, func(y, first, end int) {
			s.hidden = append(s.hidden, overlay.Run{Y: y, First: first, End: end})
		})
	}
	s.still = len(s.hidden)
}

// hideMoved has what is painted black be so where the camera usually sees it and, where
// the picture has moved, where it lies now too. It allocates nothing once it has seen a
// picture that has moved.
func (s *session) hideMoved() {
	right, down := s.analyzer.Moved()
	moved := [2]int{int(math.Round(right * float64(s.area.Width))), int(math.Round(down * float64(s.area.Height)))}
	if moved == s.moved {
		return
	}
	s.hidden, s.moved = s.hidden[:s.still], moved
	if moved == [2]int{} {
		return
	}
	// How far it has moved is known to a pixel of the model.
	h, w := s.analyzer.Size()
	wide, high := (s.area.Width+w-1)/w, (s.area.Height+h-1)/h
	for _, r := range s.hidden {
		for _, y := range [...]int{r.Y - high, r.Y - high/2, r.Y, r.Y + high/2, r.Y + high} {
			y += moved[1]
			first, end := max(r.First+moved[0]-wide, 0), min(r.End+moved[0]+wide, s.area.Width)
			if y >= 0 && y < s.area.Height && first < end {
				s.hidden = append(s.hidden, overlay.Run{Y: y, First: first, End: end})
			}
		}
	}
}

// readZones reads the property zones.
func (s *settings) readZones(text string) {
	s.ZonesText = text
	s.ZonesTurn++ // a file of the same name may hold others
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
