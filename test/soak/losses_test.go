package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/record"
)

// TestJudge: what is lost is told from what nobody can know at a kill.
func TestJudge(t *testing.T) {
	began := time.UnixMilli(1_795_780_800_000)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	rec := func(kind event.Kind, id string, seconds float64) event.Record {
		return event.Record{Type: string(kind), ID: id, Label: event.Label, Time: float64(at(seconds).UnixMilli()) / 1000}
	}
	all := []event.Record{rec(event.Begin, "a", 1), rec(event.End, "a", 3), rec(event.Begin, "b", 9), rec(event.End, "b", 21)}
	film := []record.Recording{{Start: at(0), End: at(9.5)}, {Start: at(20), End: at(30)}}
	ended := map[string]string{"a": record.StateEnded, "b": record.StateEnded}
	moments := []time.Time{at(10), at(31)}
	without := func(i int) []event.Record { return slices.Delete(slices.Clone(all), i, i+1) }
	swapped := []event.Record{all[1], all[0], all[2], all[3]}
	for name, c := range map[string]struct {
		webhook []event.Record
		states  map[string]string
		film    []record.Recording
		words   string // "": nothing is lost
	}{
		"all":                        {all, ended, film, ""},
		"the last before a kill":     {without(2), ended, film, ""},
		"a record":                   {without(1), ended, film, "and webhook was not"},
		"the order":                  {swapped, ended, film, "not told in order"},
		"an event":                   {all, map[string]string{"b": record.StateEnded}, film, `has it as ""`},
		"an end":                     {all, map[string]string{"a": record.StateCut, "b": record.StateEnded}, film, `has it as "cut"`},
		"an end that nobody knows":   {all, map[string]string{"a": record.StateEnded, "b": record.StateCut}, film, ""},
		"an event that is left open": {all, map[string]string{"a": record.StateOpen, "b": record.StateEnded}, film, `has it as "open"`},
		"film":                       {all, ended, film[1:], "no film of it"},
		"the last seconds of film":   {all, ended, []record.Recording{{Start: at(0), End: at(6)}, film[1]}, ""},
	} {
		err := judge(new(bytes.Buffer), moments, map[string][]event.Record{"lines": all, "webhook": c.webhook, "MQTT": all}, kept{states: c.states, film: c.film})
		if (err == nil) != (c.words == "") || err != nil && (!errors.Is(err, errLost) || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
	}
	if err := judge(new(bytes.Buffer), moments, map[string][]event.Record{}, kept{}); err == nil {
		t.Error("no records are enough")
	}
}

// TestLags: a camera that gets later, or is late, is told from others.
func TestLags(t *testing.T) {
	row := func(lag func(i int) float64) *watched {
		w := &watched{}
		for i := range 50 {
			w.lag = append(w.lag, lag(i))
		}
		return w
	}
	for name, c := range map[string]struct {
		w     *watched
		words string
	}{
		"steady":    {row(func(int) float64 { return 0.1 }), ""},
		"one peak":  {row(func(i int) float64 { return float64(9 * (i / 49)) }), ""},
		"grows":     {row(func(i int) float64 { return float64(i) / 20 }), "late"},
		"late":      {row(func(int) float64 { return 6 }), "late"},
		"seldom":    {&watched{lag: []float64{0.1}}, "samples only"},
		"caught up": {row(func(i int) float64 { return max(0, 4-float64(i)/10) }), ""},
	} {
		err := lags(new(bytes.Buffer), map[string]*watched{"c01": c.w}, time.Minute)
		if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
	}
}
