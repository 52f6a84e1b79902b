package gstc

/*
#include "bin.h"
#include "query.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// ErrChain says that a bin's chain cannot be made, or does not open, or does
// not take the caps.
var ErrChain = errors.New("chain of elements does not work")

// BinBody is the behaviour of a bin with one sink pad. Start, Reset and Stop
// come one at a time, and never while the stream runs. Negotiate comes in the
// thread that pushes into the pad; Entered, Mark and Handle in the one of the
// chain's entry; Coded and Write in the one of its exit: these three may be one
// thread or several. Set and Get come from any thread at any time. An error
// that is a *BusError is posted as such; others as LIBRARY FAILED.
type BinBody interface {
	// Start readies the element, from NULL to READY.
	Start() error
	// Reset forgets the stream, from PAUSED to READY; the chain is gone.
	Reset()
	// Stop frees what Start made; never before Start.
	Stop()
	// Negotiate hears of the caps that come. With the first it must Build the
	// chain; an error refuses them.
	Negotiate(Input) error
	// Entered gives the size of the pictures from the next Mark on.
	Entered(width, height int)
	// Mark sees what is written on each frame, before it is encoded.
	Mark(*Marks)
	// Handle hears of an event in between: StreamStart, FlushStop, EndOfStream.
	Handle(Event)
	// Ended hears from an avidfilter upstream that its event of that number has
	// ended while no frames come.
	Ended(id uint64)
	// Coded describes the frames that Write gets from then on.
	Coded(Output)
	// Write takes a frame that came out of the chain. ErrFlushing ends without
	// a message.
	Write(*Coded) error
	// Set and Get are the property at the given row of the table.
	Set(row int, v Value)
	Get(row int) Value
}

// Input are the caps that come in.
type Input struct {
	Media         string // as in "video/x-raw"
	Width, Height int    // pixels; 0: not said
	RateN, RateD  int    // frames/s; 0/1: not said or variable
}

// Output are the caps that come out of the chain.
type Output struct {
	Width, Height int    // pixels; 0: not said
	RateN, RateD  int    // frames/s; 0/1: not said or variable
	Profile       string // as the caps have it, or ""
}

// Signal is a signal of a BinClass; its parameters are strings, at most eight.
type Signal struct {
	Name   string
	Params int
}

// BinClass describes an element made of elements, as Class does one of its own.
type BinClass struct {
	TypeName    string // GType, as in "AvidWebRTCSink"
	Name        string // as in "avidwebrtcsink"
	LongName    string
	Klass       string // as in "Sink/Network/WebRTC"
	Description string
	Author      string
	Rank        uint
	Caps        string // of the sink pad
	Properties  []Property
	Signals     []Signal
	New         func(*Bin) BinBody
}

// RegisterBin registers a BinClass as Register does a Class.
func RegisterBin(c *BinClass) error { return registerBin(nil, c) }

// RegisterBin does as the function RegisterBin, as a feature of the plugin.
func (p Plugin) RegisterBin(c *BinClass) error { return registerBin(p.ptr, c) }

func registerBin(plugin *C.GstPlugin, c *BinClass) error {
	described := &Class{TypeName: c.TypeName, Name: c.Name, LongName: c.LongName, Klass: c.Klass,
		Description: c.Description, Author: c.Author, Rank: c.Rank, Caps: c.Caps, Properties: c.Properties}
	spec := specOf(described)
	spec.index = C.guint(indexOf(&binClasses, c))
	setSignals(spec, c.Signals)
	return feature(plugin, described, C.avid_bin_register(spec))
}

// binClassAt is the class of an AvidSpec.index.
func binClassAt(index int) *BinClass {
	classesMu.Lock()
	defer classesMu.Unlock()
	return binClasses[index]
}

// HasElement says whether GStreamer knows an element of this name.
func HasElement(name string) (ok bool) {
	withString(name, func(n *C.char) { ok = goBool(C.avid_has_element(n)) })
	return ok
}

// Bin is the GStreamer side of a BinBody. Its verbs may be called from any
// thread between the making of the body and the end of Stop, but Build and
// Accepts only in Negotiate.
type Bin struct{ Element }

func (b *Bin) self() *C.AvidBin { return (*C.AvidBin)(unsafe.Pointer(b.ptr)) }

// Option sets a property of the chain's element of that name, written as for
// gst-launch. An element that has no such property is left as it is.
type Option struct{ Element, Property, Value string }

// Build makes the chain from a gst-launch description, opens it and, where it
// takes the caps under negotiation, puts it between the pad and the exit. Raw
// video is tried first: a picture must come out of the chain, which is waited
// for 2 s at most; a chain that says nothing by then is slow, and is taken. The
// element named "entry" in it, if there is one, is where Mark and Handle come
// from, behind it; else that is where the chain begins. The error is ErrChain
// and nothing has changed.
func (b *Bin) Build(description string, options []Option) error {
	var why *C.char
	var chain *C.GstElement
	withString(description, func(d *C.char) { chain = C.avid_chain_parse(d, &why) })
	if chain == nil {
		return chainError(why)
	}
	for _, o := range options {
		setOption(o, func(child, property, value *C.char) C.gboolean {
			return C.avid_chain_set(chain, child, property, value)
		})
	}
	if !goBool(C.avid_chain_open(chain, b.self().caps, &why)) {
		C.avid_chain_drop(chain)
		return chainError(why)
	}
	if !goBool(C.avid_bin_take(b.self(), chain)) {
		return fmt.Errorf("%w: they cannot be linked", ErrChain)
	}
	return nil
}

// chainError takes the text.
func chainError(why *C.char) error {
	defer C.g_free(C.gpointer(unsafe.Pointer(why)))
	return fmt.Errorf("%w: %s", ErrChain, C.GoString(why))
}

func setOption(o Option, set func(child, property, value *C.char) C.gboolean) (ok bool) {
	withString(o.Element, func(child *C.char) {
		withString(o.Property, func(property *C.char) {
			withString(o.Value, func(value *C.char) { ok = goBool(set(child, property, value)) })
		})
	})
	return ok
}

// Accepts says whether the chain takes the caps under negotiation.
func (b *Bin) Accepts() bool { return goBool(C.avid_bin_accepts(b.self())) }

// SetOption sets a property in the chain; false: there is no chain, or no such
// property.
func (b *Bin) SetOption(o Option) bool {
	return setOption(o, func(child, property, value *C.char) C.gboolean {
		return C.avid_bin_set(b.self(), child, property, value)
	})
}

// ForceKey asks the chain's encoder, or the one upstream, for a key frame.
// False: nobody took it.
func (b *Bin) ForceKey() bool { return goBool(C.avid_bin_force_key(b.self())) }

// Rest keeps frames out of the chain's work, behind the entry, so that an
// encoder there costs nothing, until Rest(false); Mark and Handle go on. A
// start ends it.
func (b *Bin) Rest(rest bool) { C.avid_bin_rest(b.self(), cBool(rest)) }

// Emit emits a signal of the class.
func (b *Bin) Emit(signal string, params ...string) {
	array := (**C.char)(C.calloc(C.size_t(len(params)+1), C.size_t(unsafe.Sizeof(uintptr(0)))))
	defer C.free(unsafe.Pointer(array))
	texts := unsafe.Slice(array, len(params))
	for i, p := range params {
		texts[i] = C.CString(p)
		defer C.free(unsafe.Pointer(texts[i]))
	}
	withString(signal, func(s *C.char) { C.avid_bin_emit(b.self(), s, array, C.guint(len(params))) })
}

// UpstreamStats asks the elements before the bin for numbers of the property
// stats of the first that has one and answers, as avidfilter does; false where
// nobody does.
func (b *Bin) UpstreamStats(fields ...string) ([]float64, bool) {
	query := C.avid_ask_stats(b.self().pad)
	if query == nil {
		return nil, false
	}
	defer C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(query)))
	values := make([]float64, len(fields))
	for i, f := range fields {
		var v C.double
		ok := false
		withString(f, func(name *C.char) { ok = goBool(C.avid_query_number(query, name, &v)) })
		if !ok {
			return nil, false
		}
		values[i] = float64(v)
	}
	return values, true
}
