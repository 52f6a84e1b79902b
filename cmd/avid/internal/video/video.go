//go:build !nogst

// Package video reads and writes video for the tool, by GStreamer: luma of
// files, addresses and cameras as data sets want it, and pictures into an
// encoder.
package video

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/runtime/pixel"
)

// Errors that callers tell apart.
var (
	ErrVideo  = errors.New("video cannot be read")
	ErrStall  = errors.New("no picture came in time")
	ErrFormat = errors.New("pixel format is not handled")
	ErrEnding = errors.New("no such kind of video is written")
)

// RawCaps are the formats that avidfilter takes, so that a picture's luma is
// the same bytes in training and in the filter.
func RawCaps() string { return "video/x-raw,format=(string){" + pixel.List() + "}" }

// patience is how long a source may give no picture: network cameras take
// seconds to start, and their key frames are up to ten seconds apart.
const patience = 30 * time.Second

// stopping is how long a pipeline that has failed may take to stop.
const stopping = 10 * time.Second

// poll is how often the bus is looked at.
const poll = 100 * time.Millisecond

// ownMemory lets a decoder use memory of its own. In GStreamer 1.26's avdec_h264
// the threads race for the pool that the next element offers: with widths that
// are no multiple of 16, one start in twenty ended in an abort of the process
// ("video meta uses 368x240 instead of 360x240").
const ownMemory = "identity drop-allocation=true"

// decode reads and decodes the video of a file or address and leaves its sound
// alone. Not uridecodebin3: in GStreamer 1.26.2 one of its starts in a hundred
// never gave a picture.
const decode = `uridecodebin name=source caps="video/x-raw(ANY)" expose-all-streams=false ! `

// Source is the head of a pipeline that gives the decoded pictures of a file,
// an address such as rtsp://…, or a capture device such as /dev/video0, and
// the property to set on the element "source".
func Source(path string) (head, property, value string, err error) {
	switch {
	case strings.HasPrefix(path, "/dev/video"):
		return "v4l2src name=source ! decodebin ! " + ownMemory + " ! videoconvert", "device", path, nil
	case datasets.IsURL(path):
		return decode + ownMemory + " ! videoconvert", "uri", path, nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", "", "", fmt.Errorf("%s: %w", path, err)
	}
	// A pipe that nobody writes to would block the process as it is opened.
	if info, err := os.Stat(abs); err == nil && !info.Mode().IsRegular() {
		return "", "", "", fmt.Errorf("%w: it is no file (%s)", ErrVideo, info.Mode().Type())
	}
	return decode + ownMemory + " ! videoconvert", "uri", (&url.URL{Scheme: "file", Path: abs}).String(), nil
}

