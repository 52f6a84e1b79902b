// Package gstc is the only folder of the elements with C and unsafe. It makes a
// GstBaseTransform subclass from a table and hands its life to a Go Body; it
// exports safe verbs only. No C pointer and no slice over C memory leaves it,
// except inside a callback.
//
// Every callback from C recovers: a panic of a Body becomes an error message
// on the bus and an error flow, never an abort of the host.
//
// go-gst is not used here: its wrappers keep a reference of each buffer until
// a finalizer runs, so the buffer is not writable and lives too long
// (DESIGN.md 5), and the plugin stays small without it. Host programs use it
// through element/pipeline; what it lacks for them is here too (Init, Sample,
// PropertyText), each with the gap it fills.
package gstc

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-video-1.0 gstreamer-analytics-1.0 gstreamer-rtp-1.0
#cgo CFLAGS: -Wall -Wextra
#cgo linux LDFLAGS: -ldl
#include "gstc.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"unsafe"
)

// ErrInit says that GStreamer could not be initialized.
var ErrInit = errors.New("GStreamer does not start")

// Init initializes GStreamer for a host program; it may be called again. A
// plugin need not call it. It fills a gap of go-gst v0.0.2, which has only
// gst_init: that ends the process when GStreamer does not start.
func Init() error {
	var gerr *C.GError
	if C.gst_init_check(nil, nil, &gerr) != 0 {
		return nil
	}
	defer C.g_clear_error(&gerr)
	if gerr == nil {
		return ErrInit
	}
	return fmt.Errorf("%w: %s", ErrInit, C.GoString((*C.char)(gerr.message)))
}

// ModuleDir is the folder that holds the file this code was loaded from: the
// plugin's own, or the executable's in a host that has the elements built in.
// It is empty when the system does not say.
func ModuleDir() string {
	path := C.avid_module_path()
	if path == nil {
		return ""
	}
	abs, err := filepath.Abs(C.GoString(path))
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return filepath.Dir(abs)
}

// goBool turns a gboolean into a bool.
func goBool(b C.gboolean) bool { return b != 0 }

// cBool turns a bool into a gboolean.
func cBool(b bool) C.gboolean {
	if b {
		return 1
	}
	return 0
}

// cString is a C copy of s that is never freed; for types, which live for ever.
func cString(s string) *C.char { return C.CString(s) }

// withString lends a C copy of s to fn.
func withString(s string, fn func(*C.char)) {
	c := C.CString(s)
	defer C.free(unsafe.Pointer(c))
	fn(c)
}
