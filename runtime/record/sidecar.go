package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"avid/runtime/event"
)

// Sidecar is what an event is, in the file beside its clip.
type Sidecar struct {
	Version int          `json:"version"` // of this form
	ID      string       `json:"id"`
	Camera  string       `json:"camera"`
	State   string       `json:"state"` // open, ended, cut
	Bundle  event.Bundle `json:"bundle"`
	// Settings are what the event was judged with besides the bundle, by the names of
	// the filter's properties: alpha, zeta, false-alarm-rate.
	Settings map[string]float64 `json:"settings,omitempty"`

	Begin event.Record `json:"begin"`
	Peak  event.Record `json:"peak"` // the record with the greatest score
	Last  event.Record `json:"last"`

	Acknowledgement
}

// Acknowledgement is what somebody has said of an event.
type Acknowledgement struct {
	Acknowledged bool   `json:"acknowledged"`
	By           string `json:"by,omitempty"` // the user's name; empty: whoever has the server's token
	// Normal says that what it shows is ordinary, so that it may be learnt from.
	Normal bool   `json:"normal,omitempty"`
	Note   string `json:"note,omitempty"`
	// Ordinary is the name under which the bundle has learnt that it is ordinary; empty:
	// nobody has called it so.
	Ordinary string `json:"ordinary,omitempty"`
}

// sidecarVersion is the Sidecar's of this code.
const sidecarVersion = 1

// Verdict is the verdict on one frame.
type Verdict struct {
	Time       float64           `json:"time"`        // seconds since 1970 (UTC)
	StreamTime float64           `json:"stream_time"` // seconds, in the medium that was judged
	Score      float64           `json:"score"`       // logits
	Threshold  float64           `json:"threshold"`
	Boxes      []event.RecordBox `json:"boxes,omitempty"`
}

// Line is a line of the file with an event's records and verdicts; one is set.
type Line struct {
	Record  *event.Record `json:"record,omitempty"`
	Verdict *Verdict      `json:"verdict,omitempty"`
}

// take takes over a record of the event.
func (s *Sidecar) take(r event.Record) {
	if s.Begin.ID == "" {
		s.Begin, s.Peak, s.Bundle = r, r, r.Bundle
	}
	if r.Type != string(event.End) && value(r.Score) > value(s.Peak.Score) {
		s.Peak = r
	}
	s.Last = r
	if s.State = StateOpen; r.Type == string(event.End) {
		s.State = StateEnded
	}
}

// value is a number that may not be known, which is less than any.
func value(v *float64) float64 {
	if v == nil {
		return math.Inf(-1)
	}
	return *v
}

// Start and End are when the event was irregular first and last, as far as is known.
func (s *Sidecar) Start() time.Time { return seconds(s.Begin.StartTime) }

// End is Start's other end.
func (s *Sidecar) End() time.Time {
	if s.Last.EndTime != nil {
		return seconds(*s.Last.EndTime)
	}
	return seconds(s.Last.StartTime + s.Last.Duration)
}

// seconds is a clock time since 1970.
func seconds(v float64) time.Time { return time.UnixMicro(int64(math.Round(v * 1e6))).UTC() }

// row is the index's row of the event; size is that of its files.
func (s *Sidecar) row(size int64) EventRow {
	return EventRow{Camera: s.Camera, ID: s.ID, State: s.State, Kind: s.Begin.Kind, Zone: s.Begin.Zone, Start: s.Start(), End: s.End(),
		Peak: s.Last.Peak, Threshold: s.Begin.Threshold, Bundle: s.Bundle.SHA256, Size: size, Acknowledgement: s.Acknowledgement}
}

// write puts the sidecar at a path of the store, whole or not at all.
func (s *Sidecar) write(in *Store, path string) error {
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return in.replace(path, append(text, '\n'))
}

// ReadSidecar reads a sidecar. The error wraps ErrFile.
func ReadSidecar(path string) (*Sidecar, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	s := new(Sidecar)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFile, path, err)
	}
	if s.Version != sidecarVersion || s.ID == "" {
		return nil, fmt.Errorf("%w: %s: version %d, id %q: this avid reads version %d", ErrFile, path, s.Version, s.ID, sidecarVersion)
	}
	return s, nil
}

// mostLine is more than a line has: 64 boxes of some hundred bytes.
const mostLine = 1 << 20

// ReadLines reads an event's records and verdicts up to what a kill left unfinished.
// The error wraps ErrFile.
func ReadLines(path string) (all []Line, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, mostLine)
	for n := 1; ; n++ {
		text, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		var l Line
		if err == nil {
			err = json.Unmarshal(text, &l)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: line %d: %w", ErrFile, path, n, err)
		}
		all = append(all, l)
	}
}

// SidecarOf is the path of the sidecar that a clip's file has, by the clip's name.
func SidecarOf(clip string) string {
	base := strings.TrimSuffix(clip, filepath.Ext(clip))
	if path := base + ".json"; exists(path) {
		return path
	}
	if i := strings.LastIndex(base, "-"); i > 0 {
		return base[:i] + ".json" // a clip that goes on has a number
	}
	return base + ".json"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
