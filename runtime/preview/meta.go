package preview

import (
	"encoding/json"
	"math"
	"time"
)

// messageBytes bounds one message: every receiver takes 16 KiB (RFC 8831
// §6.6).
const messageBytes = 16 << 10

// number is a float in JSON, null where it is none.
type number float64

// MarshalJSON is called by encoding/json.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// The messages of the data channel; docs/preview.md has them for readers.
type (
	helloMessage struct {
		Type   string `json:"type"` // hello
		Path   string `json:"path"`
		Title  string `json:"title"`
		Codec  Codec  `json:"codec"`
		Width  int    `json:"width"`
		Height int    `json:"height"`
		Rate   number `json:"rate"`
		Server number `json:"server"`
	}
	frameMessage struct {
		Type       string        `json:"type"` // frame
		RTP        uint32        `json:"rtp"`
		PTS        number        `json:"pts"`
		Captured   *number       `json:"captured"`
		Width      int           `json:"width"`
		Height     int           `json:"height"`
		State      string        `json:"state"`
		Reason     string        `json:"reason"`
		Judged     bool          `json:"judged"`
		Score      number        `json:"score"`
		Threshold  number        `json:"threshold"`
		Confidence number        `json:"confidence"`
		Boxes      []boxMessage  `json:"boxes"`
		Outlines   [][]int       `json:"outlines"`
		Event      *eventMessage `json:"event"`
		Cut        bool          `json:"cut,omitempty"`
	}
	boxMessage struct {
		X     int    `json:"x"`
		Y     int    `json:"y"`
		W     int    `json:"w"`
		H     int    `json:"h"`
		Score number `json:"score"`
	}
	eventMessage struct {
		Kind     string `json:"kind"`
		ID       uint64 `json:"id"`
		Start    number `json:"start"`
		Time     number `json:"time"`
		Duration number `json:"duration"`
		Score    number `json:"score"`
		Peak     number `json:"peak"`
	}
	pongMessage struct {
		Type   string      `json:"type"` // pong
		T      json.Number `json:"t"`
		Server number      `json:"server"`
	}
)

// unixMillis is a time as browsers have it: milliseconds since 1970.
func unixMillis(t time.Time) number {
	return number(float64(t.UnixMicro()) / 1000)
}

func encodeHello(c StreamConfig, now time.Time) []byte {
	return encode(helloMessage{
		Type: "hello", Path: c.Path, Title: c.Title, Codec: c.Codec,
		Width: c.Width, Height: c.Height, Rate: number(c.Rate), Server: unixMillis(now),
	})
}

// encodeMeta makes the message of one frame, at most messageBytes long: the
// outlines are left out first, then the boxes.
func encodeMeta(m Meta, stamp uint32) []byte {
	f := frameMessage{
		Type: "frame", RTP: stamp, PTS: number(m.PTS.Seconds()), Width: m.Width, Height: m.Height,
		State: m.State, Reason: m.Reason, Judged: m.Judged, Score: number(m.Score), Threshold: number(m.Threshold), Confidence: number(m.Confidence),
		Boxes: make([]boxMessage, 0, len(m.Boxes)), Outlines: make([][]int, 0, len(m.Outlines)),
	}
	if !m.Captured.IsZero() {
		captured := unixMillis(m.Captured)
		f.Captured = &captured
	}
	for _, b := range m.Boxes {
		f.Boxes = append(f.Boxes, boxMessage{b.X, b.Y, b.W, b.H, number(b.Score)})
	}
	points := 0
	for _, outline := range m.Outlines {
		line := make([]int, 0, 2*len(outline))
		for _, p := range outline {
			line = append(line, p.X, p.Y)
		}
		points += len(outline)
		f.Outlines = append(f.Outlines, line)
	}
	if e := m.Event; e != nil {
		f.Event = &eventMessage{e.Kind, e.ID, number(e.Start.Seconds()), number(e.Time.Seconds()), number(e.Duration.Seconds()), number(e.Score), number(e.Peak)}
	}
	// A point takes 4 bytes or more: do not write what is sure to be too long.
	if points <= messageBytes/4 {
		if text := encode(f); len(text) <= messageBytes {
			return text
		}
	}
	f.Outlines, f.Cut = [][]int{}, true
	if text := encode(f); len(text) <= messageBytes {
		return text
	}
	f.Boxes = []boxMessage{}
	return encode(f)
}

// encode writes a message; the types above cannot fail.
func encode(message any) []byte {
	text, err := json.Marshal(message)
	if err != nil {
		return []byte("{}")
	}
	return text
}

// pingBytes is the longest message of a viewer that is looked at.
const pingBytes = 256

// parsePing reads {"type":"ping","t":number}. False for anything else.
func parsePing(text []byte) (t json.Number, ok bool) {
	if len(text) > pingBytes {
		return "", false
	}
	var message struct {
		Type string       `json:"type"`
		T    *json.Number `json:"t"`
	}
	if json.Unmarshal(text, &message) != nil || message.Type != "ping" || message.T == nil || *message.T == "" {
		return "", false
	}
	return *message.T, true
}
