package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The kinds of a Condition besides those of scenes.
const (
	Blind  = "blind"  // frames come, and none is judged
	Silent = "silent" // no frames come
	Away   = "away"   // the camera cannot be reached
)

// Condition is a time in which a camera was not judged, or not well.
type Condition struct {
	Kind  string     `json:"kind"` // of a scene (dark, covered …), blind, silent or away
	Text  string     `json:"text,omitempty"`
	Held  bool       `json:"held,omitempty"` // nothing was judged meanwhile
	Start time.Time  `json:"start"`
	End   *time.Time `json:"end,omitempty"` // null: it goes on
}

// conditionsEnd is the ending of the file of a day that has the Conditions of it, a line
// each as it begins, and again as it ends; what goes on over midnight is there each day.
const conditionsEnd = ".jsonl"

// appendConditions adds lines to a file. What a kill has left of a line gets an end first.
func appendConditions(path string, all []Condition) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	var text []byte
	last := make([]byte, 1)
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			text = append(text, '\n')
		}
	}
	for _, c := range all {
		line, one := json.Marshal(c)
		err = errors.Join(err, one)
		text = append(append(text, line...), '\n')
	}
	_, one := f.Write(text)
	return errors.Join(err, one, f.Close())
}

// readConditions reads a day's lines, the last of each; one that is not whole counts for
// nothing, as a kill may leave it.
func readConditions(path string, into []Condition) ([]Condition, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return into, nil
	}
	if err != nil {
		return into, err
	}
	for line := range bytes.Lines(text) {
		var c Condition
		if json.Unmarshal(line, &c) != nil || c.Kind == "" {
			continue
		}
		at := slices.IndexFunc(into, func(o Condition) bool { return o.Kind == c.Kind && o.Start.Equal(c.Start) })
		if at < 0 {
			into = append(into, c)
		} else if c.End != nil {
			into[at] = c
		}
	}
	return into, nil
}

// Conditions returns when a camera was not judged, or not well, between two times, in
// order. What goes on has no end; where the process was stopped meanwhile, it ends there.
func (s *Store) Conditions(camera string, from, to time.Time) (all []Condition, err error) {
	for day := midnight(from); day.Before(to); day = day.Add(24 * time.Hour) {
		if all, err = readConditions(s.dayPath(camera, day, conditionsEnd), all); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	j := s.journals[camera]
	s.mu.Unlock()
	for i := range all {
		if c := &all[i]; c.End == nil && (j == nil || !j.lasts(*c)) {
			end, err := s.stopped(camera, c.Start)
			if err != nil {
				return nil, err
			}
			c.End = &end
		}
	}
	all = slices.DeleteFunc(all, func(c Condition) bool { return !c.Start.Before(to) || c.End != nil && c.End.Before(from) })
	slices.SortFunc(all, func(a, b Condition) int { return a.Start.Compare(b.Start) })
	return all, nil
}

// stopped is when the recorder that wrote at a time wrote for the last time.
func (s *Store) stopped(camera string, since time.Time) (time.Time, error) {
	end := since.Truncate(Step)
	for day := midnight(since); ; day = day.Add(24 * time.Hour) {
		all, err := readScores(s.dayPath(camera, day, scoresEnd), day)
		if err != nil {
			return end, err
		}
		for _, v := range all {
			if v.At.After(end) {
				return later(end, since), nil
			}
			if v.At.Equal(end) {
				end = end.Add(Step)
			}
		}
		if end.Before(day.Add(24 * time.Hour)) {
			break
		}
	}
	return later(end, since), nil
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
