package fanout

import (
	"time"

	"avid/runtime/outline"
)

// Codec is how a stream's video is encoded.
type Codec string

// The codecs that viewers can be sent.
const (
	H264 Codec = "h264"
	H265 Codec = "h265"
	VP8  Codec = "vp8"
	VP9  Codec = "vp9"
	AV1  Codec = "av1"
)

// StreamConfig describes one stream. The functions may be nil; they are called
// from goroutines of the Source, never under one of its locks, and must not
// block.
type StreamConfig struct {
	// Path is the stream's name in addresses, one segment of [A-Za-z0-9._-].
	Path string
	// Title is what the page calls it; Path where empty.
	Title string
	// Codec of the frames that will be written.
	Codec Codec
	// Profile is codec-specific and may be empty: for H264 the six hex digits
	// of profile-level-id.
	Profile string
	// Width, Height in pixels, at first, and Rate in frames/s; 0: not known.
	Width, Height int
	Rate          float64
	// MinBitrate and MaxBitrate bound what Bitrate is asked for, bits/s.
	MinBitrate, MaxBitrate uint

	// KeyFrame asks the encoder for a key frame as soon as it can.
	KeyFrame func()
	// Bitrate asks the encoder for a bit rate, bits/s.
	Bitrate func(bitsPerSecond uint)
	// Watched says, with false, that nobody has watched for a while, so that
	// frames need not be encoded, and, with true, that somebody is about to, as
	// soon as a viewer's offer comes: frames must then come again, a key frame
	// first. At the beginning they must come. Metas must not cease meanwhile. nil:
	// frames always come.
	Watched func(bool)
	// Joined and Left tell of viewers once their connection stands, and when
	// it is gone; each viewer that joined leaves once.
	Joined, Left func(Viewer)
	// Inference gives the inferences and the seconds spent on them so far, for
	// /metrics; false when not known.
	Inference func() (count uint64, seconds float64, ok bool)
}

// Viewer is who watches.
type Viewer struct {
	ID     string // as in the address of its WHEP resource
	Remote string // address of its HTTP request
	Agent  string // its User-Agent
}

// Frame is one encoded frame (access unit): H.264 and H.265 as Annex B byte
// stream, VP8, VP9 as one frame, AV1 as a temporal unit of OBUs. The data is
// borrowed for the call.
type Frame struct {
	PTS  time.Duration // running time, never negative
	Key  bool          // decodable by itself, parameter sets included
	Data []byte
}

// Meta is what avid says of one frame; docs/preview.md has its JSON. The
// coordinates are pixels of Width×Height.
type Meta struct {
	PTS           time.Duration // of the Frame it belongs to
	Captured      time.Time     // when the camera took it, as far as its clock is known; zero: no frame came
	Width, Height int
	State         string  // of the stream: filling, judging, blind, silent, held; "": no avidfilter tells
	Scene         string  // what keeps it from being judged well, such as dark; ""
	Reason        string  // why it is not judged, or not well, else ""
	Judged        bool    // Score means something
	Score         float64 // logits, as in the bus message: from Threshold on it is irregular
	Threshold     float64 // logits
	Confidence    float64 // the same as a probability, 0.5 at the threshold
	Boxes         []Box
	Outlines      [][]Point   // closed polygons around the mask; holes run the other way
	Event         *EventStamp // when an event begins, changes or ends with this frame
}

// Box is a connected region of the mask.
type Box struct {
	X, Y, W, H int
	Score      float64 // 0 to 1, 0.5 at the threshold
}

// Point is a corner of an outline, in pixels.
type Point = outline.Point

// EventStamp is an event that a frame reports, as the bus message has it but for
// its boxes.
type EventStamp struct {
	Kind        string // begin, change, end
	ID          uint64
	Start, Time time.Duration // running time
	Duration    time.Duration
	Score       float64 // logits
	Peak        float64 // logits
}

// StreamStats are counts since the stream was added.
type StreamStats struct {
	Frames, KeyFrames uint64        // written
	Bytes             uint64        // of frames written
	Sent              uint64        // bytes sent to all viewers
	Dropped           uint64        // frames dropped for slow viewers, added up over them
	Metas             uint64        // written
	Skipped           uint64        // messages that a viewer's data channel had no room for
	Viewers           int           // connected now
	Joined            uint64        // ever
	Idle              bool          // nobody watches, and nothing is encoded
	Lag               time.Duration // how old the newest frame was when its Meta came; 0: not known
	Bitrate           uint          // asked of the encoder last, bits/s; 0: never
	EncodedRate       uint          // of the frames written in the last second or so, bits/s
}

// Status is what the filter said of a stream last, as in Meta.
type Status struct {
	State            string
	Scene, Reason    string
	Judged           bool
	Score, Threshold float64 // logits
	Events           uint64  // that have begun since the stream was added
}
