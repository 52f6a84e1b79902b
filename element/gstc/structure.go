package gstc

/*
#include "gstc.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"avid/models/redact"
)

// Field is one named value of a Structure. Value is a bool, int, uint,
// uint64, float64, string, time.Duration (a GstClockTime; negative: none) or
// []Structure (a GstValueArray). Secrets in a string are taken out on its way to
// GStreamer.
type Field struct {
	Name  string
	Value any
}

// Structure is the Go form of a GstStructure.
type Structure struct {
	Name   string
	Fields []Field
}

// Get is the value of a field; nil where there is none. It may be called on nil.
func (s *Structure) Get(name string) any {
	if s == nil {
		return nil
	}
	for _, f := range s.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// native makes the GstStructure; the caller owns it.
func (s *Structure) native() *C.GstStructure {
	var out *C.GstStructure
	withString(s.Name, func(name *C.char) {
		out = C.gst_structure_new_empty((*C.gchar)(name))
	})
	if out == nil {
		panic(fmt.Sprintf("gstc: %q is no structure name", s.Name))
	}
	for _, f := range s.Fields {
		withString(f.Name, func(name *C.char) { setField(out, name, f.Value) })
	}
	return out
}

// setField sets one field; an unknown type is a mistake of the caller's code.
func setField(s *C.GstStructure, name *C.char, value any) {
	switch v := value.(type) {
	case bool:
		C.avid_structure_set_bool(s, name, cBool(v))
	case int:
		C.avid_structure_set_int(s, name, C.gint(v))
	case uint:
		C.avid_structure_set_uint(s, name, C.guint(v))
	case uint64:
		C.avid_structure_set_uint64(s, name, C.guint64(v))
	case float64:
		C.avid_structure_set_double(s, name, C.double(v))
	case string:
		withString(redact.Text(v), func(text *C.char) { C.avid_structure_set_string(s, name, text) })
	case time.Duration:
		ns := C.guint64(C.GST_CLOCK_TIME_NONE)
		if v >= 0 {
			ns = C.guint64(v)
		}
		C.avid_structure_set_time(s, name, ns)
	case []Structure:
		setArray(s, name, v)
	default:
		panic(fmt.Sprintf("gstc: field %s has type %T", C.GoString(name), value))
	}
}

// setArray sets an array of structures.
func setArray(s *C.GstStructure, name *C.char, items []Structure) {
	size := C.size_t(len(items)+1) * C.size_t(unsafe.Sizeof(uintptr(0)))
	array := (**C.GstStructure)(C.calloc(1, size))
	defer C.free(unsafe.Pointer(array))
	for i := range items {
		unsafe.Slice(array, len(items))[i] = items[i].native()
	}
	C.avid_structure_set_array(s, name, array, C.guint(len(items)))
}