// Parse makes the pipeline of a Source with the given tail.
func Parse(path, tail string) (*pipeline.Pipeline, error) {
	head, property, value, err := Source(path)
	if err != nil {
		return nil, err
	}
	p, err := pipeline.Parse(head + " ! " + tail)
	if err != nil {
		return nil, err
	}
	if err := p.Set("source", property, value); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// failure is the first error message on the bus, nil when there is none.
func failure(p *pipeline.Pipeline) error {
	for {
		m, ok := p.Pop(0)
		if !ok {
			return nil
		}
		if err := m.Err(); err != nil {
			return why(p, err)
		}
	}
}

// emptyAfter is how long a file may be searched for video, gaveUpAfter how long its
// demuxer may stand still without having found any; the demuxer's own error, where
// it is not lost, comes at once. A training at the lowest priority, beside cameras that
// take all of a machine, has taken more than 10 s to open a file.
const (
	emptyAfter  = time.Minute
	gaveUpAfter = 5 * time.Second
)

// emptiness notices a file in which nothing was found and of which nobody says
// so: GStreamer's decodebin drops the error of a demuxer that fails just as it is
// put in place (1.26.2; an mp4 cut before its index, once in twenty starts on a
// busy machine), and its pipeline then waits for ever.
type emptiness struct {
	p      *pipeline.Pipeline
	until  deadline // not set: nothing is to be noticed any more
	gaveUp deadline // for the demuxer that stands still; not set: it does not
}

// newEmptiness looks after a pipeline that has just been started.
func newEmptiness(p *pipeline.Pipeline) *emptiness {
	e := &emptiness{p: p}
	if uri, err := p.Get("source", "uri"); err == nil && strings.HasPrefix(uri, "file:") {
		e.until = after(emptyAfter)
	}
	return e
}

// check gives the error once the time is over.
func (e *emptiness) check() error {
	if !e.until.set() {
		return nil
	}
	found, stands := e.look()
	switch {
	case found:
		e.until = deadline{}
		return nil
	case !stands:
		e.gaveUp = deadline{}
	case !e.gaveUp.set():
		e.gaveUp = after(gaveUpAfter)
	}
	if now := time.Now(); e.until.over(now) || e.gaveUp.over(now) {
		return fmt.Errorf("%w: no video is found in it; it is damaged, cut off, or no video", ErrVideo)
	}
	return nil
}

// look tells whether there is video, or nothing to look at any more, and whether the
// demuxer stands still.
func (e *emptiness) look() (found, stands bool) {
	pads, err := e.p.SourcePads("source")
	if err != nil || pads > 0 {
		return true, false
	}
	stands, err = e.p.GaveUp("source")
	return err != nil, stands
}

// start sets a pipeline that ends in an appsink playing. Its error is told
// from the bus, other messages are dropped.
func start(p *pipeline.Pipeline) error {
	if err := p.SetState(pipeline.StatePlaying, poll); err != nil {
		// Not yet playing is no failure: a camera may take its time. What
		// fails later is found on the bus.
		return failure(p)
	}
	return nil
}

// Play runs a pipeline to the end of its stream. Each message of an element
// goes to note, and tick is called several times a second. When ctx ends, the
// stream is ended properly, so that files are whole. Either may be nil. The
// error is the pipeline's first.
func Play(ctx context.Context, p *pipeline.Pipeline, note func(pipeline.Message), tick func()) error {
	return play(ctx, p, note, tick, false)
}

// isOver tells whether a context has ended, which is no error where somebody ended it
// on purpose.
func isOver(ctx context.Context) bool { return ctx.Err() != nil }

// Loop is Play that begins again at the end, until ctx ends, without a break in the
// running time: whoever watches stays. Of a stream that cannot be played so, such as
// one that cannot be sought in, it is Play.
func Loop(ctx context.Context, p *pipeline.Pipeline, note func(pipeline.Message), tick func()) error {
	return play(ctx, p, note, tick, true)
}

func play(ctx context.Context, p *pipeline.Pipeline, note func(pipeline.Message), tick func(), loop bool) error {
	// Not playing at once is no failure, and what fails is on the bus.
	if err := p.SetState(pipeline.StatePlaying, poll); errors.Is(err, pipeline.ErrClosed) {
		return err
	}
	var giveUp time.Time
	empty := newEmptiness(p)
	for {
		if err := empty.check(); err != nil {
			return err
		}
		if ctx.Err() != nil && giveUp.IsZero() {
			p.SendEOS()
			giveUp = time.Now().Add(15 * time.Second)
		}
		if !giveUp.IsZero() && time.Now().After(giveUp) {
			return fmt.Errorf("%w: the pipeline does not end", ErrStall)
		}
		m, ok := p.Pop(poll)
		if tick != nil {
			tick()
		}
		if !ok {
			continue
		}
		if err := m.Err(); err != nil {
			err = why(p, err)
			rest(p, note)
			return err
		}
		switch m.Kind {
		case pipeline.MessageEOS:
			return nil
		case pipeline.MessageAsyncDone:
			if loop { // the first time: a seek brings the message again
				loop = false
				_ = p.Again(true) // a stream that cannot be sought in ends at its end
			}
		case pipeline.MessageSegmentDone:
			if isOver(ctx) {
				return nil // so a demuxer in a segment ends a stream
			}
			if err := p.Again(false); err != nil {
				return err
			}
		case pipeline.MessageElement, pipeline.MessageWarning:
			if note != nil {
				note(m)
			}
		}
	}
}

// rest stops a pipeline that has failed, and hands on what its elements say as they stop,
// such as the ends of events.
func rest(p *pipeline.Pipeline, note func(pipeline.Message)) {
	if note == nil {
		return
	}
	_ = p.SetState(pipeline.StateReady, stopping) // what does not stop is closed next
	for {
		m, ok := p.Pop(0)
		if !ok {
			return
		}
		if m.Kind == pipeline.MessageElement {
			note(m)
		}
	}
}
