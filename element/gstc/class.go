package gstc

/*
#include "gstc.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	"unsafe"
)

// ErrRegister says that a type or an element could not be registered.
var ErrRegister = errors.New("element cannot be registered")

// Event is something in the stream that a Body hears of, before the event goes
// on downstream.
type Event int

// The events, in the order of event_kind in class.c.
const (
	StreamStart Event = iota
	NewSegment        // only when it differs from the one before
	FlushStop
	GapEvent
	EndOfStream
)

// Format is the negotiated raw video.
type Format struct {
	Name          string // as in "NV12"
	Width, Height int    // pixels
	RateN, RateD  int    // frames/s; 0/1: variable
	Colour        Colour
	Interlace     string // progressive, interleaved, mixed, fields or alternate
}

// Colour says what the values of a picture mean.
type Colour struct {
	Range  string // "full", "limited", or "" when nobody says
	Matrix string // "bt601", "bt709", "bt2020", "smpte240m", "fcc", or "" where there is none
	Caps   string // both and more as caps have it, as in "2:4:16:4" or "bt709"

	// Black and White are what a conversion before the element has made of black and
	// white of video, of 0 to 255; -1: not known.
	Black, White int
}

// formatOf reads a GstVideoInfo.
func formatOf(info *C.GstVideoInfo) Format {
	text := func(s *C.char) string { return C.GoString(s) }
	colour := (*C.char)(C.gst_video_colorimetry_to_string(&info.colorimetry))
	defer C.g_free(C.gpointer(unsafe.Pointer(colour)))
	return Format{
		Name:      text((*C.char)(C.gst_video_format_to_string(info.finfo.format))),
		Width:     int(info.width),
		Height:    int(info.height),
		RateN:     int(info.fps_n),
		RateD:     int(info.fps_d),
		Colour:    Colour{text(C.avid_range_name(info)), text(C.avid_matrix_name(info)), text(colour), -1, -1},
		Interlace: text((*C.char)(C.gst_video_interlace_mode_to_string(info.interlace_mode))),
	}
}

// Body is an element's behaviour. Start, Stop, Negotiate, Process and Handle
// come one at a time; Set, Get and Latency come from any thread at any time.
// An error that is a *BusError is posted as such; others as LIBRARY FAILED.
type Body interface {
	// Start readies the element for data.
	Start() error
	// Stop frees what Start and the stream made; never before Start.
	Stop()
	// Negotiate takes a new format; an error refuses it.
	Negotiate(Format) error
	// Process works on one buffer. ErrFlushing ends without a message.
	Process(*Frame) error
	// Handle hears of an event.
	Handle(Event)
	// Interrupt says, from any thread, that the stream is being flushed, or, with
	// stop, stopped. A Process under way is waited for, and must return soon, with
	// ErrFlushing; so must those that begin before FlushStop or, with stop, Stop.
	Interrupt(stop bool)
	// Latency is what the element adds to a live stream's delay.
	Latency() time.Duration
	// Set and Get are the property at the given row of the table.
	Set(row int, v Value)
	Get(row int) Value
}

// Class describes an element: what gst-inspect shows and how its Body is made.
type Class struct {
	TypeName    string // GType, as in "AvidFilter"
	Name        string // as in "avidfilter"
	LongName    string
	Klass       string // as in "Filter/Analyzer/Video"
	Description string
	Author      string
	Rank        uint
	Caps        string // of both pads
	Properties  []Property
	Signals     []string // each has one parameter, a GstStructure
	New         func(*Element) Body
}

var (
	classesMu     sync.Mutex
	classes       []*Class       // by AvidSpec.index; only ever grows
	binClasses    []*BinClass    // the same
	readerClasses []*ReaderClass // the same
)

// Register makes the class's type and registers the element for a host program
// that has it built in, without a plugin. It may be called again.
func Register(c *Class) error { return register(nil, c) }

// Plugin is a GstPlugin, borrowed for the time of its entry.
type Plugin struct{ ptr *C.GstPlugin }

// PluginOf wraps the GstPlugin that GStreamer gave to the plugin's entry.
func PluginOf(plugin unsafe.Pointer) Plugin { return Plugin{(*C.GstPlugin)(plugin)} }

// Register does as the function Register, as a feature of the plugin.
func (p Plugin) Register(c *Class) error { return register(p.ptr, c) }

// register makes the type if this process has none of that name yet.
func register(plugin *C.GstPlugin, c *Class) error {
	spec := specOf(c)
	spec.index = C.guint(indexOf(&classes, c))
	all := make([]Signal, len(c.Signals))
	for i, name := range c.Signals {
		all[i] = Signal{Name: name, Params: 1}
	}
	setSignals(spec, all)
	return feature(plugin, c, C.avid_register(spec))
}

// feature registers a type as an element.
func feature(plugin *C.GstPlugin, c *Class, typ C.GType) error {
	if typ == 0 {
		return fmt.Errorf("%w: type %s", ErrRegister, c.TypeName)
	}
	name := C.CString(c.Name)
	defer C.free(unsafe.Pointer(name))
	if !goBool(C.avid_element_register(plugin, name, C.guint(c.Rank), typ)) {
		return fmt.Errorf("%w: %s", ErrRegister, c.Name)
	}
	return nil
}

// indexOf is the place of a class in its list, which it enters if it is new.
func indexOf[T comparable](list *[]T, c T) int {
	classesMu.Lock()
	defer classesMu.Unlock()
	if i := slices.Index(*list, c); i >= 0 {
		return i
	}
	*list = append(*list, c)
	return len(*list) - 1
}

// specOf makes the C form of a class, which is never freed.
func specOf(c *Class) *C.AvidSpec {
	spec := (*C.AvidSpec)(C.calloc(1, C.size_t(unsafe.Sizeof(C.AvidSpec{}))))
	spec.type_name = cString(c.TypeName)
	spec.long_name = cString(c.LongName)
	spec.klass = cString(c.Klass)
	spec.description = cString(c.Description)
	spec.author = cString(c.Author)
	spec.caps = cString(c.Caps)
	n := len(c.Properties)
	spec.n_properties = C.guint(n)
	spec.properties = (*C.AvidProperty)(C.calloc(C.size_t(n+1), C.size_t(unsafe.Sizeof(C.AvidProperty{}))))
	rows := unsafe.Slice(spec.properties, n)
	for i, p := range c.Properties {
		p.fill(&rows[i])
	}
	return spec
}

// setSignals describes the signals of a class.
func setSignals(spec *C.AvidSpec, signals []Signal) {
	n := len(signals)
	spec.n_signals = C.guint(n)
	spec.signals = (*C.AvidSignal)(C.calloc(C.size_t(n+1), C.size_t(unsafe.Sizeof(C.AvidSignal{}))))
	for i, s := range signals {
		row := &unsafe.Slice(spec.signals, n)[i]
		row.name, row.n_params = cString(s.Name), C.guint(s.Params)
	}
}

// classAt is the class of an AvidSpec.index.
func classAt(index int) *Class {
	classesMu.Lock()
	defer classesMu.Unlock()
	return classes[index]
}
