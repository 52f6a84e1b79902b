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

// PropertyStructure copies a property of a GstElement, which it borrows, that is a
// structure; nil when there is none.
func PropertyStructure(element unsafe.Pointer, property string) *Structure {
	var s *C.GstStructure
	withString(property, func(n *C.char) { s = C.avid_get_structure((*C.GstElement)(element), n) })
	if s == nil {
		return nil
	}
	defer C.gst_structure_free(s)
	return readStructure(s, 0)
}

// SourcePads is how many source pads a GstElement has, which it borrows.
func SourcePads(element unsafe.Pointer) int {
	return int(C.avid_source_pads((*C.GstElement)(element)))
}

// GaveUp tells whether an element in a bin, a GstElement which it borrows, read a
// file by itself, has stopped, and gives nothing.
func GaveUp(bin unsafe.Pointer) bool { return goBool(C.avid_gave_up((*C.GstElement)(bin))) }

// ReadStructure copies a GstStructure, which it borrows. Fields of types that
// Field has no Go form for are left out; times come as uint64, and arrays of
// anything but structures as []any.
//
// It fills a gap of go-gst v0.0.2: its values of arrays and of structures in them
// panic ("must be handwritten").
func ReadStructure(structure unsafe.Pointer) *Structure {
	return readStructure((*C.GstStructure)(structure), 0)
}

// mostNested bounds how deep structures are read: ours are two deep.
const mostNested = 8

func readStructure(s *C.GstStructure, depth int) *Structure {
	out := &Structure{Name: C.GoString((*C.char)(C.gst_structure_get_name(s)))}
	if depth >= mostNested {
		return out
	}
	for i := range int(C.gst_structure_n_fields(s)) {
		name := C.gst_structure_nth_field_name(s, C.guint(i))
		if v := readValue(C.gst_structure_get_value(s, name), depth); v != nil {
			out.Fields = append(out.Fields, Field{Name: C.GoString((*C.char)(name)), Value: v})
		}
	}
	return out
}

// readValue copies a value; nil where it has no Go form.
func readValue(v *C.GValue, depth int) any {
	switch C.avid_value_kind(v) {
	case C.AVID_VALUE_BOOL:
		return goBool(C.g_value_get_boolean(v))
	case C.AVID_VALUE_INT:
		return int(C.g_value_get_int(v))
	case C.AVID_VALUE_UINT:
		return uint(C.g_value_get_uint(v))
	case C.AVID_VALUE_INT64:
		return int64(C.g_value_get_int64(v))
	case C.AVID_VALUE_UINT64:
		return uint64(C.g_value_get_uint64(v))
	case C.AVID_VALUE_DOUBLE:
		return float64(C.g_value_get_double(v))
	case C.AVID_VALUE_STRING:
		return C.GoString((*C.char)(C.g_value_get_string(v)))
	case C.AVID_VALUE_STRUCTURE:
		return *readStructure(C.avid_value_structure(v), depth+1)
	case C.AVID_VALUE_ARRAY:
		return readArray(v, depth)
	}
	return nil
}

// readArray copies an array: []Structure where it holds nothing else.
func readArray(v *C.GValue, depth int) any {
	var items []any
	structures := []Structure{}
	for i := range int(C.avid_array_size(v)) {
		item := readValue(C.avid_array_at(v, C.guint(i)), depth)
		items = append(items, item)
		if s, ok := item.(Structure); ok {
			structures = append(structures, s)
		}
	}
	if len(structures) == len(items) {
		return structures
	}
	return items
}
