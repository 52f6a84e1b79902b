package gstc

/*
#include "pipeline.h"
*/
import "C"

import "unsafe"

// The functions of this file take bare pointers; they are for this room's
// sub-packages, since types of C do not cross packages.

// DrainBus takes all messages off a GstBus.
func DrainBus(bus unsafe.Pointer) []Message {
	var all []Message
	for {
		var note C.AvidNote
		if !goBool(C.avid_bus_note((*C.GstBus)(bus), 0, &note)) {
			return all
		}
		all = append(all, takeNote(&note))
	}
}

// PropertyText reads a GstElement's property as gst-launch would write it.
func PropertyText(element unsafe.Pointer, property string) string {
	text, _ := getArg((*C.GstElement)(element), property)
	return text
}

// SetPropertyText sets a GstElement's property written as for gst-launch;
// false when there is none.
func SetPropertyText(element unsafe.Pointer, property, value string) bool {
	return setArg((*C.GstElement)(element), property, value)
}
