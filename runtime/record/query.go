package record

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Query asks for events; what is zero asks for all.
type Query struct {
	Camera, Kind, Zone string
	ID                 string    // of one event
	From, To           time.Time // events that lie in it, or in part
	Unacknowledged     bool      // those only that nobody has acknowledged
	Limit              int       // rows at most; 0: mostRows
	// Before is the last event of the page before this one.
	Before *EventRow
}

// mostRows is how many rows a query gives at most.
const mostRows = 1000

// Events returns events, the newest first.
func (s *Store) Events(q Query) ([]EventRow, error) {
	if q.Limit < 0 || q.Limit > mostRows {
		return nil, fmt.Errorf("%w: a limit of %d rows: want 1 to %d, or 0 for as many", ErrConfig, q.Limit, mostRows)
	}
	if q.Limit == 0 {
		q.Limit = mostRows
	}
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	for _, f := range [][2]string{{"camera", q.Camera}, {"id", q.ID}, {"kind", q.Kind}, {"zone", q.Zone}} {
		if f[1] != "" {
			add(f[0]+" = ?", f[1])
		}
	}
	if !q.From.IsZero() {
		add("end >= ?", millis(q.From))
	}
	if !q.To.IsZero() {
		add("start < ?", millis(q.To))
	}
	if q.Unacknowledged {
		add("acknowledged = 0")
	}
	if b := q.Before; b != nil {
		add("(start, camera, id) < (?, ?, ?)", millis(b.Start), b.Camera, b.ID)
	}
	text := ""
	if len(where) > 0 {
		text = "WHERE " + strings.Join(where, " AND ")
	}
	return s.index.events(text+" ORDER BY start DESC, camera DESC, id DESC LIMIT ?", append(args, q.Limit)...)
}

// Named is what can be asked for of a camera that something was recorded of.
type Named struct {
	Camera string
	Kinds  []string // of its events, in order
	Zones  []string
}

// Named returns the cameras of which there is something, in order.
func (s *Store) Named() (all []Named, err error) {
	rows, err := s.index.db.Query(`SELECT camera, '' AS kind, '' AS zone FROM segments GROUP BY camera
		UNION SELECT camera, kind, zone FROM events GROUP BY camera, kind, zone ORDER BY 1, 2, 3`)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var camera, kind, zone string
		if err := rows.Scan(&camera, &kind, &zone); err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].Camera != camera {
			all = append(all, Named{Camera: camera})
		}
		n := &all[len(all)-1]
		n.Kinds, n.Zones = with(n.Kinds, kind), with(n.Zones, zone)
	}
	return all, rows.Err()
}

// with is a list that has a name, in order; an empty name is none.
func with(list []string, name string) []string {
	at, is := slices.BinarySearch(list, name)
	if is || name == "" {
		return list
	}
	return slices.Insert(list, at, name)
}

// Segments returns what was recorded of a camera between two times, the oldest first;
// zero times are any.
func (s *Store) Segments(camera string, from, to time.Time) ([]Recording, error) {
	if to.IsZero() {
		to = time.UnixMilli(1 << 50)
	}
	return s.index.recordings(fromSegments+"WHERE camera = ? AND end >= ? AND start < ? ORDER BY start", camera, millis(from), millis(to))
}

// Clips returns the clips of an event, in order.
func (s *Store) Clips(camera, id string) ([]Recording, error) {
	return s.index.recordings(fromClips+"WHERE camera = ? AND event = ? ORDER BY start, path", camera, id)
}

// Pictures returns the pictures of an event.
func (s *Store) Pictures(camera, id string) ([]Picture, error) {
	return s.index.pictures("WHERE camera = ? AND event = ? ORDER BY path", camera, id)
}

// Acknowledge notes whether somebody has looked at an event, and what they say of it;
// it is kept beside the clip as well. The error wraps ErrEvent.
func (s *Store) Acknowledge(camera, id string, a Acknowledgement) error {
	return s.change(camera, id, func(is *Acknowledgement) {
		a.Ordinary = is.Ordinary
		a.Normal = a.Normal || a.Ordinary != ""
		*is = a
	})
}

// Ordinary notes under which name an event was learnt as ordinary, and by whom; an empty
// name is forgotten again. The error wraps ErrEvent.
func (s *Store) Ordinary(camera, id, name, by string) error {
	return s.change(camera, id, func(is *Acknowledgement) {
		is.Ordinary, is.Normal = name, name != ""
		if is.Normal {
			is.Acknowledged, is.By = true, by
		}
	})
}

// change changes what somebody has said of an event.
func (s *Store) change(camera, id string, to func(*Acknowledgement)) error {
	s.sides.Lock()
	defer s.sides.Unlock()
	known, err := s.index.events("WHERE camera = ? AND id = ?", camera, id)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		return fmt.Errorf("%w: %s of %s", ErrEvent, id, camera)
	}
	path := s.sidecarPath(camera, id)
	side, err := ReadSidecar(path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if live := s.open[eventKey{camera, id}]; live != nil { // it is written again with it
		to(&live.Acknowledgement)
	}
	s.mu.Unlock()
	to(&side.Acknowledgement)
	if err := side.write(s, path); err != nil {
		return err
	}
	return putEvent(s.index.db, side.row(known[0].Size))
}
