package gstc

/*
#include "host.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Recorded is when the recording that arrives at a GstElement, which it borrows,
// began, as the tags of the stream have it (GST_TAG_DATE_TIME: of MP4 its
// creation_time, of Matroska its DateUTC, of AVI its IDIT); false where they have
// none. The tags come before the first buffer.
//
// It fills a gap of go-gst v0.0.2: events and lists of tags that it gives are kept
// until a finalizer runs.
func Recorded(element unsafe.Pointer) (time.Time, bool) {
	var seconds C.gint64
	if C.avid_recorded((*C.GstElement)(element), &seconds) == 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}
