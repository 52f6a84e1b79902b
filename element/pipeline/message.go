package pipeline

import (
	"fmt"
	"runtime"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
	"avid/models/redact"
)

// MessageKind says what a Message is.
type MessageKind int

// The kinds that are taken off the bus.
const (
	MessageEOS MessageKind = iota
	MessageError
	MessageWarning
	MessageInfo
	MessageElement
	MessageLatency
	MessageAsyncDone
	MessageSegmentDone
)

// kinds are GStreamer's types of message, by ours.
var kinds = map[gst.MessageType]MessageKind{
	gst.MessageEOS: MessageEOS, gst.MessageError: MessageError, gst.MessageWarning: MessageWarning, gst.MessageInfo: MessageInfo,
	gst.MessageElement: MessageElement, gst.MessageLatency: MessageLatency, gst.MessageAsyncDone: MessageAsyncDone,
	gst.MessageSegmentDone: MessageSegmentDone,
}

// wanted is all of kinds.
const wanted = gst.MessageEOS | gst.MessageError | gst.MessageWarning | gst.MessageInfo |
	gst.MessageElement | gst.MessageLatency | gst.MessageAsyncDone | gst.MessageSegmentDone

// Message is one message of the bus.
type Message struct {
	Kind   MessageKind
	Source string    // the element's name
	Code   gstc.Code // errors, where Known
	Known  bool      // the domain and code are among gstc's Codes
	// Text is the sentence, or the structure of an element message as text, and
	// Debug what the element says besides. Secrets are taken out of both: sources
	// repeat their address.
	Text, Debug string
	// Structure is that of an element message, else nil.
	Structure *gstc.Structure
}

// ElementError is an error message as an error.
type ElementError struct{ Message }

// Error is the element's name and its sentence.
func (e *ElementError) Error() string { return fmt.Sprintf("%s: %s", e.Source, e.Text) }

// Err is the message as an error, an *ElementError; nil unless it is one.
func (m Message) Err() error {
	if m.Kind != MessageError {
		return nil
	}
	return &ElementError{m}
}

// Pop takes the next message off the bus; false after timeout (negative: none).
func (p *Pipeline) Pop(timeout time.Duration) (Message, bool) {
	top := p.borrow()
	if top == nil {
		return Message{}, false
	}
	m, ok := pop(p.bus, timeout)
	if ok && m.Kind == MessageLatency {
		top.RecalculateLatency()
	}
	return m, ok
}

// Drain takes all messages off a bus, which it borrows.
func Drain(bus gst.Bus) []Message {
	var all []Message
	for {
		m, ok := pop(bus, 0)
		if !ok {
			return all
		}
		all = append(all, m)
	}
}

// pop takes a message off a bus and copies it.
func pop(bus gst.Bus, timeout time.Duration) (Message, bool) {
	native := bus.TimedPopFiltered(clockTime(timeout), wanted)
	if native == nil {
		return Message{}, false
	}
	defer gst.UnsafeMessageUnref(native)
	m := Message{Kind: kinds[native.Type()]}
	if source := native.Source(); source != nil {
		m.Source = source.GetName()
		release(source)
	}
	var err error
	switch m.Kind {
	case MessageError:
		m.Debug, err = native.ParseError()
	case MessageWarning:
		m.Debug, err = native.ParseWarning()
	case MessageInfo:
		m.Debug, err = native.ParseInfo()
	case MessageElement:
		if s := native.GetStructure(); s != nil {
			m.Text = s.String()
			m.Structure = gstc.ReadStructure(gst.UnsafeStructureToGlibNone(s))
			runtime.KeepAlive(s)
		}
	}
	if err != nil {
		m.Text = err.Error()
		if e, ok := err.(interface {
			Quark() uint32
			ErrorCode() int
		}); ok {
			m.Code, m.Known = gstc.CodeOf(e.Quark(), e.ErrorCode())
		}
	}
	m.Text, m.Debug = redact.Text(m.Text), redact.Text(m.Debug)
	return m, true
}
