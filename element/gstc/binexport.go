package gstc

/*
#include "bin.h"
*/
import "C"

import "errors"

//export avidGoBinNew
func avidGoBinNew(index C.guint, el *C.GstElement) (h C.guintptr) {
	defer guard(el, "making the element", nil)
	class := binClassAt(int(index))
	i := &instance{properties: class.Properties, element: Element{el}, bin: Bin{Element{el}}}
	i.inner = class.New(&i.bin)
	i.common = i.inner
	return C.guintptr(instances.add(i))
}

//export avidGoBinReset
func avidGoBinReset(h C.guintptr, el *C.GstElement) {
	defer guard(el, "the end of the stream", nil)
	if i := instances.get(uintptr(h)); i != nil && i.started {
		i.inner.Reset()
	}
}

//export avidGoBinNegotiate
func avidGoBinNegotiate(h C.guintptr, el *C.GstElement, media *C.char, w, hgt, rateN, rateD C.int) (ok C.gboolean) {
	defer guard(el, "negotiation", func() { ok = 0 })
	i := instances.get(uintptr(h))
	if i == nil {
		return 0
	}
	in := Input{Media: C.GoString(media), Width: int(w), Height: int(hgt), RateN: int(rateN), RateD: int(rateD)}
	if err := i.inner.Negotiate(in); err != nil {
		if !errors.Is(err, ErrFlushing) {
			i.element.PostError(err)
		}
		return 0
	}
	return 1
}

//export avidGoBinEntered
func avidGoBinEntered(h C.guintptr, el *C.GstElement, w, hgt C.int) {
	defer guard(el, "new caps", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.inner.Entered(int(w), int(hgt))
	}
}

//export avidGoBinMark
func avidGoBinMark(h C.guintptr, el *C.GstElement, marks *C.AvidMarks) {
	defer guard(el, "a frame's metadata", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.marks.c = marks
		i.inner.Mark(&i.marks)
	}
}

//export avidGoBinEvent
func avidGoBinEvent(h C.guintptr, el *C.GstElement, kind C.int) {
	defer guard(el, "an event", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.inner.Handle(Event(kind))
	}
}

//export avidGoBinEnded
func avidGoBinEnded(h C.guintptr, el *C.GstElement, id C.guint64) {
	defer guard(el, "a report", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.inner.Ended(uint64(id))
	}
}

//export avidGoBinCoded
func avidGoBinCoded(h C.guintptr, el *C.GstElement, w, hgt, rateN, rateD C.int, profile *C.char) {
	defer guard(el, "encoded caps", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.inner.Coded(Output{Width: int(w), Height: int(hgt), RateN: int(rateN), RateD: int(rateD), Profile: C.GoString(profile)})
	}
}

//export avidGoBinWrite
func avidGoBinWrite(h C.guintptr, el *C.GstElement, frame *C.AvidCoded) (flow C.int) {
	defer guard(el, "an encoded frame", func() { flow = C.GST_FLOW_ERROR })
	i := instances.get(uintptr(h))
	if i == nil {
		return C.GST_FLOW_ERROR
	}
	i.coded.read(frame)
	return i.flow(i.inner.Write(&i.coded))
}
