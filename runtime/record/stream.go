package record

import (
	"bytes"
	"slices"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
)

// flow is a part with what it is coded by. cut says that it does not follow the one
// before; part is nil where there is nothing but the cut.
type flow struct {
	part   *part
	coding coding
	cut    bool
}

// fragmentLen is how long a fragment is at least, but for those before a key frame: it
// is what a kill loses.
const fragmentLen = clockRate / 2

// longGap is a gap that a file is not to have: the camera was away.
const longGap = 10 * clockRate

// stream makes parts of units.
type stream struct {
	coding  coding
	params  [][]byte // of the description that was taken last
	order   order
	current *part
	held    *fmp4.Sample // the newest frame, whose length its follower tells
	heldAt  int64        // decoding time
	heldKey bool
	wall    time.Time // of the held frame
	begun   bool      // the next part follows one
	step    int64     // how long the frame before was
}

// add takes a unit and returns the parts that are whole with it, and how many units were
// lost: those before the first key frame, and broken ones.
func (s *stream) add(u Unit) (whole []*flow, lost int) {
	nals, err := u.split()
	if err != nil {
		return nil, 1
	}
	was := s.coding
	changed := u.Codec != s.coding.codec
	if !slices.EqualFunc(u.Params, s.params, bytes.Equal) || changed {
		s.params = u.Params
		changed = s.coding.take(u.Codec, u.Params)
	}
	changed = s.coding.take(u.Codec, nals) || changed
	if changed && s.order != nil {
		now := s.coding
		s.coding = was
		whole = s.cut(whole)
		s.coding = now
	}
	key := s.coding.key(nals)
	if s.order == nil {
		if !key || !s.coding.complete() {
			return whole, 1
		}
		s.order = s.coding.newOrder()
	}
	at, sample, err := s.sample(nals, u.PTS, key)
	if err != nil || s.held != nil && (at < s.heldAt || at-s.heldAt > longGap) {
		whole = s.cut(whole)
		if !key {
			return whole, 1
		}
		s.order = s.coding.newOrder()
		if at, sample, err = s.sample(nals, u.PTS, key); err != nil {
			s.order = nil
			return whole, 1
		}
	}
	whole = s.hold(whole, at)
	if s.current != nil && (key || s.current.length >= fragmentLen) {
		whole = append(whole, s.emit())
	}
	s.held, s.heldAt, s.heldKey, s.wall = sample, at, key, u.Wall
	return whole, 0
}

// sample is a unit as a file has it, and its decoding time.
func (s *stream) sample(nals [][]byte, pts time.Duration, key bool) (int64, *fmp4.Sample, error) {
	shown := ticks(pts)
	at, err := s.order.Extract(nals, shown)
	if err != nil {
		return 0, nil, err
	}
	sample := &fmp4.Sample{IsNonSyncSample: !key}
	if s.coding.codec == H264 {
		err = sample.FillH264(int32(shown-at), nals)
	} else {
		err = sample.FillH265(int32(shown-at), nals)
	}
	return at, sample, err
}

// hold moves the held frame into the current part, now that it is known how long it is.
func (s *stream) hold(whole []*flow, next int64) []*flow {
	if s.held == nil {
		return whole
	}
	s.step = next - s.heldAt
	s.put(s.step)
	return whole
}

func (s *stream) put(length int64) {
	if s.current == nil {
		s.current = &part{begin: s.heldAt, wall: s.wall, key: s.heldKey}
	}
	s.held.Duration = uint32(length)
	s.current.frames = append(s.current.frames, s.held)
	s.current.bytes += len(s.held.Payload)
	s.current.length += length
	s.held = nil
}

// emit returns the current part.
func (s *stream) emit() *flow {
	f := &flow{part: s.current, coding: s.coding, cut: !s.begun}
	s.current, s.begun = nil, true
	return f
}

// cut ends the stream; the next one begins with a key frame.
func (s *stream) cut(whole []*flow) []*flow {
	if f := s.rest(); f != nil {
		whole = append(whole, f)
	}
	s.order, s.begun = nil, false
	return whole
}

// rest is what has come and is not whole yet; nil: nothing.
func (s *stream) rest() *flow {
	if s.held != nil {
		s.put(max(s.step, 1))
	}
	if s.current == nil {
		return nil
	}
	return s.emit()
}
