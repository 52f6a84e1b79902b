package avidwebrtcsink

import (
	"errors"
	"fmt"
	"strings"

	"avid/element/gstc"
	"avid/runtime/fanout"
)

var (
	// errNoEncoder says that no encoder is installed.
	errNoEncoder = errors.New("no encoder is installed")
	// errRefused says that none of those that are can do it.
	errRefused = errors.New("no encoder can be used")
	// errChain says that what passes encoded video on cannot be made.
	errChain = errors.New("encoded video cannot be passed on")
)

const rawMedia = "video/x-raw"

// Negotiate takes the first caps, and builds the chain for them, or later ones
// of the same kind.
func (s *sink) Negotiate(in gstc.Input) error {
	_, present := s.state()
	switch {
	case present.media == "":
	case present.media != in.Media:
		return failure(otherKind(present.media, in.Media))
	case !s.bin.Accepts():
		return failure(fmt.Errorf("%w: it does not take the new format or size", errRefused))
	default:
		return nil
	}
	set, err := s.begin()
	if err != nil {
		return failure(err)
	}
	e := encoding{media: in.Media}
	if in.Media == rawMedia {
		e.encoder, err = s.encode(in, set)
		if err == nil {
			e.codec = e.encoder.codec
		}
	} else {
		e.codec, err = s.pass(in)
	}
	if err != nil {
		return failure(err)
	}
	s.mu.Lock()
	s.encoding = e
	s.mu.Unlock()
	return nil
}

// encode builds the chain with the first encoder that can be used.
func (s *sink) encode(in gstc.Input, set settings) (*encoder, error) {
	var refusals []string
	for _, e := range candidates(set.Codec) {
		if !s.deps.has(e.element) {
			continue
		}
		err := s.bin.Build(e.encoding(), e.settings(in, firstBitrate(in, set.MinBitrate, set.MaxBitrate)))
		if err == nil {
			s.bin.Logf(gstc.LogInfo, "%s encodes", e.element)
			return &e, nil
		}
		s.bin.Logf(gstc.LogWarning, "%s cannot be used: %v", e.element, err)
		refusals = append(refusals, fmt.Sprintf("%s: %v", e.element, err))
	}
	if len(refusals) == 0 {
		return nil, fmt.Errorf("%w: %s", errNoEncoder, advice(set.Codec))
	}
	return nil, fmt.Errorf("%w: %s", errRefused, strings.Join(refusals, "; "))
}

// pass builds the chain for encoded video.
func (s *sink) pass(in gstc.Input) (codec, error) {
	c, ok := codecOf(in.Media)
	if !ok {
		return c, fmt.Errorf("%w: %s", errChain, in.Media)
	}
	if err := s.bin.Build(kinds[c].parser, nil); err != nil {
		return c, fmt.Errorf("%w: %w", errChain, err)
	}
	return c, nil
}

// Entered takes the size of the pictures that come.
func (s *sink) Entered(width, height int) {
	_, w := s.state()
	if w.encoder != nil {
		for _, o := range crop(w.codec, width, height) {
			s.bin.SetOption(o)
		}
		if kinds[w.codec].even {
			width, height = width&^1, height&^1
		}
	}
	s.judge.resize(width, height)
}

// Mark tells the viewers what is written on a frame.
func (s *sink) Mark(m *gstc.Marks) {
	meta := s.judge.look(m, s.times.enter(m.PTS()), s.viewers.Load() > 0)
	if lag, ok := m.Lag(); ok { // by the camera's clock, not by when it came here
		meta.Captured = meta.Captured.Add(-lag)
	}
	if out := s.out.Load(); out != nil {
		out.WriteMeta(meta)
	}
}

// Handle ends an open event: at each of the events the stream breaks or ends.
func (s *sink) Handle(e gstc.Event) {
	s.end()
	if e == gstc.FlushStop {
		s.times.flush()
	}
}

// Ended ends the event that the filter has ended without a frame.
func (s *sink) Ended(id uint64) {
	if s.judge.event.ID == id {
		s.end()
	}
}

// end tells viewers that the open event has ended, if there is one.
func (s *sink) end() {
	stamp := s.judge.end()
	if out := s.out.Load(); out != nil && stamp != nil {
		out.WriteMeta(fanout.Meta{PTS: s.judge.last, Width: s.judge.width, Height: s.judge.height, Event: stamp})
	}
}

