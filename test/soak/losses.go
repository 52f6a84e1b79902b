package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"avid/runtime/event"
	"avid/runtime/record"
)

// errLost says that something is lost.
var errLost = errors.New("lost")

// kept is what a recorder has kept: states of events by id, and when there is film.
type kept struct {
	states map[string]string
	film   []record.Recording
	clips  int
}

// keptOf opens a folder of recordings, and checks that index and files are as one.
func keptOf(dir string) (k kept, err error) {
	s, err := record.Open(dir, record.DefaultConfig(), record.Options{})
	if err != nil {
		return k, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	k.states = map[string]string{}
	rows := map[string]int64{}
	for q := (record.Query{}); ; {
		events, err := s.Events(q)
		if err != nil {
			return k, err
		}
		for _, e := range events {
			k.states[e.ID] = e.State
			clips, err := s.Clips(e.Camera, e.ID)
			if err != nil {
				return k, err
			}
			k.clips += len(clips)
			for _, c := range clips {
				rows[c.Path] = c.Size
			}
		}
		if len(events) == 0 {
			break
		}
		q.Before = &events[len(events)-1]
	}
	if k.film, err = s.Segments("yard", time.Time{}, time.Time{}); err != nil {
		return k, err
	}
	for _, r := range k.film {
		rows[r.Path] = r.Size
	}
	files, err1 := filepath.Glob(filepath.Join(dir, "*", "*", "*.mp4"))
	if err1 != nil || len(files) != len(rows) {
		err = errors.Join(err1, fmt.Errorf("%w: there are %d files of film and %d rows in the index", errLost, len(files), len(rows)))
	}
	for path, size := range rows {
		info, missing := os.Stat(s.Path(path))
		if missing == nil && info.Size() != size {
			missing = fmt.Errorf("%w: %s has %d bytes, its row says %d", errLost, path, info.Size(), size)
		}
		if missing == nil {
			_, missing = record.Describe(s.Path(path))
		}
		err = errors.Join(err, missing)
	}
	return k, err
}

// mostFilm is how much film a kill may cost.
const mostFilm = 5 * time.Second

// judge compares what receivers were told with each other and with what was kept. Of the
// last record before a kill it is not known how far it came.
func judge(out io.Writer, moments []time.Time, told map[string][]event.Record, k kept) (err error) {
	names := []string{"lines", "webhook", "MQTT"}
	lost := func(format string, args ...any) {
		err = errors.Join(err, fmt.Errorf("%w: %s", errLost, fmt.Sprintf(format, args...)))
	}
	unsure := 0
	for _, from := range names {
		for i, r := range told[from] {
			last := lastBefore(moments, told[from], i)
			for _, to := range names {
				if slices.ContainsFunc(told[to], func(o event.Record) bool { return keyOf(o) == keyOf(r) }) {
					continue
				}
				if unsure++; !last {
					lost("%s was told of %s, and %s was not", from, keyOf(r), to)
				}
			}
			state, is := k.states[r.ID]
			if r.Label == event.Label && !last && (!is || state == record.StateOpen || r.Type == string(event.End) && state != record.StateEnded) {
				lost("%s was told of %s, and the history has it as %q", from, keyOf(r), state)
			}
			at := clock(r.Time)
			filmed := slices.ContainsFunc(k.film, func(f record.Recording) bool { return !at.Before(f.Start) && !at.After(f.End) })
			if soon := killAfter(moments, at); !filmed && r.Label == event.Label && (soon.IsZero() || soon.Sub(at) > mostFilm) {
				lost("%s was told of %s, and there is no film of it; the next kill was %v later", from, keyOf(r), soon.Sub(at))
			}
		}
		if !ordered(told[names[0]], told[from]) {
			lost("%s was not told in order", from)
		}
	}
	fmt.Fprintf(out, "  records: %d in the file, %d by webhook, %d by MQTT; of %d it was not known at a kill\n", len(told["lines"]), len(told["webhook"]), len(told["MQTT"]), unsure)
	fmt.Fprintf(out, "  history: %d events, %d clips, %d segments, all of which can be read\n", len(k.states), k.clips, len(k.film))
	if len(told["lines"]) < len(moments) {
		err = errors.Join(err, fmt.Errorf("%d records in all: the kills come too soon to show anything", len(told["lines"])))
	}
	return err
}

// clock is a record's time.
func clock(seconds float64) time.Time { return time.UnixMilli(int64(1000 * seconds)) }

// killAfter is the first kill after a time; zero: there is none.
func killAfter(moments []time.Time, at time.Time) time.Time {
	for _, m := range moments {
		if m.After(at) {
			return m
		}
	}
	return time.Time{}
}

// lastBefore says whether a record is the last one before a kill.
func lastBefore(moments []time.Time, all []event.Record, i int) bool {
	kill := killAfter(moments, clock(all[i].Time))
	return !kill.IsZero() && (i+1 == len(all) || clock(all[i+1].Time).After(kill))
}

// ordered says whether the records that both have came in the same order.
func ordered(a, b []event.Record) bool {
	at := map[string]int{}
	for i, r := range a {
		at[keyOf(r)] = i
	}
	before := -1
	for _, r := range b {
		i, is := at[keyOf(r)]
		if is && i < before {
			return false
		}
		if is {
			before = i
		}
	}
	return true
}
