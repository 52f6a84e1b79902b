//go:build !nogst

package main

import (
	"encoding/json"
	"errors"
	"testing"
)

// As GStreamer 1.26 writes them.
const (
	oldForm = `avid-irregularity, kind=(string)begin, id=(guint64)3, start=(guint64)1200000000, time=(guint64)1400000000, duration=(guint64)200000000, score=(double)2.5, peak=(double)3, boxes=(structure)< "box\,\ x\=\(int\)1\,\ y\=\(int\)2\,\ w\=\(int\)30\,\ h\=\(int\)40\,\ area\=\(int\)500\,\ score\=\(double\)2.25\,\ label\=\(string\)\"q\\\ r\"\;" >;`
	newForm = `avid-irregularity, kind=(string)begin, id=(guint64)3, start=(guint64)1200000000, time=(guint64)1400000000, duration=(guint64)200000000, score=(double)2.5, peak=(double)3, boxes=(structure)< [box, x=(int)1, y=(int)2, w=(int)30, h=(int)40, area=(int)500, score=(double)2.25, label=(string)"q\ r";] >;`
	noBoxes = `avid-irregularity, kind=(string)end, id=(guint64)3, start=(guint64)0, time=(guint64)0, duration=(guint64)0, score=(double)-1e-07, peak=(double)3, boxes=(int)<  >;`
)

func TestParseEvent(t *testing.T) {
	const want = `{"kind":"begin","id":3,"start":1.2,"time":1.4,"duration":0.2,"score":2.5,"peak":3,"boxes":[{"x":1,"y":2,"w":30,"h":40,"area":500,"score":2.25}]}`
	for _, text := range []string{oldForm, newForm} {
		e, ok, err := parseEvent(text)
		if err != nil || !ok {
			t.Fatalf("%v, %v", ok, err)
		}
		if got, err := json.Marshal(e); err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
	e, ok, err := parseEvent(noBoxes)
	if err != nil || !ok || e.Kind != "end" || len(e.Boxes) != 0 {
		t.Errorf("no boxes: %+v, %v, %v", e, ok, err)
	}
	if _, ok, err := parseEvent("GstMultiFileSink, filename=(string)a;"); ok || err != nil {
		t.Errorf("another element's message: %v, %v", ok, err)
	}
}

func TestParseEventRefuses(t *testing.T) {
	for _, text := range []string{
		`avid-irregularity;`, `avid-irregularity, kind=(string)begin;`, `avid-irregularity, kind`, `avid-irregularity, kind=(string"`,
		`avid-irregularity, kind=(string)"be`, `avid-irregularity, boxes=(structure)< [box`, `avid-irregularity, boxes=< , >`,
		oldForm + "x",
	} {
		if _, ok, err := parseEvent(text); !ok || !errors.Is(err, errStructure) {
			t.Errorf("%s: %v, %v", text, ok, err)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(oldForm)
	f.Add(newForm)
	f.Add(noBoxes)
	f.Fuzz(func(t *testing.T, text string) {
		e, ok, err := parseEvent(text)
		if ok && err == nil {
			if _, err := json.Marshal(e); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
}
