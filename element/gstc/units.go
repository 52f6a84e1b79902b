package gstc

/*
#include "units.h"
#include <stdlib.h>
*/
import "C"

import (
	"runtime/cgo"
	"time"
	"unsafe"
)

// Unit is an encoded frame.
type Unit struct {
	Media  string        // as in its caps: "video/x-h264"
	Form   string        // their stream-format: "avc", "byte-stream"; empty: none
	Config []byte        // their codec_data, a copy; nil: none
	Data   []byte        // a copy
	PTS    time.Duration // running time, or None
	Wall   time.Time     // when it came
}

// TakeUnits has take called with each encoded frame of a GstPipeline, which it borrows
// and which has not been started yet: before its video decoders, those that it makes
// later too, or, with at, before the element of that name. take is called by the
// stream's thread and must not wait, until the pipeline is gone; what it is given is
// its own.
//
// It fills a gap of go-gst v0.0.2, whose pad probes would keep a reference of each
// buffer until a finalizer runs.
func TakeUnits(pipeline unsafe.Pointer, at string, take func(Unit)) {
	var name *C.char
	if at != "" {
		name = cString(at)
		defer C.free(unsafe.Pointer(name))
	}
	C.avid_units_attach((*C.GstElement)(pipeline), name, C.guintptr(cgo.NewHandle(take)))
}

//export avidGoUnit
func avidGoUnit(h C.guintptr, el *C.GstElement, unit *C.AvidUnit) {
	defer guard(el, "an encoded frame", nil)
	take := cgo.Handle(h).Value().(func(Unit))
	u := Unit{Media: C.GoString(unit.media), PTS: time.Duration(unit.pts), Wall: time.Unix(0, int64(unit.wall)),
		Data: C.GoBytes(unsafe.Pointer(unit.data), C.int(unit.size))}
	if unit.form != nil {
		u.Form = C.GoString(unit.form)
	}
	if unit.config != nil {
		u.Config = C.GoBytes(unsafe.Pointer(unit.config), C.int(unit.config_size))
	}
	take(u)
}

//export avidGoUnitsFree
func avidGoUnitsFree(h C.guintptr) { cgo.Handle(h).Delete() }
