package avidfilter

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/event"
)

// TestEventOf: what is posted on the bus is read back whole, boxes and all.
func TestEventOf(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "overlay=none", "video/x-raw,format=GRAY8,width=16,height=8,framerate=10/1")
	for i := range 12 {
		push(t, h, i, spot())
	}
	h.EndOfStream()
	var kinds []string
	for _, m := range h.Messages() {
		if m.Kind != pipeline.MessageElement {
			continue
		}
		e, ok, err := EventOf(m.Structure)
		if !ok || err != nil {
			t.Fatalf("%s: %v, %v", m.Text, ok, err)
		}
		kinds = append(kinds, string(e.Kind))
		r, ok, err := RecordOf(event.Origin{Camera: "yard"}, m.Structure)
		if !ok || err != nil || r.Camera != "yard" || r.Width != 16 || r.Height != 8 || r.Threshold == nil || r.Time == 0 {
			t.Fatalf("%+v, %v, %v", r, ok, err)
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if want := `"boxes":[{"x":4,"y":2,"w":4,"h":2,"area":8,"score":1}]`; e.ID != 1 || !strings.Contains(string(line), want) {
			t.Errorf("%s, want it with %s", line, want)
		}
	}
	if len(kinds) < 2 || kinds[0] != string(event.Begin) || kinds[len(kinds)-1] != string(event.End) {
		t.Errorf("kinds %v", kinds)
	}
}

// TestEventOfRefuses: other messages are none of ours, and one of ours without a
// field is refused with the field's name.
func TestEventOfRefuses(t *testing.T) {
	for _, s := range []*gstc.Structure{nil, {Name: "GstMultiFileSink"}} {
		if _, ok, err := EventOf(s); ok || err != nil {
			t.Errorf("%v: %v, %v", s, ok, err)
		}
	}
	for _, s := range []*gstc.Structure{
		{Name: messageName},
		{Name: messageName, Fields: []gstc.Field{{Name: event.FieldKind, Value: 7}}},
	} {
		if _, ok, err := EventOf(s); !ok || !errors.Is(err, ErrMessage) || !strings.Contains(err.Error(), event.FieldKind) {
			t.Errorf("%v: %v, %v", s, ok, err)
		}
	}
}

// TestShadowStats: what stats has of a second bundle is read, and nothing where there is
// none.
func TestShadowStats(t *testing.T) {
	s := new(stats)
	s.beside = beside{model: "/srv/next.avid", judged: 9, both: 1, shadow: 2, present: 3, events: 4}
	for _, want := range []*ShadowStats{{Model: "/srv/next.avid", Judged: 9, Both: 1, OnlyShadow: 2, OnlyPresent: 3, Events: 4}, nil} {
		r := s.record(nil, time.Time{})
		for _, name := range []string{"state", "scene", "reason"} { // of a filter that runs
			r.Fields = append(r.Fields, gstc.Field{Name: name, Value: ""})
		}
		got, err := StatsOf(r)
		if err != nil || !reflect.DeepEqual(got.Shadow, want) {
			t.Errorf("%+v, %v, want %+v", got.Shadow, err, want)
		}
		s.beside = beside{}
	}
}
