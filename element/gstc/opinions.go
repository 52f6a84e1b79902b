package gstc

/*
#include "bin.h"
#include "opinions.h"
#include <stdlib.h>
*/
import "C"

import (
	"runtime/cgo"
	"time"
	"unsafe"
)

// TakeVerdicts has take called with what avidfilter wrote on each frame that leaves the
// element of that name in a GstPipeline, which it borrows, and with the frame's clock
// time. Frames without a verdict's metadata are left out. The marks are lent until take
// returns. take is called by the stream's thread and must not wait, until the pipeline is
// gone. It returns false where there is no such element.
//
// It fills a gap of go-gst v0.0.2, as TakeUnits does.
func TakeVerdicts(pipeline unsafe.Pointer, at string, take func(m *Marks, wall time.Time)) bool {
	name := cString(at)
	defer C.free(unsafe.Pointer(name))
	h := cgo.NewHandle(take)
	if !goBool(C.avid_opinions_attach((*C.GstElement)(pipeline), name, C.guintptr(h))) {
		h.Delete()
		return false
	}
	return true
}

//export avidGoOpinion
func avidGoOpinion(h C.guintptr, el *C.GstElement, m *C.AvidMarks, wall C.gint64) {
	defer guard(el, "a verdict", nil)
	take := cgo.Handle(h).Value().(func(*Marks, time.Time))
	take(&Marks{c: m}, time.Unix(0, int64(wall)))
}

//export avidGoOpinionsFree
func avidGoOpinionsFree(h C.guintptr) { cgo.Handle(h).Delete() }
