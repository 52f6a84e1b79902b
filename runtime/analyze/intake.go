package analyze

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"avid/models/luma"
	"avid/runtime/steady"
	"avid/runtime/window"
)

// Frame describes one frame of a stream.
type Frame struct {
	// PTS is its presentation time; below 0: it has none.
	PTS time.Duration
	// Shown is the time that verdicts and events are to have, such as the
	// position in the medium; below 0: PTS.
	Shown time.Duration
	// Wall is the clock time at which the camera took it; zero: not known (Analyzer.clock).
	Wall time.Time
	// Filler says that the frame only fills a gap of the stream, as one that
	// videorate repeats does: it is shown, and says nothing of the scene.
	Filler bool
	// Damaged says that the picture is incomplete, as after lost packets.
	Damaged bool
	// Late says that downstream wants to catch up.
	Late bool
}

// Step is what becomes of a frame.
type Step struct {
	Time    time.Duration // presentation time, guessed where the frame has none
	Sampled bool          // the frame is one of those that windows are made of
	Break   Break         // why a new scene begins with this frame
	Since   time.Duration // JumpAhead: since the last sample
	Age     time.Duration // Sampled: how long the stream has gone on, whatever its times jump by
	Skip    Skip          // why the frame is not a sample
}

// Break says why a new scene begins.
type Break int

// The breaks.
const (
	Continues Break = iota
	JumpAhead       // more than 2.5 sample periods without a sample; up to event.Config.Hold events go on
	JumpBack        // more than 2.5 sample periods back
	NewStream       // told by the caller: other caps, a seek, a new segment
)

// Skip says why a frame is not a sample.
type Skip int

// The reasons.
const (
	NotSkipped   Skip = iota
	BetweenTwo        // the stream is faster than the bundle
	NotLater          // its time is that of the frame before, or a little earlier
	FillsGap          // Frame.Filler
	IsDamaged         // Frame.Damaged
	RepeatsImage      // its picture is that of the sample before, byte by byte
)

// Intake is the first half of an Analyzer, and all of it that training needs:
// from the times of a stream it decides which frames are samples and where a new
// scene begins, and scales samples to the model's size. Not safe for concurrent
// use.
type Intake struct {
	h, w    int
	to      luma.Range
	sampler *window.Sampler
	clock   Clock
	latest  time.Duration // of the frames so far
	sampled time.Duration // the last sample
	age     time.Duration // Step.Age of it
	scaler  *luma.Scaler
	from    picture
	sample  []byte // the sample before, to notice repeats
	same    bool   // sample is of the present scene
	moving  bool   // and differs from the one before it
	steady  *steady.Steady
	seen    []bool // which pixels are shown as they are; nil: all
	fill    []byte // what the others are shown as; nil: as first
	first   []byte // the first sample of the scene, where fill is nil; empty: not known yet
}

// picture is what a scaler was made for.
type picture struct {
	layout luma.Format
	w, h   int
}

// NewIntake returns an intake of samples of h×w pixels, rate frames/s, whose luma
// is of range to.
func NewIntake(h, w int, rate float64, to luma.Range) *Intake {
	return &Intake{h: h, w: w, to: to, sampler: window.NewSampler(rate), sample: make([]byte, h*w), steady: steady.New(h, w, rate)}
}

// Anchor says what the place looks like, h·w grey bytes, where that is known: samples
// are held to it. It keeps the picture.
func (in *Intake) Anchor(picture []byte) { in.steady.Anchor(picture) }

// Leave has pixels say nothing of movement and light where counts is false, and has samples
// show, where seen is false, always the same: fill, h·w grey levels, or what the first
// sample of the scene has there where it is nil. Both have h·w values; nil: all. So nothing
// that happens where neither is true reaches whoever judges or learns.
func (in *Intake) Leave(counts, seen []bool, fill []byte) {
	in.seen, in.fill, in.first = seen, fill, in.first[:0]
	in.steady.Leave(counts)
}

