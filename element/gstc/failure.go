package gstc

// #include "gstc.h"
import "C"

import (
	"errors"
	"fmt"
)

// Sentinels of the frame verbs and of flows.
var (
	// ErrMap says that a buffer's memory does not hold the picture that the
	// caps describe, or cannot be mapped.
	ErrMap = errors.New("buffer does not hold the picture its caps describe")
	// ErrFlushing ends the work on a buffer without a message.
	ErrFlushing = errors.New("flushing")
	// ErrMeta says that a meta could not be added.
	ErrMeta = errors.New("metadata could not be attached")
	// ErrPanic says that a callback panicked and was recovered.
	ErrPanic = errors.New("internal error")
)

// Code is a GStreamer error domain with one of its codes.
type Code int

// The codes that elements of this project use, named DomainCode.
const (
	LibraryFailed Code = iota
	LibraryInit
	LibrarySettings
	ResourceNotFound
	ResourceOpenRead
	CoreNegotiation
	StreamFormat
	StreamFailed
	ResourceBusy
	ResourceOpenReadWrite
	CoreMissingPlugin
)

// String names the domain and code as GStreamer's documentation does.
func (c Code) String() string {
	names := [...]string{"LIBRARY FAILED", "LIBRARY INIT", "LIBRARY SETTINGS",
		"RESOURCE NOT_FOUND", "RESOURCE OPEN_READ", "CORE NEGOTIATION",
		"STREAM FORMAT", "STREAM FAILED", "RESOURCE BUSY",
		"RESOURCE OPEN_READ_WRITE", "CORE MISSING_PLUGIN"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("code %d", int(c))
	}
	return names[c]
}

// native gives the domain's quark and the code's number.
func (c Code) native() (C.GQuark, C.int) {
	switch c {
	case LibraryInit:
		return C.gst_library_error_quark(), C.GST_LIBRARY_ERROR_INIT
	case LibrarySettings:
		return C.gst_library_error_quark(), C.GST_LIBRARY_ERROR_SETTINGS
	case ResourceNotFound:
		return C.gst_resource_error_quark(), C.GST_RESOURCE_ERROR_NOT_FOUND
	case ResourceOpenRead:
		return C.gst_resource_error_quark(), C.GST_RESOURCE_ERROR_OPEN_READ
	case CoreNegotiation:
		return C.gst_core_error_quark(), C.GST_CORE_ERROR_NEGOTIATION
	case StreamFormat:
		return C.gst_stream_error_quark(), C.GST_STREAM_ERROR_FORMAT
	case StreamFailed:
		return C.gst_stream_error_quark(), C.GST_STREAM_ERROR_FAILED
	case ResourceBusy:
		return C.gst_resource_error_quark(), C.GST_RESOURCE_ERROR_BUSY
	case ResourceOpenReadWrite:
		return C.gst_resource_error_quark(), C.GST_RESOURCE_ERROR_OPEN_READ_WRITE
	case CoreMissingPlugin:
		return C.gst_core_error_quark(), C.GST_CORE_ERROR_MISSING_PLUGIN
	default:
		return C.gst_library_error_quark(), C.GST_LIBRARY_ERROR_FAILED
	}
}

// CodeOf is the Code of an error that came from a bus: the quark of its domain
// and its number. It is false for those that this project does not use.
func CodeOf(domain uint32, code int) (Code, bool) {
	for c := LibraryFailed; c <= CoreMissingPlugin; c++ {
		if d, n := c.native(); uint32(d) == domain && int(n) == code {
			return c, true
		}
	}
	return 0, false
}

// BusError is an error with its place in GStreamer's domains and the sentence
// that the user reads.
type BusError struct {
	Code Code
	Text string // one sentence that helps
	Err  error  // the cause, shown as debug text
}

// Error joins the sentence and the cause.
func (f *BusError) Error() string {
	if f.Err == nil {
		return f.Text
	}
	return f.Text + ": " + f.Err.Error()
}

// Unwrap gives the cause.
func (f *BusError) Unwrap() error { return f.Err }

// Fail makes a BusError.
func Fail(code Code, text string, err error) *BusError {
	return &BusError{Code: code, Text: text, Err: err}
}

// failureOf gives the BusError in err, or wraps err as LIBRARY FAILED.
func failureOf(err error) *BusError {
	var f *BusError
	if errors.As(err, &f) {
		return f
	}
	return Fail(LibraryFailed, "The element failed.", err)
}
