package fanout

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func at(x, y int) Point { return Point{X: x, Y: y} }

func TestEncodeMeta(t *testing.T) {
	m := Meta{
		PTS: 1500 * time.Millisecond, Captured: time.UnixMicro(1_700_000_000_123_456), Width: 640, Height: 480,
		State: "judging", Judged: true, Score: 5.625, Threshold: 6.875, Confidence: 0.2227,
		Boxes:    []Box{{1, 2, 3, 4, 0.5}},
		Outlines: [][]Point{{at(0, 0), at(10, 0), at(10, 10)}, {at(5, 5), at(6, 5), at(6, 6)}},
		Event:    &EventStamp{Kind: "begin", ID: 7, Start: time.Second, Time: 1500 * time.Millisecond, Duration: 500 * time.Millisecond, Score: 7, Peak: 28.25},
	}
	const want = `{"type":"frame","rtp":4294967295,"pts":1.5,"captured":1700000000123.456,"width":640,"height":480,` +
		`"state":"judging","reason":"","judged":true,"score":5.625,"threshold":6.875,"confidence":0.2227,"boxes":[{"x":1,"y":2,"w":3,"h":4,"score":0.5}],` +
		`"outlines":[[0,0,10,0,10,10],[5,5,6,5,6,6]],"event":{"kind":"begin","id":7,"start":1,"time":1.5,"duration":0.5,"score":7,"peak":28.25}}`
	if got := string(encodeMeta(m, math.MaxUint32)); got != want {
		t.Errorf("%s", got)
	}
	const bare = `{"type":"frame","rtp":0,"pts":0,"captured":null,"width":0,"height":0,"state":"blind","reason":"fillers","judged":false,"score":null,` +
		`"threshold":0,"confidence":null,"boxes":[],"outlines":[],"event":null}`
	if got := string(encodeMeta(Meta{State: "blind", Reason: "fillers", Score: math.NaN(), Confidence: math.Inf(1)}, 0)); got != bare {
		t.Errorf("%s", got)
	}
}

func TestEncodeMetaIsBounded(t *testing.T) {
	outline := make([]Point, 3000)
	for i := range outline {
		outline[i] = at(1000+i, 1000+i)
	}
	boxes := make([]Box, 500)
	for _, c := range []struct {
		name            string
		m               Meta
		boxes, outlines int
		cut             bool
	}{
		{"fits", Meta{Outlines: [][]Point{outline[:500]}, Boxes: boxes[:10]}, 10, 1, false},
		{"outlines too long", Meta{Outlines: [][]Point{outline}, Boxes: boxes[:10]}, 10, 0, true},
		{"far too long", Meta{Outlines: [][]Point{outline, outline, outline}}, 0, 0, true},
		{"boxes too long", Meta{Outlines: [][]Point{outline}, Boxes: boxes}, 0, 0, true},
	} {
		text := encodeMeta(c.m, 1)
		var got struct {
			Boxes, Outlines []any
			Cut             bool
		}
		if err := json.Unmarshal(text, &got); err != nil || len(text) > messageBytes ||
			len(got.Boxes) != c.boxes || len(got.Outlines) != c.outlines || got.Cut != c.cut {
			t.Errorf("%s: %d bytes, %d boxes, %d outlines, %v %v", c.name, len(text), len(got.Boxes), len(got.Outlines), got.Cut, err)
		}
	}
}

func TestParsePing(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"ping","t":12.5}`:       "12.5",
		`{"t":-1e3,"type":"ping","x":1}`: "-1e3",
		`{"type":"ping"}`:                "",
		`{"type":"ping","t":null}`:       "",
		`{"type":"ping","t":""}`:         "",
		`{"type":"ping","t":"x"}`:        "",
		`{"type":"pong","t":1}`:          "",
		`{"type":"ping","t":{}}`:         "",
		`[]`:                             "",
		``:                               "",
		`{"type":"ping","t":1` + strings.Repeat("0", pingBytes) + `}`: "",
	} {
		if got, ok := parsePing([]byte(text)); string(got) != want || ok != (want != "") {
			t.Errorf("%s: %q %v", text, got, ok)
		}
	}
}

func FuzzParsePing(f *testing.F) {
	f.Add([]byte(`{"type":"ping","t":12.5}`))
	f.Add([]byte(`{"type":"ping","t":"1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := parsePing(text)
		if !ok {
			return
		}
		if reply := encode(pongMessage{Type: "pong", T: got}); !json.Valid(reply) || len(reply) < 20 {
			t.Fatalf("%s gives %s", text, reply)
		}
	})
}

func FuzzEncodeMeta(f *testing.F) {
	f.Add(int64(1), 1.5, 100, 200, "begin")
	f.Fuzz(func(t *testing.T, pts int64, score float64, points, boxes int, kind string) {
		m := Meta{PTS: time.Duration(pts), Score: score, Event: &EventStamp{Kind: kind[:min(len(kind), 20)], Peak: score}}
		m.Outlines = [][]Point{make([]Point, min(max(points, 0), 10000))}
		m.Boxes = make([]Box, min(max(boxes, 0), 10000))
		if text := encodeMeta(m, 1); !json.Valid(text) || len(text) > messageBytes {
			t.Fatalf("%d bytes", len(text))
		}
	})
}

func TestPingsAreLimited(t *testing.T) {
	now := time.Unix(1000, 0)
	c := &channel{now: func() time.Time { return now }}
	answered := 0
	for range 3 * pingsEach {
		if c.mayAnswer() {
			answered++
		}
	}
	if answered != pingsEach {
		t.Errorf("%d answered", answered)
	}
	now = now.Add(time.Second)
	if !c.mayAnswer() {
		t.Error("not answered a second later")
	}
}