// leave shows what is not to be seen in a sample as it always is.
func (in *Intake) leave(sample []byte) {
	if in.seen == nil {
		return
	}
	fill := in.fill
	if fill == nil {
		if len(in.first) == 0 {
			in.first = append(in.first, sample...)
		}
		fill = in.first
	}
	for i, c := range in.seen {
		if !c {
			sample[i] = fill[i]
		}
	}
}

// Size is the size of the samples in pixels.
func (in *Intake) Size() (h, w int) { return in.h, in.w }

// Longest is the longest time that may pass between two samples of a scene.
func (in *Intake) Longest() time.Duration { return in.sampler.Longest() }

// Rate says how many frames/s the stream has, for frames without times; 0 or
// less: not known.
func (in *Intake) Rate(rate float64) { in.clock.Rate(rate) }

// Format prepares for pictures of w×h pixels, and tells whether they differ from
// those before. The error is luma.ErrFormat.
func (in *Intake) Format(layout luma.Format, w, h int) (changed bool, err error) {
	from := picture{layout, w, h}
	if in.scaler != nil && in.from == from {
		return false, nil
	}
	scaler, err := luma.NewScaler(layout, in.to, w, h, in.w, in.h)
	if err != nil {
		return false, err
	}
	changed = in.scaler != nil
	in.scaler, in.from = scaler, from
	return changed, nil
}

// Restart forgets the stream: what follows is another scene.
func (in *Intake) Restart() {
	in.sampler.Reset()
	in.clock.reset()
	in.latest = 0
	in.same, in.moving, in.first = false, false, in.first[:0]
	in.steady.Restart()
}

// Offer takes the next frame of the stream and tells what becomes of it. A
// sampled one is then to be scaled.
func (in *Intake) Offer(f Frame) Step {
	s := Step{Time: in.clock.At(f.PTS)}
	// What is left out must not count as a sample: the time without one goes on.
	switch {
	case f.Filler:
		s.Skip = FillsGap
		return s
	case f.Damaged:
		s.Skip = IsDamaged
		return s
	}
	later := s.Time > in.latest
	in.latest = max(in.latest, s.Time)
	switch in.sampler.Offer(s.Time) {
	case window.Between:
		s.Skip = BetweenTwo
		if !later {
			s.Skip = NotLater
		}
		return s
	case window.Ahead:
		s.Break, s.Since = JumpAhead, s.Time-in.sampled
	case window.Back:
		s.Break = JumpBack
	case window.Sampled:
	}
	if s.Break != Continues {
		in.same, in.moving, in.latest, in.first = false, false, s.Time, in.first[:0]
		in.steady.Restart()
	}
	in.age += min(max(s.Time-in.sampled, 0), mostStep)
	in.sampled, s.Sampled, s.Age = s.Time, true, in.age
	return s
}

// Scale writes the luma of a sampled frame at model size to dst, h·w bytes, without what
// the camera's mount and light do (package steady). It returns false where the picture is
// that of the sample before, byte by byte, though that one moved: a stream that repeats frames without saying so would
// seem to stand still and then to jump. Such a frame is left out, but never two
// in a row, so that a scene in which nothing moves is judged like any other. The
// error is luma.ErrBuffer.
func (in *Intake) Scale(dst, plane []byte, stride int) (kept bool, err error) {
	if err := in.still(dst, plane, stride); err != nil {
		return false, err
	}
	repeats := in.same && bytes.Equal(dst, in.sample)
	if repeats && in.moving {
		in.moving = false
		in.sampler.Retract()
		return false, nil
	}
	in.moving = in.same && !repeats
	copy(in.sample, dst)
	in.same = true
	in.steady.Take(dst)
	in.leave(dst)
	return true, nil
}

// moved is by how many pixels the last sample was moved back, whole ones.
func (in *Intake) moved() (right, down int) {
	s := in.steady.Seen()
	if !s.Taken {
		return 0, 0
	}
	return int(math.Round(s.Right)), int(math.Round(s.Down))
}

// still writes the luma of a picture that stands alone.
func (in *Intake) still(dst, plane []byte, stride int) error {
	if in.scaler == nil {
		return fmt.Errorf("%w: no picture format is set", luma.ErrFormat)
	}
	return in.scaler.Scale(dst, plane, stride)
}
