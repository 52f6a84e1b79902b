package gstc

/*
#include "gstc.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// guard recovers a panic of a callback, posts it as LIBRARY FAILED and calls
// failed, if any, to set the callback's result. It is deferred by every export.
func guard(el *C.GstElement, what string, failed func()) {
	r := recover()
	if r == nil {
		return
	}
	if failed != nil {
		failed()
	}
	err := fmt.Errorf("%w in %s: %v\n%s", ErrPanic, what, r, debug.Stack())
	(&Element{el}).PostError(Fail(LibraryFailed,
		"The element stopped on an internal error; please report it with the debug text.", err))
}

// lost is the failure of an element whose body could not be made.
func lost(el *C.GstElement) {
	(&Element{el}).PostError(Fail(LibraryFailed, "The element could not be made.", nil))
}

//export avidGoNew
func avidGoNew(index C.guint, el *C.GstElement) (h C.guintptr) {
	defer guard(el, "making the element", nil)
	class := classAt(int(index))
	i := &instance{properties: class.Properties, element: Element{el}}
	i.body = class.New(&i.element)
	i.common = i.body
	return C.guintptr(instances.add(i))
}

//export avidGoFree
func avidGoFree(h C.guintptr) {
	instances.remove(uintptr(h))
}

//export avidGoStart
func avidGoStart(h C.guintptr, el *C.GstElement) (ok C.gboolean) {
	defer guard(el, "start", func() { ok = 0 })
	i := instances.get(uintptr(h))
	if i == nil {
		lost(el)
		return 0
	}
	i.started = true
	if err := i.common.Start(); err != nil {
		i.stop()
		i.element.PostError(err)
		return 0
	}
	return 1
}

//export avidGoStop
func avidGoStop(h C.guintptr, el *C.GstElement) {
	defer guard(el, "stop", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.stop()
	}
}

// stop stops a started body once.
func (i *instance) stop() {
	if i.started {
		i.started = false
		i.common.Stop()
	}
}

//export avidGoFormat
func avidGoFormat(h C.guintptr, el *C.GstElement, info *C.GstVideoInfo, black, white C.int) (ok C.gboolean) {
	defer guard(el, "negotiation", func() { ok = 0 })
	i := instances.get(uintptr(h))
	if i == nil {
		return 0
	}
	f := formatOf(info)
	f.Colour.Black, f.Colour.White = int(black), int(white)
	if err := i.body.Negotiate(f); err != nil {
		i.element.PostError(err)
		return 0
	}
	i.frame.picture = Picture{Format: f.Name}
	return 1
}

//export avidGoProcess
func avidGoProcess(h C.guintptr, el *C.GstElement, frame *C.AvidFrame) (flow C.int) {
	defer guard(el, "a frame", func() { flow = C.GST_FLOW_ERROR })
	i := instances.get(uintptr(h))
	if i == nil {
		return C.GST_FLOW_ERROR
	}
	i.frame.c = frame
	return i.flow(i.body.Process(&i.frame))
}

// flow is what a body's error means to the stream; it is posted.
func (i *instance) flow(err error) C.int {
	switch {
	case err == nil:
		return C.GST_FLOW_OK
	case errors.Is(err, ErrFlushing):
		return C.GST_FLOW_FLUSHING
	}
	i.element.PostError(err)
	return C.GST_FLOW_ERROR
}

//export avidGoEvent
func avidGoEvent(h C.guintptr, el *C.GstElement, kind C.int) {
	defer guard(el, "an event", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.body.Handle(Event(kind))
	}
}

//export avidGoInterrupt
func avidGoInterrupt(h C.guintptr, el *C.GstElement, stop C.gboolean) {
	defer guard(el, "an interruption", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.body.Interrupt(stop != 0)
	}
}

//export avidGoLatency
func avidGoLatency(h C.guintptr, el *C.GstElement) (ns C.guint64) {
	defer guard(el, "a latency query", func() { ns = 0 })
	i := instances.get(uintptr(h))
	if i == nil {
		return 0
	}
	return C.guint64(max(i.body.Latency(), 0))
}

//export avidGoSet
func avidGoSet(h C.guintptr, el *C.GstElement, row C.guint, v *C.GValue) {
	defer guard(el, "setting a property", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.common.Set(int(row), i.properties[row].load(v))
	}
}

//export avidGoGet
func avidGoGet(h C.guintptr, el *C.GstElement, row C.guint, v *C.GValue) {
	defer guard(el, "reading a property", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.properties[row].store(v, i.common.Get(int(row)))
	}
}
