// Package record keeps what a camera sent, as it sent it: continuous segments, and a
// clip of each event with its verdicts, as fragmented MP4 in a folder, with an index
// that is made again from the files when it is lost.
//
//	DIR/index.sqlite                        the index
//	DIR/CAMERA/2026-11-28/08-15-00.mp4      a segment, by its begin (UTC)
//	DIR/CAMERA/events/ID.mp4                the clip of an event; ID-2.mp4 where it goes on
//	DIR/CAMERA/events/ID.json               what the event is (Sidecar)
//	DIR/CAMERA/events/ID.jsonl              its records and verdicts, a Line each
//	DIR/CAMERA/scores/2026-11-28.scores     what was judged that day (Score)
//	DIR/CAMERA/scores/2026-11-28.jsonl      and when it was not, or not well (Condition)
//	DIR/CAMERA/events/ID.jpg, ID.mask.jpg   its highest frame, without and with marks
//
// Nothing is encoded again. A process that is killed loses the fragment it was at,
// a second at most; a machine that loses its power what was not yet synced, five.
package record

import (
	"errors"
	"fmt"
	"time"
)

// Errors that callers tell apart.
var (
	ErrConfig = errors.New("record: setting not possible")
	ErrStore  = errors.New("record: folder cannot be recorded to")
	ErrFormat = errors.New("record: stream cannot be recorded as it is")
	ErrFile   = errors.New("record: no recording")
	ErrEvent  = errors.New("record: no such event")
)

// Mode is what is recorded.
type Mode string

// The modes.
const (
	Continuous Mode = "continuous" // segments, and clips of events
	Events     Mode = "events"     // clips of events
	Nothing    Mode = "none"       // neither: the events' sidecars only
)

// Modes are the values of Config.Mode.
var Modes = []Mode{Continuous, Events, Nothing}

// Config says what a Store keeps, and for how long.
type Config struct {
	Mode     Mode
	PreRoll  time.Duration // that a clip has before the begin of its event
	PostRoll time.Duration // and after its end
	Segment  time.Duration // a segment is cut at the first key frame after it
	LongClip time.Duration // as Segment, of a clip

	KeepSegments time.Duration // older ones are deleted; 0: none is for its age
	KeepEvents   time.Duration // as KeepSegments, of events with all that is theirs
	MaxSize      int64         // bytes that the store may have; 0: any
	MinFree      float64       // share of the disk that stays free, 0 to 1; 0: none
}

// DefaultConfig keeps a week of segments and a quarter of events, and leaves 5 % of the
// disk free, which file systems want so as not to break files into pieces.
func DefaultConfig() Config {
	const day = 24 * time.Hour
	return Config{Mode: Continuous, PreRoll: 5 * time.Second, PostRoll: 5 * time.Second, Segment: 10 * time.Minute, LongClip: 10 * time.Minute,
		KeepSegments: 7 * day, KeepEvents: 90 * day, MinFree: 0.05}
}

// mostRoll bounds Config's rolls: without segments they are kept in memory.
const mostRoll = time.Minute

// Validate returns an error that wraps ErrConfig for values that are not possible.
func (c Config) Validate() error {
	known := false
	for _, m := range Modes {
		known = known || c.Mode == m
	}
	switch {
	case !known:
		return fmt.Errorf("%w: mode %q: want one of %v", ErrConfig, c.Mode, Modes)
	case c.PreRoll < 0 || c.PreRoll > mostRoll:
		return fmt.Errorf("%w: pre-roll %v: want 0 to %v", ErrConfig, c.PreRoll, mostRoll)
	case c.PostRoll < 0 || c.PostRoll > mostRoll:
		return fmt.Errorf("%w: post-roll %v: want 0 to %v", ErrConfig, c.PostRoll, mostRoll)
	case c.Segment < 10*time.Second || c.Segment > 24*time.Hour:
		return fmt.Errorf("%w: segment %v: want 10s to 24h", ErrConfig, c.Segment)
	case c.LongClip < 10*time.Second || c.LongClip > 24*time.Hour:
		return fmt.Errorf("%w: longest clip %v: want 10s to 24h", ErrConfig, c.LongClip)
	case c.KeepSegments < 0 || c.KeepEvents < 0:
		return fmt.Errorf("%w: age %v: want 0 (off) or more", ErrConfig, min(c.KeepSegments, c.KeepEvents))
	case c.MaxSize < 0:
		return fmt.Errorf("%w: size %d: want 0 (off) or more bytes", ErrConfig, c.MaxSize)
	case !(c.MinFree >= 0 && c.MinFree < 1):
		return fmt.Errorf("%w: free share %g: want 0 (off) to 1", ErrConfig, c.MinFree)
	}
	return nil
}
