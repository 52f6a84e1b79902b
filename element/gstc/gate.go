package gstc

/*
#include "gate.h"
#include <stdlib.h>
*/
import "C"

import (
	"sync"
	"unsafe"
)

// Preset is a property of elements that a pipeline makes by itself, by the name
// of their factory, written as for gst-launch. Elements that have no such
// property are left as they are.
type Preset struct{ Factory, Property, Value string }

// Gate keeps what a pipeline shows of a live source in time, by dropping frames
// where the machine is too slow. An element named "late", which is to be a queue
// of two buffers between the decoder and what follows, drops the oldest
// pictures; behind it those go that are 1.3 s older than the source's own
// latency; and where a decoder is that far behind for a second, all encoded
// frames are dropped up to a key frame that is in time. Nothing is dropped of a
// source that is not live. Its methods may be called from any goroutine. Close
// it.
//
// It fills a gap of go-gst v0.0.2: a signal of its own thread ("deep-element-added")
// and pad probes on the buffer path would keep a reference of each buffer until
// a finalizer runs.
type Gate struct {
	mu  sync.Mutex
	ptr *C.AvidGate
}

// NewGate puts a gate on a GstPipeline, which it borrows and which has not been
// started yet. force takes a source for live that does not say so.
func NewGate(pipeline unsafe.Pointer, presets []Preset, force bool) *Gate {
	n := len(presets)
	rows := (*C.AvidPreset)(C.calloc(C.size_t(n+1), C.size_t(unsafe.Sizeof(C.AvidPreset{}))))
	for i, p := range presets {
		row := &unsafe.Slice(rows, n)[i]
		row.factory, row.property, row.value = cString(p.Factory), cString(p.Property), cString(p.Value)
	}
	g := &Gate{ptr: C.avid_gate_new(rows, C.guint(n), cBool(force))}
	C.avid_gate_attach(g.ptr, (*C.GstElement)(pipeline))
	return g
}

// Dropped counts what was dropped so far: encoded frames before a decoder, and
// pictures behind it. After Close it is nothing.
func (g *Gate) Dropped() (encoded, pictures uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ptr == nil {
		return 0, 0
	}
	var e, p C.guint64
	C.avid_gate_count(g.ptr, &e, &p)
	return uint64(e), uint64(p)
}

// Close gives the gate back; the pipeline keeps what it needs of it. It may be
// called twice.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ptr != nil {
		C.avid_gate_unref(g.ptr)
		g.ptr = nil
	}
}
