package record

import (
	"database/sql"
	"fmt"
	"time"
)

// Recording is a segment or a clip.
type Recording struct {
	Path       string // below the store's folder
	Camera     string
	Event      string // the id of a clip's event; empty: a segment
	Start, End time.Time
	Size       int64
	Open       bool // it is being written
}

// Picture is an event's highest frame.
type Picture struct {
	Path          string
	Camera, Event string
	Marked        bool // with what is irregular drawn on it
	Size          int64
}

// The states of an event.
const (
	StateOpen  = "open"  // it goes on
	StateEnded = "ended" // its end was reported
	StateCut   = "cut"   // the recorder was stopped before
)

// EventRow is an event as the index has it.
type EventRow struct {
	Camera, ID, State, Kind, Zone string
	Start, End                    time.Time
	Peak, Threshold               *float64
	Bundle                        string // its SHA-256
	Size                          int64  // of the sidecar and its lines, bytes
	Acknowledgement
}

// millis and clock turn times to the index's and back.
func millis(t time.Time) int64 { return t.UnixMilli() }
func clock(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// execer is a database or a transaction.
type execer interface {
	Exec(query string, args ...any) (sql.Result, error)
}

// putRecording writes a segment's or clip's row.
func putRecording(x execer, r Recording) error {
	var err error
	if r.Event == "" {
		_, err = x.Exec("INSERT OR REPLACE INTO segments VALUES (?,?,?,?,?,?)", r.Path, r.Camera, millis(r.Start), millis(r.End), r.Size, r.Open)
	} else {
		_, err = x.Exec("INSERT OR REPLACE INTO clips VALUES (?,?,?,?,?,?,?)", r.Path, r.Camera, r.Event, millis(r.Start), millis(r.End), r.Size, r.Open)
	}
	return err
}

// putPicture writes a picture's row.
func putPicture(x execer, p Picture) error {
	_, err := x.Exec("INSERT OR REPLACE INTO pictures VALUES (?,?,?,?,?)", p.Path, p.Camera, p.Event, p.Marked, p.Size)
	return err
}

// putEvent writes an event's row.
func putEvent(x execer, e EventRow) error {
	_, err := x.Exec("INSERT OR REPLACE INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", e.Camera, e.ID, e.State, e.Kind, e.Zone,
		millis(e.Start), millis(e.End), e.Peak, e.Threshold, e.Bundle, e.Size, e.Acknowledged, e.By, e.Normal, e.Note, e.Ordinary)
	return err
}

// dropPath forgets a file.
func dropPath(x execer, path string) error {
	for _, table := range []string{"segments", "clips", "pictures"} {
		if _, err := x.Exec("DELETE FROM "+table+" WHERE path = ?", path); err != nil {
			return err
		}
	}
	return nil
}

// dropEvent forgets an event with all that is its.
func dropEvent(x execer, camera, id string) error {
	for _, from := range []string{"events WHERE camera = ? AND id = ?", "clips WHERE camera = ? AND event = ?", "pictures WHERE camera = ? AND event = ?"} {
		if _, err := x.Exec("DELETE FROM "+from, camera, id); err != nil {
			return err
		}
	}
	return nil
}

// recordings runs a query for rows of segments (without an event) or clips.
func (x *index) recordings(from string, args ...any) (all []Recording, err error) {
	rows, err := x.db.Query("SELECT path, camera, event, start, end, size, open FROM "+from, args...)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Recording
		var start, end int64
		if err := rows.Scan(&r.Path, &r.Camera, &r.Event, &start, &end, &r.Size, &r.Open); err != nil {
			return nil, err
		}
		r.Start, r.End = clock(start), clock(end)
		all = append(all, r)
	}
	return all, rows.Err()
}

// segments and clips as recordings has them.
const (
	fromSegments = "(SELECT *, '' AS event FROM segments) "
	fromClips    = "clips "
)

// pictures runs a query for rows of pictures.
func (x *index) pictures(where string, args ...any) (all []Picture, err error) {
	rows, err := x.db.Query("SELECT path, camera, event, marked, size FROM pictures "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Picture
		if err := rows.Scan(&p.Path, &p.Camera, &p.Event, &p.Marked, &p.Size); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// events runs a query for rows of events.
func (x *index) events(where string, args ...any) (all []EventRow, err error) {
	rows, err := x.db.Query("SELECT camera, id, state, kind, zone, start, end, peak, threshold, bundle, size, acknowledged, who, normal, note, ordinary FROM events "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e EventRow
		var start, end int64
		if err := rows.Scan(&e.Camera, &e.ID, &e.State, &e.Kind, &e.Zone, &start, &end, &e.Peak, &e.Threshold, &e.Bundle, &e.Size,
			&e.Acknowledged, &e.By, &e.Normal, &e.Note, &e.Ordinary); err != nil {
			return nil, err
		}
		e.Start, e.End = clock(start), clock(end)
		all = append(all, e)
	}
	return all, rows.Err()
}

// size is the sum of all that the index knows of, bytes.
func (x *index) size() (sum int64, err error) {
	err = x.db.QueryRow(`SELECT (SELECT coalesce(sum(size),0) FROM segments) + (SELECT coalesce(sum(size),0) FROM clips) +
		(SELECT coalesce(sum(size),0) FROM pictures) + (SELECT coalesce(sum(size),0) FROM events)`).Scan(&sum)
	return sum, err
}