// Coded keeps what the caps say of the frames that come out.
func (s *sink) Coded(out gstc.Output) { s.coded = out }

// Write hands a frame to the viewers. The first key frame opens the stream:
// only then is everything known that viewers are told of it.
func (s *sink) Write(f *gstc.Coded) error {
	pts := s.times.exit(f.PTS)
	s.order.check(s.bin, pts, f.Key)
	out := s.out.Load()
	if out == nil {
		if !f.Key {
			return nil
		}
		opened, err := s.open(f)
		if err != nil {
			return failure(err)
		}
		out = &target{opened}
		s.out.Store(out)
	}
	err := out.WriteFrame(fanout.Frame{PTS: pts, Key: f.Key, Data: f.Data})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fanout.ErrClosed):
		return gstc.ErrFlushing
	}
	return failure(err)
}

// open adds the stream to the server, or begins to push it.
func (s *sink) open(f *gstc.Coded) (output, error) {
	set, w := s.state()
	if w.media == "" {
		return nil, errNoCaps
	}
	c := set.stream()
	c.Codec, c.Profile = kinds[w.codec].name, profileOf(w.codec, s.coded, f.Data)
	c.Width, c.Height = s.coded.Width, s.coded.Height
	if s.coded.RateN > 0 && s.coded.RateD > 0 {
		c.Rate = float64(s.coded.RateN) / float64(s.coded.RateD)
	}
	c.KeyFrame = func() { s.asked("a key frame", func() { s.bin.ForceKey() }) }
	if w.encoder != nil && w.encoder.rate != "" {
		c.Bitrate = func(bits uint) { s.asked("a bit rate", func() { s.setBitrate(w.encoder, bits) }) }
	}
	if w.encoder != nil && s.place != nil { // a media server is always sent to
		c.Watched = func(on bool) { s.asked("viewers", func() { s.watched(on) }) }
	}
	c.Joined, c.Left, c.Inference = s.joined, s.left, s.inference
	s.gate.open()
	if s.place == nil {
		p := set.push(c)
		p.Changed = s.pushed
		return s.deps.push(p)
	}
	return s.place.Add(c)
}

// asked does what the server calls for, while the stream runs.
func (s *sink) asked(what string, fn func()) {
	s.gate.pass(func() { s.bin.Guard(what, fn) })
}

// pushed tells the bus how the connection to the media server is: each change
// as a message, the first failure of a row as a warning too.
func (s *sink) pushed(err error) {
	s.asked("the media server", func() {
		state, why := "live", ""
		if err != nil {
			state, why = "waiting", err.Error()
		}
		s.bin.Post(&gstc.Structure{Name: messageName, Fields: []gstc.Field{{Name: "state", Value: state}, {Name: "reason", Value: why}}})
		if failing := err != nil; s.failing.Swap(failing) != failing && failing {
			s.bin.PostWarning("The stream does not reach the media server, which is tried again: "+why+".", why)
		}
	})
}

// setBitrate sets the encoder's bit rate while it runs.
func (s *sink) setBitrate(e *encoder, bits uint) {
	s.rates.Lock()
	defer s.rates.Unlock()
	s.bin.SetOption(e.setRate(bits))
}

// watched has the encoder rest while nobody watches. Its first frame for who
// comes is a key frame.
func (s *sink) watched(on bool) {
	if on {
		s.bin.ForceKey()
	}
	s.bin.Rest(!on)
}

func (s *sink) joined(v fanout.Viewer) {
	s.viewers.Add(1)
	s.asked("a viewer", func() { s.bin.Emit(signalJoined, v.ID, v.Remote, v.Agent) })
}

func (s *sink) left(v fanout.Viewer) {
	s.viewers.Add(-1)
	s.asked("a viewer", func() { s.bin.Emit(signalLeft, v.ID) })
}

// inference asks the filter upstream for its counts.
func (s *sink) inference() (count uint64, seconds float64, ok bool) {
	s.asked("counts", func() {
		v, answered := s.bin.UpstreamStats("inferences", "inference-seconds")
		if ok = answered; ok {
			count, seconds = uint64(v[0]), v[1]
		}
	})
	return count, seconds, ok
}
