package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"
)

// Description is what a recording's file and those beside it tell, without the index: it
// may be read while it is recorded to, and where the files were copied to.
type Description struct {
	Start, End time.Time
	Events     []Described // that lie in it, the first first; a clip has one
}

// Described is an event with its records and verdicts.
type Described struct {
	Sidecar
	Lines []Line `json:"lines"`
}

// Describe reads a segment or a clip. The error wraps ErrFile.
func Describe(path string) (Description, error) {
	f, err := os.Open(path)
	if err != nil {
		return Description{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer f.Close()
	s, _, err := measure(f)
	if err != nil {
		return Description{}, fmt.Errorf("%s: %w", path, err)
	}
	d := Description{Start: s.start, End: s.end}
	sides := []string{SidecarOf(path)}
	if !exists(sides[0]) {
		// A segment: its camera's events are beside the folder of its day.
		sides, err = filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), eventsDir, "*.json"))
		if err != nil {
			return d, fmt.Errorf("%w: %w", ErrFile, err)
		}
	}
	for _, side := range sides {
		one, err := ReadSidecar(side)
		if err != nil {
			return d, err
		}
		if one.Start().After(d.End) || one.End().Before(d.Start) {
			continue
		}
		lines, err := ReadLines(linesOf(side))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return d, err
		}
		d.Events = append(d.Events, Described{*one, lines})
	}
	sort.Slice(d.Events, func(i, j int) bool { return d.Events[i].Start().Before(d.Events[j].Start()) })
	return d, nil
}
