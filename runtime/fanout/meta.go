package fanout

import (
	"encoding/json"
	"math"
	"time"
)

// messageBytes bounds one message: every receiver takes 16 KiB (RFC 8831
// §6.6).
const messageBytes = 16 << 10

// Number is a float that is null in JSON where it is not finite.
type Number float64

// MarshalJSON is called by encoding/json.
func (n Number) MarshalJSON() ([]byte, error) {
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
		Rate   Number `json:"rate"`
		Server Number `json:"server"`
	}
	frameMessage struct {
		Type       string        `json:"type"` // frame
		RTP        uint32        `json:"rtp"`
		PTS        Number        `json:"pts"`
		Captured   *Number       `json:"captured"`
		Width      int           `json:"width"`
		Height     int           `json:"height"`
		State      string        `json:"state"`
		Scene      string        `json:"scene,omitempty"`
		Reason     string        `json:"reason"`
		Judged     bool          `json:"judged"`
		Score      Number        `json:"score"`
		Threshold  Number        `json:"threshold"`
		Confidence Number        `json:"confidence"`
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
		Score Number `json:"score"`
	}
	eventMessage struct {
		Kind     string `json:"kind"`
		ID       uint64 `json:"id"`
		Start    Number `json:"start"`
		Time     Number `json:"time"`
		Duration Number `json:"duration"`
		Score    Number `json:"score"`
		Peak     Number `json:"peak"`
	}
	pongMessage struct {
		Type   string      `json:"type"` // pong
		T      json.Number `json:"t"`
		Server Number      `json:"server"`
	}
)

// unixMillis is a time as browsers have it: milliseconds since 1970.
func unixMillis(t time.Time) Number {
	return Number(float64(t.UnixMicro()) / 1000)
}

func encodeHello(c StreamConfig, now time.Time) []byte {
	return encode(helloMessage{
		Type: "hello", Path: c.Path, Title: c.Title, Codec: c.Codec,
		Width: c.Width, Height: c.Height, Rate: Number(c.Rate), Server: unixMillis(now),
	})
}

// encodeMeta makes the message of one frame, at most messageBytes long: the
// outlines are left out first, then the boxes.
func encodeMeta(m Meta, stamp uint32) []byte {
	f := frameMessage{
		Type: "frame", RTP: stamp, PTS: Number(m.PTS.Seconds()), Width: m.Width, Height: m.Height,
		State: m.State, Scene: m.Scene, Reason: m.Reason, Judged: m.Judged, Score: Number(m.Score), Threshold: Number(m.Threshold), Confidence: Number(m.Confidence),
		Boxes: make([]boxMessage, 0, len(m.Boxes)), Outlines: make([][]int, 0, len(m.Outlines)),
	}
	if !m.Captured.IsZero() {
		captured := unixMillis(m.Captured)
		f.Captured = &captured
	}
	for _, b := range m.Boxes {
		f.Boxes = append(f.Boxes, boxMessage{b.X, b.Y, b.W, b.H, Number(b.Score)})
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
		f.Event = &eventMessage{e.Kind, e.ID, Number(e.Start.Seconds()), Number(e.Time.Seconds()), Number(e.Duration.Seconds()), Number(e.Score), Number(e.Peak)}
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
