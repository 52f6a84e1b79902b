package event_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/verdict"
)

// origin is of a stream that began at 2026-11-27 12:00:00 UTC.
var origin = event.Origin{Camera: "yard", Bundle: event.Bundle{Name: "walkway", SHA256: "68f3"}, Began: time.UnixMilli(1795780800_123)}

func TestRecordOfEvent(t *testing.T) {
	at := time.UnixMilli(1795780810_500)
	e := event.Event{Kind: event.Begin, ID: 3, Start: 9 * time.Second, Time: 9200 * time.Millisecond, Duration: 100 * time.Millisecond,
		Score: 14.74, Peak: 15, Threshold: 15, Wall: at, W: 352, H: 240, Zone: "gate", Boxes: []verdict.Box{{X: 293, Y: 77, W: 55, H: 73, Area: 2747, Score: 1}}}
	got, err := json.Marshal(origin.Record(e))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"begin","id":"1795780800.123-3","camera":"yard","label":"irregularity","kind":"moving","zone":"gate",` +
		`"start_time":1795780810.3,"time":1795780810.5,"end_time":null,"duration":0.1,"stream_time":9.2,` +
		`"score":14.74,"peak":15,"threshold":15,"confidence":0.5,"width":352,"height":240,` +
		`"boxes":[{"x":293,"y":77,"w":55,"h":73,"area":2747,"score":1}],"bundle":{"name":"walkway","sha256":"68f3"}}`
	if string(got) != want {
		t.Errorf("record is\n%s, want\n%s", got, want)
	}
	e.Kind = event.End
	r := origin.Record(e)
	if r.EndTime == nil || *r.EndTime != 1795780810.4 {
		t.Errorf("the event ends at %v, want the last irregular frame, 1795780810.4", r.EndTime)
	}
	if back, err := event.ParseRecord(got); err != nil || back.ID != r.ID || back.StartTime != r.StartTime || back.EndTime != nil {
		t.Errorf("read back: %+v, %v", back, err)
	}
}

func TestRecordOfScene(t *testing.T) {
	began := time.UnixMilli(1795780810_000)
	begin := origin.Scene(event.Scene{Kind: "dark", State: "begin", Time: time.Second, Wall: began, Held: true, Text: "it is dark"})
	end := origin.Scene(event.Scene{Kind: "dark", State: "end", Time: 4 * time.Second, Wall: began.Add(3 * time.Second), Since: began})
	if begin.ID != end.ID || begin.Type != event.SceneBegin || end.Type != event.SceneEnd {
		t.Errorf("begin %s %s and end %s %s: want one id", begin.Type, begin.ID, end.Type, end.ID)
	}
	if begin.EndTime != nil || end.EndTime == nil || end.Duration != 3 || end.StartTime != begin.StartTime {
		t.Errorf("end_time %v then %v, duration %v, start %v then %v", begin.EndTime, end.EndTime, end.Duration, begin.StartTime, end.StartTime)
	}
}

// TestRecordNumbers: times have four digits behind the point, and what is not finite is
// left out.
func TestRecordNumbers(t *testing.T) {
	e := event.Event{Kind: event.Change, ID: 7, Time: 2123456789 * time.Nanosecond, Score: 1.23456789, Peak: float32(math.Inf(1)), Threshold: float32(math.NaN())}
	got, err := json.Marshal(origin.Record(e))
	if err != nil || !strings.Contains(string(got), `"stream_time":2.1235,"score":1.2346,"width":0`) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestSceneFields: what a scene says of itself is in its record, and only there.
func TestSceneFields(t *testing.T) {
	for want, s := range map[string]event.Scene{
		`"held":true,"right":3,"down":-4}`:                           {Kind: "camera-moved", State: "begin", Held: true, Right: 3, Down: -4},
		`"text":"x","false_alarms_per_day":300,"promised":24}`:       {Kind: "drift", State: "begin", Text: "x", PerDay: 300, Promised: 24},
		`"bundle":{"name":"walkway","sha256":"68f3"},"text":"gone"}`: {Kind: "dark", State: "end", Text: "gone"},
	} {
		got, err := json.Marshal(origin.Scene(s))
		if err != nil || !strings.HasSuffix(string(got), want) {
			t.Errorf("%s, %v; want it to end with %s", got, err, want)
		}
	}
}

// TestKey: records that differ have keys that differ, and the same record has the same.
func TestKey(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range []event.Record{{}, {Camera: "a"}, {ID: "a"}, {Type: "end"}, {StreamTime: 1}, {StreamTime: 1.0001}} {
		again := r
		if seen[r.Key()] || again.Key() != r.Key() {
			t.Errorf("%+v has key %q", r, r.Key())
		}
		seen[r.Key()] = true
	}
}

func TestParseRecordRefuses(t *testing.T) {
	for _, line := range []string{"", "{", "{}", `{"type":"begin"}`, `{"id":"1"}`, `{"type":3,"id":"1"}`, "null"} {
		if _, err := event.ParseRecord([]byte(line)); !errors.Is(err, event.ErrRecord) {
			t.Errorf("%q: %v, want %v", line, err, event.ErrRecord)
		}
	}
}

// TestBegan: a record says when its stream was started.
func TestBegan(t *testing.T) {
	began := time.UnixMilli(1795780800123)
	for _, r := range []event.Record{
		{ID: "1795780800.123-4"}, event.Origin{Began: began}.Record(event.Event{ID: 1}), event.Origin{Began: began}.Scene(event.Scene{Kind: "camera-moved"}),
	} {
		if got, ok := r.Began(); !ok || !got.Equal(began) {
			t.Errorf("%s: %v, %v", r.ID, got, ok)
		}
	}
	for _, id := range []string{"", "e-1", "-1", "NaN-1", "1e300-1"} {
		if got, ok := (event.Record{ID: id}).Began(); ok {
			t.Errorf("%q: %v", id, got)
		}
	}
}
