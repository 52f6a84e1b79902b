package avidfilter

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/runtime/overlay"
)

func TestMeter(t *testing.T) {
	var m meter
	m.reset(9500 * time.Microsecond)
	if m.reported != 10*time.Millisecond {
		t.Fatalf("reported %v", m.reported)
	}
	fill := func(d time.Duration, spikes int) (changed bool) {
		for i := range meterLength {
			v := d
			if i < spikes {
				v = time.Second
			}
			changed = m.add(v) || changed
		}
		return changed
	}
	for _, c := range []struct {
		d       time.Duration
		spikes  int
		changed bool
		want    time.Duration
	}{
		{11 * time.Millisecond, 0, false, 10 * time.Millisecond},
		{11 * time.Millisecond, meterRank - 1, false, 10 * time.Millisecond}, // hiccups
		{20 * time.Millisecond, 0, true, 20 * time.Millisecond},
		{11 * time.Millisecond, 0, false, 20 * time.Millisecond},
		{4 * time.Millisecond, 0, true, 4 * time.Millisecond},
		{4 * time.Millisecond, meterRank, true, time.Second},
	} {
		if changed := fill(c.d, c.spikes); changed != c.changed || m.reported != c.want {
			t.Errorf("%v with %d spikes: changed %v, reported %v, want %v", c.d, c.spikes, changed, m.reported, c.want)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name string
		mend func(*settings)
		ok   bool
	}{
		{"default", func(*settings) {}, true},
		{"zeta", func(s *settings) { s.Zeta = 0.5 }, true},
		{"rate", func(s *settings) { s.FalseAlarmRate = 0.5 }, true},
		{"both", func(s *settings) { s.Zeta, s.FalseAlarmRate = 0, 1 }, false},
		{"interval", func(s *settings) { s.Interval = 0 }, false},
		{"alpha NaN", func(s *settings) { s.Alpha = math.NaN() }, false},
		{"zeta high", func(s *settings) { s.Zeta = 1.5 }, false},
	} {
		s := defaultSettings()
		c.mend(&s)
		if err := s.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, errSettings) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestTable: each writable property is stored and read back as it was set, and
// has its default at first.
func TestTable(t *testing.T) {
	f := newFilter(nil, nil)
	for row, p := range table {
		if p.Doc == "" || p.Name == "" {
			t.Errorf("row %d has no name or doc", row)
		}
		if p.set == nil {
			continue
		}
		if got := f.Get(row); got.Text != p.Text || got.Double != p.Default && p.Kind == gstc.Double {
			t.Errorf("%s: default reads %+v", p.Name, got)
		}
		v := gstc.Value{Bool: p.Default == 0, Uint: 2, Double: 0.75, Text: "cuda:1"}
		want := map[gstc.Kind]gstc.Value{gstc.Bool: {Bool: v.Bool}, gstc.Uint: {Uint: 2}, gstc.Flags: {Uint: 2},
			gstc.Double: {Double: 0.75}, gstc.String: {Text: "cuda:1"}}[p.Kind]
		f.Set(row, v)
		if got := f.Get(row); got != want {
			t.Errorf("%s: set %+v, read %+v", p.Name, want, got)
		}
	}
	if reflect.DeepEqual(f.set, defaultSettings()) {
		t.Error("nothing was set")
	}
}

func TestVisible(t *testing.T) {
	var m marks
	for _, c := range []struct {
		flags      overlay.Flags
		empty, any bool
	}{{overlay.None, false, false}, {overlay.Mask, false, true}, {overlay.Outline, false, true},
		{overlay.Heat, true, true}, {overlay.Score, true, true}, {overlayAll, true, true}} {
		if got := m.visible(c.flags, false); got != c.empty {
			t.Errorf("%b, nothing found: %v", c.flags, got)
		}
		if got := m.visible(c.flags, true); got != c.any {
			t.Errorf("%b, something found: %v", c.flags, got)
		}
	}
}
