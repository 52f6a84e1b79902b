package gstc

/*
#include "pipeline.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Errors of pipelines.
var (
	ErrParse    = errors.New("pipeline cannot be made")
	ErrState    = errors.New("pipeline does not change state")
	ErrElement  = errors.New("pipeline has no such element")
	ErrProperty = errors.New("element has no such property")
	ErrSeek     = errors.New("stream cannot be sought")
	ErrClosed   = errors.New("pipeline is closed")
)

// State is a GStreamer state.
type State int

// The states that a pipeline can be asked for.
const (
	StateNull    State = C.GST_STATE_NULL
	StateReady   State = C.GST_STATE_READY
	StatePaused  State = C.GST_STATE_PAUSED
	StatePlaying State = C.GST_STATE_PLAYING
)

// Pipeline is a running gst-launch description. Safe for concurrent use except
// that Close must come last.
type Pipeline struct {
	mu   sync.Mutex // guards ptr
	ptr  *C.GstElement
	live bool
}

// Parse makes a pipeline from a gst-launch description. Close it.
func Parse(description string) (*Pipeline, error) {
	if err := Init(); err != nil {
		return nil, err
	}
	var text *C.char
	var ptr *C.GstElement
	withString(description, func(d *C.char) { ptr = C.avid_parse(d, &text) })
	if ptr == nil {
		defer C.g_free(C.gpointer(unsafe.Pointer(text)))
		return nil, fmt.Errorf("%w: %s", ErrParse, C.GoString(text))
	}
	p := &Pipeline{ptr: ptr}
	runtime.SetFinalizer(p, func(p *Pipeline) {
		if p.ptr != nil {
			println("gstc: a Pipeline was not closed")
		}
	})
	return p, nil
}

// closing bounds how long Close waits for a pipeline to stop: a stream of ours
// is out of its callback within an inference.
const closing = 10 * time.Second

// Close stops the pipeline and frees it; it may be called again.
func (p *Pipeline) Close() {
	p.mu.Lock()
	ptr := p.ptr
	p.ptr = nil
	p.mu.Unlock()
	if ptr == nil {
		return
	}
	var live, ok C.gboolean
	C.avid_wait_state(ptr, C.GST_STATE_NULL, clockTime(closing), &live, &ok)
	C.gst_object_unref(C.gpointer(unsafe.Pointer(ptr)))
}

// borrow gives the pipeline's pointer, or nil when closed; Close must not run
// at the same time.
func (p *Pipeline) borrow() *C.GstElement {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ptr
}

// SetState changes the state and waits for it, at most timeout (negative: for
// ever). A pipeline that waits for data to preroll gives ErrState; its cause
// is on the bus.
func (p *Pipeline) SetState(s State, timeout time.Duration) error {
	ptr := p.borrow()
	if ptr == nil {
		return ErrClosed
	}
	var live, ok C.gboolean
	C.avid_wait_state(ptr, C.GstState(s), clockTime(timeout), &live, &ok)
	if !goBool(ok) {
		return fmt.Errorf("%w to %d", ErrState, s)
	}
	return nil
}

// clockTime turns a timeout into a GstClockTime.
func clockTime(d time.Duration) C.guint64 {
	if d < 0 {
		return C.guint64(C.GST_CLOCK_TIME_NONE)
	}
	return C.guint64(d)
}

// MessageKind says what a Message is.
type MessageKind int

// The kinds, in the order of avid_pop_note.
const (
	MessageEOS MessageKind = iota
	MessageError
	MessageWarning
	MessageInfo
	MessageElement
	MessageLatency
	MessageAsyncDone
)

// Message is one message of the bus.
type Message struct {
	Kind   MessageKind
	Source string // the element's name
	Code   Code   // errors, where Known
	Known  bool   // the domain and code are among this room's Codes
	Text   string // the sentence, or the structure of an element message
	Debug  string
}

// Err is the message as an error, nil unless it is one.
func (m Message) Err() error {
	if m.Kind != MessageError {
		return nil
	}
	return fmt.Errorf("%s: %s", m.Source, m.Text)
}

// Pop takes the next message off the bus; false after timeout (negative: none).
func (p *Pipeline) Pop(timeout time.Duration) (Message, bool) {
	ptr := p.borrow()
	if ptr == nil {
		return Message{}, false
	}
	var note C.AvidNote
	if !goBool(C.avid_pop_note(ptr, clockTime(timeout), &note)) {
		return Message{}, false
	}
	return takeNote(&note), true
}

// takeNote copies a note to Go and frees it.
func takeNote(note *C.AvidNote) Message {
	defer C.avid_note_clear(note)
	m := Message{Kind: MessageKind(note.kind), Source: C.GoString(note.source),
		Text: C.GoString(note.text), Debug: C.GoString(note.debug)}
	if note.domain != 0 {
		m.Code, m.Known = codeOf(note.domain, note.code)
	}
	return m
}

// Run plays to the end of the stream and gives all messages that came. The
// error is the first error message's, or ErrState when idle passes without one.
func (p *Pipeline) Run(idle time.Duration) ([]Message, error) {
	if ptr := p.borrow(); ptr != nil {
		C.gst_element_set_state(ptr, C.GST_STATE_PLAYING)
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

// element gives an element by name; unref it.
func (p *Pipeline) element(name string) (*C.GstElement, error) {
	ptr := p.borrow()
	if ptr == nil {
		return nil, ErrClosed
	}
	var el *C.GstElement
	withString(name, func(n *C.char) {
		el = C.gst_bin_get_by_name((*C.GstBin)(unsafe.Pointer(ptr)), (*C.gchar)(n))
	})
	if el == nil {
		return nil, fmt.Errorf("%w: %s", ErrElement, name)
	}
	return el, nil
}

// unref gives an element back.
func unref(el *C.GstElement) { C.gst_object_unref(C.gpointer(unsafe.Pointer(el))) }

// Set sets a property of a named element, written as for gst-launch.
func (p *Pipeline) Set(element, property, value string) error {
	el, err := p.element(element)
	if err != nil {
		return err
	}
	defer unref(el)
	if !setArg(el, property, value) {
		return fmt.Errorf("%w: %s of %s", ErrProperty, property, element)
	}
	return nil
}

// setArg sets a property written as for gst-launch; false: there is none.
func setArg(el *C.GstElement, property, value string) bool {
	ok := C.gboolean(0)
	withString(property, func(n *C.char) {
		withString(value, func(v *C.char) { ok = C.avid_set_arg(el, n, v) })
	})
	return goBool(ok)
}

// Get reads a property of a named element, written as for gst-launch.
func (p *Pipeline) Get(element, property string) (string, error) {
	el, err := p.element(element)
	if err != nil {
		return "", err
	}
	defer unref(el)
	text, ok := getArg(el, property)
	if !ok {
		return "", fmt.Errorf("%w: %s of %s", ErrProperty, property, element)
	}
	return text, nil
}

// getArg reads a property as gst-launch would write it; false: there is none.
func getArg(el *C.GstElement, property string) (string, bool) {
	var text *C.char
	withString(property, func(n *C.char) { text = C.avid_get_arg(el, n) })
	if text == nil {
		return "", false
	}
	defer C.g_free(C.gpointer(unsafe.Pointer(text)))
	return C.GoString(text), true
}

// SendEOS ends the stream at its sources, so that files are closed properly.
func (p *Pipeline) SendEOS() {
	if ptr := p.borrow(); ptr != nil {
		C.gst_element_send_event(ptr, C.gst_event_new_eos())
	}
}

// Seek goes to a position, flushing.
func (p *Pipeline) Seek(position time.Duration) error {
	ptr := p.borrow()
	if ptr == nil {
		return ErrClosed
	}
	if !goBool(C.avid_seek(ptr, C.gint64(position))) {
		return fmt.Errorf("%w to %v", ErrSeek, position)
	}
	return nil
}

// Position is where the stream is, Length how long it is; None: not known.
func (p *Pipeline) Position() time.Duration { return p.clock(false) }

// Length is how long the stream is; None: not known.
func (p *Pipeline) Length() time.Duration { return p.clock(true) }

func (p *Pipeline) clock(length bool) time.Duration {
	ptr := p.borrow()
	if ptr == nil {
		return None
	}
	if length {
		return time.Duration(C.avid_length(ptr))
	}
	return time.Duration(C.avid_position(ptr))
}

// Latency asks the pipeline for its latency; max is None when unbounded.
func (p *Pipeline) Latency() (live bool, least, most time.Duration, ok bool) {
	ptr := p.borrow()
	if ptr == nil {
		return false, 0, 0, false
	}
	var l C.gboolean
	var lo, hi C.guint64
	ok = goBool(C.avid_query_latency(ptr, &l, &lo, &hi))
	most = None
	if hi != C.guint64(C.GST_CLOCK_TIME_NONE) {
		most = time.Duration(hi)
	}
	return goBool(l), time.Duration(lo), most, ok
}
