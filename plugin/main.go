// Command plugin is libgstavid.so, the GStreamer plugin. Build it with
//
//	go build -buildmode=c-shared -o build/gstreamer-1.0/libgstavid.so ./plugin
//
// and hide all but its two entries with -ldflags
// "-extldflags=-Wl,--version-script=$PWD/plugin/libgstavid.map".
package main

/*
#cgo pkg-config: gstreamer-1.0
#cgo CFLAGS: -Wall -Wextra
#include <gst/gst.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"avid/element/avidfilter"
	"avid/element/avidonvif"
	"avid/element/avidonvifpay"
	"avid/element/avidpublish"
	"avid/element/avidwebrtcsink"
	"avid/element/gstc"
	"avid/models/redact"
)

// avidPluginInit registers the elements; a panic or an error refuses the
// plugin, never ends the host.
//
//export avidPluginInit
func avidPluginInit(plugin *C.GstPlugin) (ok C.int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintln(os.Stderr, "avid plugin:", redact.Text(fmt.Sprint(r)))
			ok = 0
		}
	}()
	p := gstc.PluginOf(unsafe.Pointer(plugin))
	if err := errors.Join(avidfilter.RegisterPlugin(p), avidonvif.RegisterPlugin(p), avidonvifpay.RegisterPlugin(p),
		avidpublish.RegisterPlugin(p), avidwebrtcsink.RegisterPlugin(p)); err != nil {
		fmt.Fprintln(os.Stderr, "avid plugin:", redact.Text(err.Error()))
		return 0
	}
	return 1
}

func main() {}
