package gstc

/*
#include "host.h"
#include <stdlib.h>
*/
import "C"

import "unsafe"

// PropertyText reads a property of a GstElement, which it borrows, as
// gst-launch would write it; false when there is none.
//
// It fills a gap of go-gst v0.0.2: gst.ValueSerialize panics ("must be
// handwritten"), and ObjectProperty gives for an enum or flags of a plugin a
// bare number, or nothing.
func PropertyText(element unsafe.Pointer, property string) (string, bool) {
	var text *C.char
	withString(property, func(n *C.char) { text = C.avid_get_arg((*C.GstElement)(element), n) })
	if text == nil {
		return "", false
	}
	defer C.g_free(C.gpointer(unsafe.Pointer(text)))
	return C.GoString(text), true
}
