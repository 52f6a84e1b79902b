// Package pipeline runs GStreamer pipelines in a host program: the tool and
// the tests. It is made with go-gst; what that lacks is in element/gstc, each
// with the gap it fills. The plugin does not use it.
//
// go-gst gives references back in finalizers. Until one runs, a pipeline's
// files, devices and elements would live on, so whatever is taken here is also
// released here.
package pipeline

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/go-gst/go-glib/pkg/gobject/v2"
	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
)

// Errors of pipelines.
var (
	ErrParse    = errors.New("pipeline cannot be made")
	ErrState    = errors.New("pipeline does not change state")
	ErrElement  = errors.New("pipeline has no such element")
	ErrProperty = errors.New("element has no such property")
	ErrSeek     = errors.New("stream cannot be sought")
	ErrClosed   = errors.New("pipeline is closed")
	ErrTimeout  = errors.New("no picture in time")
)

// State is a GStreamer state.
type State = gst.State

// The states that a pipeline can be asked for.
const (
	StateNull    = gst.StateNull
	StateReady   = gst.StateReady
	StatePaused  = gst.StatePaused
	StatePlaying = gst.StatePlaying
)

// Init initializes GStreamer; it may be called again. The error is gstc's.
func Init() error { return gstc.Init() }

// Version is GStreamer's version, as in "1.26.2".
func Version() string {
	major, minor, micro, _ := gst.Version()
	return fmt.Sprintf("%d.%d.%d", major, minor, micro)
}

// Pipeline is a running gst-launch description. Safe for concurrent use except
// that Close must come last.
type Pipeline struct {
	mu  sync.Mutex // guards top
	top gst.Bin
	bus gst.Bus
}

// Parse makes a pipeline from a gst-launch description. Close it.
func Parse(description string) (*Pipeline, error) {
	if err := Init(); err != nil {
		return nil, err
	}
	parsed, err := gst.ParseLaunchFull(description, nil, gst.ParseFlagFatalErrors)
	if err != nil {
		release(parsed)
		return nil, fmt.Errorf("%w: %w", ErrParse, err)
	}
	if parsed == nil {
		return nil, fmt.Errorf("%w: nothing to run", ErrParse)
	}
	top, ok := parsed.(gst.Pipeline)
	if !ok { // a single element
		top = gst.NewPipeline("").(gst.Pipeline)
		top.Add(parsed)
		release(parsed)
	}
	p := &Pipeline{top: top, bus: top.GetBus()}
	runtime.SetFinalizer(p, func(p *Pipeline) {
		if p.top != nil {
			println("pipeline: a Pipeline was not closed")
		}
	})
	return p, nil
}

// release gives a reference back that go-gst would give back in a finalizer.
func release(o gst.Object) {
	if o != nil {
		gobject.UnsafeObjectUnref(o)
	}
}

// closing bounds how long Close waits for a pipeline to stop: a stream of ours
// is out of its callback within an inference.
const closing = 10 * time.Second

// Close stops the pipeline and frees it; it may be called again.
func (p *Pipeline) Close() {
	p.mu.Lock()
	top := p.top
	p.top = nil
	p.mu.Unlock()
	if top == nil {
		return
	}
	top.BlockSetState(gst.StateNull, clockTime(closing))
	release(p.bus)
	release(top)
}

// borrow gives the pipeline's bin, or nil when closed; Close must not run at
// the same time.
func (p *Pipeline) borrow() gst.Bin {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.top
}

// SetState changes the state and waits for it, at most timeout (negative: for
// ever). A pipeline that waits for data to preroll gives ErrState; its cause
// is on the bus.
func (p *Pipeline) SetState(s State, timeout time.Duration) error {
	top := p.borrow()
	if top == nil {
		return ErrClosed
	}
	switch top.BlockSetState(s, clockTime(timeout)) {
	case gst.StateChangeSuccess, gst.StateChangeNoPreroll:
		return nil
	}
	return fmt.Errorf("%w to %v", ErrState, s)
}

// clockTime turns a timeout into GStreamer's.
func clockTime(d time.Duration) gst.ClockTime {
	if d < 0 {
		return gst.ClockTimeNone
	}
	return gst.ClockTime(d)
}

// Run plays to the end of the stream and gives all messages that came. The
// error is the first error message's, or ErrState when idle passes without one.
func (p *Pipeline) Run(idle time.Duration) ([]Message, error) {
	if top := p.borrow(); top != nil {
		top.SetState(gst.StatePlaying)
	}
	var all []Message
	for {
		m, ok := p.Pop(idle)
		if !ok {
			return all, fmt.Errorf("%w: nothing on the bus for %v", ErrState, idle)
		}
		all = append(all, m)
		if m.Kind == MessageEOS || m.Kind == MessageError {
			return all, m.Err()
		}
	}
}
