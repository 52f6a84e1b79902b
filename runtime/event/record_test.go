package event_test

import (
	"encoding/json"
	"errors"
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

func TestParseRecordRefuses(t *testing.T) {
	for _, line := range []string{"", "{", "{}", `{"type":"begin"}`, `{"id":"1"}`, `{"type":3,"id":"1"}`, "null"} {
		if _, err := event.ParseRecord([]byte(line)); !errors.Is(err, event.ErrRecord) {
			t.Errorf("%q: %v, want %v", line, err, event.ErrRecord)
		}
	}
}
