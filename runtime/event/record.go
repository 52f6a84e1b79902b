package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"avid/models/bundle"
	"avid/runtime/verdict"
)

// Label is what every event of avid is called, for receivers that know events of
// other kinds too.
const Label = "irregularity"

// The types of a Record besides those of an event's reports.
const (
	SceneBegin = "scene-begin" // something begins that keeps the stream from being judged, or judged well
	SceneEnd   = "scene-end"
)

// ErrRecord says that what was read is no record.
var ErrRecord = errors.New("event: no record")

// Record is the one form in which an event leaves the process: a line of
// events.jsonl, the body of a webhook, a message of MQTT, NATS or Kafka, a row of the
// history (docs/events.md). Clock times are seconds since 1970 (UTC), others seconds;
// what is not known is null or left out.
type Record struct {
	Type   string `json:"type"` // begin, change, end, scene-begin, scene-end
	ID     string `json:"id"`   // of the event, unique over streams and restarts
	Camera string `json:"camera"`
	Label  string `json:"label"`
	// Kind is the kind of an event (moving), or what the scene has (dark, covered …).
	Kind string `json:"kind"`
	Zone string `json:"zone,omitempty"`

	StartTime  float64  `json:"start_time"` // of the first irregular frame
	Time       float64  `json:"time"`       // of the frame that caused this record
	EndTime    *float64 `json:"end_time"`   // of the last irregular frame, once the event has ended
	Duration   float64  `json:"duration"`
	StreamTime float64  `json:"stream_time"` // of the same frame as Time, in the medium

	Score      *float64    `json:"score,omitempty"` // logits
	Peak       *float64    `json:"peak,omitempty"`
	Threshold  *float64    `json:"threshold,omitempty"`
	Confidence *float64    `json:"confidence,omitempty"` // 0 to 1, ½ at the threshold; of Peak
	Width      int         `json:"width"`                // of the picture that boxes lie in, pixels
	Height     int         `json:"height"`
	Boxes      []RecordBox `json:"boxes,omitempty"`

	Bundle   Bundle `json:"bundle"`
	Snapshot string `json:"snapshot,omitempty"` // where the recorder keeps it, if it does
	Clip     string `json:"clip,omitempty"`

	Held     bool     `json:"held,omitempty"` // scene: nothing is judged while it lasts
	Text     string   `json:"text,omitempty"` // scene: it in words
	Right    *float64 `json:"right,omitempty"`
	Down     *float64 `json:"down,omitempty"`
	PerDay   *float64 `json:"false_alarms_per_day,omitempty"`
	Promised *float64 `json:"promised,omitempty"`
}

// RecordBox is a connected part of what is irregular, pixels of the picture.
type RecordBox struct {
	X     int     `json:"x"`
	Y     int     `json:"y"`
	W     int     `json:"w"`
	H     int     `json:"h"`
	Area  int     `json:"area"`
	Score float64 `json:"score"` // 0 to 1, ½ at the threshold
}

// Bundle says by which bundle a record was judged.
type Bundle struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the file, hexadecimal
}

// BundleOf says which bundle was read from the file at path.
func BundleOf(b *bundle.Bundle, path string) Bundle {
	name := b.Manifest.Name
	if name == "" {
		base := filepath.Base(path)
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	return Bundle{Name: name, SHA256: b.File}
}

// Origin is what the records of one stream have in common.
type Origin struct {
	Camera string
	Bundle Bundle
	// Began is when the stream was started: it makes ids unique over restarts.
	Began time.Time
}

// Record makes the record of a report.
func (o Origin) Record(e Event) Record {
	r := Record{Type: string(e.Kind), ID: o.id(strconv.FormatUint(e.ID, 10)), Camera: o.Camera, Label: Label, Kind: "moving",
		Zone: e.Zone, StartTime: unix(e.Wall.Add(e.Start - e.Time)), Time: unix(e.Wall), Duration: round(e.Duration.Seconds()),
		StreamTime: round(e.Time.Seconds()), Score: number(e.Score), Peak: number(e.Peak), Threshold: number(e.Threshold),
		Confidence: number(verdict.Probability(e.Peak - e.Threshold)), Width: e.W, Height: e.H, Bundle: o.Bundle}
	if e.Kind == End {
		last := unix(e.Wall.Add(e.Start + e.Duration - e.Time))
		r.EndTime = &last
	}
	for _, b := range e.Boxes {
		r.Boxes = append(r.Boxes, RecordBox{b.X, b.Y, b.W, b.H, b.Area, round(float64(b.Score))})
	}
	return r
}

// Cut is the record of the end of an event that r is the newest record of, where nothing
// more is heard of it: it ended with its last irregular frame.
func (r Record) Cut() Record {
	last := round(r.StartTime + r.Duration)
	r.StreamTime = round(r.StreamTime - (r.Time - last))
	r.Type, r.Time, r.EndTime = string(End), last, &last
	return r
}

// Scene makes the record of a scene's begin or end.
func (o Origin) Scene(s Scene) Record {
	began := s.Wall
	if s.State == "end" && !s.Since.IsZero() {
		began = s.Since
	}
	r := Record{Type: "scene-" + s.State, ID: o.id(fmt.Sprintf("%s-%d", s.Kind, began.UnixMilli())), Camera: o.Camera, Label: "scene", Kind: s.Kind,
		StartTime: unix(began), Time: unix(s.Wall), Duration: round(s.Wall.Sub(began).Seconds()), StreamTime: round(s.Time.Seconds()),
		Bundle: o.Bundle, Held: s.Held, Text: s.Text}
	if r.Type == SceneEnd {
		r.EndTime = &r.Time
	}
	if s.Right != 0 || s.Down != 0 {
		r.Right, r.Down = number(float32(s.Right)), number(float32(s.Down))
	}
	if s.PerDay != 0 || s.Promised != 0 {
		r.PerDay, r.Promised = number(float32(s.PerDay)), number(float32(s.Promised))
	}
	return r
}

// id is unique over restarts: when the stream began, in milliseconds, and what is
// unique in it.
func (o Origin) id(within string) string {
	return strconv.FormatFloat(float64(o.Began.UnixMilli())/1000, 'f', 3, 64) + "-" + within
}

// Began is when the stream of the record was started, to the millisecond, as its ID says;
// false where it does not.
func (r Record) Began() (time.Time, bool) {
	seconds, _, _ := strings.Cut(r.ID, "-")
	v, err := strconv.ParseFloat(seconds, 64)
	if err != nil || !(v > 0 && v < math.MaxInt64/1000) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(v * 1000))), true
}

// unix is t in seconds since 1970, to the tenth of a millisecond; 0 for the zero time.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return math.Round(float64(t.UnixMicro())/100) / 1e4
}

// Key tells a record from each other one, so that a receiver can drop what comes
// twice: the same record has the same key.
func (r Record) Key() string {
	return fmt.Sprintf("%s/%s/%s/%s", r.Camera, r.ID, r.Type, strconv.FormatFloat(r.StreamTime, 'f', -1, 64))
}

// ParseRecord reads one record, such as a line of events.jsonl. The error is
// ErrRecord.
func ParseRecord(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if r.Type == "" || r.ID == "" {
		return r, fmt.Errorf("%w: it has no type or no id", ErrRecord)
	}
	return r, nil
}
